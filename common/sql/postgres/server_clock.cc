#include "common/sql/postgres/server_clock.h"

#include <algorithm>

#include "common/base/status_macros.h"
#include "common/sql/postgres/connection.h"

namespace dateline::sql::postgres {
namespace {

// What two clocks without correction drift apart at most: 200 millionths.
constexpr int kDriftParts = 5'000;

}  // namespace

WallTime ServerClock::Now() const {
  const MonotonicTime now = local_.Monotonic();
  MutexLock lock(mutex_);
  if (!reading_) return local_.Now();
  return reading_->server + std::chrono::duration_cast<WallTime::duration>(now - reading_->local);
}

absl::Status ServerClock::Look(Connection& connection, std::chrono::milliseconds fresh) {
  {
    MutexLock lock(mutex_);
    if (looked_ && local_.Monotonic() - *looked_ < fresh) return absl::OkStatus();
  }
  // What was sent before is not part of the time that this look takes.
  DATELINE_RETURN_IF_ERROR(connection.Sync());
  const MonotonicTime before = local_.Monotonic();
  DATELINE_ASSIGN_OR_RETURN(const Result result,
                            connection.Query("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"));
  Take(before, local_.Monotonic(), FromMicros(result.Int64(0, 0)));
  return absl::OkStatus();
}

void ServerClock::Take(MonotonicTime before, MonotonicTime after, WallTime server) {
  const std::chrono::nanoseconds error = (after - before) / 2;
  const Reading taken{.local = before + error, .server = server, .error = error};
  MutexLock lock(mutex_);
  looked_ = after;
  if (reading_) {
    const std::chrono::nanoseconds age = taken.local - reading_->local;
    const std::chrono::nanoseconds known = reading_->error + age / kDriftParts;
    const std::chrono::nanoseconds off = (taken.server - reading_->server) - age;
    if (error > known && std::chrono::abs(off) <= error + known) return;
  }
  reading_ = taken;
}

}  // namespace dateline::sql::postgres
