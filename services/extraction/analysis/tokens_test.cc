// Proves that the tokens of a text cover its words exactly, that clitics, dotted letters, numbers and addresses are
// told apart, and that scripts without spaces give one token a character.
#include "services/extraction/analysis/tokens.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dateline::extraction {
namespace {

std::string Joined(std::string_view text, const WordRules& rules = {{"l'", "d'"}, {"'s"}}) {
  const TokenList list = Tokenize(text, rules);
  std::string out;
  for (const Token& token : list.tokens) {
    if (!out.empty()) out += '|';
    out += text.substr(token.begin, token.size());
  }
  return out;
}

TEST(Tokens, PartsWordsFromPossessivesAndKeepsContractions) {
  EXPECT_EQ(Joined("Delta's crew don’t row O'Neil’s boat."), "Delta|'s|crew|don’t|row|O'Neil|’s|boat|.");
}

TEST(Tokens, PartsElisions) {
  EXPECT_EQ(Joined("l’Union d'Ada aujourd'hui"), "l’|Union|d'|Ada|aujourd'hui");
}

TEST(Tokens, KeepsDottedLettersTogether) {
  EXPECT_EQ(Joined("the U.S. river, D.C. and J. Quay"), "the|U.S.|river|,|D.C.|and|J|.|Quay");
}

TEST(Tokens, KeepsSeparatorsInsideNumbersOnly) {
  EXPECT_EQ(Joined("5,000 to 3.5% in 2004-2005, 14th. 1."), "5,000|to|3.5|%|in|2004|-|2005|,|14|th|.|1|.");
}

TEST(Tokens, KeepsAddressesWhole) {
  EXPECT_EQ(Joined("Mail (press@river.example), see https://river.example/a?b=1. Or at@"),
            "Mail|(|press@river.example|)|,|see|https://river.example/a?b=1|.|Or|at|@");
}

TEST(Tokens, GivesOneTokenForEachIdeograph) {
  EXPECT_EQ(Joined("河流5日开放。"), "河|流|5|日|开|放|。");
}

TEST(Tokens, FoldsAndSeesShapes) {
  const TokenList list = Tokenize("GENEVA McKay “Été” ٣\nx", {});
  ASSERT_EQ(list.tokens.size(), 7u);
  EXPECT_EQ(list.Folded(list.tokens[0]), "geneva");
  EXPECT_TRUE(list.tokens[0].Has(kUpper));
  EXPECT_TRUE(list.tokens[0].Has(kLineStart));
  EXPECT_TRUE(list.tokens[1].Has(kInnerCapital));
  EXPECT_FALSE(list.tokens[1].Has(kUpper));
  EXPECT_EQ(list.tokens[2].kind, TokenKind::kMark);
  EXPECT_EQ(list.Folded(list.tokens[3]), "été");
  EXPECT_FALSE(list.tokens[3].Has(kSpaceBefore));
  EXPECT_EQ(list.Folded(list.tokens[5]), "3");
  EXPECT_TRUE(list.tokens[6].Has(kLineStart));
}

TEST(Tokens, EndsOnAnyBytes) {
  for (const char* piece : {"'", "a'", "U.", "@", "a@", "://", "1,", "\xC3", "中", "’s"}) {
    std::string text;
    for (int i = 0; i < 5000; ++i) text += piece;
    const TokenList list = Tokenize(text, {{"l'"}, {"'s"}});
    std::size_t end = 0;
    for (const Token& token : list.tokens) {
      ASSERT_EQ(token.begin, end) << piece;
      end = token.end;
    }
    EXPECT_EQ(end, text.size()) << piece;
  }
}

}  // namespace
}  // namespace dateline::extraction
