#pragma once
// The clauses that terms do not decide, each once for all filters that have it, and evaluated once for a record at
// most. Internal to FilterIndex. Not thread-safe; stays where it is.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/filter/filter.h"
#include "services/notification/matching/number_set.h"

namespace dateline::notification {

class ClauseTable {
 public:
  ClauseTable();
  ClauseTable(const ClauseTable&) = delete;
  ClauseTable& operator=(const ClauseTable&) = delete;

  // The number of a clause, never kAlways; it lives as long as somebody has acquired it.
  uint32_t Acquire(const filter::Condition& clause);
  void Release(uint32_t number);

  // Begins a round: another record.
  void Begin(const filter::Subject& subject);
  bool Holds(uint32_t number) {
    const uint64_t outcome = outcomes_[number];
    return outcome >> 1 == round_ ? (outcome & 1U) != 0 : Evaluate(number);
  }
  // How many were evaluated in this round.
  size_t evaluated() const { return evaluated_; }

  size_t size() const { return numbers_.size(); }

  // For the set of numbers.
  struct Key {
    size_t hash = 0;
    std::string_view text;  // filter::ConditionKey().
  };
  size_t HashOf(uint32_t number) const { return entries_[number].hash; }
  bool Is(uint32_t number, const Key& key) const;

 private:
  struct Entry {
    filter::Condition condition;
    size_t hash = 0;
    uint32_t uses = 0;
  };
  bool Evaluate(uint32_t number);

  std::vector<Entry> entries_;  // By number.
  // By number: the round of the latest evaluation, and in the last bit what came of it. Side by side, because most are
  // asked for again and again.
  std::vector<uint64_t> outcomes_;
  std::vector<uint32_t> free_;
  NumberSet<ClauseTable> numbers_;
  const filter::Subject* subject_ = nullptr;
  uint64_t round_ = 0;
  size_t evaluated_ = 0;
};

}  // namespace dateline::notification
