// What a row keeps for ranking gives the scores that the texts themselves give.
#include "services/storage/postgres/ranking.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "common/filter/filter.h"
#include "services/storage/postgres/release_blocks.h"
#include "services/storage/postgres/search_entry.h"
#include "services/storage/search_query.h"

namespace dateline::storage::pg {
namespace {

IndexedText Indexed() {
  IndexedText text;
  text.title = "glacier melts in the north";
  text.subtitle = "north station reports";
  text.names = "anais lima \xC2\xB6 north harbour board";
  text.text = "the glacier is watched and the glacier melts the water rises in the north";
  return text;
}

double ScoreOf(const std::string& query, const IndexedText& text) {
  const MatchPlan plan = PlanSearch(*ParseSearchQuery(query), filter::Filter());
  const SearchEntry entry = MakeSearchEntry(text);
  const std::string headings = entry.words.substr(0, entry.words.rfind(kPartBreak));
  return Ranking(plan).Score(entry.ranking, headings);
}

TEST(PostgresRanking, IsThatOfTheTexts) {
  const IndexedText text = Indexed();
  for (const std::string query : {"glacier", "north", "watched", "the", "anais", "station north", "glacier water",
                                  "title:glacier", "title:north rises", "\"anais lima\"", "glacier -absent"}) {
    EXPECT_NEAR(ScoreOf(query, text), MatchIndexed(*ParseSearchQuery(query), text), 1e-9) << query;
  }
}

TEST(PostgresRanking, PutsWhatBeginsSoWhereItStands) {
  const IndexedText text = Indexed();
  EXPECT_GT(ScoreOf("glac*", text), ScoreOf("wat*", text));
  EXPECT_NEAR(ScoreOf("stat*", text),
              MatchIndexed(*ParseSearchQuery("stat*"), text) + kTextWorth / (1 + kTermSaturation), 1e-9)
      << "in the text a prefix counts once";
}

TEST(PostgresRanking, CountsRepeatsLessAndLess) {
  double last = 0;
  for (int repeats = 1; repeats <= 15; ++repeats) {
    IndexedText text;
    text.title = "other";
    for (int i = 0; i < repeats; ++i) text.text += "tide ";
    const double score = ScoreOf("tide", text);
    EXPECT_GT(score, last);
    last = score;
  }
}

TEST(PostgresRanking, IsBoundedByALongText) {
  IndexedText text;
  for (int i = 0; i < 50'000; ++i) text.text += fmt::format("w{0} w{0} ", i);
  text.title = "w77";
  const SearchEntry entry = MakeSearchEntry(text);
  EXPECT_LE(entry.ranking.size(), size_t{32} * 1024);
  EXPECT_GT(ScoreOf("w77", text), 0);
}

TEST(PostgresReleaseBlocks, CoverARangeAndLittleMore) {
  for (const int64_t first : {0, 1, 1'023, 1'024, 5'000, 16'383, 16'384, 40'000}) {
    for (const int64_t length : {1, 20, 1'024, 5'000, 16'384, 30'000, 300'000}) {
      IdRange range{.first = first, .last = first + length - 1};
      const std::string query = *BlocksTsQuery(range);
      const auto covered = [&query](int64_t id) {
        std::string tokens;
        AppendBlockTokens(id, &tokens);
        const std::string small = tokens.substr(1, tokens.find(' ', 1) - 1);
        const std::string large = tokens.substr(tokens.rfind(' ') + 1);
        return query.find(small) != std::string::npos || query.find(large) != std::string::npos;
      };
      for (const int64_t id : {range.first, (range.first + range.last) / 2, range.last}) {
        EXPECT_TRUE(covered(id)) << id << " of " << first << " and " << length << ": " << query;
      }
      EXPECT_FALSE(covered(range.last + 17 * 1'024)) << query;
      EXPECT_FALSE(first >= 17 * 1'024 && covered(range.first - 17 * 1'024)) << query;
    }
  }
  EXPECT_FALSE(BlocksTsQuery({.first = 1, .last = 100'000'000}).has_value()) << "too many to ask for";
}

}  // namespace
}  // namespace dateline::storage::pg
