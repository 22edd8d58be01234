#pragma once
// What is counted of the lines of sites, in SQLite: one row for each site. Functions of a connection, for the bodies of
// reads and writes of the store; they belong to its transaction. Nothing here is shared between threads.

#include <string_view>

#include "absl/status/statusor.h"
#include "common/sql/connection.h"
#include "services/storage/site_lines.h"

namespace dateline::storage {

// Empty counts for a site that is not known. DATA_LOSS when they are damaged.
absl::StatusOr<SiteLines> LoadSite(sql::Connection& connection, std::string_view site);
absl::Status SaveSite(sql::Connection& connection, std::string_view site, const SiteLines& lines);

}  // namespace dateline::storage
