#include "common/eventlog/event_log_service.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/eventlog/event_log_messages.h"
#include "common/rpc/unary.h"

namespace dateline::eventlog {
namespace {

namespace v1 = events::v1;

constexpr int32_t kReadPageDefault = 100;
constexpr int32_t kDeadLetterPageDefault = 50;
constexpr int32_t kLeaseEventsDefault = 16;
constexpr std::chrono::milliseconds kLeaseDurationDefault{30'000};
// A page token is this and the id of the last dead letter of the page. The prefix leaves room for another form.
constexpr std::string_view kPageTokenPrefix = "d1-";

absl::StatusOr<uint32_t> PageSize(int32_t asked, int32_t by_default) {
  if (asked == 0) return static_cast<uint32_t>(by_default);
  if (asked > 0 && asked <= static_cast<int32_t>(kReadLimitMax)) return static_cast<uint32_t>(asked);
  return FieldError(kReasonInvalidPage, "page_size",
                    fmt::format("page_size is {}; use 1 to {}, or 0 for {}", asked, kReadLimitMax, by_default));
}

absl::StatusOr<uint64_t> ParsePageToken(const std::string& token) {
  if (token.empty()) return uint64_t{0};
  uint64_t id = 0;
  if (token.starts_with(kPageTokenPrefix)) {
    const char* const end = token.data() + token.size();
    const auto [stop, error] = std::from_chars(token.data() + kPageTokenPrefix.size(), end, id);
    if (error == std::errc() && stop == end) return id;
  }
  return FieldError(kReasonInvalidPage, "page_token",
                    "page_token is not one that this service gave; take next_page_token as it came");
}

// The epoch that the reader believes in has to be the log's, or its position means nothing.
absl::Status CheckEpoch(const v1::ReadEventsRequest& request, const Epoch& ours) {
  if (request.epoch().empty()) {
    if (request.after_sequence() == 0) return absl::OkStatus();
    return FieldError(kReasonInvalidEpoch, "epoch",
                      "epoch is missing; give the one that after_sequence belongs to, see GetHeads");
  }
  Epoch theirs{};
  if (!EpochFromHex(request.epoch(), &theirs)) {
    return FieldError(kReasonInvalidEpoch, "epoch", "epoch is not 32 hexadecimal digits; give it as it came");
  }
  if (theirs == ours) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, kReasonEpochChanged,
               fmt::format("the log of {} began a new life with epoch {}; read it from the beginning", request.topic(),
                           EpochToHex(ours)),
               {{"epoch", EpochToHex(ours)}, {"topic", request.topic()}});
}

}  // namespace

absl::StatusOr<v1::ReadEventsResponse> EventLogService::Read(const rpc::CallContext&,
                                                             const v1::ReadEventsRequest& request) {
  ReadRequest read;
  read.topic = request.topic();
  read.after = Sequence(request.after_sequence());
  DATELINE_ASSIGN_OR_RETURN(read.limit, PageSize(request.page_size(), kReadPageDefault));
  DATELINE_RETURN_IF_ERROR(CheckEpoch(request, log_.epoch()));
  DATELINE_ASSIGN_OR_RETURN(const ReadResult result, log_.Read(read));
  v1::ReadEventsResponse response;
  response.set_epoch(EpochToHex(result.epoch));
  response.set_head_sequence(result.head.value());
  for (const Record& record : result.records) {
    v1::SequencedEvent* event = response.add_events();
    event->set_sequence(record.sequence.value());
    DATELINE_ASSIGN_OR_RETURN(*event->mutable_event(), DecodeEnvelope(record));
  }
  return response;
}

absl::StatusOr<v1::GetHeadsResponse> EventLogService::Heads(const rpc::CallContext&,
                                                            const v1::GetHeadsRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<TopicHead> heads, log_.Heads());
  v1::GetHeadsResponse response;
  response.set_epoch(EpochToHex(log_.epoch()));
  for (const TopicHead& head : heads) {
    if (!request.topic().empty() && request.topic() != head.topic) continue;
    v1::TopicHead* message = response.add_heads();
    message->set_topic(head.topic);
    message->set_head_sequence(head.head.value());
    message->set_low_water_sequence(head.low_water.value());
  }
  if (!request.topic().empty() && response.heads().empty()) return UnknownTopic(request.topic());
  return response;
}

absl::StatusOr<v1::LeaseEventsResponse> EventLogService::Lease(const rpc::CallContext&,
                                                               const v1::LeaseEventsRequest& request) {
  LeaseRequest lease;
  lease.topic = request.topic();
  lease.group = request.group();
  lease.holder = request.holder();
  // A negative number becomes one that the log refuses.
  lease.max = static_cast<uint32_t>(request.max_events() == 0 ? kLeaseEventsDefault : request.max_events());
  lease.duration = request.has_lease_duration() ? FromDuration(request.lease_duration()) : kLeaseDurationDefault;
  DATELINE_ASSIGN_OR_RETURN(const LeaseResult result, log_.Lease(lease));
  v1::LeaseEventsResponse response;
  response.set_backlog(result.backlog);
  for (const LeasedEvent& leased : result.events) {
    v1::LeasedEvent* event = response.add_events();
    event->set_sequence(leased.record.sequence.value());
    event->set_lease_token(leased.token);
    event->set_attempt(leased.attempt);
    *event->mutable_expire_time() = ToTimestamp(leased.expire_time);
    DATELINE_ASSIGN_OR_RETURN(*event->mutable_event(), DecodeEnvelope(leased.record));
  }
  return response;
}

absl::StatusOr<v1::ExtendLeasesResponse> EventLogService::Extend(const rpc::CallContext&,
                                                                 const v1::ExtendLeasesRequest& request) {
  const auto duration = request.has_lease_duration() ? FromDuration(request.lease_duration()) : kLeaseDurationDefault;
  DATELINE_ASSIGN_OR_RETURN(const auto lost, log_.Extend(FromMessages(request.leases()), duration));
  v1::ExtendLeasesResponse response;
  for (const LeaseReference& lease : lost) *response.add_lost() = ToMessage(lease);
  return response;
}

absl::StatusOr<v1::AckEventsResponse> EventLogService::Ack(const rpc::CallContext&,
                                                           const v1::AckEventsRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const auto lost, log_.Ack(FromMessages(request.leases())));
  v1::AckEventsResponse response;
  for (const LeaseReference& lease : lost) *response.add_lost() = ToMessage(lease);
  return response;
}

absl::StatusOr<v1::NackEventResponse> EventLogService::Nack(const rpc::CallContext&,
                                                            const v1::NackEventRequest& request) {
  NackRequest nack;
  nack.lease = FromMessage(request.lease());
  nack.error = request.error();
  nack.permanent = request.permanent();
  if (request.has_retry_delay()) nack.retry_delay = FromDuration(request.retry_delay());
  DATELINE_ASSIGN_OR_RETURN(const NackResult result, log_.Nack(nack));
  v1::NackEventResponse response;
  response.set_dead(result.dead);
  return response;
}

absl::StatusOr<v1::ListDeadLettersResponse> EventLogService::ListDead(const rpc::CallContext&,
                                                                      const v1::ListDeadLettersRequest& request) {
  DeadLetterQuery query;
  query.topic = request.topic();
  query.group = request.group();
  DATELINE_ASSIGN_OR_RETURN(query.limit, PageSize(request.page_size(), kDeadLetterPageDefault));
  DATELINE_ASSIGN_OR_RETURN(query.after_id, ParsePageToken(request.page_token()));
  DATELINE_ASSIGN_OR_RETURN(const DeadLetterPage page, log_.ListDeadLetters(query));
  v1::ListDeadLettersResponse response;
  for (const DeadLetter& letter : page.dead_letters) *response.add_dead_letters() = ToMessage(letter);
  if (page.next_after_id != 0) {
    response.set_next_page_token(std::string(kPageTokenPrefix) + std::to_string(page.next_after_id));
  }
  return response;
}

absl::StatusOr<v1::RetryDeadLettersResponse> EventLogService::RetryDead(const rpc::CallContext&,
                                                                        const v1::RetryDeadLettersRequest& request) {
  if (request.sequences_size() > static_cast<int>(kReadLimitMax)) {
    return FieldError(
        kReasonInvalidPage, "sequences",
        fmt::format("sequences has {} entries; at most {} go into one call", request.sequences_size(), kReadLimitMax));
  }
  RetryRequest retry;
  retry.topic = request.topic();
  retry.group = request.group();
  for (const uint64_t sequence : request.sequences()) retry.sequences.emplace_back(sequence);
  DATELINE_ASSIGN_OR_RETURN(const uint32_t retried, log_.RetryDeadLetters(retry));
  v1::RetryDeadLettersResponse response;
  response.set_retried_count(static_cast<int32_t>(retried));
  return response;
}

grpc::ServerUnaryReactor* EventLogService::ReadEvents(grpc::CallbackServerContext* context,
                                                      const v1::ReadEventsRequest* request,
                                                      v1::ReadEventsResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EventLogService.ReadEvents",
                    [this](const rpc::CallContext& call, const v1::ReadEventsRequest& r) { return Read(call, r); });
}

grpc::ServerUnaryReactor* EventLogService::GetHeads(grpc::CallbackServerContext* context,
                                                    const v1::GetHeadsRequest* request,
                                                    v1::GetHeadsResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EventLogService.GetHeads",
                    [this](const rpc::CallContext& call, const v1::GetHeadsRequest& r) { return Heads(call, r); });
}

grpc::ServerUnaryReactor* EventLogService::LeaseEvents(grpc::CallbackServerContext* context,
                                                       const v1::LeaseEventsRequest* request,
                                                       v1::LeaseEventsResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EventLogService.LeaseEvents",
                    [this](const rpc::CallContext& call, const v1::LeaseEventsRequest& r) { return Lease(call, r); });
}

grpc::ServerUnaryReactor* EventLogService::ExtendLeases(grpc::CallbackServerContext* context,
                                                        const v1::ExtendLeasesRequest* request,
                                                        v1::ExtendLeasesResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EventLogService.ExtendLeases",
                    [this](const rpc::CallContext& call, const v1::ExtendLeasesRequest& r) { return Extend(call, r); });
}

grpc::ServerUnaryReactor* EventLogService::AckEvents(grpc::CallbackServerContext* context,
                                                     const v1::AckEventsRequest* request,
                                                     v1::AckEventsResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EventLogService.AckEvents",
                    [this](const rpc::CallContext& call, const v1::AckEventsRequest& r) { return Ack(call, r); });
}

grpc::ServerUnaryReactor* EventLogService::NackEvent(grpc::CallbackServerContext* context,
                                                     const v1::NackEventRequest* request,
                                                     v1::NackEventResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EventLogService.NackEvent",
                    [this](const rpc::CallContext& call, const v1::NackEventRequest& r) { return Nack(call, r); });
}

grpc::ServerUnaryReactor* EventLogService::ListDeadLetters(grpc::CallbackServerContext* context,
                                                           const v1::ListDeadLettersRequest* request,
                                                           v1::ListDeadLettersResponse* response) {
  return rpc::Unary(
      kit_, context, request, response, "EventLogService.ListDeadLetters",
      [this](const rpc::CallContext& call, const v1::ListDeadLettersRequest& r) { return ListDead(call, r); });
}

grpc::ServerUnaryReactor* EventLogService::RetryDeadLetters(grpc::CallbackServerContext* context,
                                                            const v1::RetryDeadLettersRequest* request,
                                                            v1::RetryDeadLettersResponse* response) {
  return rpc::Unary(
      kit_, context, request, response, "EventLogService.RetryDeadLetters",
      [this](const rpc::CallContext& call, const v1::RetryDeadLettersRequest& r) { return RetryDead(call, r); });
}

}  // namespace dateline::eventlog
