#pragma once
// Follows one topic of an event log: the decision part, without sockets, threads or a clock. What happened goes in
// (messages of the bus, results of reads, the time), what to do comes out of Next(). It guarantees that events are
// applied in order, each once per durable cursor, none skipped, whatever the bus loses, repeats, delays or reorders,
// and that with the bus silent it still follows by reading the log once a second.
//
//   BOOTSTRAP --first good read--> CATCHUP --at the head--> LIVE
//   LIVE --gap | HEAD ahead | foreign epoch | silence--> CATCHUP
//   any --read shows another epoch, a trimmed or a rewound log--> RESYNC --OnResynced--> BOOTSTRAP
//
// A foreign epoch on the bus is only a hint (it may be a stale message): the log is asked, and believed. Not
// thread-safe: one driver owns it and gives it times that do not go back. It cannot fail; limits reached are counted.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/bus/log_reader.h"
#include "common/bus/message.h"

namespace dateline::bus {

struct ConsumerOptions {
  std::string topic;
  uint32_t read_limit = 256;  // Events per read, 1 to 10,000.
  // What waits to be applied: live messages beyond these limits are dropped, and read from the log later.
  size_t buffer_messages_max = 4096;
  size_t buffer_bytes_max = size_t{16} << 20;
  std::chrono::milliseconds silence_after{3000};  // Without any message of the topic the bus counts as gone.
  std::chrono::milliseconds poll_interval{1000};  // Between reads during silence.
  std::chrono::milliseconds read_interval{20};    // Least time between the starts of two reads.
  // A repair begins after a random wait of up to this, so that many consumers that lost the same message do not read at
  // once; a second eventbus often closes the gap meanwhile.
  std::chrono::milliseconds repair_jitter{100};
  // After failed reads and failed effects: the first wait, doubled up to the second.
  std::chrono::milliseconds retry_min{100};
  std::chrono::milliseconds retry_max{5000};
};

enum class ConsumerState { kBootstrap, kCatchup, kLive, kResync };
std::string_view ConsumerStateName(ConsumerState state);

// Why the cursor means nothing in the present log.
enum class ResyncReason {
  kEpochChanged,  // Another log: wiped, or restored under a new epoch.
  kTrimmed,       // Events after the cursor are no longer kept.
  kRewound,       // Same epoch, but the head is behind the cursor: restored from a backup without a new epoch.
};
std::string_view ResyncReasonName(ResyncReason reason);

// What the driver has to do. It reports the outcome by OnApplied, OnReadResult or OnResynced before it asks for more.
struct ApplyAction {
  Event event;
};
struct ReadAction {
  std::optional<Epoch> epoch;  // That `after` belongs to, when known.
  uint64_t after = 0;
  uint32_t limit = 0;
};
struct ResyncAction {
  ResyncReason reason = ResyncReason::kEpochChanged;
  std::optional<Epoch> epoch;  // Of the present log, when known.
  absl::Status error;          // The read's error when that told, else OK.
};
using ConsumerAction = std::variant<ApplyAction, ReadAction, ResyncAction>;

struct ConsumerStats {
  uint64_t applied = 0;
  uint64_t apply_failures = 0;
  uint64_t duplicates = 0;      // Messages at or before the cursor, or already waiting.
  uint64_t gaps = 0;            // Times that LIVE was left because something was missing.
  uint64_t silences = 0;        // Times that the bus went silent.
  uint64_t foreign_epochs = 0;  // Messages of another epoch.
  uint64_t buffer_drops = 0;    // Messages that the full buffer refused.
  uint64_t reads = 0;
  uint64_t read_failures = 0;  // Errors, and answers that contradict themselves.
  uint64_t resyncs = 0;
};

class Consumer {
 public:
  // `random` gives uniform 64-bit numbers, for the waits.
  Consumer(ConsumerOptions options, Cursor cursor, MonotonicTime now, std::function<uint64_t()> random);

  // One message of the bus; those of other topics are ignored.
  void OnMessage(Message message, MonotonicTime now);

  // The action to take now, if there is any. At most one is open: until its outcome is reported the answer is nothing.
  std::optional<ConsumerAction> Next(MonotonicTime now);

  // When to call Next() again if nothing comes in before. MonotonicTime::max() while an action is open.
  MonotonicTime NextWake(MonotonicTime now) const;

  // The outcome of the open ApplyAction. After success the effect and cursor() are durable; after an error the same
  // event is offered again later.
  void OnApplied(const absl::Status& status, MonotonicTime now);
  // The outcome of the open ReadAction.
  void OnReadResult(absl::StatusOr<ReadBatch> result, MonotonicTime now);
  // The outcome of the open ResyncAction: where to go on, stored durably by the driver; or an error, then it is asked
  // again later.
  void OnResynced(absl::StatusOr<Cursor> cursor, MonotonicTime now);

  ConsumerState state() const { return state_; }
  const Cursor& cursor() const { return cursor_; }
  // Last sequence that the log is known to hold.
  uint64_t known_head() const { return known_head_; }
  uint64_t lag() const { return known_head_ > cursor_.sequence ? known_head_ - cursor_.sequence : 0; }
  // When a HEAD or EVENT of the present epoch last came by the bus (at first: the start).
  MonotonicTime last_heard() const { return last_heard_; }
  const ConsumerStats& stats() const { return stats_; }

 private:
  enum class Open { kNone, kApply, kRead, kResync };

  bool NextIsBuffered() const;
  void Buffer(uint64_t sequence, std::string payload);
  void ForgetBuffer();
  // Notices silence and gaps, changes between CATCHUP and LIVE, plans reads.
  void Review(MonotonicTime now);
  void PlanRead(MonotonicTime at);
  void ReadFailed(MonotonicTime now);
  void DemandResync(ResyncReason reason, std::optional<Epoch> epoch, absl::Status error);
  // Whether the batch answers the open read without contradicting itself.
  bool IsSound(const ReadBatch& batch) const;
  void Take(ReadBatch batch);
  MonotonicTime BackOff(uint32_t failures, MonotonicTime now);
  std::chrono::nanoseconds Random(std::chrono::nanoseconds max);

  const ConsumerOptions options_;
  const std::function<uint64_t()> random_;
  ConsumerState state_ = ConsumerState::kBootstrap;
  Cursor cursor_;
  uint64_t known_head_ = 0;
  // What waits to be applied, by sequence; all after the cursor.
  std::map<uint64_t, std::string> buffer_;
  size_t buffer_bytes_ = 0;
  std::optional<Epoch> guessed_epoch_;  // Of the buffer, while the cursor has none.

  Open open_ = Open::kNone;
  uint64_t head_at_read_ = 0;  // known_head_ when the open read began.
  std::optional<ResyncAction> resync_;
  bool suspicion_ = false;  // A foreign epoch was heard, and the log has not been asked since.
  bool silent_ = false;
  std::optional<MonotonicTime> read_at_;  // The next read, when one is planned.
  bool read_is_poll_ = false;             // It is planned only to look, at leisure.
  MonotonicTime last_read_ = MonotonicTime::min();
  MonotonicTime last_heard_;
  MonotonicTime read_not_before_ = MonotonicTime::min();
  MonotonicTime retry_at_ = MonotonicTime::min();  // No effect and no resync before.
  uint32_t read_failures_in_row_ = 0;
  uint32_t effect_failures_in_row_ = 0;
  ConsumerStats stats_;
};

}  // namespace dateline::bus
