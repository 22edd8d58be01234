#include "services/storage/search_page.h"

#include <utility>

#include "services/storage/release_record.h"

namespace dateline::storage {

bool SearchPager::ShownBefore(const Position& place) const {
  if (!params_.after.has_value()) return false;
  const Position& after = *params_.after;
  return place.score > after.score || (place.score == after.score && place.id >= after.id);
}

bool SearchPager::NeedsRelease(double score, uint64_t id) const {
  return params_.matcher != nullptr || !(full_ || ShownBefore(Place(score, id)));
}

void SearchPager::Take(double score, uint64_t id, release::v1::Release* release) {
  if (params_.matcher != nullptr && !params_.matcher(*release)) return;
  ++page_.total;
  const Position place = Place(score, id);
  if (full_ || ShownBefore(place)) return;
  if (static_cast<int>(page_.hits.size()) == params_.limit) {
    full_ = true;
    page_.next = last_;
    return;
  }
  FoundRelease hit{.release = {}, .score = score, .snippet = MakeSnippet(release->text(), params_.query)};
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

}  // namespace dateline::storage
