#include "common/url/site_policy.h"

#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/url/canonical.h"
#include "common/url/percent.h"
#include "common/url/url.h"

namespace dateline::url {
namespace {

constexpr std::string_view kWww = "www.";

std::string_view WithoutWww(std::string_view host) {
  if (host.starts_with(kWww)) host.remove_prefix(kWww.size());
  return host;
}

std::string WithoutParameters(std::string_view query, const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t begin = 0; begin <= query.size();) {
    const std::size_t end = std::min(query.find('&', begin), query.size());
    const std::string_view parameter = query.substr(begin, end - begin);
    const std::string name = Decode(parameter.substr(0, parameter.find('=')));
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      if (begin > 0 && !out.empty()) out.push_back('&');
      out.append(parameter);
    }
    begin = end + 1;
  }
  return out;
}

}  // namespace

absl::StatusOr<SitePolicy> PolicyOfHome(std::string_view final_url) {
  DATELINE_ASSIGN_OR_RETURN(const Url url, Parse(final_url));
  if (!url.IsHttp() || url.host.value_or("").empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "INVALID_URI", "a home page has an http or https URL with a host",
                 {{"part", "scheme"}});
  }
  SitePolicy policy;
  policy.host = std::string(WithoutWww(*url.host));
  policy.www = url.host->starts_with(kWww) ? SitePolicy::Www::kWith : SitePolicy::Www::kWithout;
  policy.https = url.scheme == "https";
  return policy;
}

absl::StatusOr<std::string> CanonicalizeFor(std::string_view input, const SitePolicy& policy) {
  DATELINE_ASSIGN_OR_RETURN(Url url, Parse(input));
  if (!url.IsHttp() || WithoutWww(url.host.value_or("")) != policy.host) return Canonicalize(input);
  if (policy.www == SitePolicy::Www::kWithout) url.host = policy.host;
  if (policy.www == SitePolicy::Www::kWith) url.host = std::string(kWww) + policy.host;
  if (policy.https && !url.port) url.scheme = "https";
  if (url.query && !policy.ignored_parameters.empty()) {
    url.query = WithoutParameters(*url.query, policy.ignored_parameters);
  }
  return Canonicalize(url.Href());
}

}  // namespace dateline::url
