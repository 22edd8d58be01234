#pragma once
// The latest events of the topic, in memory, without gap: what all streams read from while they keep up. It is bounded
// by count and bytes; the oldest go first, and who has not read them reads the log. One thread appends (the follower of
// the log), any thread reads. Thread-safe.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "common/base/ids.h"
#include "common/base/mutex.h"
#include "services/notification/resume_token.h"
#include "services/notification/stream_event.h"

namespace dateline::notification {

class EventRing {
 public:
  struct Options {
    size_t events_max = 10'000;           // At least 1.
    size_t bytes_max = size_t{64} << 20;  // By StreamEvent::bytes(). The latest event stays, however large.
  };

  explicit EventRing(Options options) : options_(options) {}

  // Empties the ring: the events behind `start` follow. `head` is the log's at this moment. What was read before of
  // another epoch, or behind `head`, is no longer part of the log.
  void Reset(const StreamPosition& start, uint64_t head);
  // Takes the next event. One that is there already is ignored; a gap or another epoch is a mistake in the program.
  void Append(StreamEventPtr event);
  // The log is known to hold `head` events. Ignored when lower than what is known, or of another epoch.
  void NoteHead(const Epoch& epoch, uint64_t head);

  // What follows a position.
  struct Next {
    enum class Kind {
      kEvent,         // `event`.
      kCaughtUp,      // Nothing yet.
      kOlder,         // The event is (or may be) in the log only.
      kForeignEpoch,  // The position is of another life of the log.
      kBeyondHead,    // The position is of events that the log does not have: it was set back.
    };
    Kind kind = Kind::kCaughtUp;
    StreamEventPtr event;
    uint64_t head = 0;
  };
  Next After(const StreamPosition& position) const;

  // The end of the log as known; nullopt before the first Reset().
  std::optional<StreamPosition> head() const;

  struct Size {
    size_t events = 0;
    size_t bytes = 0;
  };
  Size size() const;
  const Options& options() const { return options_; }

 private:
  const Options options_;
  mutable Mutex mutex_;
  std::optional<Epoch> epoch_ GUARDED_BY(mutex_);
  std::deque<StreamEventPtr> events_ GUARDED_BY(mutex_);  // Ends with last_.
  size_t bytes_ GUARDED_BY(mutex_) = 0;
  uint64_t last_ GUARDED_BY(mutex_) = 0;
  uint64_t head_ GUARDED_BY(mutex_) = 0;
};

}  // namespace dateline::notification
