#include "services/gateway/app.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/config/schema.h"
#include "common/http/curl_fetcher.h"
#include "common/log/log.h"
#include "common/url/url.h"
#include "services/gateway/api/api.h"
#include "services/gateway/api/openapi.h"
#include "services/gateway/console/pages/pages.h"
#include "services/gateway/console/site.h"
#include "services/gateway/exports/exports.h"
#include "services/gateway/feeds/feed_topics.h"
#include "services/gateway/feeds/hub_publisher.h"
#include "services/gateway/gateway.h"
#include "services/gateway/live/grpc_event_source.h"
#include "services/gateway/live/live.h"

namespace dateline::gateway {
namespace {

// The hub is where the operator says, also in the own network.
http::CurlFetcher::Options ForHub(const FeedOptions& feeds) {
  http::CurlFetcher::Options options;
  options.policy_key = "feeds.hub_uri";
  if (const auto hub = url::Parse(feeds.hub_uri); hub.ok() && hub->host.has_value()) {
    if (auto policy = http::AddressPolicy::Create({*hub->host}); policy.ok()) options.policy = *policy;
  }
  return options;
}

// Feeds have to have one address each, for a hub to know them by.
absl::Status CheckFeeds(const FeedOptions& feeds) {
  for (const auto& [key, uri] : {std::pair("http.public_uri", feeds.public_uri), {"feeds.hub_uri", feeds.hub_uri}}) {
    if (uri.empty()) continue;
    if (const auto parsed = url::Parse(uri); !parsed.ok() || !parsed->IsHttp() || parsed->HasCredentials()) {
      return Error(absl::StatusCode::kInvalidArgument, "CONFIG_OUT_OF_RANGE",
                   fmt::format("{} = \"{}\" is no http or https address without a user", key, uri));
    }
  }
  if (!feeds.hub_uri.empty() && feeds.public_uri.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "CONFIG_OUT_OF_RANGE",
                 "feeds.hub_uri needs http.public_uri: a hub has to be told where people reach the feeds");
  }
  return absl::OkStatus();
}

class App final : public rpc::ServiceApp {
 public:
  App(const Options& options, rpc::ServiceParts& parts)
      : contact_(parts.readiness),
        backend_(options.services, parts.tls, contact_),
        sessions_(options.form_secret),
        site_(backend_, parts.clock, sessions_),
        gate_(options.gate, sessions_, parts.clock, parts.registry),
        gateway_(site_, gate_, parts.registry, parts.clock),
        events_(backend_.notification()),
        listeners_(options.listeners, events_, parts.clock, parts.registry),
        topics_(BaseUri({}, options.feeds.public_uri)),
        server_(
            options.http, [this](const Request& request) { return gateway_.Handle(request); }, parts.registry) {
    AddPages(gateway_.router(), site_);
    AddApi(gateway_.router(), backend_);
    AddApiPages(gateway_.router(), site_);
    AddFeeds(gateway_.router(), backend_, options.feeds, topics_, parts.clock);
    AddExports(gateway_.router(), backend_);
    AddLive(gateway_.router(), listeners_, site_);
    if (!options.feeds.hub_uri.empty()) {
      hub_fetcher_ = std::make_unique<http::CurlFetcher>(ForHub(options.feeds));
      hub_ = std::make_unique<HubPublisher>(HubPublisher::Options{.hub_uri = options.feeds.hub_uri}, topics_, events_,
                                            backend_, *hub_fetcher_, parts.clock, parts.registry);
    }
  }

  ~App() override { App::Stop(); }

  absl::Status Start() override {
    contact_.Start();
    listeners_.Start();
    DATELINE_RETURN_IF_ERROR(server_.Start());
    log::Info("http_listening", {{"port", server_.port()}});
    if (hub_ != nullptr) hub_->Start();
    return absl::OkStatus();
  }

  void Drain() override {
    server_.Stop();
    listeners_.Stop();
    if (hub_ != nullptr) hub_->Stop();
  }
  void Stop() override { Drain(); }

 private:
  FirstContact contact_;
  GrpcBackend backend_;
  const Sessions sessions_;
  const Site site_;
  Gate gate_;
  Gateway gateway_;
  GrpcEventSource events_;
  Listeners listeners_;
  FeedTopics topics_;
  std::unique_ptr<http::CurlFetcher> hub_fetcher_;
  std::unique_ptr<HubPublisher> hub_;  // Null without a hub.
  Server server_;
};

}  // namespace

void AddOptions(config::Schema& schema, Options* options) {
  AddOptions(schema, &options->http);
  AddOptions(schema, &options->gate);
  schema.String("storage.address", &options->services.storage, "where the storage service is: host:port or unix:/path");
  schema.String("ingestion.address", &options->services.ingestion, "where the ingestion service is");
  schema.String("extraction.address", &options->services.extraction, "where the extraction service is");
  schema.String("notification.address", &options->services.notification, "where the notification service is");
  schema.String("http.public_uri", &options->feeds.public_uri,
                "where people reach this gateway, for feeds: https://news.example; as each request says when empty");
  schema.String("feeds.hub_uri", &options->feeds.hub_uri,
                "a WebSub hub that feeds announce and that is told of news; none when empty; needs http.public_uri");
  schema.Validate([options] { return CheckFeeds(options->feeds); });
  schema.Int("events.listeners_max", &options->listeners.listeners_max, 1, 100'000,
             "server-sent event streams that may be open at once");
  schema.Secret("console.form_secret", &options->form_secret,
                "what the tokens of forms are made with; the same for all replicas; random when empty");
  schema.SecretFile("console.form_secret_file", &options->form_secret, "a file that holds it instead");
}

absl::StatusOr<std::unique_ptr<rpc::ServiceApp>> MakeApp(const Options& options, rpc::ServiceParts& parts) {
  return std::make_unique<App>(options, parts);
}

}  // namespace dateline::gateway
