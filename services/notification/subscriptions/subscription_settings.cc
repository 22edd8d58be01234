#include "services/notification/subscriptions/subscription_settings.h"

#include <fmt/format.h>
#include <google/protobuf/util/field_mask_util.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "common/base/absl_compat.h"
#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/filter/filter.h"
#include "common/url/url.h"
#include "services/notification/delivery/delivery_window.h"
#include "services/notification/event_types.h"

namespace dateline::notification {
namespace {

using google::protobuf::util::FieldMaskUtil;

constexpr size_t kDisplayNameMax = 63;
constexpr size_t kUriBytesMax = 2'048;
constexpr size_t kAddressBytesMax = 254;
constexpr int kRecipientsMax = 20;
constexpr int kMuteWindowsMax = 20;
constexpr size_t kSubjectBytesMax = 256;
constexpr uint32_t kMinutesOfDay = 1'440;
constexpr size_t kSecretBytes = 32;
constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::chrono::hours kRotationOverlap{24};

absl::Status Invalid(std::string_view field, std::string_view why) {
  return FieldError("INVALID_SUBSCRIPTION", field, fmt::format("{}: {}", field, why));
}
absl::Status InvalidChannel(std::string_view field, std::string_view why) {
  return FieldError("INVALID_CHANNEL", field, fmt::format("{}: {}", field, why));
}

absl::Status CheckUri(std::string_view uri, const ChannelRules& rules) {
  constexpr std::string_view kField = "webhook.uri";
  if (uri.empty()) return InvalidChannel(kField, "empty; give the https URL that takes the events");
  if (uri.size() > kUriBytesMax) return InvalidChannel(kField, fmt::format("longer than {} bytes", kUriBytesMax));
  const absl::StatusOr<url::Url> parsed = url::Parse(uri);
  if (!parsed.ok()) return InvalidChannel(kField, ToStd(parsed.status().message()));
  const url::Url& url = *parsed;
  if (!url.IsHttp() || url.host.value_or("").empty()) {
    return InvalidChannel(kField, fmt::format("\"{}\" is no https URL", uri));
  }
  if (url.HasCredentials()) {
    return InvalidChannel(kField, "it holds a user name or password; the signature proves who sends, leave them out");
  }
  const auto address = http::ParseIpAddress(*url.host);
  const bool loopback = address ? http::IsLoopbackAddress(*address) : *url.host == "localhost";
  if (loopback && !rules.allow_loopback && !(address && rules.policy.Allows(*url.host, *address))) {
    return Error(absl::StatusCode::kInvalidArgument, "FORBIDDEN_ADDRESS",
                 fmt::format("{}: {} is this machine, where this instance sends nothing; if it is meant, allow it by "
                             "configuration (webhook.allow_loopback)",
                             kField, *url.host),
                 {{"address", *url.host}});
  }
  if (address && !loopback && !rules.policy.Allows(*url.host, *address)) {
    return Error(absl::StatusCode::kInvalidArgument, "FORBIDDEN_ADDRESS",
                 fmt::format("{}: {} is not a public address; if it is meant, allow it by configuration "
                             "(webhook.allow_private_addresses)",
                             kField, *url.host),
                 {{"address", *url.host}});
  }
  if (url.scheme == "http" && !rules.allow_http && !loopback) {
    return InvalidChannel(kField,
                          "http is not private; give an https URL, or allow http by configuration "
                          "(webhook.allow_http)");
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::WebhookChannel> CheckedWebhook(const v1::WebhookChannel& given, const ChannelRules& rules) {
  DATELINE_RETURN_IF_ERROR(CheckUri(given.uri(), rules));
  v1::WebhookChannel webhook;
  webhook.set_uri(given.uri());
  if (given.concurrency() > 32) return InvalidChannel("webhook.concurrency", "it has to be 1 to 32");
  webhook.set_concurrency(std::max<uint32_t>(given.concurrency(), 1));
  if (given.batch_size() > 100) return InvalidChannel("webhook.batch_size", "it has to be 1 to 100");
  webhook.set_batch_size(std::max<uint32_t>(given.batch_size(), 1));
  std::chrono::milliseconds timeout{20'000};
  if (given.has_timeout()) timeout = FromDuration(given.timeout());
  if (timeout < std::chrono::seconds(1) || timeout > std::chrono::seconds(60)) {
    return InvalidChannel("webhook.timeout", "it has to be 1 s to 60 s");
  }
  *webhook.mutable_timeout() = ToDuration(timeout);
  return webhook;
}

bool IsEmailAddress(std::string_view address) {
  const size_t at = address.find('@');
  if (address.size() > kAddressBytesMax || at == 0 || at == std::string_view::npos || at + 1 == address.size())
    return false;
  if (address.find('@', at + 1) != std::string_view::npos) return false;
  return std::all_of(address.begin(), address.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7F &&
           std::string_view("<>()[]\\,;:\"").find(c) == std::string_view::npos;
  });
}

absl::StatusOr<v1::EmailChannel> CheckedEmail(const v1::EmailChannel& given, const ChannelRules& rules) {
  if (!rules.has_email) {
    return InvalidChannel("email", "this instance sends no e-mail; its operator has to set email.smtp_url");
  }
  if (given.recipients_size() == 0 || given.recipients_size() > kRecipientsMax) {
    return InvalidChannel("email.recipients", fmt::format("give 1 to {} addresses", kRecipientsMax));
  }
  for (const std::string& address : given.recipients()) {
    if (IsEmailAddress(address)) continue;
    return InvalidChannel("email.recipients", fmt::format("\"{}\" is no e-mail address", address.substr(0, 100)));
  }
  return given;
}

absl::StatusOr<v1::NatsChannel> CheckedNats(const v1::NatsChannel& given, const ChannelRules& rules) {
  if (!rules.has_nats) {
    return InvalidChannel("nats", "this instance has no NATS; its operator has to set nats.url");
  }
  const std::string& subject = given.subject();
  const bool plain = std::all_of(subject.begin(), subject.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F && c != '*' && c != '>';
  });
  const bool dots = subject.starts_with('.') || subject.ends_with('.') || subject.find("..") != std::string::npos;
  if (subject.empty() || subject.size() > kSubjectBytesMax || !plain || dots) {
    return InvalidChannel("nats.subject", "give a subject such as \"dateline.{type}\", without wildcards and spaces");
  }
  return given;
}

absl::Status CheckChannel(const v1::Subscription& given, const ChannelRules& rules, v1::Subscription* checked) {
  switch (given.channel_case()) {
    case v1::Subscription::kWebhook: {
      DATELINE_ASSIGN_OR_RETURN(*checked->mutable_webhook(), CheckedWebhook(given.webhook(), rules));
      return absl::OkStatus();
    }
    case v1::Subscription::kEmail: {
      DATELINE_ASSIGN_OR_RETURN(*checked->mutable_email(), CheckedEmail(given.email(), rules));
      return absl::OkStatus();
    }
    case v1::Subscription::kNats: {
      DATELINE_ASSIGN_OR_RETURN(*checked->mutable_nats(), CheckedNats(given.nats(), rules));
      return absl::OkStatus();
    }
    case v1::Subscription::CHANNEL_NOT_SET:
      break;
  }
  return InvalidChannel("channel", "a subscription needs webhook, email or nats");
}

absl::Status CheckTimeZone(std::string_view field, const std::string& zone) {
  if (IsTimeZone(zone)) return absl::OkStatus();
  return Invalid(field, fmt::format("\"{}\" is no IANA time zone; one is \"Europe/Geneva\"", zone.substr(0, 100)));
}

absl::Status CheckTimes(const v1::Subscription& given) {
  if (given.has_digest()) {
    const v1::DigestSettings& digest = given.digest();
    if (digest.period() != v1::DigestSettings::PERIOD_HOUR && digest.period() != v1::DigestSettings::PERIOD_DAY) {
      return Invalid("digest.period", "it has to be PERIOD_HOUR or PERIOD_DAY");
    }
    if (digest.hour() > 23) return Invalid("digest.hour", "it has to be 0 to 23");
    DATELINE_RETURN_IF_ERROR(CheckTimeZone("digest.time_zone", digest.time_zone()));
  }
  if (given.mute_windows_size() > kMuteWindowsMax) {
    return Invalid("mute_windows", fmt::format("more than {}", kMuteWindowsMax));
  }
  for (const v1::MuteWindow& window : given.mute_windows()) {
    for (const uint32_t day : window.weekdays()) {
      if (day < 1 || day > 7) return Invalid("mute_windows.weekdays", "days are 1 (Monday) to 7 (Sunday)");
    }
    if (window.start_minute() >= kMinutesOfDay) return Invalid("mute_windows.start_minute", "it has to be 0 to 1439");
    if (window.duration_minutes() < 1 || window.duration_minutes() > kMinutesOfDay) {
      return Invalid("mute_windows.duration_minutes", "it has to be 1 to 1440");
    }
    DATELINE_RETURN_IF_ERROR(CheckTimeZone("mute_windows.time_zone", window.time_zone()));
  }
  return absl::OkStatus();
}

const std::set<std::string>& Settable() {
  static const std::set<std::string> settable = {"display_name", "filter", "event_types", "webhook",
                                                 "email",        "nats",   "digest",      "mute_windows"};
  return settable;
}

}  // namespace

absl::StatusOr<v1::Subscription> CheckedSettings(const v1::Subscription& given, const ChannelRules& rules) {
  v1::Subscription checked;
  if (given.display_name().size() > kDisplayNameMax) {
    return Invalid("display_name", fmt::format("longer than {} bytes", kDisplayNameMax));
  }
  checked.set_display_name(given.display_name());
  DATELINE_RETURN_IF_ERROR(filter::Compile(given.filter()).status());
  checked.set_filter(given.filter());
  DATELINE_RETURN_IF_ERROR(CheckEventTypes(given.event_types()));
  *checked.mutable_event_types() = given.event_types();
  DATELINE_RETURN_IF_ERROR(CheckChannel(given, rules, &checked));
  DATELINE_RETURN_IF_ERROR(CheckTimes(given));
  if (given.has_digest()) *checked.mutable_digest() = given.digest();
  *checked.mutable_mute_windows() = given.mute_windows();
  return checked;
}

absl::Status ApplyMask(const v1::Subscription& given, const google::protobuf::FieldMask& mask,
                       v1::Subscription* subscription) {
  google::protobuf::FieldMask effective;
  if (mask.paths_size() == 0) {
    std::vector<const google::protobuf::FieldDescriptor*> fields;
    given.GetReflection()->ListFields(given, &fields);
    for (const auto* field : fields) {
      if (Settable().contains(field->name())) effective.add_paths(field->name());
    }
  }
  for (const std::string& path : mask.paths()) {
    const std::string root = path.substr(0, path.find('.'));
    if (path == "*") {
      // The channels are one choice: only the one that is given, lest the others clear it.
      for (const std::string& name : Settable()) {
        const auto* field = v1::Subscription::descriptor()->FindFieldByName(name);
        const bool other_channel =
            field->real_containing_oneof() != nullptr && !given.GetReflection()->HasField(given, field);
        if (!other_channel) effective.add_paths(name);
      }
    } else if (!FieldMaskUtil::IsValidPath<v1::Subscription>(path)) {
      return Invalid("update_mask", fmt::format("a subscription has no field \"{}\"", path.substr(0, 100)));
    } else if (Settable().contains(root)) {
      effective.add_paths(path);
    }
  }
  FieldMaskUtil::MergeOptions options;
  options.set_replace_message_fields(true);
  options.set_replace_repeated_fields(true);
  FieldMaskUtil::MergeMessageTo(given, effective, options, subscription);
  return absl::OkStatus();
}

absl::Status CheckId(std::string_view id, std::string_view reason, std::string_view field) {
  const bool plain = std::all_of(id.begin(), id.end(),
                                 [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (plain && id.size() >= 4 && id.size() <= 63 && id[0] >= 'a') return absl::OkStatus();
  return FieldError(
      reason, field,
      fmt::format("{}: an id has 4 to 63 characters of a to z, 0 to 9 and '-', and begins with a letter", field));
}

std::string NewId() {
  return "s-" + UuidV4();
}

std::string NewSecret() {
  std::array<unsigned char, kSecretBytes> bytes{};
  DATELINE_CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "the system gives no random bytes");
  return std::string(kSecretPrefix) +
         absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string SecretBytes(std::string_view secret) {
  if (!secret.starts_with(kSecretPrefix)) return {};
  std::string bytes;
  if (!absl::Base64Unescape(ToAbsl(secret.substr(kSecretPrefix.size())), &bytes)) return {};
  return bytes;
}

void Rotate(std::string next, WallTime now, SigningSecrets* secrets) {
  secrets->previous = std::exchange(secrets->current, std::move(next));
  secrets->previous_until = now + kRotationOverlap;
}

v1::Subscription Shown(const SubscriptionRecord& record) {
  v1::Subscription shown = record.settings;
  if (shown.has_webhook()) shown.mutable_webhook()->clear_secret();
  shown.set_cursor_sequence(record.cursor_sequence);
  shown.set_backlog(record.backlog);
  if (record.last_delivery) *shown.mutable_last_delivery_time() = ToTimestamp(*record.last_delivery);
  return shown;
}

}  // namespace dateline::notification
