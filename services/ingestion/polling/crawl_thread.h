#pragma once
// The thread that steps a crawler: it sleeps until the crawler has something to do. Owns the thread, not the crawler.

#include <functional>
#include <thread>

#include "common/base/clock.h"
#include "common/base/mutex.h"

namespace dateline::ingestion {

class Crawler;

class CrawlThread {
 public:
  explicit CrawlThread(const Clock& clock) : clock_(clock) {}
  // Calls Stop().
  ~CrawlThread();
  CrawlThread(const CrawlThread&) = delete;
  CrawlThread& operator=(const CrawlThread&) = delete;

  // `daily` is called once at the beginning and then once a day, on this thread.
  void Start(Crawler& crawler, std::function<void()> daily);
  // The crawler has something to do. Any thread; the crawler's `wake`.
  void Wake();
  // Waits until the crawler is idle, `limit` at most, then joins. Drain the crawler before. Idempotent.
  void Stop(std::chrono::milliseconds limit = std::chrono::milliseconds(0));

 private:
  void Run(Crawler& crawler, const std::function<void()>& daily);

  const Clock& clock_;
  Mutex mutex_;
  CondVar changed_;
  bool woken_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  MonotonicTime stop_at_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace dateline::ingestion
