#include "common/url/url.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "common/base/error.h"
#include "common/text/utf8.h"
#include "common/url/parser.h"

namespace dateline::url {
namespace {

// Strips what the standard strips: controls and spaces at both ends, tabs and line ends everywhere.
std::string Strip(std::string_view input) {
  const auto is_edge = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!input.empty() && is_edge(input.front())) input.remove_prefix(1);
  while (!input.empty() && is_edge(input.back())) input.remove_suffix(1);
  std::string out;
  out.reserve(input.size());
  for (const char c : input) {
    if (c != '\t' && c != '\n' && c != '\r') out += c;
  }
  return out;
}

// Bytes of a path that the standard leaves as they are, the full stop and slash apart.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned char c = 'a'; c <= 'z'; ++c) plain[c] = true;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) plain[c] = true;
  for (unsigned char c = '0'; c <= '9'; ++c) plain[c] = true;
  plain['-'] = plain['_'] = true;
  return plain;
}();

// Whether `path` begins with one slash and is its own serialisation: plain bytes, without "." and ".." segments.
bool IsPlainPath(std::string_view path) {
  if (path.empty() || path[0] != '/' || path.size() > kMaxUrlBytes / 2) return false;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (kPlain[static_cast<unsigned char>(c)]) continue;
    // A second slash would begin a host; a full stop right behind a slash may be a segment that goes up.
    if (c == '/' ? i == 1 : c != '.' || path[i - 1] == '/') return false;
  }
  return true;
}

}  // namespace

bool Url::IsSpecial() const {
  return IsSpecialScheme(scheme);
}

std::string Url::Origin() const {
  std::string out = scheme + "://" + host.value_or("");
  if (port) out += fmt::format(":{}", *port);
  return out;
}

std::string Url::PathAndQuery() const {
  std::string out = path.empty() ? "/" : path;
  if (query) out += "?" + *query;
  return out;
}

std::string Url::Href() const {
  std::string out = scheme + ":";
  if (host) {
    out += "//";
    if (HasCredentials()) {
      out += username;
      if (!password.empty()) out += ":" + password;
      out += '@';
    }
    out += *host;
    if (port) out += fmt::format(":{}", *port);
  } else if (!opaque_path && path.starts_with("//")) {
    // Without this the path would be read back as a host.
    out += "/.";
  }
  out += path;
  if (query) out += "?" + *query;
  if (fragment) out += "#" + *fragment;
  return out;
}

absl::StatusOr<Url> Parse(std::string_view input, const Url* base) {
  if (input.size() > kMaxUrlBytes) {
    return Error(absl::StatusCode::kInvalidArgument, "INVALID_URI",
                 fmt::format("the URL has {} bytes, at most {} are taken; shorten it", input.size(), kMaxUrlBytes),
                 {{"part", "url"}});
  }
  std::string text = Strip(input);
  if (!text::IsValidUtf8(text)) text = text::ReplaceInvalidUtf8(text);
  return Parser(text, base).Run();
}

absl::StatusOr<std::string> Resolve(std::string_view base, std::string_view reference) {
  absl::StatusOr<Url> base_url = Parse(base);
  if (!base_url.ok()) return std::move(base_url).status();
  return Resolve(*base_url, reference);
}

absl::StatusOr<std::string> Resolve(const Url& base, std::string_view reference) {
  // Most links of a page lead to its own site, by a plain path or by the whole of it.
  if ((base.scheme == "http" || base.scheme == "https") && base.host && !base.HasCredentials() && !reference.empty()) {
    std::string origin = base.Origin();
    if (IsPlainPath(reference)) return origin.append(reference);
    if (reference.starts_with(origin) && IsPlainPath(reference.substr(origin.size()))) return std::string(reference);
  }
  absl::StatusOr<Url> url = Parse(reference, &base);
  if (!url.ok()) return std::move(url).status();
  return url->Href();
}

std::optional<uint16_t> DefaultPort(std::string_view scheme) {
  if (scheme == "http" || scheme == "ws") return uint16_t{80};
  if (scheme == "https" || scheme == "wss") return uint16_t{443};
  if (scheme == "ftp") return uint16_t{21};
  return std::nullopt;
}

}  // namespace dateline::url
