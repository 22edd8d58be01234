#pragma once
// The tables of notification's database.

#include <cstdint>
#include <vector>

#include "common/sql/migration.h"

namespace dateline::notification {

// "DLnt", in the header of the file.
inline constexpr int32_t kNotificationApplicationId = 0x444c6e74;

std::vector<sql::Migration> NotificationMigrations();

}  // namespace dateline::notification
