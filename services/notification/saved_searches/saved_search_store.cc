#include "services/notification/saved_searches/saved_search_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/filter/filter.h"
#include "common/text/utf8.h"

namespace dateline::notification {
namespace {

constexpr size_t kDisplayNameMax = 63;
constexpr size_t kQueryBytesMax = 1'000;

absl::Status Invalid(std::string_view field, std::string_view why) {
  return FieldError("INVALID_SAVED_SEARCH", field, fmt::format("{}: {}", field, why));
}

}  // namespace

absl::Status SavedSearchNotFound(std::string_view name) {
  return Error(absl::StatusCode::kNotFound, "SAVED_SEARCH_NOT_FOUND",
               fmt::format("there is no saved search \"{}\"", name), {{"saved_search", std::string(name)}});
}

absl::Status SavedSearchExists(std::string_view name) {
  return Error(absl::StatusCode::kAlreadyExists, "SAVED_SEARCH_EXISTS",
               fmt::format("{} is there already; choose another id", name), {{"saved_search", std::string(name)}});
}

absl::Status TooManySavedSearches() {
  return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_SAVED_SEARCHES",
               fmt::format("there are {} saved searches, the most that are kept; delete one that nobody needs",
                           kSavedSearchesMax));
}

std::string_view SavedSearchId(std::string_view name) {
  return name.starts_with(kSavedSearchPrefix) ? name.substr(kSavedSearchPrefix.size()) : std::string_view();
}

std::string SavedSearchBytes(v1::SavedSearch search) {
  search.clear_name();
  return search.SerializeAsString();
}

absl::StatusOr<v1::SavedSearch> ParseSavedSearch(std::string_view id, std::string_view bytes) {
  v1::SavedSearch search;
  if (!search.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Error(absl::StatusCode::kDataLoss, "DATABASE_CORRUPT", "a saved search cannot be read; restore a backup",
                 {{"saved_search", std::string(id)}});
  }
  search.set_name(std::string(kSavedSearchPrefix) + std::string(id));
  return search;
}

absl::Status CheckSavedSearch(const v1::SavedSearch& search) {
  if (search.display_name().find_first_not_of(" \t\r\n") == std::string::npos) {
    return Invalid("display_name", "empty; give it a name to find it by");
  }
  if (text::CountCodePoints(search.display_name()) > kDisplayNameMax) {
    return Invalid("display_name", fmt::format("longer than {} characters", kDisplayNameMax));
  }
  if (search.query().size() > kQueryBytesMax) {
    return Invalid("query", fmt::format("{} bytes; at most {}", search.query().size(), kQueryBytesMax));
  }
  if (search.query().empty() && search.filter().empty()) {
    return Invalid("query", "neither words nor a filter; a search for everything needs no name");
  }
  return filter::Compile(search.filter()).status();
}

absl::Status ApplyMask(const v1::SavedSearch& given, const google::protobuf::FieldMask& mask, v1::SavedSearch* search) {
  const auto takes = [&](std::string_view field, bool set) {
    if (mask.paths().empty()) return set;
    return std::ranges::any_of(mask.paths(), [&](const std::string& path) { return path == field || path == "*"; });
  };
  for (const std::string& path : mask.paths()) {
    if (path != "*" && v1::SavedSearch::descriptor()->FindFieldByName(path) == nullptr) {
      return Invalid("update_mask", fmt::format("a saved search has no field \"{}\"", path.substr(0, 100)));
    }
  }
  if (takes("display_name", !given.display_name().empty())) search->set_display_name(given.display_name());
  if (takes("query", !given.query().empty())) search->set_query(given.query());
  if (takes("filter", !given.filter().empty())) search->set_filter(given.filter());
  return absl::OkStatus();
}

}  // namespace dateline::notification
