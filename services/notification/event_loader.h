#pragma once
// Fetches from the archive what streams need and the ring does not have: pages of older events, and releases with their
// text for filters that look at it. Streams that want the same at the same time share one read; the latest pages are
// kept. Runs on a few threads of its own, because the archive blocks. Thread-safe. The archive and the clock outlive
// it; after Stop() no callback runs.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/base/mutex.h"
#include "services/notification/event_archive.h"
#include "services/notification/stream_event.h"

namespace dateline::notification {

// Events in order without gap; never empty.
struct EventPage {
  std::vector<StreamEventPtr> events;
};
// Shared by the streams that read it and the loader's store.
using EventPagePtr = std::shared_ptr<const EventPage>;

class EventLoader {
 public:
  struct Options {
    int threads = 4;
    size_t queue_max = 4096;  // Reads that wait.
    uint32_t page_events = 64;
    size_t pages_kept = 32;
    size_t releases_kept = 256;  // Full releases attached to events.
  };
  // Null with OK: there is nothing behind the position yet.
  using PageDone = std::function<void(absl::StatusOr<EventPagePtr>)>;
  using ReleaseDone = std::function<void(absl::Status)>;

  struct Stats {
    uint64_t page_reads = 0;
    uint64_t page_hits = 0;  // Pages that were there, or on their way already.
    uint64_t release_reads = 0;
    uint64_t failures = 0;
  };

  EventLoader(Options options, EventArchive& archive, const Clock& clock);
  ~EventLoader();
  EventLoader(const EventLoader&) = delete;
  EventLoader& operator=(const EventLoader&) = delete;

  // `done` is called exactly once unless Stop() comes first: at once on this thread when the page is there or the queue
  // is full (RESOURCE_EXHAUSTED), else on a loader's thread. Errors of EventArchive::ReadEvents.
  void LoadPage(const StreamPosition& after, PageDone done);
  // Attaches the full release to `event`, then calls `done` as above. A release that is gone is no error.
  void LoadRelease(const StreamEventPtr& event, ReleaseDone done);
  // Finishes reads that run, drops those that wait. Idempotent.
  void Stop();

  Stats stats() const;

 private:
  using PageKey = std::pair<Epoch, uint64_t>;

  void ReadPage(const PageKey& key);
  void ReadRelease(const StreamEventPtr& event);
  void FinishPage(const PageKey& key, const absl::StatusOr<EventPagePtr>& page);
  void FinishRelease(const StreamEventPtr& event, const absl::Status& status);
  bool stopping() const;

  const Options options_;
  EventArchive& archive_;
  const Clock& clock_;
  mutable Mutex mutex_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::map<PageKey, std::vector<PageDone>> page_waiters_ GUARDED_BY(mutex_);
  std::deque<std::pair<PageKey, EventPagePtr>> pages_ GUARDED_BY(mutex_);            // Newest last.
  std::map<uint64_t, std::vector<ReleaseDone>> release_waiters_ GUARDED_BY(mutex_);  // By the event's uid.
  std::deque<StreamEventPtr> attached_ GUARDED_BY(mutex_);                           // Newest last.
  Stats stats_ GUARDED_BY(mutex_);
  Executor executor_;
};

}  // namespace dateline::notification
