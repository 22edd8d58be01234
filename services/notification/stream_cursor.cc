#include "services/notification/stream_cursor.h"

#include <algorithm>
#include <utility>

#include "common/base/error.h"

namespace dateline::notification {
namespace {

absl::Status EpochChanged(const StreamPosition& position) {
  return Error(
      absl::StatusCode::kOutOfRange, "EPOCH_CHANGED",
      "the log of events has begun anew and the token is of the old one; read ReleaseService.ListReleases, then "
      "stream without a token",
      {{"epoch", EpochToHex(position.epoch)}});
}

absl::Status Trimmed(const absl::Status& cause, const StreamPosition& position) {
  ErrorMetadata metadata{{"sequence", std::to_string(position.sequence)}};
  if (const auto low_water = ErrorMetadataValue(cause, "low_water")) metadata["low_water"] = *low_water;
  return Error(
      absl::StatusCode::kOutOfRange, "EVENTS_TRIMMED",
      "events behind the token are no longer kept; read ReleaseService.ListReleases, then stream without a token",
      metadata);
}

}  // namespace

StreamCursor::StreamCursor(StreamOptions options, MonotonicTime now)
    : options_(std::move(options)), position_(options_.start), heartbeat_at_(now), retry_at_(now) {}

StreamCursor::Step StreamCursor::SendNow(StreamEventPtr event, uint64_t head, MonotonicTime now) {
  first_ = false;
  heartbeat_at_ = now + options_.heartbeat_interval;
  return Send{std::move(event), position_, std::max(head, position_.sequence)};
}

StreamEventPtr StreamCursor::Find(const EventRing& ring, uint64_t* head, Step* step) {
  EventRing::Next next = ring.After(position_);
  *head = next.head;
  switch (next.kind) {
    case EventRing::Next::Kind::kEvent:
      page_.reset();
      return std::move(next.event);
    case EventRing::Next::Kind::kCaughtUp:
      *step = Wait{heartbeat_at_};
      return nullptr;
    case EventRing::Next::Kind::kForeignEpoch:
    case EventRing::Next::Kind::kBeyondHead:
      *step = End{EpochChanged(position_)};
      return nullptr;
    case EventRing::Next::Kind::kOlder:
      break;
  }
  if (page_ != nullptr && position_.sequence < page_->events.back()->sequence() &&
      position_.sequence + 1 >= page_->events.front()->sequence()) {
    return page_->events[static_cast<size_t>(position_.sequence + 1 - page_->events.front()->sequence())];
  }
  page_.reset();
  *step = LoadPage{position_};
  return nullptr;
}

StreamCursor::Step StreamCursor::Next(const EventRing& ring, MonotonicTime now) {
  if (!end_.ok()) return End{end_};
  for (int scanned = 0; scanned < kScanMax; ++scanned) {
    uint64_t head = 0;
    Step otherwise = Again{};
    const StreamEventPtr event = Find(ring, &head, &otherwise);
    if (std::holds_alternative<End>(otherwise)) return otherwise;
    // The first message is a heartbeat, so that the client has a token before anything else.
    if (first_ || now >= heartbeat_at_) return SendNow(nullptr, head, now);
    if (loading_) return Wait{heartbeat_at_};
    if (now < retry_at_) return Wait{std::min(retry_at_, heartbeat_at_)};
    if (event == nullptr) {
      loading_ = std::holds_alternative<LoadPage>(otherwise);
      return otherwise;
    }
    const bool type_wanted = options_.event_types.empty() || options_.event_types.contains(event->type());
    const filter::Truth truth = type_wanted ? options_.filter->Decide(*event) : filter::Truth::kNo;
    if (truth == filter::Truth::kUnknown) {
      loading_ = true;
      return LoadRelease{event};
    }
    position_.sequence = event->sequence();
    if (truth == filter::Truth::kYes) return SendNow(event, head, now);
  }
  return Again{};
}

void StreamCursor::OnPage(absl::StatusOr<EventPagePtr> page, MonotonicTime now) {
  loading_ = false;
  if (page.ok()) {
    page_ = *std::move(page);
    // Nothing behind the position, though the ring says that there is: the log is being set back; ask again later.
    if (page_ == nullptr) return Fail(now);
    failures_ = 0;
    return;
  }
  if (page.status().code() == absl::StatusCode::kOutOfRange) {
    end_ = Trimmed(page.status(), position_);
  } else if (page.status().code() == absl::StatusCode::kFailedPrecondition) {
    end_ = EpochChanged(position_);
  } else {
    Fail(now);
  }
}

void StreamCursor::OnRelease(const absl::Status& status, MonotonicTime now) {
  loading_ = false;
  if (!status.ok()) return Fail(now);
  failures_ = 0;
}

void StreamCursor::Fail(MonotonicTime now) {
  retry_at_ = now + std::min<std::chrono::milliseconds>(kRetryMin * (1 << std::min(failures_, 10)), kRetryMax);
  ++failures_;
}

}  // namespace dateline::notification
