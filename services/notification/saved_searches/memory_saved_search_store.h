#pragma once
// Saved searches in memory: the port in its simplest form. Thread-safe.

#include <map>

#include "common/base/mutex.h"
#include "services/notification/saved_searches/saved_search_store.h"

namespace dateline::notification {

class MemorySavedSearchStore final : public SavedSearchStore {
 public:
  absl::Status Create(const v1::SavedSearch& search) override;
  absl::StatusOr<v1::SavedSearch> Get(std::string_view name) override;
  absl::StatusOr<SavedSearchPage> List(int limit, std::string_view after) override;
  absl::StatusOr<v1::SavedSearch> Change(std::string_view name,
                                         const std::function<absl::Status(v1::SavedSearch*)>& change) override;
  absl::Status Delete(std::string_view name, const std::function<absl::Status(const v1::SavedSearch&)>& check) override;

 private:
  Mutex mutex_;
  std::map<std::string, v1::SavedSearch, std::less<>> searches_ GUARDED_BY(mutex_);
};

}  // namespace dateline::notification
