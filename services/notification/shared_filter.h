#pragma once
// Filters of streams. Streams with the same filter share one object, which remembers what it said about the latest
// events, so that an event is matched once for each distinct filter and not once for each stream. Thread-safe.

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/filter/filter.h"
#include "services/notification/stream_event.h"

namespace dateline::notification {

class SharedFilter {
 public:
  explicit SharedFilter(filter::Filter filter) : filter_(std::move(filter)) {}

  filter::Truth Decide(const StreamEvent& event) const;
  const filter::Filter& filter() const { return filter_; }

 private:
  static constexpr size_t kRemembered = 64;

  const filter::Filter filter_;
  // The uid of an event and, in the lowest bit, whether it matched; each at the place that its uid gives.
  mutable std::array<std::atomic<uint64_t>, kRemembered> memory_{};
};

class FilterSet {
 public:
  // The filter with this text, made unless a stream has it already. INVALID_ARGUMENT (INVALID_FILTER).
  absl::StatusOr<std::shared_ptr<const SharedFilter>> Get(std::string_view text);
  // How many distinct filters are in use.
  size_t size() const;

 private:
  mutable Mutex mutex_;
  // Owned by the streams that use them.
  std::map<std::string, std::weak_ptr<const SharedFilter>, std::less<>> filters_ GUARDED_BY(mutex_);
};

}  // namespace dateline::notification
