#pragma once
// Drives a Consumer: a thread that applies events and reads the log, fed by a Subscriber. One runner follows one topic
// for one handler. The handler and the reader are called on the runner's thread only, one call at a time; they are
// owned by the caller and outlive the runner. With no bus endpoint given the runner follows the log by polling:
// correct, slower. Failures of handler and reader are retried with growing waits, for ever; they show in stats().

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/bus/consumer.h"
#include "common/bus/log_reader.h"
#include "common/bus/subscriber.h"

namespace dateline::bus {

// What a service does with events.
class EventHandler {
 public:
  virtual ~EventHandler() = default;

  // Makes the effect of `event` durable together with the cursor {event.epoch, event.sequence}. An error means that it
  // is offered again; an event that can never succeed has to be set aside by the handler (and OK returned), else it
  // stops the topic.
  virtual absl::Status Apply(const Event& event) = 0;

  // The cursor means nothing in the present log (see ResyncReason): decide where to go on, store that, return it. To
  // take the present log from its beginning: Cursor{resync.epoch, 0}.
  virtual absl::StatusOr<Cursor> Resync(const ResyncAction& resync) = 0;
};

struct ConsumerRunnerOptions {
  ConsumerOptions consumer;  // With the topic.
  SubscriberOptions bus;     // `topics` is filled in; no endpoints: no bus.
  std::chrono::milliseconds read_timeout{2000};
  // Messages that wait for the thread while it reads or applies; more are dropped and repaired from the log.
  size_t inbox_messages_max = 4096;
  size_t inbox_bytes_max = size_t{16} << 20;
};

struct ConsumerRunnerStats {
  ConsumerStats consumer;
  ConsumerState state = ConsumerState::kBootstrap;
  Cursor cursor;
  uint64_t lag = 0;
  std::chrono::milliseconds silence{0};  // Since the bus was heard.
  uint64_t inbox_drops = 0;
  uint64_t malformed = 0;  // Messages that did not decode.
  std::string last_error;  // Of the last failed read, effect or resync; empty after a success.
};

class ConsumerRunner {
 public:
  ConsumerRunner(ConsumerRunnerOptions options, LogReader& reader, EventHandler& handler,
                 const Clock& clock = RealClock());
  // Calls Stop().
  ~ConsumerRunner();
  ConsumerRunner(const ConsumerRunner&) = delete;
  ConsumerRunner& operator=(const ConsumerRunner&) = delete;

  // Starts from the durable cursor. Errors as Subscriber::Start. Call once.
  absl::Status Start(Cursor cursor);
  // Returns after the call in progress: a read is cancelled (at most read_timeout), an effect is finished. Idempotent.
  void Stop();

  ConsumerRunnerStats stats() const;

 private:
  void OnMessage(Message message);
  void Run();
  // Does it and reports the outcome to the consumer.
  void Perform(const ConsumerAction& action);
  // Moves what waits in the inbox into the consumer; waits for it until `deadline` first. False when stopping.
  bool TakeInput(MonotonicTime deadline);
  void NoteOutcome(const absl::Status& status);
  // Copies what stats() tells out of the consumer, which only the thread may touch.
  void ShareStats();

  const ConsumerRunnerOptions options_;
  LogReader& reader_;
  EventHandler& handler_;
  const Clock& clock_;
  std::unique_ptr<Consumer> consumer_;  // Used by the thread only, once it runs.
  std::unique_ptr<Subscriber> subscriber_;
  std::thread thread_;

  mutable Mutex mutex_;
  CondVar input_;
  std::deque<Message> inbox_ GUARDED_BY(mutex_);
  size_t inbox_bytes_ GUARDED_BY(mutex_) = 0;
  uint64_t inbox_drops_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool finished_ GUARDED_BY(mutex_) = false;  // The thread has left its loop.
  ConsumerRunnerStats stats_ GUARDED_BY(mutex_);
  MonotonicTime heard_at_ GUARDED_BY(mutex_);
};

}  // namespace dateline::bus
