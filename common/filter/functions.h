#pragma once
// The functions of the filter language: mentions("name", kind), near("word", "word", words), changed("field"). Each is
// bound to a condition of the kind kFunction and evaluated here. Pure and thread-safe.

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "common/filter/condition.h"

namespace dateline::filter {

class Subject;

// How far apart the words of near() may stand at most.
inline constexpr size_t kNearWordsMax = 100;

// Types a call. INVALID_ARGUMENT (INVALID_FILTER; metadata "position") names the argument that is wrong.
absl::StatusOr<Condition> BindFunction(const Expression& expression, const Schema& schema, std::string_view filter);

// kUnknown where the parts that the record at hand lacks decide.
Truth EvaluateFunction(const Condition& condition, const Subject& subject);

// The first two matches in folded text of which the later one begins at most `nearness.words` words behind the end of
// the other; neighbours are one word apart. Two patterns are not near by one and the same word.
std::optional<std::pair<WordRange, WordRange>> FindNear(const Nearness& nearness, std::string_view words);

// Whether a change of `changed` (a dotted path) is one of `field` or of a part of it.
bool Concerns(std::string_view changed, std::string_view field);

}  // namespace dateline::filter
