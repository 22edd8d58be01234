// Proves the batch form of the offline commands: every line is answered in order under its own id, a bad line does not
// stop the others, and an answer is always one line whatever its strings hold.

#include "services/cli/json_lines.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "services/cli/exit_status.h"

namespace dateline::cli {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

File Holding(const std::string& text) {
  File file(std::tmpfile(), std::fclose);
  std::fwrite(text.data(), 1, text.size(), file.get());
  std::rewind(file.get());
  return file;
}

// The answers to `input` by a command that gives the member "text" back, and fails when there is none.
std::vector<std::string> Answers(const std::string& input, int* status) {
  const File in = Holding(input);
  const File out(std::tmpfile(), std::fclose);
  *status = AnswerLines(
      [](const google::protobuf::Struct& line, exporting::JsonWriter& answer) {
        const std::string text = Field(line, "text");
        if (text.empty()) return Error(absl::StatusCode::kInvalidArgument, "NO_TEXT", "there is none");
        answer.String("said", text);
        return absl::OkStatus();
      },
      in.get(), out.get());
  std::rewind(out.get());
  std::vector<std::string> lines;
  for (std::string line; ReadLine(out.get(), &line);) lines.push_back(line);
  return lines;
}

TEST(AnswerLines, AnswersInOrderUnderTheIdsGiven) {
  int status = 0;
  const auto lines = Answers("{\"id\":\"a\",\"text\":\"x\"}\n\n{\"text\":\"y\"}\n{\"id\":7,\"text\":\"z\"}", &status);
  EXPECT_EQ(lines,
            (std::vector<std::string>{R"({"id":"a","said":"x"})", R"({"id":3,"said":"y"})", R"({"id":7,"said":"z"})"}));
  EXPECT_EQ(status, kOk);
}

TEST(AnswerLines, ABadLineGetsAnErrorAndTheOthersTheirAnswers) {
  int status = 0;
  const auto lines = Answers("no json\n{\"id\":\"b\"}\n{\"id\":\"c\",\"text\":\"z\"}\n", &status);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_NE(lines[0].find("\"id\":1,\"error\":{\"reason\":\"INVALID_LINE\""), std::string::npos) << lines[0];
  EXPECT_EQ(lines[1], R"({"id":"b","error":{"reason":"NO_TEXT","message":"there is none"}})");
  EXPECT_EQ(lines[2], R"({"id":"c","said":"z"})");
  EXPECT_EQ(status, kSomeFailed);
}

TEST(AnswerLines, NothingInAStringEndsTheLine) {
  int status = 0;
  const auto lines = Answers("{\"id\":1,\"text\":\"a\\n\\u2028\\u0085\\\"\\u0001b\"}\n", &status);
  EXPECT_EQ(lines, (std::vector<std::string>{R"({"id":1,"said":"a\n\u2028\u0085\"\u0001b"})"}));
}

// Most lines are read by a short way; what it cannot read is read, or refused, as all JSON is.
TEST(AnswerLines, ReadsEveryFormOfJson) {
  int status = 0;
  const auto lines = Answers(
      " { \"id\" : null , \"text\" : \"x\" } \r\n"
      "{\"id\":\"a<\",\"charset\":null,\"text\":\"\\u00e9\\/\"}\n"
      "{\"id\":[1,{}],\"text\":\"é\",\"more\":{\"a\":[true]}}\n"
      "{\"id\":\"a\",\"text\":\"x\"} more\n"
      "{\"id\":\"a\",\"text\":\"x\n"
      "{\"id\":\"a\" \"text\":\"x\"}\n"
      "{\"id\":\"\xFF\",\"text\":\"x\"}\n",
      &status);
  ASSERT_EQ(lines.size(), 7U);
  EXPECT_EQ(lines[0], R"({"id":null,"said":"x"})");
  EXPECT_NE(lines[1].find("\"said\":\"é/\""), std::string::npos) << lines[1];
  EXPECT_EQ(lines[2], R"({"id":[1,{}],"said":"é"})");
  for (std::size_t i = 3; i < lines.size(); ++i)
    EXPECT_NE(lines[i].find("INVALID_LINE"), std::string::npos) << lines[i];
}

TEST(AnswerLines, ALineOverTheLimitIsAnError) {
  int status = 0;
  const auto lines =
      Answers("{\"id\":1,\"text\":\"" + std::string(kLineBytesMax, 'x') + "\"}\n{\"text\":\"y\"}\n", &status);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find("INVALID_LINE"), std::string::npos);
  EXPECT_EQ(lines[1], R"({"id":2,"said":"y"})");
}

}  // namespace
}  // namespace dateline::cli
