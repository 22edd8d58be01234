#pragma once
// A connection to a SQLite database with its cache of prepared statements. Owned by a Database (writer or pool) or by a
// test; used by one thread at a time. Every error is an absl::Status that says which file and what to do: see
// error_map.h for the reasons.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace dateline::sql {

class Connection {
 public:
  struct Options {
    std::string path{};
    bool read_only = false;  // Otherwise the file is made when it is missing.
    std::chrono::milliseconds busy_timeout{5'000};
    size_t statement_cache_max = 256;  // Prepared statements kept; the least recently used go first.
    std::string vfs{};                 // Empty: SQLite's default. Tests inject faults here.
  };

  // Opens the file and sets what every connection has: foreign keys on, untrusted schema, checks of page contents.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const Options& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs one or more statements without parameters; rows are passed over. For schemas and pragmas.
  absl::Status Execute(std::string_view script);

  // Rows changed by the latest INSERT, UPDATE or DELETE.
  int64_t changes() const;
  // Rows that were written since it was opened, by what was undone too.
  int64_t total_changes() const;
  int64_t last_insert_rowid() const;
  const std::string& path() const { return options_.path; }

  // The status for an SQLite result code, with this connection's message. `what` names the operation.
  absl::Status MakeError(int code, std::string_view what);

  // Queries that still run at `deadline` end with DEADLINE_EXCEEDED (QUERY_TIMEOUT), until ClearDeadline().
  void SetDeadline(std::chrono::steady_clock::time_point deadline);
  void ClearDeadline();

  // True once MakeError() has seen a failed fsync.
  bool sync_failed() const { return sync_failed_; }

  // For this module only.
  sqlite3* handle() const { return handle_; }
  // True when SQLite has rolled the transaction back by itself, as it does on some errors.
  bool InTransaction() const;

 private:
  friend class Statement;
  struct CacheEntry {
    std::string sql{};
    sqlite3_stmt* statement;
    bool in_use;
  };

  explicit Connection(Options options);
  absl::Status OpenHandle();
  // Takes a statement out of the cache, or prepares it; `*cached` says whether Release() keeps it.
  absl::StatusOr<sqlite3_stmt*> Acquire(std::string_view sql, bool* cached);
  void Release(sqlite3_stmt* statement, bool cached);
  void EvictIdle();
  static int OnProgress(void* self);

  const Options options_;
  sqlite3* handle_ = nullptr;
  std::list<CacheEntry> cache_;  // Most recently used first.
  std::unordered_map<std::string_view, std::list<CacheEntry>::iterator> by_sql_;
  std::unordered_map<sqlite3_stmt*, std::list<CacheEntry>::iterator> by_statement_;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::time_point::max();
  bool sync_failed_ = false;
};

}  // namespace dateline::sql
