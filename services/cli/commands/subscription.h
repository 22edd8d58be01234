#pragma once
// What the commands about subscriptions share.

#include <memory>
#include <string>

#include "dateline/notification/v1/subscription_service.grpc.pb.h"

namespace CLI {
class App;
}

namespace dateline::cli {

class Session;

// A stub of the service; the session's endpoints() must have succeeded.
std::unique_ptr<notification::v1::SubscriptionService::StubInterface> SubscriptionStub(Session& session);

// "abcd" or "subscriptions/abcd" -> "subscriptions/abcd".
std::string SubscriptionName(const std::string& given);

// Each adds one command with its options and help to the parser.
void AddSubscribe(CLI::App& app, Session& session);
void AddSubscription(CLI::App& app, Session& session);
// `deliveries` and `replay`.
void AddDeliveries(CLI::App& app, Session& session);

}  // namespace dateline::cli
