#pragma once
// The object graph of dateline-gateway, and its order of start and stop. It keeps nothing: everything that it shows is
// asked from the other services at the moment. Start() does not wait for them; a page says which one does not answer.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/service_process.h"
#include "services/gateway/access/gate.h"
#include "services/gateway/backend/grpc_backend.h"
#include "services/gateway/feeds/feeds.h"
#include "services/gateway/http/server.h"
#include "services/gateway/live/listeners.h"

namespace dateline::config {
class Schema;
}

namespace dateline::gateway {

struct Options {
  ServerOptions http;
  GateOptions gate;
  BackendAddresses services;
  FeedOptions feeds;
  Listeners::Options listeners;
  std::string form_secret;  // Empty: a random one.
};

void AddOptions(config::Schema& schema, Options* options);

absl::StatusOr<std::unique_ptr<rpc::ServiceApp>> MakeApp(const Options& options, rpc::ServiceParts& parts);

}  // namespace dateline::gateway
