#pragma once
// The terms that an index looks for, by field and kind; which of them the record at hand has; and which filters are
// found by each. It learns how common every term is from the records that pass. Internal to FilterIndex. Not
// thread-safe; stays where it is.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/filter/filter.h"
#include "common/filter/terms.h"
#include "services/notification/matching/filter_program.h"
#include "services/notification/matching/number_set.h"
#include "services/notification/matching/posting_list.h"

namespace dateline::notification {

class TermTable {
 public:
  TermTable();
  ~TermTable();
  TermTable(const TermTable&) = delete;
  TermTable& operator=(const TermTable&) = delete;

  // The number of a term, as small as may be; it lives as long as somebody has acquired it.
  uint32_t Acquire(const filter::Term& term);
  void Release(uint32_t number);
  // What the term finds.
  PostingList& anchored(uint32_t number) { return entries_[number].anchored; }
  // The part of the records that have it: learnt, and at first guessed.
  double Commonness(uint32_t number) const;

  // Begins a round: finds the terms that the record has.
  void Mark(const filter::Subject& subject);
  // Of this round, each once.
  const std::vector<uint32_t>& marked() const { return marked_; }
  bool Has(uint32_t number) const { return (has_[number / 64] >> (number % 64) & 1U) != 0; }
  bool Holds(SignedNumber term) const { return Has(term.number()) != term.negated(); }

  size_t size() const { return entries_.size() - 1 - free_.size(); }

  // For the sets of numbers.
  struct Key {
    size_t hash = 0;
    std::string_view text;
  };
  size_t HashOf(uint32_t number) const { return KeyOf(entries_[number].text).hash; }
  bool Is(uint32_t number, const Key& key) const { return entries_[number].text == key.text; }

 private:
  struct Field;
  struct Entry {
    std::string text;
    PostingList anchored;
    Field* field = nullptr;
    filter::Term::Kind kind{};
    uint32_t uses = 0;
    uint32_t records = 0;  // That had it …
    uint32_t since = 0;    // … after so many.
  };
  static Key KeyOf(std::string_view text);
  void MarkOne(uint32_t number);

  std::map<std::string, std::unique_ptr<Field>, std::less<>> fields_;
  std::vector<Entry> entries_;  // By number.
  std::vector<uint32_t> free_;
  std::vector<uint64_t> has_;  // A bit for each number.
  std::vector<uint32_t> marked_;
  uint32_t records_ = 0;
};

}  // namespace dateline::notification
