#include "services/eventbus/app.h"

#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/config/schema.h"

namespace dateline::eventbus {
namespace {

constexpr std::string_view kForwarding = "forwarding";

ForwarderOptions ForwarderOptionsOf(const AppOptions& options) {
  ForwarderOptions forwarder;
  forwarder.publishers_listen = options.publishers_listen;
  forwarder.subscribers_listen = options.subscribers_listen;
  forwarder.socket.high_water_mark = options.high_water_mark;
  if (!options.secret_key_file.empty()) {
    forwarder.curve =
        ForwarderOptions::Curve{options.secret_key_file, options.publishers_file, options.subscribers_file};
  }
  return forwarder;
}

absl::Status CheckKeys(const AppOptions& options) {
  const int given = (options.secret_key_file.empty() ? 0 : 1) + (options.publishers_file.empty() ? 0 : 1) +
                    (options.subscribers_file.empty() ? 0 : 1);
  if (given == 0 || given == 3) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "CURVE_INCOMPLETE",
               "curve.secret_key_file, curve.publishers_file and curve.subscribers_file: give all three, or none");
}

}  // namespace

void AddOptions(config::Schema& schema, AppOptions* options) {
  schema.String("publishers.listen", &options->publishers_listen, "host:port where publishers connect");
  schema.String("subscribers.listen", &options->subscribers_listen, "host:port where subscribers connect");
  schema.Int("socket.high_water_mark", &options->high_water_mark, 100, 1'000'000,
             "messages that wait for one slow peer before they are dropped for it");
  schema.String("curve.secret_key_file", &options->secret_key_file,
                "file with the bus's secret CURVE key; turns on encryption and allow-lists");
  schema.String("curve.publishers_file", &options->publishers_file, "file with the public keys that may publish");
  schema.String("curve.subscribers_file", &options->subscribers_file, "file with the public keys that may subscribe");
  metrics::AddOptions(schema, &options->ops);
  log::AddOptions(schema, &options->log);
  schema.Validate([options] { return CheckKeys(*options); });
}

App::App(AppOptions options)
    : options_(std::move(options)),
      registry_("eventbus"),
      forwarder_(ForwarderOptionsOf(options_)),
      ops_(options_.ops, registry_, readiness_),
      collector_(registry_.AddCollector([this](metrics::Sink& sink) { Collect(sink); })) {}

App::~App() {
  Stop();
}

absl::Status App::Start() {
  DATELINE_RETURN_IF_ERROR(forwarder_.Start());
  Tick();
  // Last, because its thread reads the forwarder's counters.
  if (absl::Status status = ops_.Start(); !status.ok()) return WithContext(status, "ops.listen");
  log::Info("forwarding", {{"publishers", forwarder_.publishers_endpoint()},
                           {"subscribers", forwarder_.subscribers_endpoint()},
                           {"ops_port", ops_.port()},
                           {"curve", options_.secret_key_file.empty() ? "off" : "on"}});
  return absl::OkStatus();
}

void App::Tick() {
  const absl::StatusOr<ForwarderStats> stats = forwarder_.Sample();
  if (!stats.ok()) {
    readiness_.Set(kForwarding, false, ToStd(stats.status().message()));
    return;
  }
  readiness_.Set(kForwarding, true);
  published_messages_ = stats->published_messages;
  published_bytes_ = stats->published_bytes;
  forwarded_messages_ = stats->forwarded_messages;
  forwarded_bytes_ = stats->forwarded_bytes;
  subscription_changes_ = stats->subscription_changes;
}

void App::Stop() {
  readiness_.Drain();
  ops_.Stop();
  forwarder_.Stop();
}

void App::Collect(metrics::Sink& sink) const {
  const auto count = [&sink](const char* name, const char* help, const metrics::Labels& labels, uint64_t value) {
    sink.Counter(name, help, labels, static_cast<double>(value));
  };
  count("dateline_eventbus_published_messages_total", "Messages received from publishers.", {}, published_messages_);
  count("dateline_eventbus_published_bytes_total", "Bytes received from publishers.", {}, published_bytes_);
  count("dateline_eventbus_forwarded_messages_total", "Messages offered to the subscribers, once for all of them.", {},
        forwarded_messages_);
  count("dateline_eventbus_forwarded_bytes_total", "Bytes offered to the subscribers, once for all of them.", {},
        forwarded_bytes_);
  count("dateline_eventbus_subscription_changes_total", "Subscriptions that came or went.", {}, subscription_changes_);
  const ZapHandler* zap = forwarder_.zap();
  if (zap == nullptr) return;
  const std::pair<std::string_view, ZapHandler::Stats> domains[] = {{kPublishersDomain, zap->publishers()},
                                                                    {kSubscribersDomain, zap->subscribers()}};
  for (const auto& [domain, stats] : domains) {
    const metrics::Labels labels = {{"domain", std::string(domain)}};
    count("dateline_eventbus_handshakes_accepted_total", "CURVE handshakes of keys on the allow-list.", labels,
          stats.accepted);
    count("dateline_eventbus_handshakes_refused_total", "CURVE handshakes of keys that are not on the allow-list.",
          labels, stats.rejected);
  }
}

}  // namespace dateline::eventbus
