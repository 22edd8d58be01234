#include "services/gateway/console/session.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "common/base/ids.h"

namespace dateline::gateway {
namespace {

constexpr std::string_view kCookie = "dateline_session";
constexpr size_t kSessionLength = 36;

std::string Hex(const unsigned char* bytes, size_t count) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < count; ++i) {
    out.push_back(kDigits[bytes[i] >> 4]);
    out.push_back(kDigits[bytes[i] & 15]);
  }
  return out;
}

}  // namespace

bool SameSecret(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Sessions::Sessions(std::string secret) : secret_(std::move(secret)) {
  if (secret_.empty()) secret_ = UuidV4() + UuidV4();
}

std::string Sessions::Sign(std::string_view purpose, std::string_view text) const {
  std::string message(purpose);
  message.push_back('\0');
  message += text;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(), &length);
  return Hex(digest.data(), length);
}

Sessions::Session Sessions::Of(const Request& request) const {
  const std::string_view id = request.Cookie(kCookie);
  if (id.size() == kSessionLength && IsUuid(id)) return {std::string(id), false};
  return {UuidV4(), true};
}

std::string Sessions::TokenFor(const Session& session) const {
  return Sign("form", session.id);
}

bool Sessions::Allows(const Request& request, std::string* why) const {
  const std::string_view site = request.Header("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") {
    *why = "This form was sent from another site, so nothing was changed.";
    return false;
  }
  const Session session = Of(request);
  const std::string given(FindPair(request.Form(), "csrf"));
  if (session.is_new || !SameSecret(given, TokenFor(session))) {
    *why =
        "This form has expired: the page was open for long, or the gateway was started again. Go back, reload the page "
        "and send it once more. Nothing was changed.";
    return false;
  }
  return true;
}

std::string Sessions::CookieFor(const Session& session, bool secure) {
  std::string cookie(kCookie);
  cookie += "=" + session.id + "; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000";
  return secure ? cookie + "; Secure" : cookie;
}

}  // namespace dateline::gateway
