#pragma once
// URLs, read as browsers read them (the WHATWG URL Standard), because that is how the links in newsroom pages are
// meant. Input is UTF-8 of any quality; the result is ASCII. Pure and thread-safe; a Url is a value. What cannot be
// read gives INVALID_ARGUMENT with reason INVALID_URI and the metadata "part" (scheme, host, port, userinfo, path,
// url).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dateline::url {

// Longer input is refused.
inline constexpr std::size_t kMaxUrlBytes = std::size_t{64} << 10;

// The parts of a URL, all percent-encoded as they stand in its text.
struct Url {
  std::string scheme;               // Lower case, without ":".
  std::string username;             // Usually empty.
  std::string password;             // Usually empty.
  std::optional<std::string> host;  // Lower case; an IPv6 address in brackets. Absent in "mailto:…", "" in "file:///…".
  std::optional<uint16_t> port;         // Absent when it is the scheme's default.
  std::string path;                     // "/a/b"; the rest of the text when `opaque_path`.
  bool opaque_path = false;             // "mailto:a@b" and the like: the path is one string without structure.
  std::optional<std::string> query;     // Without "?".
  std::optional<std::string> fragment;  // Without "#".

  // http, https, ftp, ws, wss or file: those with special rules for slashes and hosts.
  bool IsSpecial() const;
  bool IsHttp() const { return scheme == "http" || scheme == "https"; }
  bool HasCredentials() const { return !username.empty() || !password.empty(); }
  // "scheme://host[:port]", without credentials; for URLs with a host.
  std::string Origin() const;
  // "/path[?query]", as it goes into an HTTP request.
  std::string PathAndQuery() const;
  // The URL as text.
  std::string Href() const;
  bool operator==(const Url&) const = default;
};

// Reads an absolute URL, or with `base` any reference relative to it.
absl::StatusOr<Url> Parse(std::string_view input, const Url* base = nullptr);

// The absolute form of `reference` as it stands on the page at `base`.
absl::StatusOr<std::string> Resolve(std::string_view base, std::string_view reference);
// The same for many references of one page, whose base is then read only once.
absl::StatusOr<std::string> Resolve(const Url& base, std::string_view reference);

// The port that a scheme has when none is written; nullopt for schemes without one.
std::optional<uint16_t> DefaultPort(std::string_view scheme);

}  // namespace dateline::url
