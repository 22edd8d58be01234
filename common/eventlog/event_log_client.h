#pragma once
// An event log in another process: EventLogClient speaks the log's own types over RPC, RemoteLogReader is what a
// bus::ConsumerRunner reads by. Errors are those of the service, plus UNAVAILABLE and DEADLINE_EXCEEDED. Both are
// thread-safe as far as their methods say and keep no durable state; the stub outlives them.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/bus/log_reader.h"
#include "common/eventlog/event_log.h"
#include "dateline/events/v1/event_log_service.grpc.pb.h"

namespace dateline::eventlog {

using EventLogStub = events::v1::EventLogService::StubInterface;

struct HeadsResult {
  Epoch epoch{};
  std::vector<TopicHead> heads;
};

struct DeadLettersResult {
  std::vector<DeadLetter> dead_letters;  // Without ids, which do not leave the owner.
  std::string next_page_token;           // Empty on the last page.
};

// Every call blocks for at most `deadline`. Thread-safe.
class EventLogClient {
 public:
  explicit EventLogClient(EventLogStub& stub, std::chrono::milliseconds deadline = std::chrono::seconds(5))
      : stub_(stub), deadline_(deadline) {}

  // `epoch` is that of request.after; it may be left out (all zero) only when request.after is 0.
  absl::StatusOr<ReadResult> Read(const ReadRequest& request, const Epoch& epoch);
  // An empty topic: all of the owner's.
  absl::StatusOr<HeadsResult> Heads(std::string_view topic = {});
  absl::StatusOr<LeaseResult> Lease(const LeaseRequest& request);
  // Both return the leases that were lost.
  absl::StatusOr<std::vector<LeaseReference>> Extend(const std::vector<LeaseReference>& leases,
                                                     std::chrono::milliseconds duration);
  absl::StatusOr<std::vector<LeaseReference>> Ack(const std::vector<LeaseReference>& leases);
  absl::StatusOr<NackResult> Nack(const NackRequest& request);
  // query.after_id is not used: pages go by token.
  absl::StatusOr<DeadLettersResult> ListDeadLetters(const DeadLetterQuery& query, const std::string& page_token = {});
  absl::StatusOr<uint32_t> RetryDeadLetters(const RetryRequest& request);

 private:
  EventLogStub& stub_;
  const std::chrono::milliseconds deadline_;
};

// Reads one owner's log for a consumer. A log that has begun a new life answers with EPOCH_CHANGED, as the port allows.
class RemoteLogReader final : public bus::LogReader {
 public:
  explicit RemoteLogReader(EventLogStub& stub) : stub_(stub) {}

  // By one thread at a time.
  absl::StatusOr<bus::ReadBatch> Read(const bus::ReadRequest& request) override;
  // From any thread.
  void Cancel() override;

 private:
  EventLogStub& stub_;
  Mutex mutex_;
  grpc::ClientContext* running_ GUARDED_BY(mutex_) = nullptr;  // Null between calls.
};

}  // namespace dateline::eventlog
