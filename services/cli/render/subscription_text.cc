#include "services/cli/render/subscription_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>

namespace dateline::cli {
namespace {

using google::protobuf::util::TimeUtil;
using notification::v1::Delivery;
using notification::v1::DeliveryAttempt;
using notification::v1::Subscription;

std::string StateText(const Subscription& subscription, const Style& style) {
  switch (subscription.state()) {
    case Subscription::STATE_ACTIVE:
      return style.Good("active");
    case Subscription::STATE_PAUSED:
      return style.Warn("paused");
    case Subscription::STATE_DISABLED:
      return style.Bad("disabled");
    default:
      return "unknown";
  }
}

std::string ChannelText(const Subscription& subscription) {
  switch (subscription.channel_case()) {
    case Subscription::kWebhook:
      return "webhook " + subscription.webhook().uri();
    case Subscription::kEmail:
      return fmt::format("email {}", fmt::join(subscription.email().recipients(), ", "));
    case Subscription::kNats:
      return "nats " + subscription.nats().subject();
    case Subscription::CHANNEL_NOT_SET:
      break;
  }
  return "no channel";
}

std::string TimesText(const Subscription& subscription) {
  std::string out;
  if (subscription.has_digest()) {
    const auto& digest = subscription.digest();
    const std::string zone = digest.time_zone().empty() ? "UTC" : digest.time_zone();
    out += digest.period() == notification::v1::DigestSettings::PERIOD_HOUR
               ? fmt::format("  digest     every hour ({})\n", zone)
               : fmt::format("  digest     every day at {:02}:00 ({})\n", digest.hour(), zone);
  }
  for (const auto& window : subscription.mute_windows()) {
    const std::string zone = window.time_zone().empty() ? "UTC" : window.time_zone();
    out +=
        fmt::format("  muted      {} from {:02}:{:02} for {} min ({})\n",
                    window.weekdays().empty() ? "every day" : fmt::format("days {}", fmt::join(window.weekdays(), ",")),
                    window.start_minute() / 60, window.start_minute() % 60, window.duration_minutes(), zone);
  }
  return out;
}

std::string_view StateName(Delivery::State state) {
  switch (state) {
    case Delivery::STATE_PENDING:
      return "pending";
    case Delivery::STATE_SUCCEEDED:
      return "delivered";
    case Delivery::STATE_FAILED:
      return "failed";
    default:
      return "unknown";
  }
}

}  // namespace

std::string SubscriptionLine(const Subscription& subscription, const Style& style) {
  return fmt::format("{}  {}  {}  {}{}", subscription.name(), StateText(subscription, style), ChannelText(subscription),
                     subscription.filter().empty() ? "(every event)" : subscription.filter(),
                     subscription.backlog() > 0 ? fmt::format("  {} waiting", subscription.backlog()) : "");
}

std::string SubscriptionText(const Subscription& subscription, const Style& style) {
  std::string out = fmt::format("{}{}\n", style.Bold(subscription.name()),
                                subscription.display_name().empty() ? "" : "  " + subscription.display_name());
  out += fmt::format("  state      {}{}\n", StateText(subscription, style),
                     subscription.state_cause().empty() ? "" : ": " + subscription.state_cause());
  out += fmt::format("  filter     {}\n", subscription.filter().empty() ? "(every event)" : subscription.filter());
  if (subscription.event_types_size() > 0) {
    out += fmt::format("  types      {}\n", fmt::join(subscription.event_types(), ", "));
  }
  out += fmt::format("  channel    {}\n", ChannelText(subscription));
  if (subscription.has_webhook()) {
    out += fmt::format("             {} at a time, {} in a request, {} s each\n", subscription.webhook().concurrency(),
                       subscription.webhook().batch_size(), subscription.webhook().timeout().seconds());
  }
  out += TimesText(subscription);
  out += fmt::format("  done up to event {}, {} waiting\n", subscription.cursor_sequence(), subscription.backlog());
  out += fmt::format("  made       {}\n", TimeUtil::ToString(subscription.create_time()));
  if (subscription.has_last_delivery_time()) {
    out += fmt::format("  delivered  {}\n", TimeUtil::ToString(subscription.last_delivery_time()));
  }
  return out;
}

std::string AttemptText(const DeliveryAttempt& attempt) {
  std::string out = fmt::format("{}  {} ms", TimeUtil::ToString(attempt.start_time()),
                                TimeUtil::DurationToMilliseconds(attempt.duration()));
  if (attempt.http_status() != 0) out += fmt::format("  HTTP {}", attempt.http_status());
  if (!attempt.error().empty()) out += "  " + attempt.error();
  if (!attempt.response_snippet().empty()) {
    std::string snippet = attempt.response_snippet().substr(0, 80);
    std::replace_if(
        snippet.begin(), snippet.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    out += "  \"" + snippet + "\"";
  }
  return out;
}

std::string DeliveryText(const Delivery& delivery, bool attempts, const Style& style) {
  const std::string_view state = StateName(delivery.state());
  const std::string name = delivery.name().substr(delivery.name().rfind('/') + 1);
  std::string out =
      fmt::format("{}  {}  delivery {}  event {}  {}{}", TimeUtil::ToString(delivery.create_time()),
                  delivery.state() == Delivery::STATE_SUCCEEDED ? style.Good(state)
                  : delivery.state() == Delivery::STATE_FAILED  ? style.Bad(state)
                                                                : style.Warn(state),
                  name, delivery.event_sequence(), delivery.release(), delivery.backfill() ? "  backfill" : "");
  if (delivery.state() == Delivery::STATE_PENDING && delivery.attempts_size() > 0) {
    out += fmt::format("  next {}", TimeUtil::ToString(delivery.next_attempt_time()));
  }
  // What has not arrived says why.
  if (!attempts && delivery.state() != Delivery::STATE_SUCCEEDED && delivery.attempts_size() > 0) {
    const DeliveryAttempt& last = *delivery.attempts().rbegin();
    out += fmt::format("\n    last attempt {}", AttemptText(last));
  }
  out += '\n';
  if (!attempts) return out;
  for (const std::string& reason : delivery.match_reasons()) out += fmt::format("    because {}\n", reason);
  for (const DeliveryAttempt& attempt : delivery.attempts()) out += fmt::format("    {}\n", AttemptText(attempt));
  return out;
}

std::string DryRunText(const notification::v1::DryRunSubscriptionResponse& response, const Style& style) {
  const auto days = static_cast<double>(std::max(response.daily_counts_size(), 1));
  std::string out = fmt::format("{} in {} days, {:.1f} a day\n", response.match_count(), response.daily_counts_size(),
                                static_cast<double>(response.match_count()) / days);
  for (const auto& sample : response.samples()) {
    out += fmt::format("  {}  {}\n", style.Bold(sample.release().title()), style.Dim(sample.release().name()));
    for (const std::string& reason : sample.match_reasons()) out += fmt::format("    because {}\n", reason);
  }
  return out;
}

}  // namespace dateline::cli
