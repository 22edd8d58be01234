#include "services/ingestion/feeds/absolute_url.h"

#include <algorithm>
#include <array>

#include "common/text/utf8.h"
#include "common/url/url.h"

namespace dateline::feeds {
namespace {

constexpr std::array<std::string_view, 26> kSchemes = {
    "acct", "aim",  "callto", "cid",    "data", "feed", "ftp",  "geo",  "git", "gopher", "http", "https", "im",
    "irc",  "ircs", "magnet", "mailto", "mms",  "news", "nntp", "sftp", "sip", "sms",    "tag",  "tel",   "urn"};

// The scheme, lower case; empty for a relative reference.
std::string SchemeOf(std::string_view reference) {
  const std::size_t end = reference.find_first_of(":/?#");
  if (end == std::string_view::npos || end == 0 || reference[end] != ':') return {};
  std::string scheme;
  for (const char c : reference.substr(0, end)) {
    // Browsers pass over line ends inside a scheme, so that they cannot hide one.
    if (c == '\t' || c == '\n' || c == '\r') continue;
    scheme.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return scheme;
}

bool IsHarmless(const std::string& scheme, std::string_view reference) {
  if (scheme == "data") return reference.substr(0, 11).find("image/") != std::string_view::npos;
  return std::binary_search(kSchemes.begin(), kSchemes.end(), scheme);
}

// The commonest reference, "/path" without anything that would have to be read: the address beside the base's host.
// Empty for all others.
std::string BesideHost(std::string_view reference, std::string_view base) {
  if (!reference.starts_with('/') || !(base.starts_with("https://") || base.starts_with("http://"))) return {};
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const char c = reference[i];
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '?' || c == '=' || c == '&' || c == '+';
    if (plain) continue;
    const char before = i == 0 ? '\0' : reference[i - 1];
    // "//host", "/./" and "/../" are something else.
    if ((c == '/' || c == '.') && (i == 0 || before != '/')) continue;
    return {};
  }
  const std::size_t host = base.find("//") + 2;
  const std::size_t path = base.find_first_of("/?#", host);
  return std::string(base.substr(0, path)) + std::string(reference);
}

}  // namespace

std::string AbsoluteUrl(std::string_view reference, std::string_view base) {
  reference = text::TrimSpace(reference);
  if (reference.empty()) return {};
  const std::string scheme = SchemeOf(reference);
  if (!scheme.empty()) {
    if (IsHarmless(scheme, reference)) return std::string(reference);
    // "news.example.org:8080/a" has no scheme, only looks so; "localhost:80" too.
    return {};
  }
  if (base.empty()) return std::string(reference);
  if (std::string beside = BesideHost(reference, base); !beside.empty()) return beside;
  auto absolute = url::Resolve(base, reference);
  return absolute.ok() ? *std::move(absolute) : std::string(reference);
}

std::string RebasedUrl(std::string_view xml_base, std::string_view outer) {
  xml_base = text::TrimSpace(xml_base);
  if (xml_base.empty()) return std::string(outer);
  const auto own = url::Parse(xml_base);
  if (own.ok() && own->IsHttp()) return own->Href();
  if (own.ok() || outer.empty()) return std::string(outer);
  auto resolved = url::Resolve(outer, xml_base);
  return resolved.ok() ? *std::move(resolved) : std::string(outer);
}

}  // namespace dateline::feeds
