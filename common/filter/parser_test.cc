// Proves the grammar: what each construct parses to (through Print, which is proved to be its inverse by generated
// trees), and that every kind of mistake is refused with INVALID_FILTER, its byte offset and the place in the message.

#include "common/filter/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "common/base/error.h"

namespace dateline::filter {
namespace {

using ::testing::HasSubstr;

std::string Reprint(std::string_view filter) {
  const absl::StatusOr<Expression> parsed = Parse(filter);
  return parsed.ok() ? Print(*parsed) : "error: " + std::string(parsed.status().message());
}

TEST(Parser, UnderstandsEveryConstruct) {
  const struct {
    const char* filter;
    const char* printed;
  } kCases[] = {
      {"", ""},
      {"   ", ""},
      {"climate", "climate"},
      {"\"climate change\"", "\"climate change\""},
      {"'it is'", "\"it is\""},
      {"l'eau", "\"l'eau\""},
      {"climate migration", "climate AND migration"},
      {"a AND b OR c", "a AND b OR c"},
      {"a b AND c d", "a AND b AND c AND d"},
      {"(a AND b) OR c", "(a AND b) OR c"},
      {"((a))", "a"},
      {"-a NOT b", "NOT a AND NOT b"},
      {"NOT (a b)", "NOT (a AND b)"},
      {"NOT (NOT a)", "NOT (NOT a)"},
      {"and or not", "and AND or AND not"},
      {"\"AND\"", "\"AND\""},
      {"title=x", "title = x"},
      {"title = \"x y\"", "title = \"x y\""},
      {"people.display_name:\"Ban Ki-moon\"", "people.display_name:\"Ban Ki-moon\""},
      {"a.b!=1 c.d >= -2.5", "a.b != 1 AND c.d >= \"-2.5\""},
      {"x<1 y<=2 z>3", "x < 1 AND y <= 2 AND z > 3"},
      {"create_time > 2018-01-05T11:30:00+01:00", "create_time > \"2018-01-05T11:30:00+01:00\""},
      {"uri = \"*iom.int*\"", "uri = *iom.int*"},
      {"r:*", "r:*"},
      {"a = \"1\\*2\"", "a = \"1\\*2\""},
      {"a = x**y", "a = x*y"},
      {"co-operation U.S. 14:30", "co-operation AND U.S. AND \"14:30\""},
      {"near(sanya, 50)", "near(sanya, 50)"},
      {"NOT near()", "NOT near()"},
      {"移民　中国", "\"移民\" AND \"中国\""},
  };
  for (const auto& [filter, printed] : kCases) EXPECT_EQ(Reprint(filter), printed) << filter;
}

TEST(Parser, BindsOrTighterThanAnd) {
  const absl::StatusOr<Expression> parsed = Parse("a AND b OR c");
  ASSERT_TRUE(parsed.ok());
  ASSERT_EQ(parsed->kind, Expression::Kind::kAnd);
  ASSERT_EQ(parsed->children.size(), 2u);
  EXPECT_EQ(parsed->children[1].kind, Expression::Kind::kOr);
}

TEST(Parser, SaysWhereAndWhatWasExpected) {
  const struct {
    const char* filter;
    const char* position;
    const char* message;
  } kCases[] = {
      {"title =", "7", "expected a value after \"=\", found the end"},
      {"title = AND x", "8", "found \"AND\""},
      {"(a b", "0", "never closed"},
      {"a b)", "3", "never opened"},
      {"a OR", "4", "expected a word, a comparison or \"(\", found the end"},
      {"a AND AND b", "6", "found \"AND\""},
      {"\"abc", "0", "never closed"},
      {"a = \"x\\n\"", "6", "backslash"},
      {"! a", "0", "NOT"},
      {"a[0] = 1", "1", "no meaning"},
      {"- a", "2", "right behind"},
      {"\"title\" = x", "0", "expected the name of a field before the operator, found \"\"title\"\""},
      {"a..b = x", "0", "the name of a field"},
      {"2x = 1", "0", "the name of a field"},
      {"language = (en OR fr)", "11", "repeat the field: language=a OR language=b"},
      {"uri = https://iom.int", "11", "quotation marks"},
      {"near(a", "6", "\",\" or \")\""},
      {"near(a,)", "7", "argument after"},
  };
  for (const auto& [filter, position, message] : kCases) {
    const absl::Status status = Parse(filter).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << filter;
    EXPECT_EQ(ErrorReason(status), "INVALID_FILTER") << filter;
    EXPECT_EQ(ErrorMetadataValue(status, "position"), position) << filter << ": " << status.message();
    EXPECT_THAT(std::string(status.message()), HasSubstr(message)) << filter;
    EXPECT_THAT(std::string(status.message()), HasSubstr(">>>")) << filter;
  }
}

TEST(Parser, RefusesWhatExceedsALimit) {
  EXPECT_EQ(ErrorReason(Parse(std::string(kFilterBytesMax + 1, 'a')).status()), "INVALID_FILTER");
  EXPECT_TRUE(Parse(std::string(kFilterBytesMax, 'a')).ok());
  const auto nested = [](size_t depth) { return std::string(depth, '(') + "a" + std::string(depth, ')'); };
  EXPECT_TRUE(Parse(nested(kDepthMax)).ok());
  EXPECT_EQ(ErrorReason(Parse(nested(kDepthMax + 1)).status()), "INVALID_FILTER");
  std::string words;
  for (size_t i = 0; i < kTermsMax; ++i) words += "a ";
  EXPECT_TRUE(Parse(words).ok());
  EXPECT_EQ(ErrorReason(Parse(words + "a").status()), "INVALID_FILTER");
  EXPECT_EQ(ErrorReason(Parse("a*b*c*d*e*f*g*h*i").status()), "INVALID_FILTER");
  EXPECT_EQ(ErrorReason(Parse("a.b.c.d.e.f.g.h.i = 1").status()), "INVALID_FILTER");
  EXPECT_EQ(ErrorReason(Parse("a\xFF").status()), "INVALID_FILTER");
}

// Makes random trees of the shape that the parser makes.
class TreeMaker {
 public:
  explicit TreeMaker(uint64_t seed) : random_(seed) {}

  Expression Make(int depth) {
    Expression tree;
    const int kind = Pick(depth > 0 ? 6 : 3);
    if (kind == 0) return Words();
    if (kind == 1 || kind == 2) {
      tree.kind = kind == 1 ? Expression::Kind::kComparison : Expression::Kind::kFunction;
      for (int i = Pick(3); i >= 0; --i) tree.path.push_back(Pick(2) == 0 ? "people" : "display_name");
      if (kind == 1) {
        tree.comparator = static_cast<Comparator>(Pick(7));
        tree.value = Value();
      } else {
        for (int i = Pick(3); i > 0; --i) tree.children.push_back(Words());
      }
      return tree;
    }
    tree.kind = kind == 3 ? Expression::Kind::kAnd : kind == 4 ? Expression::Kind::kOr : Expression::Kind::kNot;
    const int count = kind == 5 ? 1 : 2 + Pick(2);
    while (tree.children.size() < static_cast<size_t>(count)) {
      Expression child = Make(depth - 1);
      if (child.kind != tree.kind || kind == 5) tree.children.push_back(std::move(child));
    }
    return tree;
  }

 private:
  int Pick(int below) { return static_cast<int>(random_() % static_cast<uint64_t>(below)); }

  Pattern Value() {
    static const char* const kParts[] = {"a", "Z9", " ",   "\"", "\\", "*", "-", ":",
                                         "é", "移", "AND", ".",  "'",  "(", "\n"};
    Pattern value;
    for (int i = Pick(5); i > 0; --i) value.pieces.back() += kParts[Pick(15)];
    if (Pick(3) == 0) {
      if (Pick(2) == 0)
        value.pieces.insert(value.pieces.begin(), "");
      else
        value.pieces.emplace_back(Pick(2) == 0 ? "" : "b c");
    }
    return value;
  }

  Expression Words() {
    Expression words;
    words.kind = Expression::Kind::kWords;
    words.value = Value();
    return words;
  }

  std::mt19937_64 random_;
};

TEST(Parser, ReadsBackWhatPrintWrites) {
  const char* given = std::getenv("DATELINE_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 20261122;
  for (uint64_t i = 0; i < 3000; ++i) {
    const Expression tree = TreeMaker(seed + i).Make(4);
    const std::string printed = Print(tree);
    if (printed.size() > kFilterBytesMax) continue;
    const absl::StatusOr<Expression> parsed = Parse(printed);
    if (!parsed.ok() && std::string(parsed.status().message()).find("at most 128 terms") != std::string::npos) continue;
    ASSERT_TRUE(parsed.ok()) << "seed " << seed + i << ": " << printed << ": " << parsed.status().message();
    ASSERT_TRUE(*parsed == tree) << "seed " << seed + i << ": " << printed << " became " << Print(*parsed);
  }
}

}  // namespace
}  // namespace dateline::filter
