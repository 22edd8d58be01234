#include "services/gateway/backend/first_contact.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <pthread.h>

#include "common/log/log.h"
#include "common/metrics/readiness.h"

namespace dateline::gateway {
namespace {

using std::chrono::steady_clock;

constexpr std::string_view kCondition = "services";

}  // namespace

FirstContact::FirstContact(metrics::Readiness& readiness, std::chrono::milliseconds limit)
    : readiness_(readiness), limit_(limit) {}

FirstContact::~FirstContact() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

std::function<void(bool)> FirstContact::ListenerFor(const std::string& service) {
  MutexLock lock(mutex_);
  missing_.insert(service);
  return [this, service](bool connected) {
    if (!connected) return;
    MutexLock connected_lock(mutex_);
    if (missing_.erase(service) > 0) changed_.NotifyAll();
  };
}

void FirstContact::Start() {
  readiness_.Set(kCondition, false, "not connected to the services yet");
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "first-contact");
    Wait();
  });
}

void FirstContact::Wait() {
  const auto end = steady_clock::now() + limit_;
  std::string missing;
  {
    MutexLock lock(mutex_);
    while (!stopping_ && !missing_.empty() && steady_clock::now() < end) {
      changed_.WaitFor(mutex_, end - steady_clock::now());
    }
    if (stopping_) return;
    missing = fmt::format("{}", fmt::join(missing_, ", "));
  }
  if (!missing.empty()) log::Warn("services_not_reached", {{"services", missing}, {"after_ms", limit_.count()}});
  readiness_.Set(kCondition, true);
}

}  // namespace dateline::gateway
