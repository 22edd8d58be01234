#pragma once
// The port to where all events and releases are kept. Implementations: the storage service over RPC, and a fake in
// tests. All methods block, for at most a few seconds, and are thread-safe. Temporary failures are UNAVAILABLE,
// DEADLINE_EXCEEDED or RESOURCE_EXHAUSTED.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "dateline/release/v1/release.pb.h"
#include "services/notification/resume_token.h"

namespace dateline::notification {

// Where the log of the topic begins and ends.
struct LogBounds {
  Epoch epoch{};
  uint64_t head = 0;       // Of the latest event; 0 when there is none.
  uint64_t low_water = 1;  // Of the oldest event that is kept; head + 1 when none is.
};

class EventArchive {
 public:
  struct Entry {
    uint64_t sequence = 0;
    std::string payload;  // A serialised io.cloudevents.v1.CloudEvent.
  };

  virtual ~EventArchive() = default;
  virtual absl::StatusOr<LogBounds> GetBounds() = 0;
  // At most `limit` events behind `after`, dense and in order; none only at the end of the log. OUT_OF_RANGE
  // (EVENTS_TRIMMED) when they are no longer kept, FAILED_PRECONDITION (EPOCH_CHANGED) for another life of the log.
  virtual absl::StatusOr<std::vector<Entry>> ReadEvents(const StreamPosition& after, uint32_t limit) = 0;
  // A release with its text, as of `revision` (0: the latest). NOT_FOUND when it is gone.
  virtual absl::StatusOr<release::v1::Release> GetRelease(const std::string& name, uint32_t revision) = 0;
};

}  // namespace dateline::notification
