#include "services/notification/matching/clause_table.h"

#include "absl/hash/hash.h"
#include "common/filter/normal_form.h"

namespace dateline::notification {

// The clause that always holds has the first number; it is evaluated like others.
ClauseTable::ClauseTable() : entries_(1), outcomes_(1), numbers_(*this) {}

bool ClauseTable::Is(uint32_t number, const Key& key) const {
  return entries_[number].hash == key.hash && filter::ConditionKey(entries_[number].condition) == key.text;
}

uint32_t ClauseTable::Acquire(const filter::Condition& clause) {
  const std::string text = filter::ConditionKey(clause);
  const Key key{absl::Hash<std::string_view>()(text), text};
  if (const auto found = numbers_.Find(key)) {
    ++entries_[*found].uses;
    return *found;
  }
  uint32_t number = static_cast<uint32_t>(entries_.size());
  if (free_.empty()) {
    entries_.emplace_back();
    outcomes_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  entries_[number] = {.condition = clause, .hash = key.hash, .uses = 1};
  outcomes_[number] = 0;
  numbers_.Insert(number);
  return number;
}

void ClauseTable::Release(uint32_t number) {
  if (--entries_[number].uses > 0) return;
  numbers_.Erase(number);
  entries_[number] = {};
  free_.push_back(number);
}

void ClauseTable::Begin(const filter::Subject& subject) {
  subject_ = &subject;
  ++round_;
  evaluated_ = 0;
}

bool ClauseTable::Evaluate(uint32_t number) {
  const bool holds = filter::Evaluate(entries_[number].condition, *subject_) == filter::Truth::kYes;
  outcomes_[number] = round_ << 1 | (holds ? 1U : 0U);
  ++evaluated_;
  return holds;
}

}  // namespace dateline::notification
