#pragma once
// Carries committed events from the log to the bus. One thread reads what is new after each signal and hands it to the
// PublishPort in order; every head interval, also when nothing happens, it sends the HEAD of every topic, so that a
// consumer that missed the last event notices. It begins at the head that the log has at Start(): what was committed
// before and never published is found by consumers through HEAD. It never touches the writer: commits only set a flag.
// Loss is harmless here, because the log is the truth. Owns its thread; log and port outlive it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <thread>

#include "absl/status/status.h"
#include "common/base/ids.h"
#include "common/base/mutex.h"
#include "common/eventlog/event_log.h"

namespace dateline::eventlog {

// Where events go; implemented over bus::Publisher. Called on the relay's thread only; must not wait for long. False
// says that the message was dropped, which is counted and needs nothing else.
class PublishPort {
 public:
  virtual ~PublishPort() = default;
  virtual bool Publish(std::string_view topic, const Epoch& epoch, Sequence sequence, std::string_view payload) = 0;
  virtual bool PublishHead(std::string_view topic, const Epoch& epoch, Sequence head) = 0;
};

// Which of several processes that own one log publishes. Asked on the relay's thread; must not wait.
class RelayTurn {
 public:
  virtual ~RelayTurn() = default;
  virtual bool IsMine() const = 0;
};

class Relay {
 public:
  struct Options {
    std::chrono::milliseconds head_interval{1'000};  // 10 ms to 60 s. Consumers count on 1 s.
    uint32_t page_events = 256;                      // Read from the log at once, 1 to kReadLimitMax.
    size_t page_bytes = 1u << 20;
    // While the turn is another's, this relay only follows; when it comes, it publishes what was committed since it
    // last looked, some of it perhaps for the second time. Null: the log is this process's alone. Outlives the relay.
    const RelayTurn* turn = nullptr;
  };
  struct Stats {
    uint64_t published = 0;      // Events that the port took.
    uint64_t heads = 0;          // HEADs that the port took.
    uint64_t dropped = 0;        // Messages that the port did not take.
    uint64_t read_failures = 0;  // The log could not be read; tried again at the next signal or interval.
  };

  Relay(EventLog& log, PublishPort& port, Options options);
  // Calls Stop().
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // Reads the heads and starts the thread, which sends them at once. Fails when the log cannot be read. Call once.
  absl::Status Start();
  // There may be something new. Never blocks; any thread. Give it to sql::Database::SetCommitListener.
  void Wake();
  // Publishes what is committed, then joins. Idempotent.
  void Stop();

  Stats stats() const;
  // The last sequence that was handed to the port; 0 for a topic that is not the log's.
  Sequence published(std::string_view topic) const;

 private:
  void Run();
  // Waits for a signal or the next HEAD; false when the thread has to end.
  bool Wait(std::chrono::steady_clock::time_point next_head);
  void PublishNew();
  bool PublishTopic(const std::string& topic, Sequence head);
  void PublishHeads();
  bool IsMyTurn() const { return options_.turn == nullptr || options_.turn->IsMine(); }
  void Count(uint64_t Stats::*counter, bool taken);

  EventLog& log_;
  PublishPort& port_;
  const Options options_;
  std::thread thread_;

  mutable Mutex mutex_;
  CondVar wake_;
  bool pending_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  Stats stats_ GUARDED_BY(mutex_);
  std::map<std::string, Sequence, std::less<>> published_ GUARDED_BY(mutex_);
};

}  // namespace dateline::eventlog
