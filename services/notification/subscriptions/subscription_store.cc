#include "services/notification/subscriptions/subscription_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "dateline/events/v1/subscription_event.pb.h"

namespace dateline::notification {

absl::Status SubscriptionNotFound(std::string_view name) {
  return Error(absl::StatusCode::kNotFound, "SUBSCRIPTION_NOT_FOUND",
               fmt::format("there is no subscription \"{}\"; list them to see their names", name),
               {{"subscription", std::string(name)}});
}

absl::StatusOr<SubscriptionRecord> FoundSubscription(absl::StatusOr<std::optional<SubscriptionRecord>> found,
                                                     std::string_view name) {
  if (!found.ok()) return std::move(found).status();
  if (!*found) return SubscriptionNotFound(name);
  return **std::move(found);
}

std::vector<int64_t> ReceiversOf(const std::vector<MatchedEvent>& events) {
  std::vector<int64_t> ids;
  for (const MatchedEvent& event : events) {
    for (const MatchedEvent::Receivers& receivers : event.receivers) {
      ids.insert(ids.end(), receivers.subscriptions.begin(), receivers.subscriptions.end());
    }
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::string DeliveryDetail(const std::vector<std::string>& reasons) {
  v1::Delivery detail;
  detail.mutable_match_reasons()->Assign(reasons.begin(), reasons.end());
  return detail.SerializeAsString();
}

v1::Delivery ParseDeliveryDetail(std::string_view bytes) {
  v1::Delivery detail;
  // Reasons and attempts explain; a delivery whose explanation cannot be read is still delivered.
  detail.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  return detail;
}

absl::Status SubscriptionExists(std::string_view name) {
  return Error(absl::StatusCode::kAlreadyExists, "SUBSCRIPTION_EXISTS",
               fmt::format("\"{}\" is taken; choose another id, or change that subscription", name),
               {{"subscription", std::string(name)}});
}

absl::Status TooManySubscriptions(int64_t limit) {
  return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_SUBSCRIPTIONS",
               fmt::format("there are {} subscriptions, the most that are taken; remove some", limit),
               {{"limit", std::to_string(limit)}});
}

absl::Status SubscriptionsChanged() {
  return Error(absl::StatusCode::kAborted, kReasonSubscriptionsChanged,
               "a subscription was changed meanwhile; match again");
}

absl::Status LeaseLost(int64_t subscription) {
  return Error(absl::StatusCode::kFailedPrecondition, kReasonLeaseLost,
               "another replica delivers for the subscription by now; it makes the attempt again",
               {{"subscription", std::to_string(subscription)}});
}

absl::Status DeliveryNotFound(std::string_view subscription, int64_t id) {
  return Error(absl::StatusCode::kNotFound, "DELIVERY_NOT_FOUND",
               fmt::format("there is no delivery \"{}\"; it may be older than the log of deliveries is kept",
                           DeliveryName(subscription, id)),
               {{"delivery", DeliveryName(subscription, id)}});
}

absl::Status TooManyDeliveries(int limit) {
  return Error(absl::StatusCode::kInvalidArgument, "TOO_MANY_DELIVERIES",
               fmt::format("the range holds more than {} deliveries; replay it in parts", limit),
               {{"limit", std::to_string(limit)}});
}

absl::Status OperationNotFound(std::string_view operation) {
  return Error(absl::StatusCode::kNotFound, "OPERATION_NOT_FOUND",
               fmt::format("there is no operation \"{}\" here; list them to see their names", operation),
               {{"operation", std::string(operation)}});
}

absl::Status OperationRunning(std::string_view operation) {
  return Error(absl::StatusCode::kFailedPrecondition, "OPERATION_RUNNING",
               fmt::format("\"{}\" still runs; cancel it first", operation), {{"operation", std::string(operation)}});
}

absl::Status BackfillChanged(std::string_view operation) {
  return Error(absl::StatusCode::kAborted, "BACKFILL_CHANGED", "the backfill was changed meanwhile; read it again",
               {{"operation", std::string(operation)}});
}

void ApplyStateRules(uint64_t cursor, SubscriptionRecord* record) {
  if (record->settings.state() != v1::Subscription::STATE_ACTIVE && !record->behind) record->behind = cursor;
}

void AppendAttempt(const v1::DeliveryAttempt& attempt, v1::Delivery* delivery) {
  *delivery->add_attempts() = attempt;
  const int surplus = delivery->attempts_size() - kAttemptsKept;
  if (surplus > 0) delivery->mutable_attempts()->DeleteSubrange(0, surplus);
}

bool ApplyAttempt(const AttemptCommit& commit, SubscriptionRecord* record) {
  if (commit.succeeded) {
    record->last_delivery = commit.time;
    record->failing_since.reset();
  } else if (!record->failing_since) {
    record->failing_since = commit.time;
  }
  if (commit.disable_cause.empty() || record->settings.state() != v1::Subscription::STATE_ACTIVE) return false;
  record->settings.set_state(v1::Subscription::STATE_DISABLED);
  record->settings.set_state_cause(commit.disable_cause);
  return true;
}

eventlog::NewEvent DisabledEvent(const SubscriptionRecord& record, WallTime time) {
  events::v1::SubscriptionEvent data;
  data.set_subscription(record.settings.name());
  data.set_display_name(record.settings.display_name());
  data.set_state(v1::Subscription::State_Name(record.settings.state()));
  data.set_cause(record.settings.state_cause());
  if (record.failing_since) *data.mutable_failing_since_time() = ToTimestamp(*record.failing_since);
  eventlog::NewEvent event;
  event.topic = std::string(kSubscriptionTopic);
  event.type = std::string(kDisabledEventType);
  event.subject = record.settings.name();
  event.partition_key = record.settings.name();
  event.time = time;
  event.dataref = record.settings.name();
  event.data.PackFrom(data);
  return event;
}

std::string DeliveryName(std::string_view subscription, int64_t id) {
  return fmt::format("{}/deliveries/{}", subscription, id);
}

std::optional<int64_t> DeliveryId(std::string_view subscription, std::string_view name) {
  constexpr std::string_view kCollection = "/deliveries/";
  if (!name.starts_with(subscription)) return std::nullopt;
  name.remove_prefix(subscription.size());
  if (!name.starts_with(kCollection)) return std::nullopt;
  name.remove_prefix(kCollection.size());
  int64_t id = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
  if (error != std::errc() || end != name.data() + name.size() || id <= 0) return std::nullopt;
  return id;
}

}  // namespace dateline::notification
