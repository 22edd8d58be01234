#pragma once
// Fills the ring from the log: what a bus::ConsumerRunner does with the events of "release/" here. It keeps no durable
// cursor, because streams carry their own: after a start, or when the log has begun anew, it takes the latest events
// and goes on from there. Called by the runner's thread only. Ring, hub and archive outlive it.

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/bus/consumer_runner.h"
#include "services/notification/event_archive.h"
#include "services/notification/event_ring.h"

namespace dateline::notification {

inline constexpr char kReleaseTopic[] = "release/";

class ReleaseFollower final : public bus::EventHandler {
 public:
  struct Options {
    // How many of the latest events are taken at a start, so that clients that come back find them in memory.
    uint64_t prefill = 1'000;
  };

  // `changed` is called after every change of the ring.
  ReleaseFollower(Options options, EventRing& ring, EventArchive& archive, std::function<void()> changed,
                  const Clock& clock);

  // The cursor to start the runner with: of no log, so that Resync() is asked first.
  static bus::Cursor StartCursor() { return {Epoch{}, 0}; }

  absl::Status Apply(const bus::Event& event) override;
  absl::StatusOr<bus::Cursor> Resync(const bus::ResyncAction& resync) override;

 private:
  const Options options_;
  EventRing& ring_;
  EventArchive& archive_;
  const std::function<void()> changed_;
  const Clock& clock_;
};

// A LogReader that tells the ring which head each read showed, and understands StartCursor().
class HeadNotingReader final : public bus::LogReader {
 public:
  HeadNotingReader(bus::LogReader& reader, EventRing& ring) : reader_(reader), ring_(ring) {}
  absl::StatusOr<bus::ReadBatch> Read(const bus::ReadRequest& request) override;
  void Cancel() override { reader_.Cancel(); }

 private:
  bus::LogReader& reader_;
  EventRing& ring_;
};

}  // namespace dateline::notification
