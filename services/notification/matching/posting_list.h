#pragma once
// The filters that a term finds, with what rules most of them out at a glance. What is looked at first stands by
// itself, four bytes for each, because long lists are read from end to end for every record. Not thread-safe.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "services/notification/event_types.h"
#include "services/notification/matching/filter_program.h"

namespace dateline::notification {

class Posting {
 public:
  static constexpr uint32_t kFiltersMax = 1U << 25;

  Posting(uint32_t filter, EventTypeSet types, const Anchors& anchors)
      : second_(anchors.second),
        clause_(anchors.clause),
        bits_(filter << 7 | static_cast<uint32_t>(types & 31U) << 2 | (anchors.decided ? 2U : 0U) |
              (anchors.terms.size() > 1 || anchors.firsts.size() > 1 ? 1U : 0U)) {}

  // A term that a match has or has not besides the first, and a clause that holds or does not.
  SignedNumber second() const { return second_; }
  SignedNumber clause() const { return clause_; }
  uint32_t filter() const { return bits_ >> 7; }
  EventTypeSet types() const { return static_cast<EventTypeSet>(bits_ >> 2 & 31U); }
  // A record of which all that is so matches.
  bool decided() const { return (bits_ & 2U) != 0; }
  // It is found by other terms too, or has several firsts: a record may find it more than once.
  bool several() const { return (bits_ & 1U) != 0; }

 private:
  SignedNumber second_;
  SignedNumber clause_;
  uint32_t bits_;
};
static_assert(sizeof(Posting) == 12);
static_assert(kEventTypes.size() == 5);

class PostingList {
 public:
  // `firsts` is what a match has or has not besides the term of the list, one of them; each becomes an entry.
  void Add(std::span<const SignedNumber> firsts, const Posting& posting);
  // The filter is in the list.
  void Remove(uint32_t filter);
  // Of entries.
  size_t size() const { return postings_.size(); }
  const Posting& operator[](size_t at) const { return postings_[at]; }

  // Has the processor bring near what Choose() reads first.
  void Fetch() const { __builtin_prefetch(firsts_.data()); }

  // Calls `take` with those for whose first term `holds`. Written without branches where most are ruled out.
  template <class Holds, class Take>
  void Choose(const Holds& holds, const Take& take) const {
    constexpr size_t kAtOnce = 256;
    uint32_t chosen[kAtOnce];
    for (size_t begin = 0; begin < firsts_.size(); begin += kAtOnce) {
      const size_t end = std::min(begin + kAtOnce, firsts_.size());
      size_t count = 0;
      for (size_t i = begin; i < end; ++i) {
        chosen[count] = static_cast<uint32_t>(i);
        count += holds(firsts_[i]) ? 1 : 0;
      }
      for (size_t i = 0; i < count; ++i) take(postings_[chosen[i]]);
    }
  }

 private:
  std::vector<SignedNumber> firsts_;
  std::vector<Posting> postings_;
};

}  // namespace dateline::notification
