#include "services/storage/sqlite/site_rows.h"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/statement.h"

namespace dateline::storage {

using sql::Blob;
using sql::Connection;
using sql::Statement;

absl::StatusOr<SiteLines> LoadSite(Connection& connection, std::string_view site) {
  Statement statement(connection, "SELECT lines FROM site WHERE name = ?1");
  statement.BindAll(site);
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return SiteLines();
  std::optional<SiteLines> lines = SiteLines::Parse(statement.ColumnBlob(0));
  if (!lines.has_value()) {
    return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT",
                 fmt::format("the lines of the site {} cannot be read back; restore the archive from a backup", site));
  }
  return *std::move(lines);
}

absl::Status SaveSite(Connection& connection, std::string_view site, const SiteLines& lines) {
  const std::string bytes = lines.Serialize();
  Statement statement(connection,
                      "INSERT INTO site (name, lines) VALUES (?1, ?2) "
                      "ON CONFLICT (name) DO UPDATE SET lines = excluded.lines");
  statement.BindAll(site, Blob{bytes});
  return statement.Run();
}

}  // namespace dateline::storage
