#pragma once
// The canonical form of a document's address: what names of releases are derived from, so it may never change for a URL
// that has it. Two addresses of the same page should give one form, two pages never. Pure and thread-safe.
//
// The form: only http, https and file; scheme and host lower case, international hosts in their ASCII form, no dot
// behind the host; no default port; path without dot segments, "/" when empty; percent-escapes with upper-case digits,
// and none for letters, digits, "-", ".", "_" and "~"; no fragment; query parameters in their order without those that
// only track where a reader came from (IsTrackingParameter), and no "?" when none is left. Host name, "www." and scheme
// are kept: whether two of them are one site is known per source only. User names and passwords are refused, so that
// none is stored.

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dateline::url {

// The longest canonical URL.
inline constexpr std::size_t kMaxCanonicalBytes = std::size_t{8} << 10;

// The canonical form of an absolute URL. INVALID_ARGUMENT with reason INVALID_URI and metadata "part" when it has none.
// Canonicalize(Canonicalize(x)) == Canonicalize(x).
absl::StatusOr<std::string> Canonicalize(std::string_view input);

// Whether a query parameter of this name never chooses content: utm_*, fbclid, gclid, mc_cid and their like, in any
// case.
bool IsTrackingParameter(std::string_view name);

// The URL of a file on this machine: "/srv/a b.txt" -> "file:///srv/a%20b.txt". INVALID_URI unless `path` is absolute.
absl::StatusOr<std::string> FileUrl(std::string_view path);

// The path that a file URL names: "file:///srv/a%20b.txt" -> "/srv/a b.txt". INVALID_URI for other URLs.
absl::StatusOr<std::string> FilePath(std::string_view file_url);

}  // namespace dateline::url
