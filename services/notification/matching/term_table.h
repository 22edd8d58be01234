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
#include "services/notification/event_types.h"
#include "services/notification/matching/filter_program.h"
#include "services/notification/matching/number_set.h"

namespace dateline::notification {

// A filter among those that a term finds, with what rules most of them out at a glance: sixteen bytes, read in a row.
class Posting {
 public:
  static constexpr uint32_t kFiltersMax = 1U << 25;

  Posting(uint32_t filter, EventTypeSet types, const Anchors& anchors)
      : first_(anchors.first),
        second_(anchors.second),
        clause_(anchors.clause),
        bits_(filter << 7 | static_cast<uint32_t>(types & 31U) << 2 | (anchors.decided ? 2U : 0U) |
              (anchors.terms.size() > 1 ? 1U : 0U)) {}

  // Terms that a match has or has not besides, and a clause that holds or does not.
  SignedNumber first() const { return first_; }
  SignedNumber second() const { return second_; }
  SignedNumber clause() const { return clause_; }
  uint32_t filter() const { return bits_ >> 7; }
  EventTypeSet types() const { return static_cast<EventTypeSet>(bits_ >> 2 & 31U); }
  // A record of which all that is so matches.
  bool decided() const { return (bits_ & 2U) != 0; }
  // Other terms find it too.
  bool several() const { return (bits_ & 1U) != 0; }

 private:
  SignedNumber first_;
  SignedNumber second_;
  SignedNumber clause_;
  uint32_t bits_;
};
static_assert(sizeof(Posting) == 16);
static_assert(kEventTypes.size() == 5);

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
  std::vector<Posting>& anchored(uint32_t number) { return entries_[number].anchored; }
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
    std::vector<Posting> anchored;
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
