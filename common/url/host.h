#pragma once
// Hosts of URLs: domain names through IDNA (UTS 46, by ICU), IPv4 in all the spellings that browsers take, IPv6. Pure
// and thread-safe.

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dateline::url {

// The host as it stands in a URL: a lower-case ASCII domain, "1.2.3.4", "[::1]", or, for schemes that are not special,
// any text, percent-encoded. `input` is what stands between "//" and the port, not empty. INVALID_URI (part "host")
// otherwise.
absl::StatusOr<std::string> ParseHost(std::string_view input, bool special);

}  // namespace dateline::url
