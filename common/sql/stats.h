#pragma once
// What a database counts while it works, the same for every back end.

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace dateline::sql {

// Counters and gauges for a collector of metrics; one consistent enough reading.
struct Stats {
  size_t queue_depth = 0;  // Writes that wait.
  size_t queue_capacity = 0;
  uint64_t writes = 0;           // Bodies that were run.
  uint64_t write_failures = 0;   // Bodies that returned an error.
  uint64_t rejects = 0;          // Writes refused because the queue was full or the database halted or closed.
  uint64_t groups = 0;           // Transactions committed.
  uint64_t commit_failures = 0;  // Transactions that failed as a whole.
  uint64_t group_size_last = 0;
  std::chrono::microseconds commit_time_total{0};  // Spent in COMMIT.
  std::chrono::microseconds commit_time_max{0};
  std::chrono::microseconds latency_total{0};  // From Write() to the outcome, summed over writes.
  uint64_t reads = 0;
  uint64_t read_rejects = 0;  // Reads that got no connection in time.
  size_t readers_busy = 0;
  size_t readers_capacity = 0;
  uint64_t checkpoints = 0;  // This and the next are SQLite's only, the two after them a server's.
  uint64_t wal_pages = 0;    // Size of the write-ahead log after the latest commit.
  uint64_t retries = 0;      // Transactions that were begun anew, after a conflict or a lost connection.
  uint64_t reconnects = 0;   // Connections that were made anew.
  bool halted = false;
};

}  // namespace dateline::sql
