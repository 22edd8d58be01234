#pragma once
// The port to what replicas agree on: which of them delivers for which part of the subscriptions. A subscription
// belongs to one of kParts parts, for good; a part is held by one replica at a time, by a lease that ends unless it is
// renewed. Every time a part changes hands its fence rises, so that what an earlier holder still writes can be told and
// refused. PostgresLeaseTable and MemoryLeaseTable. Thread-safe; may block.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace dateline::notification {

inline constexpr int kParts = 64;
// Who holds this part matches events and reads the past for all.
inline constexpr int kLeadingPart = 0;

inline int PartOf(int64_t subscription) {
  return static_cast<int>(static_cast<uint64_t>(subscription) % kParts);
}

struct LeaseRound {
  std::string replica;                 // Unique for each run of a process.
  std::chrono::milliseconds duration;  // From now on, of the leases and of the replica's own presence.
  std::vector<int> release;            // Held parts that are given up.
  bool takes = true;                   // Whether it wants parts that nobody holds.
};

struct LeaseRoundResult {
  struct Held {
    int part = 0;
    uint64_t fence = 0;
    bool operator==(const Held&) const = default;
  };
  std::vector<Held> held;  // By part; these were renewed or taken.
  int replicas = 1;        // Present ones, with this one.
};

class LeaseTable {
 public:
  virtual ~LeaseTable() = default;

  // One round of a replica, in one transaction: it shows that it is there, gives up `release`, renews what it holds
  // and takes parts that nobody holds, if it wants any, no more than its fair share of all.
  virtual absl::StatusOr<LeaseRoundResult> Round(const LeaseRound& round) = 0;
  // Gives up everything at once.
  virtual absl::Status Leave(const std::string& replica) = 0;
};

// How many parts each of so many replicas may hold at most.
inline int FairShare(int replicas) {
  return replicas <= 1 ? kParts : (kParts + replicas - 1) / replicas;
}

}  // namespace dateline::notification
