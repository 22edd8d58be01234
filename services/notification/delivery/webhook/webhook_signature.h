#pragma once
// The symmetric signature of Standard Webhooks 1.0. Pure and thread-safe.

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

// "v1," and the base64 of HMAC-SHA256 over "id.timestamp.body", keyed with the bytes of the secret.
std::string WebhookSignature(std::string_view secret, std::string_view id, int64_t timestamp_seconds,
                             std::string_view body);
// The value of the header webhook-signature: of the present secret, and of the one before while it still signs.
std::string WebhookSignatures(const SigningSecrets& secrets, std::string_view id, WallTime now, std::string_view body);

}  // namespace dateline::notification
