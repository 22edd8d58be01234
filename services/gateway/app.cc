#include "services/gateway/app.h"

#include "common/base/status_macros.h"
#include "common/config/schema.h"
#include "common/log/log.h"
#include "services/gateway/api/api.h"
#include "services/gateway/api/openapi.h"
#include "services/gateway/console/pages/pages.h"
#include "services/gateway/console/site.h"
#include "services/gateway/exports/exports.h"
#include "services/gateway/gateway.h"
#include "services/gateway/live/grpc_event_source.h"
#include "services/gateway/live/live.h"

namespace dateline::gateway {
namespace {

class App final : public rpc::ServiceApp {
 public:
  App(const Options& options, rpc::ServiceParts& parts)
      : backend_(options.services, parts.tls),
        sessions_(options.form_secret),
        site_(backend_, parts.clock, sessions_),
        gate_(options.gate, sessions_, parts.clock, parts.registry),
        gateway_(site_, gate_, parts.registry, parts.clock),
        events_(backend_.notification()),
        listeners_(options.listeners, events_, parts.clock, parts.registry),
        server_(
            options.http, [this](const Request& request) { return gateway_.Handle(request); }, parts.registry) {
    AddPages(gateway_.router(), site_);
    AddApi(gateway_.router(), backend_);
    AddApiPages(gateway_.router(), site_);
    AddFeeds(gateway_.router(), backend_, options.feeds);
    AddExports(gateway_.router(), backend_);
    AddLive(gateway_.router(), listeners_, site_);
  }

  ~App() override { App::Stop(); }

  absl::Status Start() override {
    listeners_.Start();
    DATELINE_RETURN_IF_ERROR(server_.Start());
    log::Info("http_listening", {{"port", server_.port()}});
    return absl::OkStatus();
  }

  void Drain() override {
    server_.Stop();
    listeners_.Stop();
  }
  void Stop() override { Drain(); }

 private:
  GrpcBackend backend_;
  const Sessions sessions_;
  const Site site_;
  Gate gate_;
  Gateway gateway_;
  GrpcEventSource events_;
  Listeners listeners_;
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
  schema.String("feeds.hub_uri", &options->feeds.hub_uri, "a WebSub hub that feeds announce; none when empty");
  schema.Int("events.listeners_max", &options->listeners.listeners_max, 1, 100'000,
             "server-sent event streams that may be open at once");
  schema.Secret("console.form_secret", &options->form_secret,
                "what the tokens of forms are made with; the same for all replicas; random when empty");
}

absl::StatusOr<std::unique_ptr<rpc::ServiceApp>> MakeApp(const Options& options, rpc::ServiceParts& parts) {
  return std::make_unique<App>(options, parts);
}

}  // namespace dateline::gateway
