#include "services/extraction/extraction_pool.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <deque>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/mutex.h"
#include "common/config/units.h"
#include "common/log/log.h"

namespace dateline::extraction {
namespace {

constexpr int kThreadsMax = 256;

ExtractionPool::Result RunGuarded(const ExtractionPool::Work& work) {
  try {
    return work();
  } catch (const std::exception& error) {
    return Error(absl::StatusCode::kInternal, "EXTRACTION_FAILED", fmt::format("extraction failed: {}", error.what()));
  }
}

}  // namespace

struct ExtractionPool::Task {
  Work work;
  Done done;
  std::chrono::milliseconds timeout{};
  MonotonicTime queued;
  MonotonicTime started;
  bool abandoned = false;  // Under State::mutex. Then the watchdog has answered.
};

struct ExtractionPool::State {
  State(Options o, metrics::Registry& registry, const Clock& c, std::function<void()> hopeless)
      : options(o),
        clock(c),
        on_hopeless(std::move(hopeless)),
        seconds(registry.GetHistogram("dateline_extraction_document_seconds", "Time to extract one document.")),
        wait_seconds(
            registry.GetHistogram("dateline_extraction_queue_wait_seconds", "Time that documents wait for a thread.")),
        timeouts(registry.GetCounter("dateline_extraction_timeouts_total",
                                     "Documents given up because they took longer than worker.document_timeout.")) {}

  using TaskPtr = std::shared_ptr<Task>;  // Shared by the thread that runs it and the watchdog.

  void StartThread(const std::shared_ptr<State>& self) REQUIRES(mutex);
  static void RunThread(const std::shared_ptr<State>& self);
  static void RunWatchdog(const std::shared_ptr<State>& self);
  TaskPtr Next() REQUIRES(mutex);
  bool Watch(const std::shared_ptr<State>& self);

  const Options options;
  const Clock& clock;
  const std::function<void()> on_hopeless;
  metrics::Histogram& seconds;
  metrics::Histogram& wait_seconds;
  metrics::Counter& timeouts;

  mutable Mutex mutex;
  CondVar work_ready;
  CondVar changed;  // The watchdog's and Stop's.
  std::array<std::deque<TaskPtr>, 2> lanes GUARDED_BY(mutex);
  size_t next_lane GUARDED_BY(mutex) = 0;
  std::vector<TaskPtr> running GUARDED_BY(mutex);
  int threads GUARDED_BY(mutex) = 0;  // That serve, without abandoned ones.
  int stuck GUARDED_BY(mutex) = 0;
  bool hopeless_told GUARDED_BY(mutex) = false;
  bool stopping GUARDED_BY(mutex) = false;
  bool watching GUARDED_BY(mutex) = true;
};

// Threads are detached: who serves is counted, and Stop() waits for the count.
void ExtractionPool::State::StartThread(const std::shared_ptr<State>& self) {
  ++threads;
  std::thread([self] {
    pthread_setname_np(pthread_self(), "extract");
    RunThread(self);
  }).detach();
}

ExtractionPool::State::TaskPtr ExtractionPool::State::Next() {
  for (size_t i = 0; i < lanes.size(); ++i) {
    std::deque<TaskPtr>& lane = lanes[(next_lane + i) % lanes.size()];
    if (lane.empty()) continue;
    TaskPtr task = std::move(lane.front());
    lane.pop_front();
    next_lane = (next_lane + i + 1) % lanes.size();
    return task;
  }
  return nullptr;
}

void ExtractionPool::State::RunThread(const std::shared_ptr<State>& self) {
  for (;;) {
    TaskPtr task;
    {
      MutexLock lock(self->mutex);
      while (!self->stopping && (task = self->Next()) == nullptr) self->work_ready.Wait(self->mutex);
      if (task == nullptr) {
        --self->threads;
        self->changed.NotifyAll();
        return;
      }
      task->started = self->clock.Monotonic();
      self->running.push_back(task);
    }
    Result result = RunGuarded(task->work);
    {
      MutexLock lock(self->mutex);
      if (task->abandoned) {
        // Another thread has taken this one's place, and the metrics may be gone.
        --self->stuck;
        self->changed.NotifyAll();
        return;
      }
      std::erase(self->running, task);
    }
    self->wait_seconds.Observe(metrics::Seconds(task->started - task->queued));
    self->seconds.Observe(metrics::Seconds(self->clock.Monotonic() - task->started));
    task->done(std::move(result));
  }
}

// Abandons what takes too long. False when the watchdog has to end.
bool ExtractionPool::State::Watch(const std::shared_ptr<State>& self) {
  std::vector<TaskPtr> late;
  bool hopeless = false;
  {
    MutexLock lock(mutex);
    if (!watching) return false;
    changed.WaitFor(mutex, options.watch_interval);
    if (!watching) return false;
    const MonotonicTime now = clock.Monotonic();
    for (const TaskPtr& task : running) {
      if (now - task->started > task->timeout) late.push_back(task);
    }
    for (const TaskPtr& task : late) {
      task->abandoned = true;
      std::erase(running, task);
      --threads;
      ++stuck;
      if (!stopping) StartThread(self);
    }
    hopeless = stuck > options.stuck_max && !hopeless_told;
    hopeless_told = hopeless_told || hopeless;
  }
  for (const TaskPtr& task : late) {
    timeouts.Increment();
    const std::string limit = config::FormatDuration(task->timeout);
    log::Error("extraction_timeout", {{"limit", limit}});
    task->done(Error(
        absl::StatusCode::kDeadlineExceeded, "EXTRACTION_TIMEOUT",
        fmt::format("extraction took longer than {}; report the document, or raise worker.document_timeout", limit)));
  }
  if (hopeless) on_hopeless();
  return true;
}

void ExtractionPool::State::RunWatchdog(const std::shared_ptr<State>& self) {
  while (self->Watch(self)) {
  }
  MutexLock lock(self->mutex);
  --self->threads;
  self->changed.NotifyAll();
}

ExtractionPool::ExtractionPool(Options options, metrics::Registry& registry, const Clock& clock,
                               std::function<void()> on_hopeless)
    : state_(std::make_shared<State>(options, registry, clock, std::move(on_hopeless))) {
  DATELINE_CHECK(options.threads >= 1 && options.threads <= kThreadsMax, "a pool has 1 to 256 threads");
  {
    MutexLock lock(state_->mutex);
    for (int i = 0; i < options.threads; ++i) state_->StartThread(state_);
    ++state_->threads;
  }
  std::thread([state = state_] {
    pthread_setname_np(pthread_self(), "extract-watch");
    State::RunWatchdog(state);
  }).detach();
  collector_ = registry.AddCollector([state = state_](metrics::Sink& sink) {
    MutexLock lock(state->mutex);
    sink.Gauge("dateline_extraction_stuck_threads", "Threads abandoned in a document that does not end.", {},
               state->stuck);
    sink.Gauge("dateline_extraction_running_items", "Documents that are being extracted.", {},
               static_cast<double>(state->running.size()));
    const std::array<const char*, 2> names = {"worker", "call"};
    for (size_t i = 0; i < names.size(); ++i) {
      sink.Gauge("dateline_extraction_queue_items", "Documents that wait for a thread.", {{"lane", names[i]}},
                 static_cast<double>(state->lanes[i].size()));
    }
  });
}

ExtractionPool::~ExtractionPool() {
  Stop();
}

bool ExtractionPool::TrySubmit(Lane lane, Work work, Done done, std::optional<std::chrono::milliseconds> timeout) {
  auto task = std::make_shared<Task>();
  task->work = std::move(work);
  task->done = std::move(done);
  task->timeout = timeout.value_or(state_->options.document_timeout);
  task->queued = state_->clock.Monotonic();
  {
    MutexLock lock(state_->mutex);
    std::deque<State::TaskPtr>& queue = state_->lanes[static_cast<size_t>(lane)];
    if (state_->stopping || queue.size() >= state_->options.queue_max) return false;
    queue.push_back(std::move(task));
  }
  state_->work_ready.NotifyOne();
  return true;
}

bool ExtractionPool::Stop(std::chrono::milliseconds limit) {
  std::vector<State::TaskPtr> dropped;
  {
    MutexLock lock(state_->mutex);
    state_->stopping = true;
    for (auto& lane : state_->lanes) {
      dropped.insert(dropped.end(), lane.begin(), lane.end());
      lane.clear();
    }
  }
  state_->work_ready.NotifyAll();
  const absl::Status stopping =
      Error(absl::StatusCode::kCancelled, "STOPPING", "the extraction service is stopping; try again");
  for (const State::TaskPtr& task : dropped) task->done(stopping);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  std::vector<State::TaskPtr> cut;
  {
    MutexLock lock(state_->mutex);
    // One of the threads is the watchdog, which goes on until the others have ended.
    while (state_->threads > 1 && std::chrono::steady_clock::now() < deadline) {
      state_->changed.WaitFor(state_->mutex, deadline - std::chrono::steady_clock::now());
    }
    cut.swap(state_->running);
    for (const State::TaskPtr& task : cut) task->abandoned = true;
    state_->threads -= static_cast<int>(cut.size());
    state_->stuck += static_cast<int>(cut.size());
    state_->watching = false;
    state_->changed.NotifyAll();
  }
  for (const State::TaskPtr& task : cut) task->done(stopping);
  MutexLock lock(state_->mutex);
  while (state_->threads > 0) state_->changed.Wait(state_->mutex);
  return state_->stuck == 0;
}

int ExtractionPool::stuck() const {
  MutexLock lock(state_->mutex);
  return state_->stuck;
}

}  // namespace dateline::extraction
