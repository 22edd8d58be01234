#include "services/ingestion/polling/crawl_thread.h"

#include <pthread.h>

#include <algorithm>

#include "services/ingestion/polling/crawler.h"

namespace dateline::ingestion {
namespace {

// The wall clock may jump, so no sleep is longer.
constexpr std::chrono::seconds kSleepMax{1};
constexpr std::chrono::hours kDay{24};

}  // namespace

CrawlThread::~CrawlThread() {
  Stop();
}

void CrawlThread::Start(Crawler& crawler, std::function<void()> daily) {
  thread_ = std::thread([this, &crawler, daily = std::move(daily)] {
    pthread_setname_np(pthread_self(), "crawler");
    Run(crawler, daily);
  });
}

void CrawlThread::Wake() {
  MutexLock lock(mutex_);
  woken_ = true;
  changed_.NotifyAll();
}

void CrawlThread::Stop(std::chrono::milliseconds limit) {
  {
    MutexLock lock(mutex_);
    if (!stopping_) stop_at_ = clock_.Monotonic() + limit;
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void CrawlThread::Run(Crawler& crawler, const std::function<void()>& daily) {
  MonotonicTime next_daily = clock_.Monotonic();
  while (true) {
    if (clock_.Monotonic() >= next_daily) {
      daily();
      next_daily = clock_.Monotonic() + kDay;
    }
    const WallTime next = crawler.Step();
    const auto sleep = std::clamp<std::chrono::nanoseconds>(next - std::min(next, clock_.Now()),
                                                            std::chrono::nanoseconds(0), kSleepMax);
    MutexLock lock(mutex_);
    if (stopping_ && (crawler.idle() || clock_.Monotonic() >= stop_at_)) return;
    if (!woken_ && sleep.count() > 0)
      changed_.WaitFor(mutex_,
                       stopping_ ? std::min<std::chrono::nanoseconds>(sleep, std::chrono::milliseconds(50)) : sleep);
    woken_ = false;
  }
}

}  // namespace dateline::ingestion
