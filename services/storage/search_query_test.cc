// Proves that the query language is read as documented, that whatever is wrong is refused with its position, and that
// terms of index and query meet: folded letters, accents, pairs of Chinese, Japanese and Korean characters.

#include "services/storage/search_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/error.h"
#include "services/storage/limits.h"

namespace dateline::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Texts(std::string_view text) {
  std::vector<std::string> texts;
  for (const Term& term : SearchTerms(text)) texts.push_back(term.text);
  return texts;
}

// Whether the one clause of `query` occurs in `text`.
bool Finds(std::string_view query, std::string_view text) {
  const auto parsed = ParseSearchQuery(query);
  EXPECT_TRUE(parsed.ok()) << query << ": " << parsed.status();
  if (!parsed.ok()) return false;
  const TermList terms(text);
  for (const Clause& clause : parsed->clauses) {
    if (terms.Find(clause.phrase, 1).empty() != clause.excluded) return false;
  }
  return true;
}

TEST(SearchTerms, FoldsCaseAccentsAndForms) {
  EXPECT_THAT(Texts("Économie CAFÉ naïve"), ElementsAre("economie", "cafe", "naive"));
  EXPECT_THAT(Texts("state-of-the-art 14.5%"), ElementsAre("state", "of", "the", "art", "14", "5"));
  EXPECT_THAT(Texts("ＷＴＯ ２０２６"), ElementsAre("wto", "2026"));
  EXPECT_THAT(Texts("Ёлка Нью-Йорк"), ElementsAre("елка", "нью", "иорк"));
  EXPECT_THAT(Texts("co\u00ADoperation"), ElementsAre("cooperation"));
  EXPECT_THAT(Texts(" \t!?"), IsEmpty());
}

TEST(SearchTerms, ReadsDecomposedLettersLikeComposedOnes) {
  EXPECT_EQ(Texts("e\u0301cole"), Texts("école"));
}

TEST(SearchTerms, GivesPairsAndTheLastCharacterOfARun) {
  EXPECT_THAT(Texts("港口学校"), ElementsAre("港口", "口学", "学校", "校"));
  EXPECT_THAT(Texts("WTO学校 abc"), ElementsAre("wto", "学校", "校", "abc"));
}

TEST(SearchTerms, KeepsOffsetsIntoTheText) {
  const std::string text = "The Élan 学校";
  for (const Term& term : SearchTerms(text)) {
    EXPECT_LE(term.end, text.size());
    EXPECT_EQ(IndexForm(text.substr(term.start, term.end - term.start)).substr(0, term.text.size()), term.text);
  }
}

TEST(SearchTerms, TakesInvalidUtf8AsASeparator) {
  EXPECT_THAT(Texts("one\xFFtwo\xC3"), ElementsAre("one", "two"));
}

TEST(SearchTerms, AreTheSameWhereWordsAreGonePast) {
  TermScanner::Letters wanted;
  for (const char letter : std::string_view("gn1")) wanted.set(static_cast<size_t>(letter));
  for (const std::string text :
       {"Genève, Nice and others met 19 times — naïve", "cafe\xCC\x81 gone", "abc\xE5\x8C\x97\xE4\xBA\xAC def",
        "na\xC2\xADme o\xE2\x80\x99neill\xE2\x80\x99s", "don't X-ray \xCC\x81gap", "bad\xFFgood", ""}) {
    const std::vector<Term> terms = SearchTerms(text);
    size_t next = 0;
    for (TermScanner scanner(text); scanner.Next(wanted);) {
      ASSERT_LT(next, terms.size()) << text;
      EXPECT_EQ(scanner.start(), terms[next].start) << text;
      if (!scanner.text().empty()) {
        EXPECT_EQ(scanner.text(), terms[next].text) << text;
      } else {
        while (next + 1 < terms.size() && terms[next].end < scanner.end()) {
          EXPECT_NE(terms[next].text.find_first_of("gn1"), 0U) << terms[next].text;
          ++next;
        }
        EXPECT_NE(terms[next].text.find_first_of("gn1"), 0U) << terms[next].text;
      }
      EXPECT_EQ(scanner.end(), terms[next].end) << text;
      ++next;
    }
    EXPECT_EQ(next, terms.size()) << text;
  }
}

TEST(SearchTerms, CutsEndlessWords) {
  const auto texts = Texts(std::string(10'000, 'x'));
  ASSERT_EQ(texts.size(), 1u);
  EXPECT_EQ(texts[0].size(), kTermBytesMax);
}

TEST(ParseSearchQuery, ReadsEveryForm) {
  const auto query = ParseSearchQuery("River \"climate fund\" migra* -draft title:Sanya -title:\"old news\"");
  ASSERT_TRUE(query.ok()) << query.status();
  ASSERT_EQ(query->clauses.size(), 6u);
  EXPECT_THAT(query->clauses[0].phrase.terms, ElementsAre("river"));
  EXPECT_THAT(query->clauses[1].phrase.terms, ElementsAre("climate", "fund"));
  EXPECT_TRUE(query->clauses[2].phrase.prefix);
  EXPECT_TRUE(query->clauses[3].excluded);
  EXPECT_TRUE(query->clauses[4].title_only);
  EXPECT_TRUE(query->clauses[5].excluded && query->clauses[5].title_only);
  EXPECT_THAT(query->clauses[5].phrase.terms, ElementsAre("old", "news"));
}

TEST(ParseSearchQuery, FindsWhatTheTextSays) {
  EXPECT_TRUE(Finds("economie", "L’Économie verte"));
  EXPECT_TRUE(Finds("“climate fund”", "a climate fund for all"));
  EXPECT_FALSE(Finds("\"climate fund\"", "a climate of fund raising"));
  EXPECT_TRUE(Finds("state-of-the-art", "a state of the art port"));
  EXPECT_TRUE(Finds("migra*", "Migration"));
  EXPECT_FALSE(Finds("migra", "Migration"));
  EXPECT_FALSE(Finds("port -school", "port and school"));
}

TEST(ParseSearchQuery, FindsWordsOfOneTwoAndMoreCharactersWithoutSpaces) {
  const std::string text = "三亚港口学校今天开学。WTO参加";
  for (const char* query : {"港口", "学校", "港口学校", "学", "学校今天", "校", "开学 WTO", "\"WTO参加\"", "学*"}) {
    EXPECT_TRUE(Finds(query, text)) << query;
  }
  for (const char* query : {"校学", "学港", "港WTO参", "机"}) EXPECT_FALSE(Finds(query, text)) << query;
  EXPECT_TRUE(Finds("학교", "새로운 학교가 문을 열다"));
  EXPECT_TRUE(Finds("カード", "新しいカードです"));
}

TEST(ParseSearchQuery, RefusesWhatIsWrongAndSaysWhere) {
  struct Case {
    std::string query;
    std::string position;
  };
  const Case cases[] = {{"", "0"},
                        {"   ", "0"},
                        {"&", "0"},
                        {"ab \"open", "3"},
                        {"a*b", "1"},
                        {"-draft", "0"},
                        {"ok title:", "3"},
                        {"ok *", "3"},
                        {"ok \"--\"", "3"},
                        {"a title:-", "2"},
                        {std::string(kQueryBytesMax + 1, 'x'), std::to_string(kQueryBytesMax)}};
  for (const Case& c : cases) {
    const auto query = ParseSearchQuery(c.query);
    ASSERT_FALSE(query.ok()) << c.query;
    EXPECT_EQ(query.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ErrorReason(query.status()), "INVALID_QUERY");
    EXPECT_EQ(ErrorMetadataValue(query.status(), "position"), c.position) << c.query;
  }
}

TEST(ParseSearchQuery, PassesOverLoneSigns) {
  const auto query = ParseSearchQuery("rock & roll");
  ASSERT_TRUE(query.ok());
  EXPECT_EQ(query->clauses.size(), 2u);
}

TEST(ParseSearchQuery, TakesSyntaxOfOtherLanguagesAsWords) {
  for (const char* query : {"NEAR(a b)", "a OR b", "text:secret", "a^2", "{x}", "a' OR 1=1 --", "title : a"}) {
    EXPECT_TRUE(ParseSearchQuery(query).ok()) << query;
  }
}

TEST(ParseSearchQuery, RefusesTooManyWords) {
  std::string query;
  for (size_t i = 0; i <= kQueryTermsMax; ++i) query += "w ";
  EXPECT_EQ(ErrorReason(ParseSearchQuery(query).status()), "INVALID_QUERY");
}

}  // namespace
}  // namespace dateline::storage
