#pragma once
// Saved searches in PostgreSQL, in the database of the subscriptions. Thread-safe. Failure model: see
// common/sql/postgres/database.h.

#include "common/sql/postgres/database.h"
#include "services/notification/saved_searches/saved_search_store.h"

namespace dateline::notification {

class PostgresSavedSearchStore final : public SavedSearchStore {
 public:
  // `database`, whose tables are there, outlives it.
  explicit PostgresSavedSearchStore(sql::postgres::Database& database) : database_(database) {}

  absl::Status Create(const v1::SavedSearch& search) override;
  absl::StatusOr<v1::SavedSearch> Get(std::string_view name) override;
  absl::StatusOr<SavedSearchPage> List(int limit, std::string_view after) override;
  absl::StatusOr<v1::SavedSearch> Change(std::string_view name,
                                         const std::function<absl::Status(v1::SavedSearch*)>& change) override;
  absl::Status Delete(std::string_view name, const std::function<absl::Status(const v1::SavedSearch&)>& check) override;

 private:
  sql::postgres::Database& database_;
};

}  // namespace dateline::notification
