#include "services/notification/shared_filter.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"

namespace dateline::notification {

filter::Truth SharedFilter::Decide(const StreamEvent& event) const {
  if (filter_.matches_all() && event.valid()) return filter::Truth::kYes;
  std::atomic<uint64_t>& place = memory_[event.uid() % kRemembered];
  const uint64_t remembered = place.load(std::memory_order_relaxed);
  if (remembered >> 1 == event.uid()) return (remembered & 1) != 0 ? filter::Truth::kYes : filter::Truth::kNo;
  const filter::Truth truth = event.Decide(filter_);
  if (truth != filter::Truth::kUnknown) {
    place.store(event.uid() << 1 | (truth == filter::Truth::kYes ? 1 : 0), std::memory_order_relaxed);
  }
  return truth;
}

absl::StatusOr<std::shared_ptr<const SharedFilter>> FilterSet::Get(std::string_view text) {
  {
    MutexLock lock(mutex_);
    const auto found = filters_.find(text);
    if (found != filters_.end()) {
      if (std::shared_ptr<const SharedFilter> alive = found->second.lock()) return alive;
    }
  }
  DATELINE_ASSIGN_OR_RETURN(filter::Filter compiled, filter::Compile(text));
  auto made = std::make_shared<const SharedFilter>(std::move(compiled));
  MutexLock lock(mutex_);
  std::erase_if(filters_, [](const auto& entry) { return entry.second.expired(); });
  std::weak_ptr<const SharedFilter>& entry = filters_[std::string(text)];
  if (std::shared_ptr<const SharedFilter> alive = entry.lock()) return alive;
  entry = made;
  return made;
}

size_t FilterSet::size() const {
  MutexLock lock(mutex_);
  return static_cast<size_t>(
      std::count_if(filters_.begin(), filters_.end(), [](const auto& entry) { return !entry.second.expired(); }));
}

}  // namespace dateline::notification
