#include "common/eventlog/event_log_client.h"

#include <algorithm>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/eventlog/event_log_messages.h"
#include "common/rpc/call.h"

namespace dateline::eventlog {
namespace {

namespace v1 = events::v1;

absl::StatusOr<Epoch> ParseEpoch(const std::string& hex) {
  Epoch epoch{};
  if (EpochFromHex(hex, &epoch)) return epoch;
  return Error(absl::StatusCode::kInternal, "BAD_ANSWER", "the event log answered with an epoch that is none");
}

}  // namespace

absl::StatusOr<ReadResult> EventLogClient::Read(const ReadRequest& request, const Epoch& epoch) {
  v1::ReadEventsRequest message;
  message.set_topic(request.topic);
  message.set_after_sequence(request.after.value());
  message.set_page_size(static_cast<int32_t>(std::clamp<uint32_t>(request.limit, 1, kReadLimitMax)));
  if (epoch != Epoch{}) message.set_epoch(EpochToHex(epoch));
  v1::ReadEventsResponse response;
  DATELINE_RETURN_IF_ERROR(rpc::Call(stub_, &EventLogStub::ReadEvents, message, &response, {.deadline = deadline_}));
  ReadResult result;
  DATELINE_ASSIGN_OR_RETURN(result.epoch, ParseEpoch(response.epoch()));
  result.head = Sequence(response.head_sequence());
  for (const v1::SequencedEvent& event : response.events()) {
    result.records.push_back(ToRecord(request.topic, event.sequence(), event.event()));
  }
  return result;
}

absl::StatusOr<HeadsResult> EventLogClient::Heads(std::string_view topic) {
  v1::GetHeadsRequest message;
  message.set_topic(std::string(topic));
  v1::GetHeadsResponse response;
  DATELINE_RETURN_IF_ERROR(rpc::Call(stub_, &EventLogStub::GetHeads, message, &response, {.deadline = deadline_}));
  HeadsResult result;
  DATELINE_ASSIGN_OR_RETURN(result.epoch, ParseEpoch(response.epoch()));
  for (const v1::TopicHead& head : response.heads()) {
    result.heads.push_back({head.topic(), Sequence(head.head_sequence()), Sequence(head.low_water_sequence())});
  }
  return result;
}

absl::StatusOr<LeaseResult> EventLogClient::Lease(const LeaseRequest& request) {
  v1::LeaseEventsRequest message;
  message.set_topic(request.topic);
  message.set_group(request.group);
  message.set_holder(request.holder);
  message.set_max_events(static_cast<int32_t>(request.max));
  *message.mutable_lease_duration() = ToDuration(request.duration);
  v1::LeaseEventsResponse response;
  DATELINE_RETURN_IF_ERROR(rpc::Call(stub_, &EventLogStub::LeaseEvents, message, &response, {.deadline = deadline_}));
  LeaseResult result;
  result.backlog = response.backlog();
  for (const v1::LeasedEvent& event : response.events()) {
    result.events.push_back({ToRecord(request.topic, event.sequence(), event.event()), event.lease_token(),
                             event.attempt(), FromTimestamp(event.expire_time())});
  }
  return result;
}

absl::StatusOr<std::vector<LeaseReference>> EventLogClient::Extend(const std::vector<LeaseReference>& leases,
                                                                   std::chrono::milliseconds duration) {
  v1::ExtendLeasesRequest message;
  for (const LeaseReference& lease : leases) *message.add_leases() = ToMessage(lease);
  *message.mutable_lease_duration() = ToDuration(duration);
  v1::ExtendLeasesResponse response;
  DATELINE_RETURN_IF_ERROR(rpc::Call(stub_, &EventLogStub::ExtendLeases, message, &response, {.deadline = deadline_}));
  return FromMessages(response.lost());
}

absl::StatusOr<std::vector<LeaseReference>> EventLogClient::Ack(const std::vector<LeaseReference>& leases) {
  v1::AckEventsRequest message;
  for (const LeaseReference& lease : leases) *message.add_leases() = ToMessage(lease);
  v1::AckEventsResponse response;
  DATELINE_RETURN_IF_ERROR(rpc::Call(stub_, &EventLogStub::AckEvents, message, &response, {.deadline = deadline_}));
  return FromMessages(response.lost());
}

absl::StatusOr<NackResult> EventLogClient::Nack(const NackRequest& request) {
  v1::NackEventRequest message;
  *message.mutable_lease() = ToMessage(request.lease);
  message.set_error(CutError(request.error));
  message.set_permanent(request.permanent);
  *message.mutable_retry_delay() = ToDuration(request.retry_delay);
  v1::NackEventResponse response;
  DATELINE_RETURN_IF_ERROR(rpc::Call(stub_, &EventLogStub::NackEvent, message, &response, {.deadline = deadline_}));
  return NackResult{response.dead()};
}

absl::StatusOr<DeadLettersResult> EventLogClient::ListDeadLetters(const DeadLetterQuery& query,
                                                                  const std::string& page_token) {
  v1::ListDeadLettersRequest message;
  message.set_topic(query.topic);
  message.set_group(query.group);
  message.set_page_size(static_cast<int32_t>(std::clamp<uint32_t>(query.limit, 1, kReadLimitMax)));
  message.set_page_token(page_token);
  v1::ListDeadLettersResponse response;
  DATELINE_RETURN_IF_ERROR(
      rpc::Call(stub_, &EventLogStub::ListDeadLetters, message, &response, {.deadline = deadline_}));
  DeadLettersResult result;
  for (const v1::DeadLetter& letter : response.dead_letters()) result.dead_letters.push_back(FromMessage(letter));
  result.next_page_token = response.next_page_token();
  return result;
}

absl::StatusOr<uint32_t> EventLogClient::RetryDeadLetters(const RetryRequest& request) {
  v1::RetryDeadLettersRequest message;
  message.set_topic(request.topic);
  message.set_group(request.group);
  for (const Sequence sequence : request.sequences) message.add_sequences(sequence.value());
  v1::RetryDeadLettersResponse response;
  DATELINE_RETURN_IF_ERROR(
      rpc::Call(stub_, &EventLogStub::RetryDeadLetters, message, &response, {.deadline = deadline_}));
  return static_cast<uint32_t>(response.retried_count());
}

absl::StatusOr<bus::ReadBatch> RemoteLogReader::Read(const bus::ReadRequest& request) {
  v1::ReadEventsRequest message;
  message.set_topic(request.topic);
  message.set_after_sequence(request.after);
  message.set_page_size(static_cast<int32_t>(std::clamp<uint32_t>(request.limit, 1, kReadLimitMax)));
  if (request.epoch.has_value()) message.set_epoch(EpochToHex(*request.epoch));
  v1::ReadEventsResponse response;
  grpc::ClientContext context;
  rpc::Prepare(context, {.deadline = request.timeout});
  {
    MutexLock lock(mutex_);
    running_ = &context;
  }
  const absl::Status status = rpc::FromGrpc(stub_.ReadEvents(&context, message, &response));
  {
    MutexLock lock(mutex_);
    running_ = nullptr;
  }
  DATELINE_RETURN_IF_ERROR(status);
  bus::ReadBatch batch;
  DATELINE_ASSIGN_OR_RETURN(batch.epoch, ParseEpoch(response.epoch()));
  batch.head = response.head_sequence();
  for (const v1::SequencedEvent& event : response.events()) {
    batch.entries.push_back({event.sequence(), event.event().SerializeAsString()});
  }
  return batch;
}

void RemoteLogReader::Cancel() {
  MutexLock lock(mutex_);
  if (running_ != nullptr) running_->TryCancel();
}

}  // namespace dateline::eventlog
