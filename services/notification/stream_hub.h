#pragma once
// Moves all open streams forward: one thread wakes when an event comes or a time is due, and hands each stream that can
// take a message its next one. An idle stream costs one entry in a list and one timer per heartbeat; nothing is queued
// for slow ones, they read the ring or the log at their own speed. gRPC-free; a stream's other end is a StreamSink.
//
// Thread-safe. Locks: a session's lock may be held while the ring's or a filter's is taken; sinks and the loader are
// called without any lock. Ring, loader and clock outlive the hub; the loader is stopped before the hub is destroyed.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "services/notification/event_loader.h"
#include "services/notification/event_ring.h"
#include "services/notification/stream_cursor.h"

namespace dateline::notification {

// The client's end of a stream.
class StreamSink {
 public:
  virtual ~StreamSink() = default;
  // Takes one message; called only after StreamHub::OnReady(), once for each. `token` goes on behind it.
  virtual void Send(const StreamCursor::Send& message, const std::string& token) = 0;
  // Ends the stream; nothing is sent after it.
  virtual void End(const absl::Status& status) = 0;
};

// Told about what happens, for metrics. Called on any thread; must be quick.
class StreamObserver {
 public:
  virtual ~StreamObserver() = default;
  virtual void OnSent(const StreamCursor::Send& /*message*/) {}
  virtual void OnEnded(const std::string& /*reason*/) {}
};

class StreamHub {
 public:
  class Session;
  // Shared by the hub and the adapter that feeds it.
  using SessionPtr = std::shared_ptr<Session>;

  StreamHub(const EventRing& ring, EventLoader& loader, StreamObserver& observer, const Clock& clock);
  // Calls Stop().
  ~StreamHub();
  StreamHub(const StreamHub&) = delete;
  StreamHub& operator=(const StreamHub&) = delete;

  void Start();
  // Joins the thread; streams get nothing more. Idempotent.
  void Stop();

  // A new stream; it begins with OnReady().
  SessionPtr Open(StreamOptions options, std::unique_ptr<StreamSink> sink);
  // The stream can take one message.
  void OnReady(const SessionPtr& session);
  // The other end is gone. Idempotent.
  void Close(const SessionPtr& session);
  // Ends all streams with `status`, and those that are opened later.
  void EndAll(const absl::Status& status);

  // The ring has changed.
  void Notify();

  struct Stats {
    size_t streams = 0;
    uint64_t lag_max = 0;  // Events between the slowest stream and the head.
  };
  Stats stats() const;

 private:
  void Run();
  // Moves one stream as far as it goes now.
  void Advance(const SessionPtr& session);
  // Returns true when there is more to do for the session at once.
  bool Act(const SessionPtr& session, StreamCursor::Step step);
  void Finish(const SessionPtr& session, const absl::Status& status);
  void Arm(const SessionPtr& session, MonotonicTime at);
  // Waits for work; returns the sessions to move, or false when stopping.
  bool Collect(std::vector<SessionPtr>* sessions);

  const EventRing& ring_;
  EventLoader& loader_;
  StreamObserver& observer_;
  const Clock& clock_;

  struct Timer {
    MonotonicTime at;
    std::weak_ptr<Session> session;
    bool operator>(const Timer& other) const { return at > other.at; }
  };

  mutable Mutex mutex_;
  CondVar wake_;
  std::map<const Session*, SessionPtr> sessions_ GUARDED_BY(mutex_);
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_ GUARDED_BY(mutex_);
  std::vector<SessionPtr> again_ GUARDED_BY(mutex_);
  bool notified_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  absl::Status ended_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace dateline::notification
