#include "services/notification/options.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/config/schema.h"
#include "common/config/units.h"

namespace dateline::notification {
namespace {

absl::StatusOr<RetrySchedule> ParseSchedule(const std::vector<std::string>& offsets) {
  RetrySchedule schedule;
  if (offsets.empty()) return schedule;
  schedule.offsets.clear();
  for (const std::string& text : offsets) {
    const auto offset = config::ParseDuration(text);
    const bool ascending = schedule.offsets.empty() || (offset && *offset > schedule.offsets.back());
    if (!offset || !ascending || offset->count() == 0) {
      return Error(absl::StatusCode::kInvalidArgument, "CONFIG_OUT_OF_RANGE",
                   fmt::format("delivery.retry_offsets: \"{}\"; give ascending durations such as 5s, 5m, 2h", text));
    }
    schedule.offsets.push_back(*offset);
  }
  return schedule;
}

void AddDeliveryOptions(config::Schema& schema, Options* options) {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  sql::postgres::AddBackEndOptions(schema, "notification", &options->back_end);
  schema.String("notification.data_dir", &options->data_dir,
                "sqlite: folder of the database of subscriptions; has to exist");
  schema.Duration("notification.lease", &options->lease, milliseconds(1'000), milliseconds(300'000),
                  "postgres: after which other replicas take over from one that has died");
  schema.String("notification.secrets_key_file", &options->secrets_key_file,
                "file with the keys that seal signing secrets in the database; empty: they are kept as plain text");
  schema.Int("notification.subscriptions_max", &options->limits.subscriptions_max, 1, 10'000'000,
             "subscriptions that are taken");
  schema.Int("notification.backlog_max", &options->limits.backlog_max, 10, 10'000'000,
             "waiting deliveries of one subscription; with more it stands behind until there is room");
  schema.Int("delivery.in_flight_max", &options->dispatch.in_flight_max, 2, 10'000,
             "attempts at the same time; those to failing receivers may be half of them");
  schema.StringList("delivery.retry_offsets", &options->retry_offsets,
                    "when to try again, counted from the first attempt; by default 5s, 5m, 30m, 2h, 5h, 10h, 14h, 20h, "
                    "24h");
  schema.Duration("delivery.retention", &options->history.retention, hours(1), hours(24 * 3650),
                  "how long finished deliveries are kept");
  schema.Duration("eventlog.retention", &options->history.event_retention, hours(1), hours(24 * 3650),
                  "events about subscriptions that every group is done with are kept this long");
  schema.Duration("eventlog.retention_hard", &options->history.event_retention_hard, hours(1), hours(24 * 3650),
                  "no event is kept longer, whoever still waits for it");
  schema.StringList("webhook.allow_private_addresses", &options->allow_private_addresses,
                    "addresses that webhooks may go to although they are not public: an address, a range such as "
                    "10.0.0.0/8, or a host name; repeatable");
  schema.Bool("webhook.allow_loopback", &options->fetcher.typed_loopback,
              "whether webhooks may go to this machine, by http too");
  schema.Bool("webhook.allow_http", &options->allow_http, "whether webhooks may go by http, which is not private");
  schema.Duration("webhook.connect_timeout", &options->fetcher.connect_timeout, milliseconds(100), milliseconds(60'000),
                  "how long one connection may take");
  schema.String("webhook.user_agent", &options->fetcher.user_agent, "how we introduce ourselves");
  schema.String("webhook.ca_file", &options->fetcher.ca_file,
                "certificates of the authorities that receivers are trusted by; the system's when empty");
  schema.String("email.smtp_url", &options->email.smtp_url,
                "the SMTP server, smtp://host:port or smtps://host:port; without one there is no e-mail");
  schema.String("email.from", &options->email.sender.address, "the sender's address");
  schema.String("email.from_name", &options->email.sender.display_name, "the sender's name");
  schema.String("email.user", &options->email.user, "the user at the SMTP server; empty for none");
  schema.SecretFile("email.password_file", &options->email.password, "file with the user's password");
  schema.Bool("email.require_tls", &options->email.require_tls,
              "whether smtp:// has to change to TLS before anything is sent");
  schema.String("email.ca_file", &options->email.ca_file,
                "certificates of the authorities that the SMTP server is trusted by; the system's when empty");
  schema.Duration("email.timeout", &options->email.timeout, milliseconds(1'000), milliseconds(300'000),
                  "how long one message may take");
  schema.String("nats.url", &options->nats.url, "the NATS server, nats://host:port; without one there is no NATS");
  schema.String("nats.credentials_file", &options->nats.credentials_file, "file with the credentials for NATS");
  schema.Duration("nats.timeout", &options->nats.timeout, milliseconds(100), milliseconds(60'000),
                  "how long a connection or an acknowledgement may take");
}

}  // namespace

void AddOptions(config::Schema& schema, Options* options) {
  using std::chrono::milliseconds;
  constexpr int64_t kMiB = 1 << 20;
  schema.String("storage.address", &options->storage_address, "where the storage service is: host:port or unix:/path");
  schema.Duration("storage.deadline", &options->storage_deadline, milliseconds(100), milliseconds(60'000),
                  "how long one call to storage may take");
  schema.StringList("bus.subscribe_endpoints", &options->bus_endpoints,
                    "where the bus is subscribed to; without any the log is polled");
  schema.StringList("bus.publish_endpoints", &options->publish_endpoints,
                    "where the event buses take messages; an empty list: events about subscriptions are found by "
                    "polling only");
  bus::AddOptions(schema, &options->bus_keys);
  schema.Duration("bus.poll_interval", &options->poll_interval, milliseconds(10), milliseconds(60'000),
                  "between reads of the log while there is no bus, or it is silent");
  schema.Int("ring.max_events", &options->ring.events_max, 1, 10'000'000,
             "events kept in memory for streams that keep up");
  schema.Bytes("ring.max_bytes", &options->ring.bytes_max, kMiB, 64 * 1024 * kMiB, "what these events may take");
  AddDeliveryOptions(schema, options);
}

void SetServerDefaults(rpc::Server::Options* server) {
  server->kit.streams_max = 2'000;
  server->kit.streams_per_peer_max = 1'000;  // Behind a proxy, and on one machine, all clients have one address.
  // After a broadcast every stream asks for its next turn at once.
  server->kit.queue_max = 8'192;
  server->concurrent_calls_max = 1'100;
}

absl::StatusOr<Options> Complete(Options options) {
  DATELINE_ASSIGN_OR_RETURN(options.fetcher.policy, http::AddressPolicy::Create(options.allow_private_addresses));
  options.fetcher.policy_key = "webhook.allow_private_addresses";
  DATELINE_ASSIGN_OR_RETURN(options.dispatch.retry, ParseSchedule(options.retry_offsets));
  if (!options.secrets_key_file.empty()) {
    DATELINE_ASSIGN_OR_RETURN(options.secrets, secrets::SecretBox::Load(options.secrets_key_file));
  }
  return options;
}

}  // namespace dateline::notification
