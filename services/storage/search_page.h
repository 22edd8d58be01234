#pragma once
// Fills one page of search results from candidates that come in order: filters, counts, skips what earlier pages
// showed, stops at the page's limits. Shared by the stores, so that pages mean the same in all of them. One object for
// each call; not thread-safe.

#include <cstdint>
#include <optional>

#include "dateline/release/v1/release.pb.h"
#include "services/storage/store.h"

namespace dateline::storage {

class SearchPager {
 public:
  // `params` outlives the pager.
  explicit SearchPager(const SearchParams& params) : params_(params) {}

  // Whether the next candidate's release has to be read at all: to be filtered or shown.
  bool NeedsRelease(double score, uint64_t id) const;
  // Takes the next candidate. `release` is full, and null when NeedsRelease() says no.
  void Take(double score, uint64_t id, release::v1::Release* release);

  SearchPage Finish() { return std::move(page_); }

 private:
  Position Place(double score, uint64_t id) const { return {.score = params_.newest_first ? 0 : score, .id = id}; }
  bool ShownBefore(const Position& place) const;

  const SearchParams& params_;
  SearchPage page_;
  size_t bytes_ = 0;
  bool full_ = false;
  Position last_;
};

}  // namespace dateline::storage
