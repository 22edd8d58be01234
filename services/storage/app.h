#pragma once
// The object graph of the storage service: store, relay to the bus, RPC services, monitor; started and stopped in order
// by rpc::ServiceProcess. Used by main and by the service's own test, on one thread.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/bus/options.h"
#include "common/rpc/service_process.h"
#include "common/sql/postgres/back_end.h"

namespace dateline::config {
class Schema;
}

namespace dateline::storage {

struct Options {
  sql::postgres::BackEndOptions back_end{.readers = 8};
  std::string data_dir = "dateline-data/storage";  // Of SQLite.
  std::string backup_dir;                          // Of SQLite; empty: "backups" in data_dir.
  std::string extraction_address;
  std::chrono::milliseconds retention_interval{std::chrono::hours(24)};
  int readers = 4;  // Of SQLite.
  size_t write_queue_max = 4'096;
  size_t group_max = 128;
  std::vector<std::string> publish_endpoints = {"tcp://127.0.0.1:7450"};
  bus::CurveFiles bus_keys;
  uint32_t max_attempts = 5;
  std::vector<std::string> watched_groups = {"extraction"};
  std::chrono::milliseconds retention{std::chrono::hours(24 * 30)};
  std::chrono::milliseconds retention_hard{std::chrono::hours(24 * 365)};
  std::chrono::milliseconds head_interval{1'000};
};

// Documents come in one message: the largest one and its fields have to fit.
inline constexpr int64_t kMessageBytesMax = int64_t{36} << 20;

// Puts a backup in the place of the archive in `data_dir`, while no service has it open; see sqlite/restore.h.
absl::Status RestoreDataDir(const std::string& backup, const std::string& data_dir, bool replace);

// Registers all keys of Options; their values are the defaults. `options` outlives parsing.
void AddOptions(config::Schema& schema, Options* options);

std::unique_ptr<rpc::ServiceApp> MakeApp(Options options, const rpc::ServiceParts& parts);

}  // namespace dateline::storage
