#include "services/storage/search_page.h"

#include <algorithm>
#include <utility>

#include "services/storage/release_record.h"

namespace dateline::storage {

bool IsByPublication(ReleaseOrder order) {
  return order == ReleaseOrder::kPublishedNewest || order == ReleaseOrder::kPublishedOldest;
}

bool ComesBefore(ReleaseOrder order, const Position& a, const Position& b) {
  const bool up = order == ReleaseOrder::kOldest || order == ReleaseOrder::kPublishedOldest;
  if (a.score != b.score) return up ? a.score < b.score : a.score > b.score;
  return up ? a.id < b.id : a.id > b.id;
}

Position PlaceOf(ReleaseOrder order, const Candidate& candidate) {
  if (order == ReleaseOrder::kRelevance) return {.score = candidate.score, .id = candidate.id};
  return {.score = IsByPublication(order) ? static_cast<double>(candidate.sort_day) : 0, .id = candidate.id};
}

void SortCandidates(ReleaseOrder order, std::vector<Candidate>* candidates) {
  std::sort(candidates->begin(), candidates->end(), [order](const Candidate& a, const Candidate& b) {
    return ComesBefore(order, PlaceOf(order, a), PlaceOf(order, b));
  });
}

bool SearchPager::ShownBefore(const Position& place) const {
  return params_.after.has_value() && !ComesBefore(params_.order, *params_.after, place);
}

bool SearchPager::NeedsRelease(const Candidate& candidate) const {
  return !exact_ || !(full_ || ShownBefore(PlaceOf(params_.order, candidate)));
}

void SearchPager::Take(const Candidate& candidate, release::v1::Release* release) {
  if (!exact_ && !params_.filter.Matches(*release)) return;
  ++page_.total;
  matches_.push_back(candidate.id);
  const Position place = PlaceOf(params_.order, candidate);
  if (full_ || ShownBefore(place)) return;
  if (static_cast<int>(page_.hits.size()) == params_.limit) {
    full_ = true;
    page_.next = last_;
    return;
  }
  FoundRelease hit{.release = {}, .score = candidate.score, .snippet = MakeSnippet(release->text(), params_.query)};
  hit.release = params_.view == View::kBasic ? BasicView(*release) : std::move(*release);
  bytes_ += hit.release.ByteSizeLong() + hit.snippet.text.size();
  if (!page_.hits.empty() && bytes_ > params_.bytes_max) {
    full_ = true;
    page_.next = last_;
    return;
  }
  page_.hits.push_back(std::move(hit));
  last_ = place;
}

SearchPage SearchPager::Finish() {
  page_.total = std::min(page_.total, kSearchCandidatesMax);
  return std::move(page_);
}

void KeepMostFrequent(std::vector<CountedKey>* values) {
  std::sort(values->begin(), values->end(), [](const CountedKey& a, const CountedKey& b) {
    return a.count != b.count ? a.count > b.count : a.key < b.key;
  });
  std::map<FacetField, size_t> taken;
  std::erase_if(*values, [&taken](const CountedKey& value) { return ++taken[value.field] > kFacetValuesMax; });
}

void FacetCounter::Add(FacetField field, const std::string& value, int count) {
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i] == field) counts_[i][value] += count;
  }
}

std::vector<std::vector<FacetCount>> FacetCounter::Finish() {
  std::vector<std::vector<FacetCount>> answer;
  for (const auto& counts : counts_) {
    std::vector<FacetCount>& values = answer.emplace_back();
    for (const auto& [value, count] : counts) values.push_back({.value = value, .count = count});
    std::stable_sort(values.begin(), values.end(),
                     [](const FacetCount& a, const FacetCount& b) { return a.count > b.count; });
    if (values.size() > kFacetValuesMax) values.resize(kFacetValuesMax);
  }
  return answer;
}

}  // namespace dateline::storage
