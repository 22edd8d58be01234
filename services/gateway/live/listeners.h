#pragma once
// The open server-sent event streams: one thread writes to all their sockets. Each has its own stream of events from
// notification; a client that reads slowly holds back only its own, and one that takes nothing for a while is cut (it
// comes back with Last-Event-ID and misses nothing). Thread-safe.

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "services/gateway/live/event_source.h"

namespace dateline::metrics {
class Registry;
}

namespace dateline::gateway {

class Listeners {
 public:
  struct Options {
    size_t listeners_max = 1'000;
    std::chrono::milliseconds write_time{30'000};  // Without any byte taken.
    size_t pending_bytes_max = size_t{256} << 10;  // Above, the stream of events waits.
    std::chrono::milliseconds open_time{5'000};    // For the first message.
  };
  // One message as a frame of the stream; empty to say nothing. Runs on the writing thread; may take a call's time.
  using Format = std::function<std::string(const notification::v1::StreamEventsResponse&)>;

  Listeners(const Options& options, EventSource& source, const Clock& clock, metrics::Registry& registry);
  ~Listeners();
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;

  void Start();
  // Ends all streams; clients come back by themselves.
  void Stop();

  class Listener;
  // Opens the stream of events and waits for its first message, so that a wrong filter or token is told as an error and
  // not as a stream that breaks. RESOURCE_EXHAUSTED (TOO_MANY_STREAMS) over the limit.
  absl::StatusOr<std::shared_ptr<Listener>> Open(const notification::v1::StreamEventsRequest& request, Format format);
  // Hands the socket over; `head` is written first.
  void Adopt(std::shared_ptr<Listener> listener, int socket, std::string head);

 private:
  void Run();
  void Serve(Listener& listener, short events);
  std::vector<std::shared_ptr<Listener>> Snapshot() EXCLUDES(mutex_);

  const Options options_;
  EventSource& source_;
  const Clock& clock_;
  metrics::Registry& registry_;
  // Shared with the listeners' callbacks, the last of which may come after this has gone.
  struct Bell;
  const std::shared_ptr<Bell> bell_;
  std::atomic<bool> stopping_{false};
  std::atomic<size_t> open_{0};
  Mutex mutex_;
  std::vector<std::shared_ptr<Listener>> adopted_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace dateline::gateway
