#include "services/notification/delivery/webhook/webhook_signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "absl/strings/escaping.h"
#include "services/notification/subscriptions/subscription_settings.h"

namespace dateline::notification {

std::string WebhookSignature(std::string_view secret, std::string_view id, int64_t timestamp_seconds,
                             std::string_view body) {
  const std::string key = SecretBytes(secret);
  std::string content = fmt::format("{}.{}.", id, timestamp_seconds);
  content += body;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(content.data()),
       content.size(), digest.data(), &size);
  return "v1," + absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(digest.data()), size));
}

std::string WebhookSignatures(const SigningSecrets& secrets, std::string_view id, WallTime now, std::string_view body) {
  const int64_t seconds = ToMicros(now) / 1'000'000;
  std::string signatures = WebhookSignature(secrets.current, id, seconds, body);
  if (!secrets.previous.empty() && now < secrets.previous_until) {
    signatures += " " + WebhookSignature(secrets.previous, id, seconds, body);
  }
  return signatures;
}

}  // namespace dateline::notification
