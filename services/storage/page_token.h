#pragma once
// Tokens that carry a list on to its next page. A token holds the position behind the last item and a fingerprint of
// the request's other arguments, so that a token given with other arguments is refused instead of giving a wrong page.
// Callers must treat it as opaque; it is URL-safe text. It is no secret and grants nothing. Pure and thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dateline::storage {

// Where a list goes on: behind the item with this key. `score` orders searches and is 0 elsewhere.
struct Position {
  double score = 0;
  uint64_t id = 0;
  bool operator==(const Position&) const = default;
};

// Collects the arguments that a token is bound to.
class PageFingerprint {
 public:
  explicit PageFingerprint(std::string_view method) { Add(method); }
  PageFingerprint& Add(std::string_view text);
  PageFingerprint& Add(int64_t number);
  // 8 bytes.
  std::string Value() const;

 private:
  std::string fields_;
};

// Empty without a position: there is no next page.
std::string MakePageToken(const PageFingerprint& fingerprint, const std::optional<Position>& next);

// nullopt for an empty token: the first page. INVALID_ARGUMENT (INVALID_PAGE) when it is malformed or belongs to a
// request with other arguments.
absl::StatusOr<std::optional<Position>> ReadPageToken(const PageFingerprint& fingerprint, std::string_view token);

// The page size to use: `standard` for 0. INVALID_ARGUMENT (INVALID_PAGE) when it is negative; what exceeds `most` is
// cut.
absl::StatusOr<int> PageSize(int32_t wanted, int standard, int most);

}  // namespace dateline::storage
