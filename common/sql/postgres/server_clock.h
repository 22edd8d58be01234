#pragma once
// The time of day by the clock of a PostgreSQL server, for processes that share a database and have to agree on what
// time it is: leases, budgets and schedules that one writes and another reads mean the same to both, whatever the
// clocks of their machines say. Between two looks at the server it is counted on by the local monotonic clock, so a
// local wall clock that is wrong, or is set, changes nothing, and a server that is away for a while does no harm.
//
// How far off it may be is known: half of the time that the look took, and what the monotonic clocks of the two
// machines drift apart since. Thread-safe. Before the first look it is the local clock.

#include <chrono>
#include <optional>

#include "absl/status/status.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"

namespace dateline::sql::postgres {

class Connection;

class ServerClock final : public Clock {
 public:
  // `local` outlives it.
  explicit ServerClock(const Clock& local) : local_(local) {}

  WallTime Now() const override;
  MonotonicTime Monotonic() const override { return local_.Monotonic(); }

  // Looks at the server's clock, unless that was done within `fresh`. Errors: those of the connection.
  absl::Status Look(Connection& connection, std::chrono::milliseconds fresh);
  // What a look says: the server's clock stood at `server` at some time between `before` and `after`. It counts when it
  // is at least as exact as what is known by now, or contradicts it: then the server's clock was set, or it is another
  // server.
  void Take(MonotonicTime before, MonotonicTime after, WallTime server);

 private:
  struct Reading {
    MonotonicTime local;
    WallTime server;
    std::chrono::nanoseconds error;
  };

  const Clock& local_;
  mutable Mutex mutex_;
  std::optional<Reading> reading_ GUARDED_BY(mutex_);
  std::optional<MonotonicTime> looked_ GUARDED_BY(mutex_);
};

}  // namespace dateline::sql::postgres
