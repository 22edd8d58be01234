#pragma once
// What the processes that share one log in PostgreSQL have to agree on beside its rows, over one connection of its own:
// whose turn it is to publish (an advisory lock of that session, so it passes on when the holder dies or is cut off),
// and that something was committed (LISTEN/NOTIFY). Notifications are sent by the watch, never by a commit, at most
// every `notify_pause`, without payload; a lost one costs a poll. Owns its thread; nothing else waits for it.
// Thread-safe.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "common/base/mutex.h"
#include "common/eventlog/relay.h"
#include "common/sql/postgres/connection.h"

namespace dateline::eventlog {

class PostgresWatch final : public RelayTurn {
 public:
  struct Options {
    sql::postgres::ConnectionOptions connection{};
    std::chrono::milliseconds turn_interval{1'000};  // Between attempts to get the turn, and looks whether it is kept.
    std::chrono::milliseconds notify_pause{20};      // Between two notifications.
    std::chrono::milliseconds reconnect_pause{200};  // Doubles up to turn_interval while the server is away.
  };

  explicit PostgresWatch(Options options);
  // Calls Stop().
  ~PostgresWatch() override;
  PostgresWatch(const PostgresWatch&) = delete;
  PostgresWatch& operator=(const PostgresWatch&) = delete;

  // Starts the thread; the connection is made there. Call once.
  void Start();
  // Gives the turn away. Idempotent.
  void Stop();

  bool IsMine() const override { return mine_; }
  // This process has committed: whoever has the turn is told. Never waits; any thread.
  void Committed();
  // Called on the watch's thread when another process has committed, perhaps without need, and after every reconnect;
  // nullptr removes it. When this returns, the previous listener is not running.
  void SetListener(std::function<void()> listener);

 private:
  void Run();
  // Connects and watches until the connection is lost or the watch stops.
  absl::Status Watch();
  absl::Status LookAtTurn(sql::postgres::Connection& connection, int64_t key);
  // Waits for the server, a commit or the time; whatever woke it is taken.
  void Wait(int socket, std::chrono::milliseconds time) const;
  void CallListener();
  void Wake() const;

  const Options options_;
  int wake_ = -1;  // An eventfd.
  std::atomic<bool> mine_{false};
  std::atomic<bool> committed_{false};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
  Mutex listener_mutex_;  // Held over the call of the listener; a leaf for the watch's thread.
  std::function<void()> listener_ GUARDED_BY(listener_mutex_);
};

}  // namespace dateline::eventlog
