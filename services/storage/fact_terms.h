#pragma once
// The facts of a release as tokens of a full-text index, so that a filter over fields is a search: one token for each
// value, each word, the calendar units of each date, the magnitude of each number. match_plan.h makes the same tokens
// from a filter. A token is a hash of 64 bits behind a sign that stands in no word. Changing what tokens some release
// gives needs a new kSearchTextVersion (search_text.h). Pure and thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/filter/schema.h"
#include "dateline/release/v1/release.pb.h"

namespace dateline::storage {

enum class FactKind : char {
  kValue = 'v',    // The whole value, folded; an enumeration's number; "true" or "false".
  kWord = 'w',     // As filter::Term::Kind::kWord.
  kPrefix = 'p',   // As filter::Term::Kind::kPrefix.
  kDate = 'd',     // A calendar unit, as CoverDays() writes it.
  kNumber = 'n',   // A magnitude, as CoverNumbers() writes it.
  kPresent = 'h',  // The field of the release itself is there.
  kAll = 'a',      // Every release has it.
};

std::string FactToken(FactKind kind, std::string_view path, std::string_view text);

// Whether the values of a path have tokens.
bool IsIndexed(const filter::FieldPath& path);
std::string DottedPath(const filter::FieldPath& path);

// All tokens of a release, joined by spaces, without repeats.
std::string FactTerms(const release::v1::Release& release, WallTime create_time);

// Calendar units (millennium to day: "2", "20", "201", "2018", "2018-03", "2018-03-05") that together are the days from
// `first` to `last` since 1970; cut to the years 1 to 9999. A date, also one that knows only its month or year, lies
// within the stretch exactly when one of its units is among these.
std::vector<std::string> CoverDays(int64_t first, int64_t last);

// Magnitudes that together hold the numbers from `low` to `high`, and some beyond both.
std::vector<std::string> CoverNumbers(double low, double high);

}  // namespace dateline::storage
