#include "services/ingestion/app.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/status_macros.h"
#include "common/config/schema.h"
#include "common/http/address_policy.h"
#include "common/log/log.h"
#include "common/metrics/readiness.h"
#include "services/ingestion/grpc_archive.h"
#include "services/ingestion/source_service.h"

namespace dateline::ingestion {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kStorageCondition = "storage";

class App final : public rpc::ServiceApp {
 public:
  App(const Options& options, rpc::ServiceParts& parts)
      : address_(options.storage_address),
        readiness_(parts.readiness),
        server_(*parts.server),
        archive_(options.storage_address),
        fetcher_(options.fetcher),
        book_(options.robots),
        robots_(book_, fetcher_, parts.clock),
        ingest_(options.service, parts.server->kit(), archive_, fetcher_, robots_, parts.registry, parts.clock),
        sources_(parts.server->kit()) {}

  absl::Status Start() override {
    readiness_.Set(kStorageCondition, false, fmt::format("not connected to {} yet", address_));
    archive_.Start([this](bool connected) {
      readiness_.Set(kStorageCondition, connected, fmt::format("{} cannot be reached", address_));
      log::Info(connected ? "storage_connected" : "storage_disconnected", {{"address", address_}});
    });
    server_.AddService(&ingest_);
    server_.AddService(&sources_);
    return absl::OkStatus();
  }

  void Stop() override {
    ingest_.Stop();
    archive_.Stop();
  }

 private:
  const std::string address_;
  metrics::Readiness& readiness_;
  rpc::Server& server_;
  GrpcArchive archive_;
  http::CurlFetcher fetcher_;
  RobotsBook book_;
  RobotsGate robots_;
  IngestServiceImpl ingest_;
  SourceServiceImpl sources_;
};

}  // namespace

void AddOptions(config::Schema& schema, Options* options) {
  schema.String("storage.address", &options->storage_address, "where the storage service listens, host:port");
  schema.Duration("storage.timeout", &options->service.storage_timeout, milliseconds(100), minutes(5),
                  "how long storing one document may take");
  schema.StringList("ingestion.allow_private_addresses", &options->allow_private_addresses,
                    "addresses that may be fetched from although they are not public: an address, a range such as "
                    "10.0.0.0/8, or a host name; repeatable");
  schema.Duration("fetch.timeout", &options->service.fetch_timeout, milliseconds(100), minutes(10),
                  "how long one page may take, with robots.txt and redirects");
  schema.Duration("fetch.connect_timeout", &options->fetcher.connect_timeout, milliseconds(100), minutes(1),
                  "how long one connection may take");
  schema.Int("fetch.threads", &options->service.fetch_threads, 1, 256, "pages that are fetched at the same time");
  schema.Int("fetch.queue", &options->service.fetch_queue_max, 1, 10'000,
             "pages that wait for a thread; more are refused");
  schema.String("fetch.user_agent", &options->fetcher.user_agent,
                "how we introduce ourselves; name a way to reach you");
  schema.Duration("fetch.robots_keep", &options->robots.keep, seconds(1), hours(24),
                  "how long a robots.txt is remembered");
}

absl::StatusOr<std::unique_ptr<rpc::ServiceApp>> MakeApp(const Options& options, rpc::ServiceParts& parts) {
  Options complete = options;
  DATELINE_ASSIGN_OR_RETURN(complete.fetcher.policy, http::AddressPolicy::Create(options.allow_private_addresses));
  return std::make_unique<App>(complete, parts);
}

}  // namespace dateline::ingestion
