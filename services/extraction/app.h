#pragma once
// Builds and runs the extraction service: what main composes and tests may compose too. Used by one thread.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/bus/options.h"
#include "common/rpc/service_process.h"
#include "services/extraction/extraction_pool.h"
#include "services/extraction/isolated_extraction.h"
#include "services/extraction/worker.h"

namespace dateline::config {
class Schema;
}

namespace dateline::extraction {

struct Options {
  std::string storage_address = "127.0.0.1:7410";
  std::vector<std::string> bus_endpoints = {"tcp://127.0.0.1:7451"};
  bus::CurveFiles bus_keys;
  int threads = 0;  // 0: as many as there are cores.
  Worker::Options worker;
  ExtractionPool::Options pool;
  IsolationOptions isolation;  // Its time limit is the pool's.
};

// Registers storage.*, bus.* and worker.*; `options` outlives parsing.
void AddOptions(config::Schema& schema, Options* options);

absl::StatusOr<std::unique_ptr<rpc::ServiceApp>> MakeApp(const Options& options, rpc::ServiceParts& parts);

}  // namespace dateline::extraction
