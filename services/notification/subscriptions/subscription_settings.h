#pragma once
// What a person may set of a subscription: checks, defaults, names, secrets, and changes by field mask. Pure functions,
// except for new secrets, which are random; every error is INVALID_ARGUMENT and names its field.

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/http/address_policy.h"
#include "dateline/notification/v1/subscription.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

// What this instance lets webhooks do, and which channels it has.
struct ChannelRules {
  http::AddressPolicy policy;
  bool allow_loopback = false;  // Also by http.
  bool allow_http = false;      // To any allowed address.
  bool has_email = false;
  bool has_nats = false;
};

// The settings of `given` alone, checked and with defaults: INVALID_FILTER, INVALID_EVENT_TYPE, INVALID_CHANNEL,
// FORBIDDEN_ADDRESS, INVALID_SUBSCRIPTION.
absl::StatusOr<v1::Subscription> CheckedSettings(const v1::Subscription& given, const ChannelRules& rules);

// Takes the fields of the mask (all that are set when it is empty) from `given`. Output-only fields are passed over
// (AIP-161); an unknown path is INVALID_SUBSCRIPTION.
absl::Status ApplyMask(const v1::Subscription& given, const google::protobuf::FieldMask& mask,
                       v1::Subscription* subscription);

// `reason` unless it has 4 to 63 characters of a to z, 0 to 9 and '-', beginning with a letter.
absl::Status CheckId(std::string_view id, std::string_view reason = "INVALID_SUBSCRIPTION",
                     std::string_view field = "subscription_id");
std::string NewId();

// "whsec_" and 32 random bytes in base64, as Standard Webhooks want it.
std::string NewSecret();
// The bytes of such a secret; empty for what is none.
std::string SecretBytes(std::string_view secret);
// Makes `next` the secret; the one before signs too until a day from now. The one before that signs no more.
void Rotate(std::string next, WallTime now, SigningSecrets* secrets);

// As clients see it: settings, state and counts, without secret.
v1::Subscription Shown(const SubscriptionRecord& record);

}  // namespace dateline::notification
