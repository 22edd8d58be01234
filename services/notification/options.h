#pragma once
// What dateline-notification can be told: the values with their defaults, and the keys by which they are configured.
// Plain values; reads the files that hold secrets.

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/bus/options.h"
#include "common/http/curl_fetcher.h"
#include "common/rpc/server.h"
#include "common/secrets/secret_box.h"
#include "common/sql/postgres/back_end.h"
#include "services/notification/delivery/dispatcher.h"
#include "services/notification/delivery/email/email_channel.h"
#include "services/notification/delivery/nats/nats_channel.h"
#include "services/notification/event_ring.h"
#include "services/notification/matching/history_reader.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::config {
class Schema;
}

namespace dateline::notification {

struct Options {
  std::string storage_address = "127.0.0.1:7410";
  std::chrono::milliseconds storage_deadline{2'000};
  std::vector<std::string> bus_endpoints{"tcp://127.0.0.1:7451"};      // Empty: the log is polled.
  std::vector<std::string> publish_endpoints{"tcp://127.0.0.1:7450"};  // Empty: events are found by polling only.
  bus::CurveFiles bus_keys;
  std::chrono::milliseconds poll_interval{1'000};  // While there is no bus, or it is silent.
  EventRing::Options ring;
  sql::postgres::BackEndOptions back_end;
  std::string data_dir = "dateline-data/notification";  // sqlite: of the database of subscriptions; has to exist.
  std::chrono::milliseconds lease{5'000};               // postgres: after which others take over from a replica.
  SubscriptionStore::Limits limits;
  Dispatcher::Options dispatch;
  std::vector<std::string> retry_offsets;  // As text; fills dispatch.retry when not empty.
  HistoryReader::Options history;
  http::CurlFetcher::Options fetcher;  // Without the policy, which is made of allow_private_addresses.
  std::vector<std::string> allow_private_addresses;
  bool allow_http = false;
  EmailChannel::Options email;  // Without smtp_url there is no e-mail.
  NatsChannel::Options nats;    // Without url there is no NATS.
  std::string secrets_key_file;
  secrets::SecretBox secrets;  // Of that file.
};

// Registers all keys of the service; the values in `options` are the defaults, and it outlives parsing.
void AddOptions(config::Schema& schema, Options* options);
// The limits that suit a server of many long streams, set before flags are read.
void SetServerDefaults(rpc::Server::Options* server);

// With what the files and texts that it names hold. Errors name the key and what is wrong.
absl::StatusOr<Options> Complete(Options options);

}  // namespace dateline::notification
