#pragma once
// What the stores share of answering searches: the order of what is found, and the filling of one page from candidates
// that come in that order: evaluating where the index was not sure, counting, skipping what earlier pages showed,
// stopping at the page's limits. One object for each call; not thread-safe.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "services/storage/store.h"

namespace dateline::storage {

// Where a release stands in an order: `score` is the score, or the day of the orders by publication, else 0.
bool ComesBefore(ReleaseOrder order, const Position& a, const Position& b);
// Whether `score` of a position is a day.
bool IsByPublication(ReleaseOrder order);

// A release that the index found.
struct Candidate {
  uint64_t id = 0;
  double score = 0;      // Of the order of relevance.
  int64_t sort_day = 0;  // Of the orders by publication.
};
Position PlaceOf(ReleaseOrder order, const Candidate& candidate);
void SortCandidates(ReleaseOrder order, std::vector<Candidate>* candidates);

class SearchPager {
 public:
  // `params` outlives the pager. With `exact` every candidate is known to match the filter.
  SearchPager(const SearchParams& params, bool exact) : params_(params), exact_(exact) {}

  // Whether the next candidate's release has to be read at all: to be evaluated or shown.
  bool NeedsRelease(const Candidate& candidate) const;
  // Takes the next candidate. `release` is full, and null when NeedsRelease() says no.
  void Take(const Candidate& candidate, release::v1::Release* release);
  // Nothing that comes can change the page; the total may still grow.
  bool full() const { return full_; }

  const std::vector<uint64_t>& matches() const { return matches_; }
  SearchPage Finish();

 private:
  bool ShownBefore(const Position& place) const;

  const SearchParams& params_;
  const bool exact_;
  SearchPage page_;
  std::vector<uint64_t> matches_;  // Ids of what matches, in order.
  size_t bytes_ = 0;
  bool full_ = false;
  Position last_;
};

// A value of a facet by the key that a store has for it.
struct CountedKey {
  FacetField field = FacetField::kSource;
  int64_t key = 0;
  int count = 0;
};
// Keeps the most frequent ones of each field, whose texts are worth looking up; of equals those with the lowest keys.
void KeepMostFrequent(std::vector<CountedKey>* values);

// Counts the values of facets; for stores that have them at hand.
class FacetCounter {
 public:
  explicit FacetCounter(const std::vector<FacetField>& fields) : fields_(fields), counts_(fields.size()) {}
  void Add(FacetField field, const std::string& value, int count = 1);
  // The most frequent values of each field, of equals in the order of their letters.
  std::vector<std::vector<FacetCount>> Finish();

 private:
  const std::vector<FacetField>& fields_;
  std::vector<std::map<std::string, int, std::less<>>> counts_;
};

}  // namespace dateline::storage
