// SubscriptionService about what was: trying a filter on the past, backfills, the log of deliveries, test deliveries.

#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <utility>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/eventlog/cloud_event.h"
#include "dateline/events/v1/event_data.pb.h"
#include "services/notification/backfill_operation.h"
#include "services/notification/event_types.h"
#include "services/notification/matching/dry_run.h"
#include "services/notification/page_token.h"
#include "services/notification/start_position.h"
#include "services/notification/subscription_service.h"

namespace dateline::notification {
namespace {

using std::chrono::milliseconds;

constexpr int kDaysStandard = 30;
constexpr int kPerMinuteStandard = 600;
constexpr int kPerMinuteMax = 6'000;
constexpr int kReplayNamesMax = 100;
// A dry run ends so long before its caller stops waiting.
constexpr milliseconds kAnswerTime{500};
constexpr milliseconds kDryRunTimeMax{120'000};

// An event like those that the subscription gets, of a type of its own.
PendingDelivery TestDelivery(const std::string& subscription, WallTime now) {
  events::v1::ReleaseEvent data;
  release::v1::Release& release = *data.mutable_release();
  release.set_name("releases/00000000-0000-5000-8000-000000000000");
  release.set_title("A test from Dateline");
  release.set_subtitle("If you can read this, the subscription works.");
  release.set_language("en");
  eventlog::NewEvent event;
  event.topic = "subscription/";
  event.type = std::string(kTestEventType);
  event.subject = subscription;
  event.time = now;
  event.data.PackFrom(data);
  const io::cloudevents::v1::CloudEvent envelope =
      eventlog::BuildCloudEvent(event, "/dateline/notification", eventlog::Sequence(0));
  PendingDelivery delivery;
  delivery.event_id = envelope.id();
  delivery.release = release.name();
  delivery.payload = envelope.SerializeAsString();
  delivery.create_time = now;
  delivery.next_attempt = now;
  return delivery;
}

}  // namespace

absl::StatusOr<v1::DryRunSubscriptionResponse> SubscriptionService::TryOnThePast(
    const rpc::CallContext& call, const v1::DryRunSubscriptionRequest& request) {
  if (request.days() < 0 || request.days() > kDryRunDaysMax) {
    return FieldError("INVALID_SUBSCRIPTION", "days", fmt::format("days: it has to be 1 to {}", kDryRunDaysMax));
  }
  DryRunParams params;
  params.days = request.days() == 0 ? kDaysStandard : request.days();
  params.now = ports_.clock.Now();
  params.types = WantedTypes({});
  std::string filter = request.filter();
  if (!request.name().empty()) {
    DATELINE_ASSIGN_OR_RETURN(const SubscriptionRecord record, ports_.store.Get(request.name()));
    params.types = WantedTypes(record.settings.event_types());
    if (filter.empty()) filter = record.settings.filter();
  }
  DATELINE_ASSIGN_OR_RETURN(params.filter, filter::Compile(filter));
  params.give_up = [&call] { return call.IsCancelled() || call.TimeLeft(kDryRunTimeMax) < kAnswerTime; };
  return DryRun(params, ports_.archive);
}

absl::StatusOr<v1::BackfillSubscriptionResponse> SubscriptionService::Backfill(
    const rpc::CallContext&, const v1::BackfillSubscriptionRequest& request) {
  if (request.max_per_minute() < 0 || request.max_per_minute() > kPerMinuteMax) {
    return FieldError("INVALID_SUBSCRIPTION", "max_per_minute",
                      fmt::format("max_per_minute: it has to be 1 to {}", kPerMinuteMax));
  }
  DATELINE_ASSIGN_OR_RETURN(const SubscriptionRecord subscription, ports_.store.Get(request.name()));
  DATELINE_ASSIGN_OR_RETURN(const LogBounds bounds, ports_.archive.GetBounds());
  BackfillRecord record;
  record.operation = "operations/" + UuidV4();
  record.subscription = subscription.id;
  record.subscription_name = subscription.settings.name();
  record.next = {bounds.epoch, request.start_sequence() > 0 ? request.start_sequence() - 1 : 0};
  if (request.has_start_time()) {
    DATELINE_ASSIGN_OR_RETURN(record.next, FindTime(ports_.archive, FromTimestamp(request.start_time())));
  }
  // Up to what the subscription gets by itself.
  record.end_sequence = bounds.head;
  DATELINE_ASSIGN_OR_RETURN(const auto cursor, ports_.store.Cursor());
  if (cursor && cursor->position.epoch == bounds.epoch) record.end_sequence = cursor->position.sequence;
  record.next.sequence = std::min(record.next.sequence, record.end_sequence);
  record.start_sequence = record.next.sequence;
  record.max_per_minute = request.max_per_minute() == 0 ? kPerMinuteStandard : request.max_per_minute();
  record.create_time = ports_.clock.Now();
  DATELINE_RETURN_IF_ERROR(ports_.store.AddBackfill(record));
  ports_.changed(subscription.id);
  v1::BackfillSubscriptionResponse response;
  *response.mutable_operation() = ToOperation(record);
  return response;
}

absl::StatusOr<v1::ListDeliveriesResponse> SubscriptionService::Deliveries(const rpc::CallContext&,
                                                                           const v1::ListDeliveriesRequest& request) {
  DeliveryQuery query;
  query.subscription = request.parent();
  query.state = request.state();
  DATELINE_ASSIGN_OR_RETURN(query.limit, PageSize(request.page_size()));
  const std::string arguments = fmt::format("ListDeliveries\n{}\n{}", request.parent(), static_cast<int>(query.state));
  DATELINE_ASSIGN_OR_RETURN(const std::string position, ReadPageToken(arguments, request.page_token()));
  if (!position.empty()) {
    int64_t before = 0;
    std::from_chars(position.data(), position.data() + position.size(), before);
    query.before = before;
  }
  DATELINE_ASSIGN_OR_RETURN(const DeliveryPage page, ports_.store.ListDeliveries(query));
  v1::ListDeliveriesResponse response;
  for (const v1::Delivery& delivery : page.deliveries) *response.add_deliveries() = delivery;
  if (page.next) response.set_next_page_token(MakePageToken(arguments, std::to_string(*page.next)));
  return response;
}

absl::StatusOr<v1::ReplayDeliveriesResponse> SubscriptionService::Replay(const rpc::CallContext&,
                                                                         const v1::ReplayDeliveriesRequest& request) {
  if (request.names_size() > kReplayNamesMax) {
    return FieldError("INVALID_SUBSCRIPTION", "names",
                      fmt::format("names: more than {}; give a range instead", kReplayNamesMax));
  }
  if (request.names().empty() && request.end_sequence() < request.start_sequence()) {
    return FieldError("INVALID_SUBSCRIPTION", "end_sequence", "end_sequence: it is before start_sequence");
  }
  ReplayQuery query;
  query.subscription = request.parent();
  query.start_sequence = request.start_sequence();
  query.end_sequence = request.end_sequence();
  if (request.names().empty() && request.end_sequence() == 0) {
    return FieldError("INVALID_SUBSCRIPTION", "names",
                      "names: give deliveries, or a range by start_sequence and end_sequence");
  }
  for (const std::string& name : request.names()) {
    const auto id = DeliveryId(request.parent(), name);
    if (!id) {
      return Error(absl::StatusCode::kNotFound, "DELIVERY_NOT_FOUND",
                   fmt::format("\"{}\" is no delivery of {}", name, request.parent()), {{"delivery", name}});
    }
    query.ids.push_back(*id);
  }
  DATELINE_ASSIGN_OR_RETURN(const int count, ports_.store.Replay(query, ports_.clock.Now()));
  DATELINE_ASSIGN_OR_RETURN(const SubscriptionRecord subscription, ports_.store.Get(request.parent()));
  ports_.changed(subscription.id);
  v1::ReplayDeliveriesResponse response;
  response.set_replayed_count(count);
  return response;
}

void SubscriptionService::Test(const v1::TestSubscriptionRequest& request, v1::TestSubscriptionResponse* response,
                               const rpc::Done& done) {
  absl::StatusOr<SubscriptionRecord> subscription = ports_.store.Get(request.name());
  if (!subscription.ok()) return done(subscription.status());
  Channel* const channel = ports_.channels.For(subscription->settings);
  if (channel == nullptr) {
    return done(Error(absl::StatusCode::kFailedPrecondition, "INVALID_CHANNEL",
                      "this instance does not have the channel of the subscription any more; its operator has to "
                      "configure it"));
  }
  const WallTime begin = ports_.clock.Now();
  SendRequest send;
  send.deliveries.push_back(TestDelivery(request.name(), begin));
  send.subscription = *std::move(subscription);
  const MonotonicTime started = ports_.clock.Monotonic();
  channel->Send(std::move(send), [this, response, done, begin, started](const SendResult& result) {
    v1::DeliveryAttempt& attempt = *response->mutable_attempt();
    *attempt.mutable_start_time() = ToTimestamp(begin);
    *attempt.mutable_duration() =
        ToDuration(std::chrono::duration_cast<milliseconds>(ports_.clock.Monotonic() - started));
    attempt.set_http_status(result.http_status);
    attempt.set_error(result.error);
    attempt.set_response_snippet(result.snippet);
    done(absl::OkStatus());
  });
}

}  // namespace dateline::notification
