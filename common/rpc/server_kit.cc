#include "common/rpc/server_kit.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/log/log.h"
#include "common/metrics/queue_metrics.h"
#include "common/metrics/registry.h"
#include "common/rpc/server_stream.h"

namespace dateline::rpc {
namespace {

constexpr std::string_view kServerStopping = "SERVER_STOPPING";
constexpr int kCodes = 17;  // OK to UNAUTHENTICATED.
constexpr std::chrono::milliseconds kSweepMax{250};
constexpr std::chrono::milliseconds kSweepMin{5};

// How loud a failure is: what the caller did wrong is the caller's affair, what we did wrong is the operator's.
log::Level LevelOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
      return log::Level::kError;
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kUnimplemented:
      return log::Level::kWarn;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
      return log::Level::kInfo;
    default:
      return log::Level::kDebug;
  }
}

}  // namespace

// The metrics of one method. Thread-safe.
class MethodStats {
 public:
  MethodStats(metrics::Registry& registry, std::string method)
      : method_(std::move(method)),
        registry_(registry),
        in_flight_(registry.GetGauge("dateline_rpc_in_flight_calls", "Calls that have begun and not ended.",
                                     {{"method", method_}})),
        seconds_(registry.GetHistogram("dateline_rpc_call_seconds", "From the arrival of a call to its answer.",
                                       {{"method", method_}})) {}

  const std::string& method() const { return method_; }
  void Started() { in_flight_.Increment(); }
  void Finished(absl::StatusCode code, std::chrono::nanoseconds took) {
    in_flight_.Decrement();
    seconds_.Observe(metrics::Seconds(took));
    CounterFor(code).Increment();
  }

 private:
  metrics::Counter& CounterFor(absl::StatusCode code) {
    const size_t index = static_cast<size_t>(std::clamp(static_cast<int>(code), 0, kCodes - 1));
    metrics::Counter* counter = by_code_[index].load(std::memory_order_acquire);
    if (counter == nullptr) {
      counter = &registry_.GetCounter("dateline_rpc_calls_total", "Calls that ended, by method and status code.",
                                      {{"method", method_}, {"code", absl::StatusCodeToString(code)}});
      by_code_[index].store(counter, std::memory_order_release);
    }
    return *counter;
  }

  const std::string method_;
  metrics::Registry& registry_;
  metrics::Gauge& in_flight_;
  metrics::Histogram& seconds_;
  std::array<std::atomic<metrics::Counter*>, kCodes> by_code_{};
};

struct ServerKit::KitMetrics {
  KitMetrics(metrics::Registry& registry, Executor& executor)
      : queue(registry,
              {.queue = "rpc", .depth = [&executor] { return executor.depth(); }, .capacity = executor.capacity()}),
        open_streams(registry.GetGauge("dateline_rpc_open_streams", "Server streams that are open.")) {}

  metrics::QueueMetrics queue;
  metrics::Gauge& open_streams;
};

ServerKit::ServerKit(Options options, metrics::Registry& registry, const Clock& clock)
    : options_(options),
      clock_(clock),
      registry_(registry),
      executor_({.name = "rpc", .threads = options.threads, .queue_max = options.queue_max}),
      metrics_(std::make_unique<KitMetrics>(registry, executor_)),
      sweeper_([this] { Sweep(); }) {}

ServerKit::~ServerKit() {
  Stop();
}

bool ServerKit::TrySubmit(std::function<void()> task) {
  if (executor_.TrySubmit(std::move(task))) return true;
  metrics_->queue.Rejected();
  return false;
}

void ServerKit::EndStreams() {
  std::vector<std::shared_ptr<StreamCore>> streams;
  {
    MutexLock lock(mutex_);
    ending_streams_ = true;
    streams = streams_;
  }
  const absl::Status stopping = Error(absl::StatusCode::kUnavailable, kServerStopping,
                                      "this instance of the service stops; connect again and resume");
  for (const auto& stream : streams) stream->Finish(stopping);
}

void ServerKit::Stop() {
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    ending_streams_ = true;
  }
  wake_.NotifyAll();
  executor_.Stop();
  sweeper_.join();
}

size_t ServerKit::open_streams() const {
  MutexLock lock(mutex_);
  return streams_.size();
}

MethodStats& ServerKit::StartCall(std::string_view method) {
  MethodStats* stats = nullptr;
  {
    MutexLock lock(mutex_);
    if (const auto known = methods_.find(method); known != methods_.end()) stats = known->second.get();
  }
  if (stats == nullptr) {
    // Made without the lock, because the registry has one of its own; the loser of a race throws its copy away.
    auto made = std::make_unique<MethodStats>(registry_, std::string(method));
    MutexLock lock(mutex_);
    stats = methods_.try_emplace(std::string(method), std::move(made)).first->second.get();
  }
  stats->Started();
  return *stats;
}

void ServerKit::OnQueueWait(std::chrono::nanoseconds waited) {
  metrics_->queue.Waited(waited);
}

void ServerKit::FinishCall(MethodStats& stats, const std::string& peer, const absl::Status& status,
                           std::chrono::nanoseconds took) {
  stats.Finished(status.code(), took);
  if (status.ok()) return;
  const std::string reason = ErrorReason(status);
  // Every open stream ends so when the server stops, as it should.
  const log::Level level = reason == kServerStopping ? log::Level::kDebug : LevelOf(status.code());
  if (!log::Enabled(level)) return;
  log::Write(level, "rpc_failed",
             {{"method", stats.method()},
              {"peer", peer},
              {"reason", reason},
              {"error", status},
              {"ms", std::chrono::duration<double, std::milli>(took).count()}});
}

absl::Status ServerKit::AddStream(const std::shared_ptr<StreamCore>& stream, const std::string& peer) {
  const std::string address = PeerAddress(peer);
  MutexLock lock(mutex_);
  if (ending_streams_) {
    return Error(absl::StatusCode::kUnavailable, kServerStopping, "this instance of the service stops; connect again");
  }
  size_t& of_peer = streams_by_peer_[address];
  const bool peer_full = of_peer >= options_.streams_per_peer_max;
  if (peer_full || streams_.size() >= options_.streams_max) {
    if (of_peer == 0) streams_by_peer_.erase(address);
    const size_t limit = peer_full ? options_.streams_per_peer_max : options_.streams_max;
    return WithRetryDelay(
        Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_STREAMS",
              fmt::format("{} open streams of {} are the limit; close one, or raise server.{}", limit,
                          peer_full ? address : "all peers", peer_full ? "streams_per_peer_max" : "streams_max"),
              {{"limit", std::to_string(limit)}}),
        std::chrono::seconds(5));
  }
  ++of_peer;
  streams_.push_back(stream);
  metrics_->open_streams.Set(static_cast<double>(streams_.size()));
  return absl::OkStatus();
}

void ServerKit::RemoveStream(const std::shared_ptr<StreamCore>& stream, const std::string& peer) {
  MutexLock lock(mutex_);
  const auto found = std::find(streams_.begin(), streams_.end(), stream);
  DATELINE_CHECK(found != streams_.end(), "a stream is removed once, after it was added");
  *found = std::move(streams_.back());
  streams_.pop_back();
  const auto of_peer = streams_by_peer_.find(PeerAddress(peer));
  if (--of_peer->second == 0) streams_by_peer_.erase(of_peer);
  metrics_->open_streams.Set(static_cast<double>(streams_.size()));
}

void ServerKit::Sweep() {
  ::pthread_setname_np(::pthread_self(), "rpc-sweep");
  const auto interval = std::clamp(options_.stream_stall_max / 4, kSweepMin, kSweepMax);
  while (true) {
    std::vector<std::shared_ptr<StreamCore>> streams;
    {
      MutexLock lock(mutex_);
      if (!stopping_) wake_.WaitFor(mutex_, interval);
      if (stopping_) return;
      streams = streams_;
    }
    for (const auto& stream : streams) stream->Tick();
  }
}

std::string PeerAddress(std::string_view peer) {
  if (!peer.starts_with("ipv4:") && !peer.starts_with("ipv6:")) return std::string(peer.substr(0, peer.find(':') + 1));
  return std::string(peer.substr(0, peer.rfind(':')));
}

}  // namespace dateline::rpc
