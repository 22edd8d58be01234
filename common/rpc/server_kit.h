#pragma once
// What all handlers of one server share: the executor on which they run, the limits, the counters, and the list of open
// streams. A service's RPC class keeps a ServerKit& and hands it to rpc::Unary, rpc::UnaryAsync and rpc::StartStream.
// It is owned by rpc::Server (or made directly by a test) and outlives every call. Thread-safe.

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/mutex.h"

namespace dateline::metrics {
class Registry;
}

namespace dateline::rpc {

class StreamCore;
class MethodStats;

class ServerKit {
 public:
  struct Options {
    int threads = 8;                                     // Handlers that run at the same time, 1 to 256.
    size_t queue_max = 256;                              // Calls that wait for a thread; more are refused.
    std::chrono::milliseconds deadline_floor{5};         // Calls with less time left are refused unread.
    size_t streams_max = 256;                            // Open server streams in all.
    size_t streams_per_peer_max = 64;                    // Open server streams of one address.
    std::chrono::milliseconds stream_stall_max{30'000};  // How long a reader may leave one message untaken.
    int64_t response_bytes_max = 4 << 20;                // Larger answers of unary calls are refused with a reason.
  };

  // `registry` and `clock` outlive the kit.
  ServerKit(Options options, metrics::Registry& registry, const Clock& clock);
  ~ServerKit();
  ServerKit(const ServerKit&) = delete;
  ServerKit& operator=(const ServerKit&) = delete;

  const Options& options() const { return options_; }
  const Clock& clock() const { return clock_; }

  // Runs `task` on a handler thread; false at once when the queue is full or the kit is stopping.
  [[nodiscard]] bool TrySubmit(std::function<void()> task);

  // Ends every open stream with UNAVAILABLE (SERVER_STOPPING) and refuses new ones. Returns at once.
  void EndStreams();
  // Runs what was accepted, then joins all threads. May block as long as a handler does. Idempotent.
  void Stop();

  size_t open_streams() const;

  // The rest is for the adapters of this module.

  // A call begins, has waited for a thread, ends: metrics, and one log line for a failure that an operator should see.
  // `method` is one of a fixed set. The stats live as long as the kit.
  MethodStats& StartCall(std::string_view method);
  void OnQueueWait(std::chrono::nanoseconds waited);
  void FinishCall(MethodStats& stats, const std::string& peer, const absl::Status& status,
                  std::chrono::nanoseconds took);
  // RESOURCE_EXHAUSTED (TOO_MANY_STREAMS) at a cap, UNAVAILABLE when stopping. Pair an OK with
  // RemoveStream.
  absl::Status AddStream(const std::shared_ptr<StreamCore>& stream, const std::string& peer);
  void RemoveStream(const std::shared_ptr<StreamCore>& stream, const std::string& peer);

 private:
  struct KitMetrics;
  void Sweep();

  const Options options_;
  const Clock& clock_;
  metrics::Registry& registry_;
  Executor executor_;
  const std::unique_ptr<KitMetrics> metrics_;
  mutable Mutex mutex_;
  CondVar wake_;
  std::map<std::string, std::unique_ptr<MethodStats>, std::less<>> methods_ GUARDED_BY(mutex_);
  // Shared with the calls themselves: whichever of the two lets go last.
  std::vector<std::shared_ptr<StreamCore>> streams_ GUARDED_BY(mutex_);
  std::map<std::string, size_t> streams_by_peer_ GUARDED_BY(mutex_);
  bool ending_streams_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread sweeper_;  // Ends streams that stall; gives a missed turn to those that could not be queued.
};

// The address without the port: "ipv4:127.0.0.1:40112" -> "ipv4:127.0.0.1". Caps count by it.
std::string PeerAddress(std::string_view peer);

}  // namespace dateline::rpc
