// Proves that edits rebuild both texts, that they are the shortest where it can be told, and that cost is bounded:
// known pairs, pairs made at random, and texts that share nothing.

#include "services/storage/revisions/word_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace dateline::storage {
namespace {

// The edits as people write them: [-removed-]{+added+}.
std::string Marked(std::string_view before, std::string_view after) {
  std::string text;
  for (const Edit& edit : DiffWords(before, after)) {
    const std::string_view old_words = before.substr(edit.before_begin, edit.before_end - edit.before_begin);
    const std::string_view new_words = after.substr(edit.after_begin, edit.after_end - edit.after_begin);
    switch (edit.kind) {
      case Edit::Kind::kKept:
        text += old_words;
        break;
      case Edit::Kind::kRemoved:
        text += "[-" + std::string(old_words) + "-]";
        break;
      case Edit::Kind::kAdded:
        text += "{+" + std::string(new_words) + "+}";
        break;
    }
  }
  return text;
}

// Both texts, rebuilt from the edits; also checks that ranges follow one another.
std::pair<std::string, std::string> Rebuild(std::string_view before, std::string_view after) {
  std::pair<std::string, std::string> rebuilt;
  uint32_t at_before = 0;
  uint32_t at_after = 0;
  const Edit* last = nullptr;
  const auto edits = DiffWords(before, after);
  for (const Edit& edit : edits) {
    EXPECT_EQ(edit.before_begin, at_before);
    EXPECT_EQ(edit.after_begin, at_after);
    EXPECT_TRUE(last == nullptr || last->kind != edit.kind);
    EXPECT_FALSE(last != nullptr && last->kind == Edit::Kind::kAdded && edit.kind == Edit::Kind::kRemoved);
    at_before = edit.before_end;
    at_after = edit.after_end;
    last = &edit;
    const std::string_view old_words = before.substr(edit.before_begin, edit.before_end - edit.before_begin);
    const std::string_view new_words = after.substr(edit.after_begin, edit.after_end - edit.after_begin);
    if (edit.kind == Edit::Kind::kKept) {
      EXPECT_EQ(old_words, new_words);
    }
    rebuilt.first += old_words;
    rebuilt.second += new_words;
  }
  return rebuilt;
}

TEST(DiffWords, MarksWhatChanged) {
  EXPECT_EQ(Marked("over 14 million people", "over 12 million people"), "over [-14-]{+12+} million people");
  EXPECT_EQ(Marked("One.\n\nTwo.\n\nThree.", "One.\n\nThree."), "One.\n\n[-Two.\n\n-]Three.");
  EXPECT_EQ(Marked("One.\n\nThree.", "One.\n\nTwo.\n\nThree."), "One.\n\n{+Two.\n\n+}Three.");
  EXPECT_EQ(Marked("", "new"), "{+new+}");
  EXPECT_EQ(Marked("old", ""), "[-old-]");
  EXPECT_EQ(Marked("same", "same"), "same");
  EXPECT_TRUE(DiffWords("", "").empty());
}

TEST(DiffWords, ReadsARewrittenPhraseAsOne) {
  EXPECT_EQ(Marked("the port of Lomas opened", "the harbour in Rivera opened"),
            "the [-port of Lomas-]{+harbour in Rivera+} opened");
}

TEST(DiffWords, TakesChineseByCharacters) {
  EXPECT_EQ(Marked("会议于周五在三亚举行。", "会议于周六在三亚举行。"), "会议于周[-五-]{+六+}在三亚举行。");
}

TEST(DiffWords, RebuildsBothTexts) {
  std::mt19937 random(7);
  const std::vector<std::string> words = {"a", "b", "c", "dd", " ", "  ", "\n\n", ".", "é", "中", "—", "“"};
  const auto make = [&] {
    std::string text;
    for (auto i = random() % 40; i > 0; --i) text += words[random() % words.size()];
    return text;
  };
  for (int round = 0; round < 3000; ++round) {
    const std::string before = make();
    const std::string after = make();
    const auto [first, second] = Rebuild(before, after);
    ASSERT_EQ(first, before) << Marked(before, after);
    ASSERT_EQ(second, after) << Marked(before, after);
  }
}

// Without white space and paragraphs the script has to be as short as the table of all ways says.
TEST(DiffWords, IsShortest) {
  std::mt19937 random(8);
  for (int round = 0; round < 300; ++round) {
    std::string before;
    std::string after;
    for (auto i = random() % 12; i > 0; --i) before += std::string("中文字").substr(3 * (random() % 3), 3);
    for (auto i = random() % 12; i > 0; --i) after += std::string("中文字").substr(3 * (random() % 3), 3);
    const size_t n = before.size() / 3;
    const size_t m = after.size() / 3;
    std::vector<std::vector<size_t>> table(n + 1, std::vector<size_t>(m + 1));
    for (size_t i = 0; i <= n; ++i) {
      for (size_t j = 0; j <= m; ++j) {
        if (i == 0 || j == 0) {
          table[i][j] = i + j;
        } else if (before.substr(3 * (i - 1), 3) == after.substr(3 * (j - 1), 3)) {
          table[i][j] = table[i - 1][j - 1];
        } else {
          table[i][j] = 1 + std::min(table[i - 1][j], table[i][j - 1]);
        }
      }
    }
    size_t changed = 0;
    for (const Edit& edit : DiffWords(before, after)) {
      if (edit.kind == Edit::Kind::kRemoved) changed += (edit.before_end - edit.before_begin) / 3;
      if (edit.kind == Edit::Kind::kAdded) changed += (edit.after_end - edit.after_begin) / 3;
    }
    EXPECT_EQ(changed, table[n][m]) << before << " / " << after;
  }
}

TEST(DiffWords, GivesUpInBoundedTimeOnWhatSharesNothing) {
  std::string before;
  std::string after;
  for (int i = 0; i < 20'000; ++i) {
    before += "old" + std::to_string(i) + " ";
    after += "new" + std::to_string(i) + " ";
  }
  const auto [first, second] = Rebuild(before, after);
  EXPECT_EQ(first, before);
  EXPECT_EQ(second, after);
}

TEST(DiffWords, TakesNumbersAndContractionsWhole) {
  const auto changed = [](std::string_view before, std::string_view after) {
    std::string words;
    for (const Edit& edit : DiffWords(before, after)) {
      if (edit.kind == Edit::Kind::kRemoved) {
        words += "-" + std::string(before.substr(edit.before_begin, edit.before_end - edit.before_begin));
      }
      if (edit.kind == Edit::Kind::kAdded) {
        words += "+" + std::string(after.substr(edit.after_begin, edit.after_end - edit.after_begin));
      }
    }
    return words;
  };
  EXPECT_EQ(changed("It costs 1.2 million.", "It costs 1.4 million."), "-1.2+1.4");
  EXPECT_EQ(changed("10,500 people came", "11,500 people came"), "-10,500+11,500");
  EXPECT_EQ(changed("We don't know.", "We won\u2019t know."), "-don't+won\u2019t");
  EXPECT_EQ(changed("In 2025. Later", "In 2026. Later"), "-2025+2026");
  EXPECT_EQ(changed("Olsen, said", "Meyer, said"), "-Olsen+Meyer");
}

TEST(CountWords, CountsWordsAndCharacters) {
  EXPECT_EQ(CountWords("The port opened on 3 March — at last."), 8);
  EXPECT_EQ(CountWords("会议 三亚"), 4);
  EXPECT_EQ(CountWords(" … \n"), 0);
}

}  // namespace
}  // namespace dateline::storage
