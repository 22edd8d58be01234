#include "common/bus/consumer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"

namespace dateline::bus {
namespace {

// Doublings after which a back-off cannot matter any more; keeps the shift defined.
constexpr uint32_t kDoublingsMax = 20;

ConsumerOptions Checked(ConsumerOptions options) {
  DATELINE_CHECK(IsValidTopic(options.topic), "a consumer needs a topic such as \"release/\"");
  DATELINE_CHECK(options.read_limit > 0, "a consumer that reads nothing never gets anywhere");
  return options;
}

// The log's own epoch, when an EPOCH_CHANGED error names it.
std::optional<Epoch> EpochOf(const absl::Status& error) {
  Epoch epoch;
  const std::optional<std::string> hex = ErrorMetadataValue(error, "epoch");
  return hex && EpochFromHex(*hex, &epoch) ? std::optional(epoch) : std::nullopt;
}

}  // namespace

std::string_view ConsumerStateName(ConsumerState state) {
  switch (state) {
    case ConsumerState::kBootstrap:
      return "bootstrap";
    case ConsumerState::kCatchup:
      return "catchup";
    case ConsumerState::kLive:
      return "live";
    case ConsumerState::kResync:
      return "resync";
  }
  return "unknown";
}

std::string_view ResyncReasonName(ResyncReason reason) {
  switch (reason) {
    case ResyncReason::kEpochChanged:
      return "epoch_changed";
    case ResyncReason::kTrimmed:
      return "trimmed";
    case ResyncReason::kRewound:
      return "rewound";
  }
  return "unknown";
}

Consumer::Consumer(ConsumerOptions options, Cursor cursor, MonotonicTime now, std::function<uint64_t()> random)
    : options_(Checked(std::move(options))),
      random_(std::move(random)),
      cursor_(cursor),
      known_head_(cursor.sequence),
      last_heard_(now) {
  PlanRead(now);
}

void Consumer::OnMessage(Message message, MonotonicTime now) {
  if (message.topic != options_.topic) return;
  const std::optional<Epoch>& epoch = cursor_.epoch ? cursor_.epoch : guessed_epoch_;
  if (epoch && *epoch != message.epoch) {
    ++stats_.foreign_epochs;
    suspicion_ = true;
    return;
  }
  if (!epoch) guessed_epoch_ = message.epoch;
  last_heard_ = now;
  known_head_ = std::max(known_head_, message.sequence);
  if (message.is_head()) return;
  if (message.sequence <= cursor_.sequence || buffer_.contains(message.sequence)) {
    ++stats_.duplicates;
  } else if (buffer_.size() >= options_.buffer_messages_max ||
             buffer_bytes_ + message.payload->size() > options_.buffer_bytes_max) {
    ++stats_.buffer_drops;
  } else {
    Buffer(message.sequence, *std::move(message.payload));
  }
}

std::optional<ConsumerAction> Consumer::Next(MonotonicTime now) {
  if (open_ != Open::kNone) return std::nullopt;
  if (resync_) {
    if (now < retry_at_) return std::nullopt;
    open_ = Open::kResync;
    return *resync_;
  }
  Review(now);
  if (NextIsBuffered()) {
    if (now < retry_at_) return std::nullopt;
    open_ = Open::kApply;
    const auto& [sequence, payload] = *buffer_.begin();
    return ApplyAction{{options_.topic, *cursor_.epoch, sequence, payload}};
  }
  if (!read_at_ || now < *read_at_) return std::nullopt;
  open_ = Open::kRead;
  read_at_.reset();
  last_read_ = now;
  head_at_read_ = known_head_;
  ++stats_.reads;
  return ReadAction{cursor_.epoch, cursor_.sequence, options_.read_limit};
}

MonotonicTime Consumer::NextWake(MonotonicTime now) const {
  if (open_ != Open::kNone) return MonotonicTime::max();
  if (resync_ || NextIsBuffered()) return std::max(now, retry_at_);
  MonotonicTime wake = MonotonicTime::max();
  if (read_at_) wake = *read_at_;
  if (!silent_) wake = std::min(wake, last_heard_ + options_.silence_after);
  return std::max(now, wake);
}

void Consumer::OnApplied(const absl::Status& status, MonotonicTime now) {
  DATELINE_CHECK(open_ == Open::kApply, "OnApplied answers an ApplyAction");
  open_ = Open::kNone;
  if (!status.ok()) {
    ++stats_.apply_failures;
    retry_at_ = BackOff(++effect_failures_in_row_, now);
    return;
  }
  effect_failures_in_row_ = 0;
  ++stats_.applied;
  cursor_.sequence = buffer_.begin()->first;
  buffer_bytes_ -= buffer_.begin()->second.size();
  buffer_.erase(buffer_.begin());
}

void Consumer::OnReadResult(absl::StatusOr<ReadBatch> result, MonotonicTime now) {
  DATELINE_CHECK(open_ == Open::kRead, "OnReadResult answers a ReadAction");
  open_ = Open::kNone;
  if (!result.ok()) {
    const absl::Status& error = result.status();
    if (absl::IsOutOfRange(error) && ErrorReason(error) == kReasonEventsTrimmed) {
      DemandResync(ResyncReason::kTrimmed, std::nullopt, error);
    } else if (absl::IsFailedPrecondition(error) && ErrorReason(error) == kReasonEpochChanged) {
      DemandResync(ResyncReason::kEpochChanged, EpochOf(error), error);
    } else {
      ReadFailed(now);
    }
    return;
  }
  if (cursor_.epoch && *cursor_.epoch != result->epoch) {
    DemandResync(ResyncReason::kEpochChanged, result->epoch, absl::OkStatus());
  } else if (result->head < cursor_.sequence) {
    DemandResync(ResyncReason::kRewound, result->epoch, absl::OkStatus());
  } else if (!IsSound(*result)) {
    ReadFailed(now);
  } else {
    Take(*std::move(result));
  }
}

void Consumer::OnResynced(absl::StatusOr<Cursor> cursor, MonotonicTime now) {
  DATELINE_CHECK(open_ == Open::kResync, "OnResynced answers a ResyncAction");
  open_ = Open::kNone;
  if (!cursor.ok()) {
    retry_at_ = BackOff(++effect_failures_in_row_, now);
    return;
  }
  effect_failures_in_row_ = 0;
  resync_.reset();
  cursor_ = *cursor;
  ForgetBuffer();
  last_heard_ = now;
  // The log has not confirmed this cursor yet.
  state_ = ConsumerState::kBootstrap;
  // A cursor that the log rejects again and again must not make this a busy loop.
  PlanRead(read_failures_in_row_ > 1 ? BackOff(read_failures_in_row_, now) : now);
}

bool Consumer::NextIsBuffered() const {
  // Before the log has confirmed the cursor, its epoch is not known for certain.
  return state_ != ConsumerState::kBootstrap && !buffer_.empty() && buffer_.begin()->first == cursor_.sequence + 1;
}

void Consumer::Buffer(uint64_t sequence, std::string payload) {
  const size_t bytes = payload.size();
  if (buffer_.emplace(sequence, std::move(payload)).second) buffer_bytes_ += bytes;
}

void Consumer::ForgetBuffer() {
  buffer_.clear();
  buffer_bytes_ = 0;
  guessed_epoch_.reset();
  known_head_ = cursor_.sequence;
  suspicion_ = false;
}

void Consumer::Review(MonotonicTime now) {
  const bool silent = now - last_heard_ >= options_.silence_after;
  if (silent && !silent_) ++stats_.silences;
  silent_ = silent;
  // In BOOTSTRAP the read is planned already.
  if (state_ == ConsumerState::kBootstrap) return;

  const bool behind = known_head_ > cursor_.sequence;
  const bool missing = behind && !NextIsBuffered();
  if (state_ == ConsumerState::kLive) {
    if (!missing && !suspicion_ && !silent_) return;
    if (missing) ++stats_.gaps;
    state_ = ConsumerState::kCatchup;
    // To look at what is only suspected, not more often than polls are allowed.
    const MonotonicTime earliest = missing ? now : std::max(now, last_read_ + options_.poll_interval);
    PlanRead(earliest + Random(options_.repair_jitter));
    read_is_poll_ = !missing;
    return;
  }
  if (!behind && !suspicion_ && !silent_) {
    state_ = ConsumerState::kLive;
    read_at_.reset();
  } else if (missing) {
    if (!read_at_) {
      PlanRead(now);
    } else if (read_is_poll_) {
      // The bus is back, for everybody at the same time.
      PlanRead(now + Random(options_.repair_jitter));
    }
  } else if ((suspicion_ || silent_) && !read_at_) {
    PlanRead(std::max(now, last_read_ + options_.poll_interval));
    read_is_poll_ = true;
  }
}

void Consumer::PlanRead(MonotonicTime at) {
  read_at_ = std::max({at, last_read_ + options_.read_interval, read_not_before_});
  read_is_poll_ = false;
}

void Consumer::ReadFailed(MonotonicTime now) {
  ++stats_.read_failures;
  read_not_before_ = BackOff(++read_failures_in_row_, now);
  PlanRead(now);
}

void Consumer::DemandResync(ResyncReason reason, std::optional<Epoch> epoch, absl::Status error) {
  ++stats_.resyncs;
  ++read_failures_in_row_;
  resync_ = ResyncAction{reason, epoch, std::move(error)};
  state_ = ConsumerState::kResync;
}

bool Consumer::IsSound(const ReadBatch& batch) const {
  if (batch.entries.empty()) return batch.head == cursor_.sequence;
  if (batch.entries.size() > options_.read_limit || batch.entries.back().sequence > batch.head) return false;
  uint64_t expected = cursor_.sequence;
  return std::all_of(batch.entries.begin(), batch.entries.end(),
                     [&expected](const ReadBatch::Entry& entry) { return entry.sequence == ++expected; });
}

void Consumer::Take(ReadBatch batch) {
  read_failures_in_row_ = 0;
  read_not_before_ = MonotonicTime::min();
  if (!cursor_.epoch) {
    if (guessed_epoch_ != batch.epoch) ForgetBuffer();
    guessed_epoch_.reset();
    cursor_.epoch = batch.epoch;
  }
  suspicion_ = false;
  if (batch.head < head_at_read_) {
    // The bus claimed more than the log had when it was asked: the log is right, and what was buffered is not its own.
    const auto first_false = buffer_.upper_bound(batch.head);
    for (auto it = first_false; it != buffer_.end(); ++it) buffer_bytes_ -= it->second.size();
    buffer_.erase(first_false, buffer_.end());
    known_head_ = batch.head;
  }
  known_head_ = std::max(known_head_, batch.head);
  for (ReadBatch::Entry& entry : batch.entries) Buffer(entry.sequence, std::move(entry.payload));
  if (state_ == ConsumerState::kBootstrap) state_ = ConsumerState::kCatchup;
}

MonotonicTime Consumer::BackOff(uint32_t failures, MonotonicTime now) {
  const uint32_t doublings = std::min(failures - 1, kDoublingsMax);
  const auto wait = std::min(options_.retry_max, options_.retry_min * (int64_t{1} << doublings));
  return now + wait + Random(wait / 4);
}

std::chrono::nanoseconds Consumer::Random(std::chrono::nanoseconds max) {
  if (max.count() <= 0) return std::chrono::nanoseconds(0);
  return std::chrono::nanoseconds(static_cast<int64_t>(random_() % static_cast<uint64_t>(max.count())));
}

}  // namespace dateline::bus
