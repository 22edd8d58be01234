#pragma once
// What a release is ranked by, kept in its row of search: of every word that stands in its headings, or several times
// in its text, how often it stands in which part. That is little enough to be read of ten thousand releases, where
// their terms are long and stand outside of the rows, and it gives the scores of every other store. Pure and
// thread-safe.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "services/storage/match_plan.h"

namespace dateline::storage::pg {

// How often a word stands in the parts of a release.
struct Occurrences {
  int title = 0;
  int subtitle = 0;
  int names = 0;
  int text = 0;
};
// In no order.
using TermCounts = absl::flat_hash_map<std::string_view, Occurrences, std::hash<std::string_view>>;

// Four bytes for each word, ascending: 22 bits of a hash and the counts, to 3 in a heading and to 15 in the text. Of a
// release with more than 8,192 such words those with the lowest hashes.
std::string PackRanking(const TermCounts& terms);

// The words of a plan that are ranked by, asked of one release after the other. All of them stand in each release.
class Ranking {
 public:
  explicit Ranking(const MatchPlan& plan);

  bool empty() const { return phrases_.empty(); }
  // Whether a word stands for all that begin with it, which have no hash: Score() then needs the headings.
  bool reads_headings() const { return reads_headings_; }
  // `headings`: title, subtitle and names as in SearchEntry::words; how often a prefix stands in a text is not known
  // and counts once. Of a phrase it is known how often its words do.
  double Score(std::string_view packed, std::string_view headings) const;

 private:
  struct Word {
    uint32_t hash = 0;
    std::string prefix{};  // Not empty: what it begins with.
  };
  struct RankedPhrase {
    uint8_t columns = kWordColumns;
    std::vector<Word> words;
  };
  std::vector<RankedPhrase> phrases_;
  bool reads_headings_ = false;
};

}  // namespace dateline::storage::pg
