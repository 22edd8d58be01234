#include "common/sql/connection.h"

#include <sqlite3.h>

#include <utility>

#include "common/base/status_macros.h"
#include "common/sql/error_map.h"
#include "common/sql/row_filter.h"
#include "common/sql/term_rank.h"

namespace dateline::sql {
namespace {

// Virtual machine steps between two looks at the clock: well below a millisecond.
constexpr int kProgressSteps = 10'000;

constexpr std::string_view kConnectionPragmas =
    "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;";

}  // namespace

Connection::Connection(Options options) : options_(std::move(options)) {}

Connection::~Connection() {
  for (const CacheEntry& entry : cache_) sqlite3_finalize(entry.statement);
  sqlite3_close_v2(handle_);
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Options& options) {
  std::unique_ptr<Connection> connection(new Connection(options));
  DATELINE_RETURN_IF_ERROR(connection->OpenHandle());
  return connection;
}

absl::Status Connection::OpenHandle() {
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (options_.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const int code =
      sqlite3_open_v2(options_.path.c_str(), &handle_, flags, options_.vfs.empty() ? nullptr : options_.vfs.c_str());
  if (code != SQLITE_OK) return MakeError(code, "open");
  sqlite3_busy_timeout(handle_, static_cast<int>(options_.busy_timeout.count()));
  if (const int registered = RegisterTermRank(handle_); registered != SQLITE_OK)
    return MakeError(registered, "register term_rank");
  if (const int registered = RegisterRowFilter(handle_); registered != SQLITE_OK)
    return MakeError(registered, "register row_filter");
  DATELINE_RETURN_IF_ERROR(Execute(kConnectionPragmas));
  return options_.read_only ? Execute("PRAGMA query_only=ON") : absl::OkStatus();
}

absl::Status Connection::Execute(std::string_view script) {
  const std::string text(script);
  const int code = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : MakeError(code, script);
}

int64_t Connection::changes() const {
  return sqlite3_changes64(handle_);
}

int64_t Connection::total_changes() const {
  return sqlite3_total_changes64(handle_);
}

int64_t Connection::last_insert_rowid() const {
  return sqlite3_last_insert_rowid(handle_);
}

bool Connection::InTransaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

absl::Status Connection::MakeError(int code, std::string_view what) {
  if (IsSyncFailure(code)) sync_failed_ = true;
  const bool by_system = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
  return ToStatus({.code = code,
                   .system_errno = handle_ != nullptr && by_system ? sqlite3_system_errno(handle_) : 0,
                   .message = handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code),
                   .what = what,
                   .path = options_.path});
}

void Connection::SetDeadline(std::chrono::steady_clock::time_point deadline) {
  deadline_ = deadline;
  sqlite3_progress_handler(handle_, kProgressSteps, &Connection::OnProgress, this);
}

void Connection::ClearDeadline() {
  deadline_ = std::chrono::steady_clock::time_point::max();
  sqlite3_progress_handler(handle_, 0, nullptr, nullptr);
}

int Connection::OnProgress(void* self) {
  return std::chrono::steady_clock::now() >= static_cast<Connection*>(self)->deadline_ ? 1 : 0;
}

absl::StatusOr<sqlite3_stmt*> Connection::Acquire(std::string_view sql, bool* cached) {
  const auto found = by_sql_.find(sql);
  *cached = found != by_sql_.end() && !found->second->in_use;
  if (*cached) {
    found->second->in_use = true;
    cache_.splice(cache_.begin(), cache_, found->second);
    return found->second->statement;
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                      &statement, nullptr);
  if (code != SQLITE_OK) return MakeError(code, sql);
  // The same text used twice at once: the second use gets a statement of its own.
  if (found != by_sql_.end() || statement == nullptr) return statement;
  *cached = true;
  cache_.push_front({std::string(sql), statement, true});
  by_sql_.emplace(cache_.front().sql, cache_.begin());
  by_statement_.emplace(statement, cache_.begin());
  EvictIdle();
  return statement;
}

void Connection::Release(sqlite3_stmt* statement, bool cached) {
  if (!cached) {
    sqlite3_finalize(statement);
    return;
  }
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  by_statement_.at(statement)->in_use = false;
}

void Connection::EvictIdle() {
  for (auto entry = cache_.end(); cache_.size() > options_.statement_cache_max && entry != cache_.begin();) {
    --entry;
    if (entry->in_use) continue;
    sqlite3_finalize(entry->statement);
    by_sql_.erase(entry->sql);
    by_statement_.erase(entry->statement);
    entry = cache_.erase(entry);
  }
}

}  // namespace dateline::sql
