#pragma once
// An archive in memory for tests: a log of releases with their texts, which can be away, trimmed, or begin anew.
// Thread-safe.

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/mutex.h"
#include "services/notification/event_archive.h"
#include "services/notification/event_ring.h"

namespace dateline::notification {

class FakeArchive final : public EventArchive {
 public:
  static constexpr char kPublished[] = "org.dateline.release.published";

  explicit FakeArchive(const Epoch& epoch) : epoch_(epoch) {}

  // Appends an event about a new release; `text` is not in the event.
  uint64_t Append(const std::string& title, const std::string& text = {}, const std::string& type = kPublished) {
    MutexLock lock(mutex_);
    const uint64_t sequence = payloads_.size() + 1;
    events::v1::ReleaseEvent data;
    data.mutable_release()->set_name(fmt::format("releases/{}", sequence));
    data.mutable_release()->set_revision(1);
    data.mutable_release()->set_title(title);
    release::v1::Release full = data.release();
    full.set_text(text);
    releases_[full.name()] = full;
    io::cloudevents::v1::CloudEvent event;
    event.set_id(fmt::format("event-{}", sequence));
    event.set_type(type);
    event.mutable_proto_data()->PackFrom(data);
    (*event.mutable_attributes())["time"].mutable_ce_timestamp()->set_seconds(static_cast<int64_t>(1000 + sequence));
    payloads_.push_back(event.SerializeAsString());
    return sequence;
  }

  // Puts event `sequence` into the ring, as the follower does.
  void Feed(EventRing& ring, uint64_t sequence) const {
    MutexLock lock(mutex_);
    ring.Append(std::make_shared<const StreamEvent>(epoch_, sequence, payloads_.at(sequence - 1), WallTime()));
  }

  void SetAway(bool away) { away_ = away; }
  void TrimBelow(uint64_t low_water) {
    MutexLock lock(mutex_);
    low_water_ = low_water;
  }
  void Erase(const std::string& release) {
    MutexLock lock(mutex_);
    releases_.erase(release);
  }
  int event_reads() const { return event_reads_; }
  int release_reads() const { return release_reads_; }

  absl::StatusOr<LogBounds> GetBounds() override {
    MutexLock lock(mutex_);
    if (away_) return Away();
    return LogBounds{epoch_, payloads_.size(), low_water_};
  }

  absl::StatusOr<std::vector<Entry>> ReadEvents(const StreamPosition& after, uint32_t limit) override {
    ++event_reads_;
    MutexLock lock(mutex_);
    if (away_) return Away();
    if (after.epoch != epoch_) return Error(absl::StatusCode::kFailedPrecondition, "EPOCH_CHANGED", "another log");
    if (after.sequence + 1 < low_water_) {
      return Error(absl::StatusCode::kOutOfRange, "EVENTS_TRIMMED", "gone",
                   {{"low_water", std::to_string(low_water_)}});
    }
    std::vector<Entry> entries;
    for (uint64_t i = after.sequence; i < payloads_.size() && entries.size() < limit; ++i) {
      entries.push_back({i + 1, payloads_[i]});
    }
    return entries;
  }

  absl::StatusOr<release::v1::Release> GetRelease(const std::string& name, uint32_t /*revision*/) override {
    ++release_reads_;
    MutexLock lock(mutex_);
    if (away_) return Away();
    const auto found = releases_.find(name);
    if (found == releases_.end()) return Error(absl::StatusCode::kNotFound, "RELEASE_NOT_FOUND", "no such release");
    return found->second;
  }

 private:
  static absl::Status Away() { return Error(absl::StatusCode::kUnavailable, "AWAY", "the archive is away"); }

  const Epoch epoch_;
  std::atomic<bool> away_{false};
  std::atomic<int> event_reads_{0};
  std::atomic<int> release_reads_{0};
  mutable Mutex mutex_;
  std::vector<std::string> payloads_ GUARDED_BY(mutex_);
  std::map<std::string, release::v1::Release> releases_ GUARDED_BY(mutex_);
  uint64_t low_water_ GUARDED_BY(mutex_) = 1;
};

}  // namespace dateline::notification
