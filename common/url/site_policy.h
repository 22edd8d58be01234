#pragma once
// What makes two addresses of one site the same page, where that is known for this site only: whether "www." and
// "https" are interchangeable there, and which parameters choose nothing. The canonical form proper (canonical.h) never
// folds these, since names of releases are derived from it for all sites alike; a source applies its policy before.
// Values; pure and thread-safe.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace dateline::url {

struct SitePolicy {
  enum class Www { kKeep, kWithout, kWith };
  // The host without "www.", lower case; the policy is about this host and the same with "www." only.
  std::string host;
  Www www = Www::kKeep;
  // http becomes https; ports are left alone.
  bool https = false;
  // Names of parameters that are left out besides the tracking ones, as the site writes them ("PHPSESSID").
  std::vector<std::string> ignored_parameters;
  bool operator==(const SitePolicy&) const = default;
};

// The policy that a site shows by where its home page is after redirects: "https://www.a.example/" means https and
// "www.". INVALID_URI when that is no http(s) URL with a host.
absl::StatusOr<SitePolicy> PolicyOfHome(std::string_view final_url);

// Canonicalize() of the address as the policy would have it; of addresses elsewhere just that. Idempotent.
absl::StatusOr<std::string> CanonicalizeFor(std::string_view input, const SitePolicy& policy);

}  // namespace dateline::url
