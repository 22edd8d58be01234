#include "services/notification/saved_searches/memory_saved_search_store.h"

#include "common/base/status_macros.h"

namespace dateline::notification {

absl::Status MemorySavedSearchStore::Create(const v1::SavedSearch& search) {
  MutexLock lock(mutex_);
  if (searches_.contains(search.name())) return SavedSearchExists(search.name());
  if (static_cast<int64_t>(searches_.size()) >= kSavedSearchesMax) return TooManySavedSearches();
  searches_.emplace(search.name(), search);
  return absl::OkStatus();
}

absl::StatusOr<v1::SavedSearch> MemorySavedSearchStore::Get(std::string_view name) {
  MutexLock lock(mutex_);
  const auto found = searches_.find(name);
  if (found == searches_.end()) return SavedSearchNotFound(name);
  return found->second;
}

absl::StatusOr<SavedSearchPage> MemorySavedSearchStore::List(int limit, std::string_view after) {
  MutexLock lock(mutex_);
  SavedSearchPage page;
  for (auto at = searches_.upper_bound(after); at != searches_.end(); ++at) {
    if (static_cast<int>(page.searches.size()) == limit) {
      page.more = true;
      break;
    }
    page.searches.push_back(at->second);
  }
  return page;
}

absl::StatusOr<v1::SavedSearch> MemorySavedSearchStore::Change(
    std::string_view name, const std::function<absl::Status(v1::SavedSearch*)>& change) {
  MutexLock lock(mutex_);
  const auto found = searches_.find(name);
  if (found == searches_.end()) return SavedSearchNotFound(name);
  v1::SavedSearch changed = found->second;
  DATELINE_RETURN_IF_ERROR(change(&changed));
  found->second = changed;
  return changed;
}

absl::Status MemorySavedSearchStore::Delete(std::string_view name,
                                            const std::function<absl::Status(const v1::SavedSearch&)>& check) {
  MutexLock lock(mutex_);
  const auto found = searches_.find(name);
  if (found == searches_.end()) return SavedSearchNotFound(name);
  DATELINE_RETURN_IF_ERROR(check(found->second));
  searches_.erase(found);
  return absl::OkStatus();
}

}  // namespace dateline::notification
