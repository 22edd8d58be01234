#pragma once
// The leases of replicas in memory, with the times of the given clock: the fake that passes the tests of the port.
// Thread-safe. The clock outlives it.

#include <array>
#include <map>
#include <string>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "services/notification/leases/lease_table.h"

namespace dateline::notification {

class MemoryLeaseTable final : public LeaseTable {
 public:
  explicit MemoryLeaseTable(const Clock& clock) : clock_(clock) {}

  absl::StatusOr<LeaseRoundResult> Round(const LeaseRound& round) override;
  absl::Status Leave(const std::string& replica) override;

 private:
  struct Row {
    std::string holder;
    uint64_t fence = 0;
    MonotonicTime expires{};
  };

  const Clock& clock_;
  Mutex mutex_;
  std::array<Row, kParts> parts_ GUARDED_BY(mutex_);
  std::map<std::string, MonotonicTime> replicas_ GUARDED_BY(mutex_);
};

}  // namespace dateline::notification
