// dateline subscribe: makes a subscription, and shows the secret of a webhook this once.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/rpc/call.h"
#include "services/cli/commands/source.h"
#include "services/cli/commands/subscription.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using namespace notification::v1;  // The messages of one service, in a file about it alone.
using Stub = SubscriptionService::StubInterface;

constexpr std::chrono::milliseconds kDeadline{10'000};

struct SubscribeOptions {
  std::string webhook;
  std::vector<std::string> email;
  std::string nats;
  std::string filter;
  std::vector<std::string> types;
  std::string name;
  std::string id;
  uint32_t concurrency = 1;
  uint32_t batch = 1;
  int64_t timeout_seconds = 20;
  std::string digest;
  std::string zone;
  std::vector<std::string> mute;
  bool json = false;
};

// "HH:MM" as minutes after midnight; -1 when malformed.
int Minutes(const std::string& text) {
  if (text.size() != 5 || text[2] != ':') return -1;
  for (const size_t i : {0U, 1U, 3U, 4U}) {
    if (text[i] < '0' || text[i] > '9') return -1;
  }
  const int minutes = std::stoi(text.substr(0, 2)) * 60 + std::stoi(text.substr(3));
  return minutes < 24 * 60 && text[3] < '6' ? minutes : -1;
}

absl::Status SetTimes(const SubscribeOptions& options, Subscription* subscription) {
  if (options.digest == "hour") {
    subscription->mutable_digest()->set_period(DigestSettings::PERIOD_HOUR);
  } else if (!options.digest.empty()) {
    const int minutes = Minutes(options.digest);
    if (minutes < 0 || minutes % 60 != 0) {
      return absl::InvalidArgumentError(
          fmt::format("--digest {}: write \"hour\", or the full hour of the day such as 07:00", options.digest));
    }
    subscription->mutable_digest()->set_period(DigestSettings::PERIOD_DAY);
    subscription->mutable_digest()->set_hour(static_cast<uint32_t>(minutes / 60));
  }
  if (subscription->has_digest()) subscription->mutable_digest()->set_time_zone(options.zone);
  for (const std::string& text : options.mute) {
    const size_t dash = text.find('-');
    const int begin = Minutes(text.substr(0, dash));
    const int end = dash == std::string::npos ? -1 : Minutes(text.substr(dash + 1));
    if (begin < 0 || end < 0) {
      return absl::InvalidArgumentError(fmt::format("--mute {}: write it as 22:00-06:30", text));
    }
    MuteWindow& window = *subscription->add_mute_windows();
    window.set_start_minute(static_cast<uint32_t>(begin));
    window.set_duration_minutes(static_cast<uint32_t>(end > begin ? end - begin : end - begin + 24 * 60));
    window.set_time_zone(options.zone);
  }
  return absl::OkStatus();
}

int Subscribe(Session& session, const SubscribeOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  CreateSubscriptionRequest request;
  Subscription& subscription = *request.mutable_subscription();
  subscription.set_display_name(options.name);
  subscription.set_filter(options.filter);
  subscription.mutable_event_types()->Assign(options.types.begin(), options.types.end());
  if (!options.webhook.empty()) {
    WebhookChannel& webhook = *subscription.mutable_webhook();
    webhook.set_uri(options.webhook);
    webhook.set_concurrency(options.concurrency);
    webhook.set_batch_size(options.batch);
    webhook.mutable_timeout()->set_seconds(options.timeout_seconds);
  } else if (!options.email.empty()) {
    subscription.mutable_email()->mutable_recipients()->Assign(options.email.begin(), options.email.end());
  } else {
    subscription.mutable_nats()->set_subject(options.nats);
  }
  if (const absl::Status times = SetTimes(options, &subscription); !times.ok()) {
    session.Report(times);
    return kUsage;
  }
  request.set_subscription_id(options.id);
  request.set_request_id(UuidV4());
  CreateSubscriptionResponse response;
  const absl::Status status =
      rpc::Call(*SubscriptionStub(session), &Stub::CreateSubscription, request, &response, {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  if (options.json) {
    PrintJson(response.subscription());
    return kOk;
  }
  fmt::print("{}\n", response.subscription().name());
  if (response.subscription().has_webhook()) {
    fmt::print("{}\n", response.subscription().webhook().secret());
    Say("The second line is the signing secret. It is not shown again; `dateline subscription rotate-secret` makes "
        "another.");
  }
  return kOk;
}

}  // namespace

void AddSubscribe(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("subscribe", "Be told of releases by webhook, e-mail or NATS");
  auto options = std::make_shared<SubscribeOptions>();
  auto* channel = command->add_option_group("channel", "Where to");
  channel->add_option("--webhook", options->webhook, "The https URL that takes signed CloudEvents");
  channel->add_option("--email", options->email, "An address; repeatable");
  channel->add_option("--nats", options->nats, "The JetStream subject; {type} stands for the event's type");
  channel->require_option(1);
  command->add_option("--filter", options->filter, "Only releases that match, e.g. 'climate language = en'");
  command->add_option("--type", options->types, "Only events of this type; repeatable");
  command->add_option("--name", options->name, "What people call it");
  command->add_option("--id", options->id, "Its id, 4 to 63 of a-z, 0-9 and '-'");
  command->add_option("--concurrency", options->concurrency, "Requests at the same time; 1 keeps the order")
      ->check(CLI::Range(1, 32));
  command->add_option("--batch", options->batch, "Events in one request")->check(CLI::Range(1, 100));
  command->add_option("--timeout", options->timeout_seconds, "Seconds that one request may take")
      ->check(CLI::Range(1, 60));
  command->add_option("--digest", options->digest, "Together: \"hour\", or every day at a full hour such as 07:00");
  command->add_option("--mute", options->mute, "Nothing in this stretch of the day, e.g. 22:00-06:30; repeatable");
  command->add_option("--time-zone", options->zone, "IANA time zone of --digest and --mute; UTC when absent");
  command->add_flag("--json", options->json, "The subscription as JSON");
  command->footer(
      "Prints the name, and for a webhook the signing secret, which is shown this once. Examples:\n"
      "  dateline subscribe --webhook https://example.org/hook --filter 'organizations.acronym = IOM'\n"
      "  dateline subscribe --email desk@example.org --filter climate --digest 07:00 --time-zone Europe/Geneva");
  command->callback(
      [options, &session] { session.run = [options, &session] { return Subscribe(session, *options); }; });
}

}  // namespace dateline::cli
