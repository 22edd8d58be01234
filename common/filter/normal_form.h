#pragma once
// One form for all filters that ask for the same: what is said twice stands once, the parts of AND and OR stand in one
// order, and words are folded as they are compared. Filters with equal keys match the same records; filters that
// match the same records may have different keys, because nothing is proved about their values. Pure and thread-safe.

#include <string>

#include "common/filter/condition.h"

namespace dateline::filter {

// Means the same. AND and OR have at least two parts, none of their own kind; NOT has no NOT below it.
Condition Normalize(const Condition& condition);

// Of a normalized condition: equal for two that are equal, and different for two that are not. Not for people.
std::string ConditionKey(const Condition& condition);

}  // namespace dateline::filter
