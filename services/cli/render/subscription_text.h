#pragma once
// Subscriptions, deliveries and dry runs for people. Pure functions.

#include <string>

#include "dateline/notification/v1/subscription_service.pb.h"
#include "services/cli/terminal.h"

namespace dateline::cli {

// "subscriptions/abcd  active  webhook https://…  climate": one line.
std::string SubscriptionLine(const notification::v1::Subscription& subscription, const Style& style);
// All that is known, a setting a line.
std::string SubscriptionText(const notification::v1::Subscription& subscription, const Style& style);
// One line, and with `attempts` one more for each attempt.
std::string DeliveryText(const notification::v1::Delivery& delivery, bool attempts, const Style& style);
std::string AttemptText(const notification::v1::DeliveryAttempt& attempt);
std::string DryRunText(const notification::v1::DryRunSubscriptionResponse& response, const Style& style);

}  // namespace dateline::cli
