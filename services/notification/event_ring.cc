#include "services/notification/event_ring.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"

namespace dateline::notification {

void EventRing::Reset(const StreamPosition& start, uint64_t head) {
  MutexLock lock(mutex_);
  epoch_ = start.epoch;
  events_.clear();
  bytes_ = 0;
  last_ = start.sequence;
  head_ = std::max(head, last_);
}

void EventRing::Append(StreamEventPtr event) {
  MutexLock lock(mutex_);
  DATELINE_CHECK(epoch_.has_value() && *epoch_ == event->epoch(), "an event of another epoch without Reset()");
  if (event->sequence() <= last_) return;
  DATELINE_CHECK(event->sequence() == last_ + 1, "an event is missing before this one");
  last_ = event->sequence();
  head_ = std::max(head_, last_);
  bytes_ += event->bytes();
  events_.push_back(std::move(event));
  while (events_.size() > 1 && (events_.size() > options_.events_max || bytes_ > options_.bytes_max)) {
    bytes_ -= events_.front()->bytes();
    events_.pop_front();
  }
}

void EventRing::NoteHead(const Epoch& epoch, uint64_t head) {
  MutexLock lock(mutex_);
  if (epoch_ == epoch) head_ = std::max(head_, head);
}

EventRing::Next EventRing::After(const StreamPosition& position) const {
  MutexLock lock(mutex_);
  Next next;
  next.head = head_;
  if (epoch_ != position.epoch) {
    next.kind = Next::Kind::kForeignEpoch;
  } else if (position.sequence > head_) {
    next.kind = Next::Kind::kBeyondHead;
  } else if (position.sequence >= last_) {
    next.kind = Next::Kind::kCaughtUp;
  } else if (last_ - position.sequence > events_.size()) {
    next.kind = Next::Kind::kOlder;
  } else {
    next.kind = Next::Kind::kEvent;
    next.event = events_[events_.size() - static_cast<size_t>(last_ - position.sequence)];
  }
  return next;
}

std::optional<StreamPosition> EventRing::head() const {
  MutexLock lock(mutex_);
  if (!epoch_.has_value()) return std::nullopt;
  return StreamPosition{*epoch_, head_};
}

EventRing::Size EventRing::size() const {
  MutexLock lock(mutex_);
  return {events_.size(), bytes_};
}

}  // namespace dateline::notification
