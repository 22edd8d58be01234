#include "services/cli/release_name.h"

#include "common/base/ids.h"
#include "common/url/canonical.h"
#include "services/cli/inputs.h"

namespace dateline::cli {

absl::StatusOr<std::string> ReleaseName(const std::string& given) {
  if (given.starts_with("releases/")) return given;
  if (IsUuid(given)) return "releases/" + given;
  const bool is_url = given.find("://") != std::string::npos;
  const auto uri = is_url ? url::Canonicalize(given) : ItemUri({Item::Kind::kFile, given});
  if (!uri.ok()) return uri.status();
  return "releases/" + UuidV5(*uri);
}

}  // namespace dateline::cli
