#pragma once
// Lists and searches as every database answers them: what its index finds, read, evaluated in memory where the index
// was not sure, and put on a page. A back end only gives the index. Functions of one snapshot; nothing here is shared
// between threads.

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/storage/match_plan.h"
#include "services/storage/search_page.h"
#include "services/storage/store.h"

namespace dateline::storage {

// A walk over what is found.
struct Walk {
  bool ascending = false;
  std::optional<Position> after;
  int at_once = 32;  // How many the caller expects to need.
};

// What is read of a release: what lists show; the same and the text, which search cuts its words from; all that is
// answered.
enum class Parts { kBasic, kText, kFull };

// The index and the rows of a database, in one snapshot. Plans are never of kNone.
class ReleaseIndex {
 public:
  // Answers false to end the walk.
  using Take = std::function<absl::StatusOr<bool>(const Candidate&)>;

  virtual ~ReleaseIndex() = default;

  // What candidates are put in order by.
  enum class Measure { kScore, kDay };
  struct Found {
    std::vector<Candidate> candidates;            // The latest first.
    bool all = false;                             // There are no more.
    std::vector<std::vector<FacetCount>> facets;  // With `all`, of the fields that were asked for.
  };

  // What the plan finds, at most `most`, with what it is measured by.
  virtual absl::StatusOr<Found> Find(const MatchPlan& plan, Measure measure, int most,
                                     const std::vector<FacetField>& fields) = 0;
  // How many the plan finds, counted to `most`.
  virtual absl::StatusOr<int> Count(const MatchPlan& plan, int most) = 0;
  // Gives what the plan finds, in the order of ids, which is that of storing.
  virtual absl::Status Stream(const MatchPlan& plan, const Walk& walk, const Take& take) = 0;
  // Gives all releases by the day of publication, with their days.
  virtual absl::Status StreamByDay(const Walk& walk, const Take& take) = 0;
  // In the order of `ids`; DATA_LOSS when one is missing.
  virtual absl::StatusOr<std::vector<release::v1::Release>> Load(const std::vector<uint64_t>& ids, Parts parts) = 0;
  virtual absl::StatusOr<std::vector<std::vector<FacetCount>>> CountFacets(const std::vector<uint64_t>& ids,
                                                                           const std::vector<FacetField>& fields) = 0;
  // Of all that the plan finds, to the latest `most`.
  virtual absl::StatusOr<std::vector<std::vector<FacetCount>>> CountFacets(const MatchPlan& plan, int most,
                                                                           const std::vector<FacetField>& fields) = 0;
  // Better spellings of the words of a query, whether or not more is found with them.
  virtual absl::StatusOr<std::vector<Correction>> FindCorrections(const SearchQuery& query) = 0;
};

absl::StatusOr<ReleasePage> FindReleasePage(ReleaseIndex& index, const ReleaseQuery& query);
absl::StatusOr<SearchPage> FindSearchPage(ReleaseIndex& index, const SearchParams& params);

}  // namespace dateline::storage
