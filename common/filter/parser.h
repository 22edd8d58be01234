#pragma once
// The grammar of AIP-160: sequences of terms (all must hold), AND, OR (which binds tighter than AND), NOT and "-",
// comparisons, the has-operator ":", parentheses, functions. Pure; recursion is bounded by kDepthMax.

#include <string_view>

#include "absl/status/statusor.h"
#include "common/filter/ast.h"

namespace dateline::filter {

// The tree of `filter`. INVALID_ARGUMENT (INVALID_FILTER; metadata "position") says what was expected where. Names of
// fields are not looked up here.
absl::StatusOr<Expression> Parse(std::string_view filter);

}  // namespace dateline::filter
