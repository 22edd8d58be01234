#include "common/url/canonical.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/url/percent.h"
#include "common/url/url.h"

namespace dateline::url {
namespace {

using std::string_view_literals::operator""sv;

// Sorted. Only parameters that mail, advertising and analytics systems add on the way to a page; a name that some site
// could choose its content by does not belong here.
constexpr std::array kTracking = {"__hsfp"sv,        "__hssc"sv,
                                  "__hstc"sv,        "_ga"sv,
                                  "_gac"sv,          "_gl"sv,
                                  "_hsenc"sv,        "_hsmi"sv,
                                  "_ke"sv,           "dclid"sv,
                                  "dm_i"sv,          "epik"sv,
                                  "fb_source"sv,     "fbclid"sv,
                                  "gad_source"sv,    "gbraid"sv,
                                  "gclid"sv,         "gclsrc"sv,
                                  "igsh"sv,          "igshid"sv,
                                  "li_fat_id"sv,     "mc_cid"sv,
                                  "mc_eid"sv,        "mkt_tok"sv,
                                  "ml_subscriber"sv, "ml_subscriber_hash"sv,
                                  "msclkid"sv,       "oly_anon_id"sv,
                                  "oly_enc_id"sv,    "rb_clickid"sv,
                                  "s_cid"sv,         "srsltid"sv,
                                  "ttclid"sv,        "twclid"sv,
                                  "vero_conv"sv,     "vero_id"sv,
                                  "wbraid"sv,        "wickedid"sv,
                                  "yclid"sv};
static_assert(std::is_sorted(kTracking.begin(), kTracking.end()));

constexpr std::array kTrackingPrefixes = {"utm_"sv, "pk_"sv, "mtm_"sv, "hsa_"sv};

absl::Status Bad(std::string_view part, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "INVALID_URI", message, {{"part", std::string(part)}});
}

std::string WithoutTracking(std::string_view query) {
  std::string out;
  bool first = true;
  // An empty parameter, also behind a last "&", stays: a query that is canonical already must not change.
  for (std::size_t begin = 0; begin <= query.size();) {
    const std::size_t end = std::min(query.find('&', begin), query.size());
    const std::string_view parameter = query.substr(begin, end - begin);
    begin = end + 1;
    const std::string name = Decode(parameter.substr(0, parameter.find('=')));
    if (IsTrackingParameter(name)) continue;
    if (!first) out += '&';
    out += parameter;
    first = false;
  }
  return out;
}

absl::Status NormalizeHost(Url& url) {
  std::string host = url.host.value_or("");
  if (url.scheme == "file") {
    if (host.empty()) return absl::OkStatus();
    return Bad(
        "host",
        fmt::format("the file URL names the host \"{}\"; only files of this machine are taken: file:///path", host));
  }
  if (host.ends_with('.')) host.pop_back();
  // No name has an empty label, and without its dots "7.." would turn into an address.
  if (host.empty() || host.ends_with('.')) {
    return Bad("host", fmt::format("the URL's host \"{}\" ends with more than one dot; correct it", *url.host));
  }
  url.host = std::move(host);
  return absl::OkStatus();
}

}  // namespace

bool IsTrackingParameter(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  std::string_view key = lower;
  // What is left of "&amp;utm_source=" when a page escapes its links twice.
  while (key.starts_with("amp;")) key.remove_prefix(4);
  for (const std::string_view prefix : kTrackingPrefixes) {
    if (key.starts_with(prefix)) return true;
  }
  return std::binary_search(kTracking.begin(), kTracking.end(), key);
}

absl::StatusOr<std::string> Canonicalize(std::string_view input) {
  DATELINE_ASSIGN_OR_RETURN(Url url, Parse(input));
  if (!url.IsHttp() && url.scheme != "file") {
    return Bad("scheme", fmt::format("the scheme \"{}\" is not taken; use an http, https or file URL", url.scheme));
  }
  if (url.HasCredentials()) {
    return Bad("userinfo", "the URL holds a user name or password, which would be stored; leave it out");
  }
  DATELINE_RETURN_IF_ERROR(NormalizeHost(url));
  url.fragment.reset();
  url.path = NormalizeEscapes(url.path);
  if (url.query) {
    url.query = NormalizeEscapes(WithoutTracking(*url.query));
    if (url.query->empty()) url.query.reset();
  }
  std::string href = url.Href();
  if (href.size() > kMaxCanonicalBytes) {
    return Bad("url", fmt::format("the URL has {} bytes in canonical form, at most {} are taken; shorten it",
                                  href.size(), kMaxCanonicalBytes));
  }
  return href;
}

absl::StatusOr<std::string> FileUrl(std::string_view path) {
  if (path.empty() || path.front() != '/') {
    return Bad("path", fmt::format("the path \"{}\" is relative; give it from the root on", path));
  }
  std::string href = "file://";
  for (const char c : path) {
    // These would end the path, be taken for a separator or begin an escape.
    if (c == '%' || c == '?' || c == '#' || c == '\\' || c == '|') {
      href += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      AppendEncoded(c, EncodeSet::kPath, href);
    }
  }
  return Canonicalize(href);
}

absl::StatusOr<std::string> FilePath(std::string_view file_url) {
  DATELINE_ASSIGN_OR_RETURN(const Url url, Parse(file_url));
  if (url.scheme != "file" || !url.host.value_or("").empty()) {
    return Bad("scheme",
               fmt::format("\"{}\" names no file of this machine; use file:///path", file_url.substr(0, 120)));
  }
  return Decode(url.path);
}

}  // namespace dateline::url
