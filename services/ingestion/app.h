#pragma once
// Builds and runs the ingestion service: what main composes and tests may compose too. Used by one thread.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/http/curl_fetcher.h"
#include "common/rpc/service_process.h"
#include "services/ingestion/ingest_service.h"
#include "services/ingestion/robots_gate.h"

namespace dateline::config {
class Schema;
}

namespace dateline::ingestion {

struct Options {
  std::string storage_address = "127.0.0.1:7410";
  std::vector<std::string> allow_private_addresses;
  IngestServiceImpl::Options service;
  RobotsBook::Options robots;
  http::CurlFetcher::Options fetcher;  // Without the policy, which is made of allow_private_addresses.
};

// Registers storage.*, ingestion.* and fetch.*; `options` outlives parsing.
void AddOptions(config::Schema& schema, Options* options);

// INVALID_ARGUMENT when an entry of ingestion.allow_private_addresses is malformed.
absl::StatusOr<std::unique_ptr<rpc::ServiceApp>> MakeApp(const Options& options, rpc::ServiceParts& parts);

}  // namespace dateline::ingestion
