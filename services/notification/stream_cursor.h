#pragma once
// One stream's place in the log, and the decision what comes next: an event, a heartbeat, a read, or nothing for now.
// Pure: no threads, no I/O, no clock of its own. Every event behind the start is looked at exactly once and in order,
// whether it comes from the ring or from a page of the log. Not thread-safe: StreamHub locks.

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "services/notification/event_loader.h"
#include "services/notification/event_ring.h"
#include "services/notification/shared_filter.h"

namespace dateline::notification {

struct StreamOptions {
  StreamPosition start;
  std::shared_ptr<const SharedFilter> filter;        // Shared with streams that have the same. Required.
  std::set<std::string, std::less<>> event_types{};  // Empty: all.
  std::chrono::milliseconds heartbeat_interval{15'000};
};

// The wait after a failed read; doubles up to the maximum.
inline constexpr std::chrono::milliseconds kRetryMin{100};
inline constexpr std::chrono::milliseconds kRetryMax{5'000};
// Events looked at in one step, so that a filter that matches nothing lets others have a turn.
inline constexpr int kScanMax = 256;

class StreamCursor {
 public:
  // What to do now. The position has moved with it already.
  struct Send {
    StreamEventPtr event;  // Null: a heartbeat.
    StreamPosition position;
    uint64_t head = 0;
  };
  struct Wait {
    MonotonicTime until;
  };                // Unless an event comes first.
  struct Again {};  // There is more to look at.
  struct LoadPage {
    StreamPosition after;
  };  // Then OnPage().
  struct LoadRelease {
    StreamEventPtr event;
  };  // Then OnRelease().
  struct End {
    absl::Status status;
  };  // The stream cannot go on.
  using Step = std::variant<Send, Wait, Again, LoadPage, LoadRelease, End>;

  StreamCursor(StreamOptions options, MonotonicTime now);

  // Asked only while the stream can take a message.
  Step Next(const EventRing& ring, MonotonicTime now);

  // The outcome of the read that Next() asked for.
  void OnPage(absl::StatusOr<EventPagePtr> page, MonotonicTime now);
  void OnRelease(const absl::Status& status, MonotonicTime now);

  const StreamPosition& position() const { return position_; }

 private:
  Step SendNow(StreamEventPtr event, uint64_t head, MonotonicTime now);
  // The event behind the position, from the page or the ring; otherwise `step` says what to do instead.
  StreamEventPtr Find(const EventRing& ring, uint64_t* head, Step* step);
  void Fail(MonotonicTime now);

  const StreamOptions options_;
  StreamPosition position_;
  EventPagePtr page_;  // Null unless it holds what comes next.
  bool first_ = true;
  bool loading_ = false;
  absl::Status end_;  // Not OK: how the stream ends.
  MonotonicTime heartbeat_at_;
  MonotonicTime retry_at_;
  int failures_ = 0;
};

}  // namespace dateline::notification
