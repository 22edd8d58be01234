#pragma once
// The port through which everyone sees an event log: read it in order, share its work out by lease, look after its dead
// letters. A log has one epoch and some topics; the events of a topic are numbered densely from 1 in the order of their
// commits and never change. Implementations (SqliteEventLog, MemoryEventLog) pass one conformance suite, are
// thread-safe and may block for a commit. Appending is not part of the port: an event is written in its owner's
// transaction.
//
// Work: a group shares a topic. A group is made by its first lease and begins at the oldest event kept. An event that
// is leased is nobody else's until the lease ends; then, or after Nack, it is given out again, until its attempts are
// used up and it becomes a dead letter, which blocks nothing.

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/ids.h"

namespace dateline::eventlog {

inline constexpr std::string_view kReasonUnknownTopic = "UNKNOWN_TOPIC";     // NOT_FOUND; metadata topic.
inline constexpr std::string_view kReasonEventsTrimmed = "EVENTS_TRIMMED";   // OUT_OF_RANGE; metadata topic, low_water.
inline constexpr std::string_view kReasonLeaseLost = "LEASE_LOST";           // FAILED_PRECONDITION.
inline constexpr std::string_view kReasonTooManyGroups = "TOO_MANY_GROUPS";  // RESOURCE_EXHAUSTED.
inline constexpr std::string_view kReasonInvalidLease = "INVALID_LEASE";     // INVALID_ARGUMENT; names the field.
inline constexpr std::string_view kReasonInvalidEvent = "INVALID_EVENT";     // INVALID_ARGUMENT; names the field.
inline constexpr std::string_view kReasonEventTooLarge = "EVENT_TOO_LARGE";  // INVALID_ARGUMENT.

inline constexpr uint32_t kReadLimitMax = 1'000;
inline constexpr uint32_t kLeaseEventsMax = 256;
inline constexpr size_t kLeaseReferencesMax = 256;  // In one Ack or Extend.
inline constexpr std::chrono::milliseconds kLeaseDurationMin{1'000};
inline constexpr std::chrono::milliseconds kLeaseDurationMax{600'000};
inline constexpr std::chrono::milliseconds kRetryDelayMax{86'400'000};
inline constexpr size_t kGroupBytesMax = 63;
inline constexpr size_t kHolderBytesMax = 128;
inline constexpr size_t kErrorBytesMax = 2'048;  // Of a Nack; the rest is cut off.
inline constexpr size_t kGroupsMax = 64;         // Per topic.

// The place of an event in its topic; 0 stands before the first.
class Sequence {
 public:
  constexpr Sequence() = default;
  constexpr explicit Sequence(uint64_t value) : value_(value) {}
  constexpr uint64_t value() const { return value_; }
  constexpr Sequence Next() const { return Sequence(value_ + 1); }
  auto operator<=>(const Sequence&) const = default;

 private:
  uint64_t value_ = 0;
};

// An event as the log keeps it.
struct Record {
  std::string topic{};
  Sequence sequence{};
  std::string id{};
  std::string type{};
  std::string subject{};
  std::string partition_key{};
  WallTime time{};
  std::string payload{};  // A serialised io.cloudevents.v1.CloudEvent, exactly as the bus carries it.
  bool operator==(const Record&) const = default;
};

struct TopicHead {
  std::string topic{};
  Sequence head{};       // Of the latest event; 0 when there never was one.
  Sequence low_water{};  // Of the oldest event that is kept; head + 1 when none is.
  bool operator==(const TopicHead&) const = default;
};

struct ReadRequest {
  std::string topic{};
  Sequence after{};
  uint32_t limit = 100;         // 1 to kReadLimitMax; values outside are brought inside.
  size_t max_bytes = 3u << 20;  // Of payloads together; one event always comes.
};

struct ReadResult {
  Epoch epoch{};
  Sequence head{};                // As of the same moment as the records.
  std::vector<Record> records{};  // after+1, after+2, …; empty when `after` is the head or beyond.
};

struct LeaseRequest {
  std::string group{};  // 1 to 63 ASCII letters, digits or '-'.
  std::string topic{};
  uint32_t max = 16;  // 1 to kLeaseEventsMax.
  std::chrono::milliseconds duration{30'000};
  std::string holder{};         // 1 to 128 bytes; for logs and operators.
  size_t max_bytes = 3u << 20;  // Of payloads together; one event always comes.
};

struct LeasedEvent {
  Record record{};
  std::string token{};   // Proves the lease.
  uint32_t attempt = 0;  // From 1.
  WallTime expire_time{};
};

struct LeaseResult {
  std::vector<LeasedEvent> events{};  // In the order of their sequences.
  uint64_t backlog = 0;               // Events of the topic that the group has never leased, after this call.
};

// The right to acknowledge one event.
struct LeaseReference {
  std::string topic{};
  std::string group{};
  Sequence sequence{};
  std::string token{};
  bool operator==(const LeaseReference&) const = default;
};

enum class AckOutcome {
  kAcked,        // The lease was held; the event is done now.
  kAlreadyDone,  // The event was acknowledged before, by this worker or another. Whoever applies an effect together
                 // with the acknowledgement must not apply it again.
};

struct NackRequest {
  LeaseReference lease{};
  std::string error{};                           // Why, one sentence.
  std::chrono::milliseconds retry_delay{1'000};  // 0 to kRetryDelayMax.
  bool permanent = false;                        // No attempt can succeed: a dead letter at once.
};

struct NackResult {
  bool dead = false;  // It is a dead letter now.
};

struct DeadLetter {
  uint64_t id = 0;  // Ascending in the order of death.
  std::string topic{};
  std::string group{};
  Sequence sequence{};
  std::string subject{};
  std::string error{};  // Of the last attempt.
  uint32_t attempts = 0;
  WallTime dead_time{};
};

struct DeadLetterQuery {
  std::string topic{};  // Empty: all.
  std::string group{};  // Empty: all.
  uint32_t limit = 50;  // 1 to kReadLimitMax; values outside are brought inside.
  uint64_t after_id = 0;
};

struct DeadLetterPage {
  std::vector<DeadLetter> dead_letters{};  // Oldest first.
  uint64_t next_after_id = 0;              // For the next page; 0 on the last.
};

struct RetryRequest {
  std::string topic{};
  std::string group{};
  std::vector<Sequence> sequences{};  // Empty: all of the group's, at most kReadLimitMax in one call.
};

// How far a group is behind. All zero for a group that does not exist yet, except `waiting`.
struct GroupLag {
  uint64_t waiting = 0;   // Never leased.
  uint64_t open = 0;      // Leased, or waiting for another attempt.
  uint64_t dead = 0;      // Dead letters.
  Sequence done_below{};  // Every event below this one is done or dead.
};

struct TrimRequest {
  std::string topic{};
  WallTime before{};       // Events older than this go, unless a group still has to do with them …
  WallTime hard_before{};  // … and those older than this go in any case. At most `before`.
  uint32_t limit = 1'000;  // Events in one call, 1 to 10,000, so that writers do not wait long.
};

struct TrimResult {
  uint64_t trimmed = 0;
  uint64_t abandoned = 0;  // Leases and dead letters that were dropped with their events.
  Sequence low_water{};
  bool more = false;  // The limit was reached: call again.
};

class EventLog {
 public:
  virtual ~EventLog() = default;

  // Identifies this life of the database; fixed while it is open.
  virtual Epoch epoch() const = 0;
  // Fails with OUT_OF_RANGE (EVENTS_TRIMMED) when an event after `after` is no longer kept.
  virtual absl::StatusOr<ReadResult> Read(const ReadRequest& request) = 0;
  // One entry per topic, in the order of their names.
  virtual absl::StatusOr<std::vector<TopicHead>> Heads() = 0;

  // Takes work. An attempt counts from the moment it is leased. Events whose lease ended come before new ones.
  virtual absl::StatusOr<LeaseResult> Lease(const LeaseRequest& request) = 0;
  // The leases last `duration` from now on. Returns those that were lost.
  virtual absl::StatusOr<std::vector<LeaseReference>> Extend(const std::vector<LeaseReference>& leases,
                                                             std::chrono::milliseconds duration) = 0;
  // The events are done. Returns the leases that were lost: another holds the event, or it is dead. A lease whose time
  // is over but that nobody took yet still counts. Acknowledging what is done changes nothing and is no loss.
  virtual absl::StatusOr<std::vector<LeaseReference>> Ack(const std::vector<LeaseReference>& leases) = 0;
  // Gives an event back. FAILED_PRECONDITION (LEASE_LOST).
  virtual absl::StatusOr<NackResult> Nack(const NackRequest& request) = 0;

  virtual absl::StatusOr<DeadLetterPage> ListDeadLetters(const DeadLetterQuery& query) = 0;
  // Puts dead letters back to work with their attempts forgotten; returns how many.
  virtual absl::StatusOr<uint32_t> RetryDeadLetters(const RetryRequest& request) = 0;
  virtual absl::StatusOr<GroupLag> Lag(std::string_view group, std::string_view topic) = 0;
  // Deletes old events from the beginning of the topic.
  virtual absl::StatusOr<TrimResult> Trim(const TrimRequest& request) = 0;
};

// The errors and checks that all implementations share.
absl::Status UnknownTopic(std::string_view topic);
absl::Status EventsTrimmed(std::string_view topic, Sequence low_water);
absl::Status LeaseLost(const LeaseReference& lease);
absl::Status ValidateLease(const LeaseRequest& request);
absl::Status ValidateReferences(const std::vector<LeaseReference>& leases);
absl::Status ValidateDuration(std::chrono::milliseconds duration);
absl::Status ValidateNack(const NackRequest& request);
// At most kErrorBytesMax bytes, cut before a UTF-8 sequence that would be split.
std::string CutError(std::string_view error);

}  // namespace dateline::eventlog
