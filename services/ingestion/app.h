#pragma once
// Builds and runs the ingestion service: what main composes and tests may compose too. Used by one thread.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/bus/options.h"
#include "common/http/curl_fetcher.h"
#include "common/rpc/service_process.h"
#include "common/sql/postgres/back_end.h"
#include "services/ingestion/ingest_service.h"
#include "services/ingestion/polling/crawler.h"
#include "services/ingestion/polling/robots_book.h"
#include "services/ingestion/source_service.h"

namespace dateline::config {
class Schema;
}

namespace dateline::ingestion {

struct Options {
  std::string storage_address = "127.0.0.1:7410";
  sql::postgres::BackEndOptions back_end;
  std::string data_dir = "dateline-data/ingestion";  // sqlite.
  std::vector<std::string> allow_private_addresses;
  std::vector<std::string> publish_endpoints = {"tcp://127.0.0.1:7450"};
  bus::CurveFiles bus_keys;
  std::chrono::milliseconds retention{std::chrono::hours(24 * 30)};
  std::chrono::milliseconds retention_hard{std::chrono::hours(24 * 365)};
  bool poll = true;  // False: sources are kept but not polled.
  IngestServiceImpl::Options service;
  SourceServiceImpl::Options sources;
  CrawlOptions crawl;
  // Where hubs call back: the address that is listened at, and the URL under which the internet reaches it. Both or
  // none.
  std::string websub_listen;
  std::string websub_public_url;
  RobotsBook::Options robots;
  http::CurlFetcher::Options fetcher;  // Without the policy, which is made of allow_private_addresses.
};

// Registers storage.*, ingestion.*, fetch.*, poll.*, websub.*, bus.* and eventlog.*; `options` outlives parsing.
void AddOptions(config::Schema& schema, Options* options);

// INVALID_ARGUMENT when an entry of ingestion.allow_private_addresses is malformed.
absl::StatusOr<std::unique_ptr<rpc::ServiceApp>> MakeApp(const Options& options, rpc::ServiceParts& parts);

}  // namespace dateline::ingestion
