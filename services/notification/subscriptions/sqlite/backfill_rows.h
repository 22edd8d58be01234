#pragma once
// The rows of backfills. Functions of one connection; errors are those of common/sql.

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/connection.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

absl::Status InsertBackfill(sql::Connection& connection, const BackfillRecord& record);
absl::StatusOr<std::optional<BackfillRecord>> FindBackfill(sql::Connection& connection, std::string_view operation);
absl::StatusOr<std::vector<BackfillRecord>> SelectBackfills(sql::Connection& connection, int limit,
                                                            std::string_view after);
absl::StatusOr<std::vector<BackfillRecord>> SelectRunningBackfills(sql::Connection& connection);
absl::Status UpdateBackfill(sql::Connection& connection, const BackfillRecord& record);
absl::Status RemoveBackfill(sql::Connection& connection, std::string_view operation);

}  // namespace dateline::notification
