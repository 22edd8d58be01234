#include "services/storage/find_releases.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "services/storage/release_record.h"
#include "services/storage/spelling.h"

namespace dateline::storage {
namespace {

using release::v1::Release;

// Releases that are read at once.
constexpr size_t kReadAtOnce = 32;

size_t ReadAtOnce(bool exact, int limit) {
  return exact ? std::min(kReadAtOnce, static_cast<size_t>(limit) + 1) : kReadAtOnce;
}

// Fills a page of a list.
class ListPager {
 public:
  ListPager(ReleaseIndex& index, const ReleaseQuery& query, bool exact)
      : index_(index), query_(query), exact_(exact), at_once_(ReadAtOnce(exact, query.limit)) {}

  int at_once() const { return static_cast<int>(at_once_); }

  // Takes the next release in order. False when the page is complete.
  absl::StatusOr<bool> Take(const Candidate& candidate) {
    waiting_.push_back(candidate);
    return waiting_.size() < at_once_ ? true : ReadWaiting();
  }

  absl::StatusOr<ReleasePage> Finish() {
    DATELINE_RETURN_IF_ERROR(ReadWaiting().status());
    return std::move(page_);
  }

 private:
  // False when the page is complete.
  absl::StatusOr<bool> ReadWaiting() {
    if (complete_ || waiting_.empty()) return !complete_;
    const bool whole = !exact_ || query_.view == View::kFull;
    std::vector<uint64_t> ids;
    for (const Candidate& candidate : waiting_) ids.push_back(candidate.id);
    DATELINE_ASSIGN_OR_RETURN(std::vector<Release> releases, index_.Load(ids, whole ? Parts::kFull : Parts::kBasic));
    for (size_t i = 0; i < releases.size() && !complete_; ++i) Show(waiting_[i], std::move(releases[i]));
    waiting_.clear();
    return !complete_;
  }

  void Show(const Candidate& candidate, Release release) {
    if (static_cast<int>(page_.releases.size()) == query_.limit || scanned_ == kFilterScanMax) return End();
    const Position here = PlaceOf(query_.order, candidate);
    if (!exact_) {
      ++scanned_;
      if (!query_.filter.Matches(release)) {
        seen_ = here;
        return;
      }
      if (query_.view == View::kBasic) release = BasicView(release);
    }
    bytes_ += release.ByteSizeLong();
    if (!page_.releases.empty() && bytes_ > query_.bytes_max) return End();
    page_.releases.push_back(std::move(release));
    page_.positions.push_back(here);
    seen_ = here;
  }

  void End() {
    complete_ = true;
    page_.next = seen_;
  }

  ReleaseIndex& index_;
  const ReleaseQuery& query_;
  const bool exact_;
  const size_t at_once_;
  std::vector<Candidate> waiting_;
  ReleasePage page_;
  Position seen_;
  size_t bytes_ = 0;
  int scanned_ = 0;
  bool complete_ = false;
};

// By day: all releases are read in that order; of a plan, what it finds is put in order first.
absl::Status ListByDay(ReleaseIndex& index, const ReleaseQuery& query, const MatchPlan& plan, ListPager* pager) {
  if (plan.kind == MatchPlan::Kind::kAll) {
    const Walk walk{
        .ascending = query.order == ReleaseOrder::kPublishedOldest, .after = query.after, .at_once = pager->at_once()};
    return index.StreamByDay(walk, [&](const Candidate& c) { return pager->Take(c); });
  }
  DATELINE_ASSIGN_OR_RETURN(auto found, index.Find(plan, ReleaseIndex::Measure::kDay, kFacetMatchesMax, {}));
  SortCandidates(query.order, &found.candidates);
  for (const Candidate& candidate : found.candidates) {
    if (query.after.has_value() && !ComesBefore(query.order, *query.after, PlaceOf(query.order, candidate))) continue;
    DATELINE_ASSIGN_OR_RETURN(const bool more, pager->Take(candidate));
    if (!more) break;
  }
  return absl::OkStatus();
}

// Gives candidates to the pager of a search, those that have to be read a number at once.
class SearchReader {
 public:
  SearchReader(ReleaseIndex& index, SearchPager& pager, size_t at_once, Parts parts)
      : index_(index), pager_(pager), at_once_(at_once), parts_(parts) {}

  absl::Status Take(const Candidate& candidate) {
    if (waiting_.empty() && !pager_.NeedsRelease(candidate)) {
      pager_.Take(candidate, nullptr);
      return absl::OkStatus();
    }
    waiting_.push_back(candidate);
    return waiting_.size() < at_once_ ? absl::OkStatus() : Finish();
  }

  absl::Status Finish() {
    if (waiting_.empty()) return absl::OkStatus();
    std::vector<uint64_t> ids;
    for (const Candidate& candidate : waiting_) ids.push_back(candidate.id);
    DATELINE_ASSIGN_OR_RETURN(std::vector<Release> releases, index_.Load(ids, parts_));
    for (size_t i = 0; i < releases.size(); ++i) pager_.Take(waiting_[i], &releases[i]);
    waiting_.clear();
    return absl::OkStatus();
  }

 private:
  ReleaseIndex& index_;
  SearchPager& pager_;
  const size_t at_once_;
  const Parts parts_;
  std::vector<Candidate> waiting_;
};

// Of more matches than can be ranked or sorted the latest. What was found; facets only of an exact plan.
absl::StatusOr<ReleaseIndex::Found> RankPage(ReleaseIndex& index, const SearchParams& params, const MatchPlan& plan,
                                             SearchReader* reader, SearchPager* pager) {
  using Measure = ReleaseIndex::Measure;
  const bool by_day = IsByPublication(params.order);
  DATELINE_ASSIGN_OR_RETURN(auto found, index.Find(plan, by_day ? Measure::kDay : Measure::kScore,
                                                   by_day ? kFacetMatchesMax : kSearchCandidatesMax,
                                                   plan.exact ? params.facets : std::vector<FacetField>()));
  std::vector<Candidate>& candidates = found.candidates;
  if (plan.exact) {
    // A page needs few of them: a heap gives those in order without ordering the rest.
    const auto comes_later = [order = params.order](const Candidate& a, const Candidate& b) {
      return ComesBefore(order, PlaceOf(order, b), PlaceOf(order, a));
    };
    std::make_heap(candidates.begin(), candidates.end(), comes_later);
    for (auto end = candidates.end(); end != candidates.begin() && !pager->full(); --end) {
      std::pop_heap(candidates.begin(), end, comes_later);
      DATELINE_RETURN_IF_ERROR(reader->Take(*(end - 1)));
    }
  } else {
    SortCandidates(params.order, &candidates);
    for (const Candidate& candidate : candidates) DATELINE_RETURN_IF_ERROR(reader->Take(candidate));
  }
  DATELINE_RETURN_IF_ERROR(reader->Finish());
  return found;
}

// Orders by the time of storing need no more than the page itself, however deep it lies.
absl::Status StreamPage(ReleaseIndex& index, const SearchParams& params, const MatchPlan& plan, size_t at_once,
                        SearchReader* reader, SearchPager* pager) {
  const Walk walk{
      .ascending = params.order == ReleaseOrder::kOldest, .after = params.after, .at_once = static_cast<int>(at_once)};
  const auto take = [&](const Candidate& candidate) -> absl::StatusOr<bool> {
    DATELINE_RETURN_IF_ERROR(reader->Take(candidate));
    return !pager->full();
  };
  DATELINE_RETURN_IF_ERROR(index.Stream(plan, walk, take));
  return reader->Finish();
}

absl::StatusOr<std::vector<Correction>> Suggest(ReleaseIndex& index, const SearchParams& params, int total) {
  DATELINE_ASSIGN_OR_RETURN(std::vector<Correction> corrections, index.FindCorrections(params.query));
  if (corrections.empty()) return corrections;
  const MatchPlan better = PlanSearch(WithCorrections(params.query, corrections), params.filter);
  int found = 0;
  if (better.kind != MatchPlan::Kind::kNone) {
    DATELINE_ASSIGN_OR_RETURN(found, index.Count(better, kSearchCandidatesMax));
  }
  if (found <= total) corrections.clear();
  return corrections;
}

}  // namespace

absl::StatusOr<ReleasePage> FindReleasePage(ReleaseIndex& index, const ReleaseQuery& query) {
  const MatchPlan plan = PlanSearch(query.words, query.filter);
  if (plan.kind == MatchPlan::Kind::kNone) return ReleasePage();
  ListPager pager(index, query, plan.exact);
  if (IsByPublication(query.order)) {
    DATELINE_RETURN_IF_ERROR(ListByDay(index, query, plan, &pager));
    return pager.Finish();
  }
  const Walk walk{.ascending = query.order == ReleaseOrder::kOldest, .after = query.after, .at_once = pager.at_once()};
  DATELINE_RETURN_IF_ERROR(index.Stream(plan, walk, [&](const Candidate& candidate) { return pager.Take(candidate); }));
  return pager.Finish();
}

absl::StatusOr<SearchPage> FindSearchPage(ReleaseIndex& index, const SearchParams& params) {
  const MatchPlan plan = PlanSearch(params.query, params.filter);
  SearchPager pager(params, plan.exact);
  const size_t at_once = ReadAtOnce(plan.exact, params.limit);
  // What is evaluated may be asked for anything; what is shown in short needs no more than its text.
  const bool is_short = plan.exact && params.view == View::kBasic;
  SearchReader reader(index, pager, at_once, is_short ? Parts::kText : Parts::kFull);
  SearchPage page;
  ReleaseIndex::Found found;
  const bool nothing = plan.kind == MatchPlan::Kind::kNone;
  if (nothing) {
    page = pager.Finish();
  } else if (plan.exact && (params.order == ReleaseOrder::kNewest || params.order == ReleaseOrder::kOldest)) {
    DATELINE_RETURN_IF_ERROR(StreamPage(index, params, plan, at_once, &reader, &pager));
    page = pager.Finish();
    DATELINE_ASSIGN_OR_RETURN(page.total, index.Count(plan, kSearchCandidatesMax));
  } else {
    DATELINE_ASSIGN_OR_RETURN(found, RankPage(index, params, plan, &reader, &pager));
    page = pager.Finish();
    if (plan.exact) page.total = static_cast<int>(std::min<size_t>(found.candidates.size(), kSearchCandidatesMax));
  }
  if (found.all && plan.exact) {
    page.facets = std::move(found.facets);
  } else if (!params.facets.empty()) {
    // Of a plan that is not exact the pager knows what matches.
    const bool known = !plan.exact || nothing;
    DATELINE_ASSIGN_OR_RETURN(page.facets, known ? index.CountFacets(pager.matches(), params.facets)
                                                 : index.CountFacets(plan, kFacetMatchesMax, params.facets));
  }
  if (params.suggest && page.total < kSuggestBelow) {
    DATELINE_ASSIGN_OR_RETURN(page.corrections, Suggest(index, params, page.total));
  }
  return page;
}

}  // namespace dateline::storage
