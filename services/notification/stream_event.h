#pragma once
// One event of the log as streams see it: decoded once, shared by all that deliver it, never changed, except that the
// full release (events carry it without its text) may be attached for a while by the EventLoader. An event that does
// not decode keeps its place in the order and matches nothing. Thread-safe.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/mutex.h"
#include "common/filter/filter.h"
#include "dateline/events/v1/event_data.pb.h"
#include "io/cloudevents/v1/cloudevents.pb.h"

namespace dateline::notification {

class StreamEvent {
 public:
  // `payload` is a serialised io.cloudevents.v1.CloudEvent, `arrived` when it came to this process.
  StreamEvent(const Epoch& epoch, uint64_t sequence, std::string_view payload, WallTime arrived);
  StreamEvent(const StreamEvent&) = delete;
  StreamEvent& operator=(const StreamEvent&) = delete;

  // Different for every object of this process; never 0.
  uint64_t uid() const { return uid_; }
  const Epoch& epoch() const { return epoch_; }
  uint64_t sequence() const { return sequence_; }
  // False when the payload did not decode.
  bool valid() const { return valid_; }
  const io::cloudevents::v1::CloudEvent& envelope() const { return envelope_; }
  const std::string& type() const { return envelope_.type(); }
  const events::v1::ReleaseEvent& data() const { return data_; }
  // As the event carries it.
  const release::v1::Release& release() const { return data_.release(); }
  // The fields of its changes, which changed() in a filter asks for.
  std::vector<std::string> changed_fields() const;
  // What it takes in memory, about.
  size_t bytes() const { return bytes_; }
  WallTime arrived() const { return arrived_; }
  // The attribute "time"; `arrived` when there is none.
  WallTime time() const { return time_; }

  // kUnknown: only the full release can tell.
  filter::Truth Decide(const filter::Filter& filter) const;

  // Attaches the full release. A null one says that it is gone: then what the event carries has to do.
  void SetFull(std::shared_ptr<const release::v1::Release> full) const;
  void ForgetFull() const;

 private:
  struct Full {
    Full(std::shared_ptr<const release::v1::Release> from, std::vector<std::string> changed)
        : release(std::move(from)), subject(*release, {}, std::move(changed)) {}
    std::shared_ptr<const release::v1::Release> release;
    filter::Subject subject;
  };

  const uint64_t uid_;
  const Epoch epoch_;
  const uint64_t sequence_;
  const WallTime arrived_;
  io::cloudevents::v1::CloudEvent envelope_;
  events::v1::ReleaseEvent data_;
  bool valid_ = false;
  size_t bytes_ = 0;
  WallTime time_;
  std::unique_ptr<filter::Subject> subject_;  // Of what the event carries.

  mutable Mutex mutex_;
  // Shared with evaluations under way while it is replaced.
  mutable std::shared_ptr<const Full> full_ GUARDED_BY(mutex_);
  mutable bool gone_ GUARDED_BY(mutex_) = false;
};

// Shared by the ring, pages and the streams that are about to deliver it.
using StreamEventPtr = std::shared_ptr<const StreamEvent>;

}  // namespace dateline::notification
