#pragma once
// Whether the process can do its work now, as a set of named conditions: the store is open, the bus is connected, the
// first heads were read. Those who know set them, /readyz and the gRPC health service read them. A process without any
// condition, with one that does not hold, or that is draining is not ready. Thread-safe.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/mutex.h"

namespace dateline::metrics {

// Does not hold while the process brings its data to this version, which may take minutes: whoever waits for it has
// reason to be patient.
inline constexpr std::string_view kUpgradeCondition = "upgrade";

class Readiness {
 public:
  // Adds or changes a condition. `why` tells an operator what is missing; it is kept only while `ok` is false.
  void Set(std::string_view condition, bool ok, std::string_view why = {});
  // Not ready from now on, whatever is Set: the process is stopping. Idempotent.
  void Drain();

  bool ready() const;
  // The conditions that do not hold, with their reasons, by name; empty exactly when ready().
  std::vector<std::pair<std::string, std::string>> Missing() const;
  // `listener` is told at once and at every later change of ready(), in order, one call at a time. It must not call
  // back. A null listener removes the one before, and no call to it runs after that.
  void SetListener(std::function<void(bool ready)> listener);

 private:
  std::vector<std::pair<std::string, std::string>> MissingLocked() const REQUIRES(mutex_);
  void Tell();

  mutable Mutex mutex_;
  std::map<std::string, std::pair<bool, std::string>, std::less<>> conditions_ GUARDED_BY(mutex_);
  bool draining_ GUARDED_BY(mutex_) = false;
  // Held over the listener, to keep its calls in order. Taken before mutex_.
  Mutex listener_mutex_;
  std::function<void(bool)> listener_ GUARDED_BY(listener_mutex_);
  bool told_ GUARDED_BY(listener_mutex_) = false;
};

}  // namespace dateline::metrics
