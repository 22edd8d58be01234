#pragma once
// Why a record matches a filter, for a person: which clauses hold, and with which words of the record. Pure.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "common/filter/condition.h"

namespace dateline::filter {

inline constexpr size_t kReasonsMax = 32;
// Different words that one reason gives, and the bytes of each.
inline constexpr size_t kReasonWordsMax = 3;
inline constexpr size_t kReasonBytesMax = 120;

struct MatchReason {
  std::string clause;              // A part of the filter, as Print() writes it.
  std::string field;               // Where the words stand, dotted; empty when the clause holds by absence.
  std::vector<std::string> words;  // As the record writes them; values that are no text are written as in filters.

  // "people.role:minister (people.role: "Vice Minister")".
  std::string ToString() const;
};

// Finds the reasons of many filters for one record: its texts are folded once for all of them. Refers to the record,
// which outlives it. Not thread-safe.
class ReasonFinder {
 public:
  explicit ReasonFinder(const Subject& subject);
  ~ReasonFinder();
  ReasonFinder(const ReasonFinder&) = delete;
  ReasonFinder& operator=(const ReasonFinder&) = delete;

  // For a filter that the record matches; `condition` is what `expression` was bound to. At most kReasonsMax.
  std::vector<MatchReason> Find(const Expression& expression, const Condition& condition);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dateline::filter
