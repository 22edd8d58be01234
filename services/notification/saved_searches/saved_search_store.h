#pragma once
// Where saved searches are kept: the port, its errors, and what a person may set. One call is one transaction. Stores
// are thread-safe.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "dateline/notification/v1/saved_search_service.pb.h"

namespace dateline::notification {

inline constexpr std::string_view kSavedSearchPrefix = "savedSearches/";
inline constexpr int64_t kSavedSearchesMax = 1'000;

struct SavedSearchPage {
  std::vector<v1::SavedSearch> searches;
  bool more = false;
};

class SavedSearchStore {
 public:
  virtual ~SavedSearchStore() = default;

  // ALREADY_EXISTS (SAVED_SEARCH_EXISTS); RESOURCE_EXHAUSTED (TOO_MANY_SAVED_SEARCHES).
  virtual absl::Status Create(const v1::SavedSearch& search) = 0;
  // NOT_FOUND (SAVED_SEARCH_NOT_FOUND), as below.
  virtual absl::StatusOr<v1::SavedSearch> Get(std::string_view name) = 0;
  // By name, those behind `after`.
  virtual absl::StatusOr<SavedSearchPage> List(int limit, std::string_view after) = 0;
  // Runs `change` within the transaction; its error is the outcome, and nothing is changed then.
  virtual absl::StatusOr<v1::SavedSearch> Change(std::string_view name,
                                                 const std::function<absl::Status(v1::SavedSearch*)>& change) = 0;
  virtual absl::Status Delete(std::string_view name,
                              const std::function<absl::Status(const v1::SavedSearch&)>& check) = 0;
};

absl::Status SavedSearchNotFound(std::string_view name);
absl::Status SavedSearchExists(std::string_view name);
absl::Status TooManySavedSearches();
// How rows hold a search: the id of its name (empty for a name of another form), and the rest as bytes.
std::string_view SavedSearchId(std::string_view name);
std::string SavedSearchBytes(v1::SavedSearch search);
// DATA_LOSS (DATABASE_CORRUPT).
absl::StatusOr<v1::SavedSearch> ParseSavedSearch(std::string_view id, std::string_view bytes);

// Whether people may keep this: INVALID_ARGUMENT with INVALID_SAVED_SEARCH or INVALID_FILTER, and the field.
absl::Status CheckSavedSearch(const v1::SavedSearch& search);
// Takes the fields of the mask (all that are set when it is empty) from `given`. Output-only fields are passed over
// (AIP-161); an unknown path is INVALID_SAVED_SEARCH.
absl::Status ApplyMask(const v1::SavedSearch& given, const google::protobuf::FieldMask& mask, v1::SavedSearch* search);

}  // namespace dateline::notification
