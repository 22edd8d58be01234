#include "services/notification/event_loader.h"

#include <utility>

#include "common/base/error.h"

namespace dateline::notification {
namespace {

absl::Status Busy() {
  return Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL", "too many reads of older events wait already");
}

}  // namespace

EventLoader::EventLoader(Options options, EventArchive& archive, const Clock& clock)
    : options_(options),
      archive_(archive),
      clock_(clock),
      executor_({.name = "event-load", .threads = options.threads, .queue_max = options.queue_max}) {}

EventLoader::~EventLoader() {
  Stop();
}

void EventLoader::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  executor_.Stop();
}

bool EventLoader::stopping() const {
  MutexLock lock(mutex_);
  return stopping_;
}

EventLoader::Stats EventLoader::stats() const {
  MutexLock lock(mutex_);
  return stats_;
}

void EventLoader::LoadPage(const StreamPosition& after, PageDone done) {
  const PageKey key{after.epoch, after.sequence};
  EventPagePtr kept;
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    for (const auto& [kept_key, page] : pages_) {
      if (kept_key == key) kept = page;
    }
    if (kept != nullptr) {
      ++stats_.page_hits;
    } else {
      std::vector<PageDone>& waiters = page_waiters_[key];
      waiters.push_back(std::move(done));
      if (waiters.size() > 1) {
        ++stats_.page_hits;
        return;
      }
      ++stats_.page_reads;
    }
  }
  if (kept != nullptr) return done(kept);
  if (!executor_.TrySubmit([this, key] { ReadPage(key); })) FinishPage(key, Busy());
}

void EventLoader::ReadPage(const PageKey& key) {
  if (stopping()) return;
  const auto entries = archive_.ReadEvents({key.first, key.second}, options_.page_events);
  if (!entries.ok()) return FinishPage(key, entries.status());
  auto page = std::make_shared<EventPage>();
  uint64_t expected = key.second;
  for (const EventArchive::Entry& entry : *entries) {
    if (entry.sequence != ++expected) {
      return FinishPage(key, Error(absl::StatusCode::kUnavailable, "LOG_INCONSISTENT", "the log answered with a gap"));
    }
    page->events.push_back(std::make_shared<const StreamEvent>(key.first, entry.sequence, entry.payload, clock_.Now()));
  }
  FinishPage(key, page->events.empty() ? EventPagePtr() : EventPagePtr(std::move(page)));
}

void EventLoader::FinishPage(const PageKey& key, const absl::StatusOr<EventPagePtr>& page) {
  std::vector<PageDone> waiters;
  {
    MutexLock lock(mutex_);
    waiters = std::move(page_waiters_[key]);
    page_waiters_.erase(key);
    if (!page.ok()) ++stats_.failures;
    if (page.ok() && *page != nullptr) {
      pages_.emplace_back(key, *page);
      if (pages_.size() > options_.pages_kept) pages_.pop_front();
    }
    if (stopping_) return;
  }
  for (const PageDone& done : waiters) done(page);
}

void EventLoader::LoadRelease(const StreamEventPtr& event, ReleaseDone done) {
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    std::vector<ReleaseDone>& waiters = release_waiters_[event->uid()];
    waiters.push_back(std::move(done));
    if (waiters.size() > 1) return;
    ++stats_.release_reads;
  }
  if (!executor_.TrySubmit([this, event] { ReadRelease(event); })) FinishRelease(event, Busy());
}

void EventLoader::ReadRelease(const StreamEventPtr& event) {
  if (stopping()) return;
  auto release = archive_.GetRelease(event->release().name(), event->release().revision());
  if (release.ok()) {
    event->SetFull(std::make_shared<const release::v1::Release>(*std::move(release)));
    return FinishRelease(event, absl::OkStatus());
  }
  const bool gone = release.status().code() == absl::StatusCode::kNotFound ||
                    release.status().code() == absl::StatusCode::kInvalidArgument;
  if (!gone) return FinishRelease(event, release.status());
  event->SetFull(nullptr);
  FinishRelease(event, absl::OkStatus());
}

void EventLoader::FinishRelease(const StreamEventPtr& event, const absl::Status& status) {
  std::vector<ReleaseDone> waiters;
  StreamEventPtr oldest;
  {
    MutexLock lock(mutex_);
    waiters = std::move(release_waiters_[event->uid()]);
    release_waiters_.erase(event->uid());
    if (!status.ok()) {
      ++stats_.failures;
    } else {
      attached_.push_back(event);
      if (attached_.size() > options_.releases_kept) {
        oldest = std::move(attached_.front());
        attached_.pop_front();
      }
    }
    if (stopping_) return;
  }
  if (oldest != nullptr) oldest->ForgetFull();
  for (const ReleaseDone& done : waiters) done(status);
}

}  // namespace dateline::notification
