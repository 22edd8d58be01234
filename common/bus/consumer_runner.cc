#include "common/bus/consumer_runner.h"

#include <algorithm>
#include <random>
#include <utility>
#include <variant>

#include "common/base/absl_compat.h"
#include "common/base/check.h"
#include "common/bus/socket.h"

namespace dateline::bus {
namespace {

using std::chrono::milliseconds;

// The longest wait without looking at the clock, so that a clock that is moved by hand is noticed.
constexpr milliseconds kWaitMax{1000};
// How often Stop() repeats the cancellation, because a read may begin right after the first.
constexpr milliseconds kCancelInterval{10};

}  // namespace

ConsumerRunner::ConsumerRunner(ConsumerRunnerOptions options, LogReader& reader, EventHandler& handler,
                               const Clock& clock)
    : options_(std::move(options)), reader_(reader), handler_(handler), clock_(clock) {}

ConsumerRunner::~ConsumerRunner() {
  Stop();
}

absl::Status ConsumerRunner::Start(Cursor cursor) {
  DATELINE_CHECK(consumer_ == nullptr, "a runner is started once");
  std::random_device seed;
  consumer_ = std::make_unique<Consumer>(options_.consumer, cursor, clock_.Monotonic(),
                                         [generator = std::mt19937_64(seed())]() mutable { return generator(); });
  ShareStats();
  if (!options_.bus.endpoints.empty()) {
    SubscriberOptions bus = options_.bus;
    bus.topics = {options_.consumer.topic};
    subscriber_ =
        std::make_unique<Subscriber>(std::move(bus), [this](Message message) { OnMessage(std::move(message)); });
    if (absl::Status status = subscriber_->Start(); !status.ok()) {
      subscriber_.reset();
      return status;
    }
  }
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void ConsumerRunner::Stop() {
  if (!thread_.joinable()) return;
  if (subscriber_) subscriber_->Stop();
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    input_.NotifyAll();
  }
  for (bool finished = false; !finished;) {
    reader_.Cancel();
    MutexLock lock(mutex_);
    if (!finished_) input_.WaitFor(mutex_, kCancelInterval);
    finished = finished_;
  }
  thread_.join();
}

void ConsumerRunner::OnMessage(Message message) {
  const size_t bytes = message.payload ? message.payload->size() : 0;
  MutexLock lock(mutex_);
  if (inbox_.size() >= options_.inbox_messages_max || inbox_bytes_ + bytes > options_.inbox_bytes_max) {
    ++inbox_drops_;
    return;
  }
  inbox_bytes_ += bytes;
  inbox_.push_back(std::move(message));
  input_.NotifyAll();
}

void ConsumerRunner::Run() {
  NameThread("bus-consumer");
  for (;;) {
    const MonotonicTime now = clock_.Monotonic();
    const std::optional<ConsumerAction> action = consumer_->Next(now);
    if (action) Perform(*action);
    ShareStats();
    if (!TakeInput(action ? now : consumer_->NextWake(now))) break;
  }
  MutexLock lock(mutex_);
  finished_ = true;
  input_.NotifyAll();
}

void ConsumerRunner::Perform(const ConsumerAction& action) {
  if (const auto* apply = std::get_if<ApplyAction>(&action)) {
    const absl::Status status = handler_.Apply(apply->event);
    NoteOutcome(status);
    consumer_->OnApplied(status, clock_.Monotonic());
  } else if (const auto* read = std::get_if<ReadAction>(&action)) {
    absl::StatusOr<ReadBatch> batch =
        reader_.Read({options_.consumer.topic, read->epoch, read->after, read->limit, options_.read_timeout});
    NoteOutcome(batch.status());
    consumer_->OnReadResult(std::move(batch), clock_.Monotonic());
  } else {
    absl::StatusOr<Cursor> cursor = handler_.Resync(std::get<ResyncAction>(action));
    NoteOutcome(cursor.status());
    consumer_->OnResynced(std::move(cursor), clock_.Monotonic());
  }
}

bool ConsumerRunner::TakeInput(MonotonicTime deadline) {
  std::deque<Message> messages;
  {
    MutexLock lock(mutex_);
    while (inbox_.empty() && !stopping_) {
      const MonotonicTime now = clock_.Monotonic();
      if (deadline <= now) break;
      input_.WaitFor(mutex_, std::min<std::chrono::nanoseconds>(deadline - now, kWaitMax));
    }
    if (stopping_) return false;
    messages.swap(inbox_);
    inbox_bytes_ = 0;
  }
  if (messages.empty()) return true;
  const MonotonicTime now = clock_.Monotonic();
  for (Message& message : messages) consumer_->OnMessage(std::move(message), now);
  return true;
}

void ConsumerRunner::NoteOutcome(const absl::Status& status) {
  MutexLock lock(mutex_);
  stats_.last_error = std::string(ToStd(status.message()));
}

void ConsumerRunner::ShareStats() {
  MutexLock lock(mutex_);
  stats_.consumer = consumer_->stats();
  stats_.state = consumer_->state();
  stats_.cursor = consumer_->cursor();
  stats_.lag = consumer_->lag();
  heard_at_ = consumer_->last_heard();
}

ConsumerRunnerStats ConsumerRunner::stats() const {
  const uint64_t malformed = subscriber_ ? subscriber_->stats().malformed : 0;
  const MonotonicTime now = clock_.Monotonic();
  MutexLock lock(mutex_);
  ConsumerRunnerStats stats = stats_;
  stats.malformed = malformed;
  stats.inbox_drops = inbox_drops_;
  stats.silence = std::chrono::duration_cast<milliseconds>(now - heard_at_);
  return stats;
}

}  // namespace dateline::bus
