#include "common/eventlog/postgres_watch.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "fmt/format.h"

namespace dateline::eventlog {

using sql::postgres::Connection;
using sql::postgres::Parameters;
using sql::postgres::Result;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

PostgresWatch::PostgresWatch(Options options)
    : options_(std::move(options)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  DATELINE_CHECK(wake_ >= 0, "no descriptor for a watch");
}

PostgresWatch::~PostgresWatch() {
  Stop();
  close(wake_);
}

void PostgresWatch::Start() {
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "pg-watch");
}

void PostgresWatch::Stop() {
  stopping_ = true;
  Wake();
  if (thread_.joinable()) thread_.join();
}

void PostgresWatch::Wake() const {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof(one));
}

void PostgresWatch::Committed() {
  if (!committed_.exchange(true)) Wake();
}

void PostgresWatch::SetListener(std::function<void()> listener) {
  MutexLock lock(listener_mutex_);
  listener_ = std::move(listener);
}

void PostgresWatch::CallListener() {
  MutexLock lock(listener_mutex_);
  if (listener_) listener_();
}

void PostgresWatch::Run() {
  milliseconds pause = options_.reconnect_pause;
  while (!stopping_) {
    const auto begin = steady_clock::now();
    Watch().IgnoreError();
    mine_ = false;
    if (steady_clock::now() - begin > options_.turn_interval) pause = options_.reconnect_pause;
    const auto end = steady_clock::now() + pause;
    while (!stopping_ && steady_clock::now() < end) {
      Wait(-1, std::chrono::duration_cast<milliseconds>(end - steady_clock::now()) + milliseconds(1));
    }
    pause = std::min(pause * 2, options_.turn_interval);
  }
}

absl::Status PostgresWatch::LookAtTurn(Connection& connection, int64_t key) {
  if (mine_) return connection.Query("SELECT 1").status();
  DATELINE_ASSIGN_OR_RETURN(const Result rows,
                            connection.Query("SELECT pg_try_advisory_lock($1)", Parameters::Of(key)));
  mine_ = rows.Bool(0, 0);
  return absl::OkStatus();
}

absl::Status PostgresWatch::Watch() {
  DATELINE_ASSIGN_OR_RETURN(const auto connection, Connection::Open(options_.connection));
  // Several archives may live in one database, each in a schema.
  DATELINE_ASSIGN_OR_RETURN(
      const Result place,
      connection->Query("SELECT current_schema(), hashtextextended('dateline-relay:' || current_schema(), 0)"));
  const std::string channel = fmt::format("dateline_{}", Sha256Hex(place.Text(0, 0)).substr(0, 16));
  const int64_t key = place.Int64(0, 1);
  DATELINE_RETURN_IF_ERROR(connection->Listen(channel));
  CallListener();
  auto next_look = steady_clock::now();
  auto next_notify = next_look;
  while (!stopping_) {
    const auto now = steady_clock::now();
    if (now >= next_look) {
      DATELINE_RETURN_IF_ERROR(LookAtTurn(*connection, key));
      next_look = now + options_.turn_interval;
    }
    // Who has the turn was woken by the commit itself.
    if (mine_) committed_ = false;
    if (committed_ && now >= next_notify) {
      committed_ = false;
      DATELINE_RETURN_IF_ERROR(connection->Query("SELECT pg_notify($1, '')", Parameters::Of(channel)).status());
      next_notify = now + options_.notify_pause;
    }
    DATELINE_ASSIGN_OR_RETURN(const auto notifications, connection->TakeNotifications());
    if (!notifications.empty()) CallListener();
    connection->Reset();
    const auto until = committed_ ? std::min(next_look, next_notify) : next_look;
    const auto left = std::chrono::duration_cast<milliseconds>(until - steady_clock::now());
    Wait(connection->socket(), std::max(left, milliseconds(0)) + milliseconds(1));
  }
  return absl::OkStatus();
}

void PostgresWatch::Wait(int socket, milliseconds time) const {
  pollfd waits[2] = {{.fd = wake_, .events = POLLIN, .revents = 0}, {.fd = socket, .events = POLLIN, .revents = 0}};
  poll(waits, socket >= 0 ? 2 : 1, static_cast<int>(time.count()));
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = read(wake_, &count, sizeof(count));
}

}  // namespace dateline::eventlog
