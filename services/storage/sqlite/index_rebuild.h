#pragma once
// Makes the index of search anew when its terms, facets or days were made by another version: batch after batch, each a
// transaction that says how far the index is, so that a rebuild which is interrupted goes on where it was. With a
// million releases it takes a quarter of an hour.

#include "absl/status/status.h"
#include "common/sql/database.h"

namespace dateline::storage {

// Called once, after opening and before anything is committed. `upgrading` may be null.
absl::Status BringIndexUpToDate(sql::Database& database, const sql::Upgrading& upgrading);

}  // namespace dateline::storage
