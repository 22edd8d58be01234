#pragma once
// The rows of backfills in PostgreSQL. Functions of one connection; errors are those of common/sql/postgres.

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/postgres/connection.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification::pg {

void InsertBackfill(sql::postgres::Connection& connection, const BackfillRecord& record);
// With `lock` nobody else changes it before this transaction ends.
absl::StatusOr<std::optional<BackfillRecord>> FindBackfill(sql::postgres::Connection& connection,
                                                           std::string_view operation, bool lock = false);
absl::StatusOr<std::vector<BackfillRecord>> SelectBackfills(sql::postgres::Connection& connection, int limit,
                                                            std::string_view after);
absl::StatusOr<std::vector<BackfillRecord>> SelectRunningBackfills(sql::postgres::Connection& connection);
void UpdateBackfill(sql::postgres::Connection& connection, const BackfillRecord& record);
void RemoveBackfill(sql::postgres::Connection& connection, std::string_view operation);

}  // namespace dateline::notification::pg
