#pragma once
// Holds the gateway back from being ready until it was connected to every service once, so that the first requests that
// a balancer sends here find what they need; ten seconds at most, because much can be shown without the one that is
// away. Later losses change nothing: the pages say what cannot be reached. Thread-safe.

#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <thread>

#include "common/base/mutex.h"

namespace dateline::metrics {
class Readiness;
}

namespace dateline::gateway {

class FirstContact {
 public:
  // `readiness` outlives it.
  explicit FirstContact(metrics::Readiness& readiness, std::chrono::milliseconds limit = std::chrono::seconds(10));
  ~FirstContact();
  FirstContact(const FirstContact&) = delete;
  FirstContact& operator=(const FirstContact&) = delete;

  // For the channel to `service`, which tells it whether it is connected, until this is destroyed. All of them are
  // asked for before Start().
  std::function<void(bool connected)> ListenerFor(const std::string& service);
  // Not ready from here on, and the time begins.
  void Start();

 private:
  void Wait();

  metrics::Readiness& readiness_;
  const std::chrono::milliseconds limit_;
  Mutex mutex_;
  CondVar changed_;
  std::set<std::string> missing_ GUARDED_BY(mutex_);  // What was not connected yet.
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace dateline::gateway
