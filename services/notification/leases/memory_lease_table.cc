#include "services/notification/leases/memory_lease_table.h"

#include <algorithm>

namespace dateline::notification {

absl::StatusOr<LeaseRoundResult> MemoryLeaseTable::Round(const LeaseRound& round) {
  MutexLock lock(mutex_);
  const MonotonicTime now = clock_.Monotonic();
  const MonotonicTime until = now + round.duration;
  replicas_[round.replica] = until;
  LeaseRoundResult result;
  result.replicas = static_cast<int>(
      std::count_if(replicas_.begin(), replicas_.end(), [now](const auto& entry) { return entry.second > now; }));
  for (const int part : round.release) {
    Row& row = parts_.at(static_cast<size_t>(part));
    if (row.holder == round.replica) row = {.holder = "", .fence = row.fence};
  }
  int held = 0;
  for (Row& row : parts_) {
    if (row.holder != round.replica) continue;
    row.expires = until;
    ++held;
  }
  for (size_t part = 0; part < parts_.size(); ++part) {
    Row& row = parts_[part];
    if (round.takes && row.holder != round.replica && held < FairShare(result.replicas) && row.expires <= now) {
      row = {.holder = round.replica, .fence = row.fence + 1, .expires = until};
      ++held;
    }
    if (row.holder == round.replica) result.held.push_back({static_cast<int>(part), row.fence});
  }
  return result;
}

absl::Status MemoryLeaseTable::Leave(const std::string& replica) {
  MutexLock lock(mutex_);
  replicas_.erase(replica);
  for (Row& row : parts_) {
    if (row.holder == replica) row = {.holder = "", .fence = row.fence};
  }
  return absl::OkStatus();
}

}  // namespace dateline::notification
