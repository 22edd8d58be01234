#pragma once
// What protects forms: a random session in a cookie that no other site can send (SameSite=Strict) and no script can
// read, and in each form a token that only this process can make of it. A post without the right token, or that a
// browser says comes from another site, changes nothing. Thread-safe.

#include <string>
#include <string_view>

#include "services/gateway/http/message.h"

namespace dateline::gateway {

class Sessions {
 public:
  // `secret` makes the tokens; processes that serve the same people need the same one. Empty: a random one.
  explicit Sessions(std::string secret);

  // The session of a request; a new one when it has none.
  struct Session {
    std::string id;
    bool is_new = false;
  };
  Session Of(const Request& request) const;
  // The hidden field of a form.
  std::string TokenFor(const Session& session) const;
  // Whether a post was made from a form of ours. `why` gets a sentence when not.
  bool Allows(const Request& request, std::string* why) const;
  // The Set-Cookie value of a new session.
  static std::string CookieFor(const Session& session, bool secure);

  // A value that cannot be made without the secret, for other signed things; 64 hexadecimal digits.
  std::string Sign(std::string_view purpose, std::string_view text) const;

 private:
  std::string secret_;
};

// Compares without telling by its time where two texts differ.
bool SameSecret(std::string_view a, std::string_view b);

}  // namespace dateline::gateway
