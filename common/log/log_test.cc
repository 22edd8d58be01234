// Proves that every call gives exactly one well-formed line: the shape of both formats, escaping of whatever a value
// may hold (control characters, broken UTF-8, terminal sequences), limits, levels, and that lines of many threads stay
// whole.

#include "common/log/log.h"

#include <algorithm>
#include <limits>
#include <thread>
#include <vector>

#include "common/config/schema.h"
#include "common/log/line.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dateline::log {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

// 2023-11-14T22:13:20Z and a bit.
const WallTime kTime = FromMicros(1'700'000'000'012'345);

std::string Json(std::vector<Field> fields) {
  return JsonLine(kTime, Level::kInfo, "demo", "e", fields);
}
std::string Text(std::vector<Field> fields) {
  return TextLine(kTime, Level::kInfo, "demo", "e", fields);
}
std::string Escaped(std::string_view text) {
  std::string out;
  AppendEscaped(&out, text);
  return out;
}

TEST(JsonLine, HasTheStandardFieldsAndTypedValues) {
  EXPECT_EQ(
      Json({{"text", "a b"}, {"int", -1}, {"big", std::numeric_limits<uint64_t>::max()}, {"half", 0.5}, {"yes", true}}),
      "{\"time\":\"2023-11-14T22:13:20.012345Z\",\"level\":\"info\",\"service\":\"demo\",\"event\":\"e\","
      "\"text\":\"a b\",\"int\":-1,\"big\":18446744073709551615,\"half\":0.5,\"yes\":true}");
}

TEST(JsonLine, NumbersWithoutJsonSpellingAreTexts) {
  EXPECT_THAT(Json({{"x", std::numeric_limits<double>::quiet_NaN()}}), HasSubstr("\"x\":\"nan\""));
  EXPECT_THAT(Json({{"x", -std::numeric_limits<double>::infinity()}}), HasSubstr("\"x\":\"-inf\""));
}

TEST(JsonLine, TakenKeysAreRenamed) {
  EXPECT_THAT(Json({{"time", 1}}), EndsWith(",\"field_time\":1}"));
}

TEST(TextLine, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(
      Text({{"port", 7410}, {"path", "/a/b"}, {"title", "a b"}, {"empty", ""}, {"eq", "a=b"}, {"no", false}}),
      "2023-11-14T22:13:20.012345Z INFO  demo e port=7410 path=/a/b title=\"a b\" empty=\"\" eq=\"a=b\" no=false");
}

TEST(TextLine, TimesBefore1970AreRight) {
  EXPECT_THAT(TextLine(FromMicros(-1), Level::kError, "", "e", {}), "1969-12-31T23:59:59.999999Z ERROR e");
}

TEST(Escaping, ControlCharactersAndQuotes) {
  EXPECT_EQ(Escaped("a\"b\\c\nd\re\tf"), "a\\\"b\\\\c\\nd\\re\\tf");
  EXPECT_EQ(Escaped(std::string_view("\0\x01\x1b[31m\x7f", 8)), "\\u0000\\u0001\\u001b[31m\\u007f");
  EXPECT_EQ(Escaped("\xC2\x9B"
                    "31m"),
            "\\u009b31m");  // The one-character form of ESC [.
}

TEST(Escaping, ValidUtf8Stays) {
  const std::string text = "Z\xC3\xBCrich \xE6\x9D\xB1\xE4\xBA\xAC \xF0\x9F\x8C\x8D \xC2\xA0";
  EXPECT_EQ(Escaped(text), text);
}

TEST(Escaping, BrokenUtf8IsReplaced) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(Escaped("a\xFF"
                    "b"),
            "a" + bad + "b");
  EXPECT_EQ(Escaped("\xC3"), bad);                                // Cut off.
  EXPECT_EQ(Escaped("\xC0\xAF"), bad + bad);                      // Not the shortest form.
  EXPECT_EQ(Escaped("\xED\xA0\x80"), bad + bad + bad);            // A surrogate.
  EXPECT_EQ(Escaped("\xF4\x90\x80\x80"), bad + bad + bad + bad);  // Above U+10FFFF.
}

TEST(Limits, LongValuesAreCutAtACharacter) {
  const std::string longest(kValueBytesMax, 'x');
  EXPECT_THAT(Json({{"x", longest}}), HasSubstr("\"" + longest + "\""));
  std::string text(kValueBytesMax - 1, 'x');
  text += "\xC3\xBC and more";
  EXPECT_THAT(Json({{"x", text}}), HasSubstr(std::string(kValueBytesMax - 1, 'x') + "... (11 bytes more)\""));
}

TEST(Limits, FieldsAreCounted) {
  const std::vector<Field> fields(kFieldsMax + 10, Field{"k", 1});
  const std::string line = Text(fields);
  EXPECT_EQ(std::count(line.begin(), line.end(), '='), static_cast<std::ptrdiff_t>(kFieldsMax));
}

TEST(Log, WritesOneLinePerCallAtOrAboveTheLevel) {
  const Capture capture;
  Init({.service = "demo", .format = "text", .level = "warn"});
  Debug("hidden");
  Info("hidden");
  Warn("shown", {{"status", absl::NotFoundError("no such\nfile")}});
  Error("shown_too", {{"name", std::string("n")}});
  EXPECT_THAT(capture.lines(), ElementsAre(EndsWith("Z WARN  demo shown status=\"NOT_FOUND: no such\\nfile\""),
                                           EndsWith("Z ERROR demo shown_too name=n")));
  EXPECT_FALSE(Enabled(Level::kInfo));
  EXPECT_TRUE(capture.Contains("shown_too"));
  EXPECT_FALSE(capture.Contains("hidden"));
  Init({});
}

TEST(Log, FormatCanChange) {
  const Capture capture;
  Init({.service = "demo", .format = "json", .level = "info"});
  Write(Level::kInfo, "e", std::vector<Field>{{"k", absl::OkStatus()}});
  Init({});
  ASSERT_THAT(capture.lines(), SizeIs(1));
  EXPECT_THAT(capture.lines()[0], EndsWith("\"service\":\"demo\",\"event\":\"e\",\"k\":\"OK\"}"));
}

TEST(Log, GoesToStandardErrorWithALineEnd) {
  Init({.service = "demo", .format = "text", .level = "info"});
  ::testing::internal::CaptureStderr();
  Info("started", {{"port", 1}});
  Flush();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), MatchesRegex("[^\n]*Z INFO  demo started port=1\n"));
  Init({});
}

TEST(Log, LinesOfManyThreadsStayWhole) {
  const Capture capture;
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < kLines; ++i) Info("event", {{"text", "0123456789 0123456789"}});
    });
  }
  // The settings change under them.
  for (int i = 0; i < 20; ++i) Init({.service = "other", .format = "text", .level = "info"});
  for (std::thread& thread : threads) thread.join();
  Init({});
  const std::vector<std::string> lines = capture.lines();
  EXPECT_THAT(lines, SizeIs(kThreads * kLines));
  for (const std::string& line : lines) EXPECT_THAT(line, EndsWith(" event text=\"0123456789 0123456789\""));
}

TEST(AddOptions, RegistersFormatAndLevel) {
  Options options;
  config::Schema schema;
  AddOptions(schema, &options);
  EXPECT_TRUE(schema.LoadText("[log]\nformat = \"json\"\nlevel = \"debug\"", "t").ok());
  EXPECT_EQ(options.format, "json");
  EXPECT_EQ(options.level, "debug");
  EXPECT_FALSE(schema.LoadText("[log]\nlevel = \"trace\"", "t").ok());
}

}  // namespace
}  // namespace dateline::log
