// What people name on the command line: files, folders, URLs; and what happens with what cannot be used. Also the
// addresses of a suite, and the batch form of extract, over real files.

#include "services/cli/inputs.h"

#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "common/base/error.h"
#include "common/testing/temp_dir.h"
#include "services/cli/endpoints.h"
#include "services/cli/exit_status.h"
#include "services/cli/extract_lines.h"

namespace dateline::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Given(const Inputs& inputs) {
  std::vector<std::string> given;
  for (const Item& item : inputs.items) given.push_back(item.given);
  return given;
}

TEST(FindInputs, SearchesFoldersInOrderAndLeavesHiddenFilesOut) {
  const testing::TempDir folder;
  folder.Write("b.txt", "b");
  folder.Write("a/z.html", "z");
  folder.Write("a/.hidden", "h");
  folder.Write(".git/config", "c");
  const Inputs inputs = FindInputs({folder.path().string(), "https://example.org/news", "-"});
  EXPECT_TRUE(inputs.errors.empty());
  EXPECT_THAT(Given(inputs),
              ElementsAre(folder.File("a/z.html"), folder.File("b.txt"), "https://example.org/news", "standard input"));
  EXPECT_EQ(inputs.items[2].kind, Item::Kind::kUrl);
}

TEST(FindInputs, ReportsWhatIsNotThereAndGoesOn) {
  const testing::TempDir folder;
  const std::string file = folder.Write("a.txt", "a");
  std::filesystem::create_directory(folder.File("empty"));
  const Inputs inputs = FindInputs({folder.File("nope"), file, folder.File("empty")});
  ASSERT_EQ(inputs.errors.size(), 2U);
  EXPECT_EQ(ErrorReason(inputs.errors[0]), "NO_SUCH_FILE");
  EXPECT_EQ(ErrorReason(inputs.errors[1]), "NO_FILES");
  EXPECT_THAT(Given(inputs), ElementsAre(file));
}

TEST(ReadItem, RefusesWhatIsTooLargeBeforeReadingIt) {
  const testing::TempDir folder;
  const std::string path = folder.Write("huge", "x");
  std::filesystem::resize_file(path, uintmax_t{1} << 40);  // Sparse: reading it would take an hour.
  EXPECT_EQ(ErrorReason(ReadItem({Item::Kind::kFile, path}).status()), "DOCUMENT_TOO_LARGE");
  EXPECT_EQ(ErrorReason(ReadItem({Item::Kind::kFile, folder.path().string()}).status()), "CANNOT_READ");
}

TEST(ItemUri, IsTheAbsoluteFileUrl) {
  const testing::TempDir folder;
  const std::string path = folder.Write("a b.txt", "x");
  const auto uri = ItemUri({Item::Kind::kFile, path});
  ASSERT_TRUE(uri.ok());
  EXPECT_THAT(*uri, HasSubstr("/a%20b.txt"));
  EXPECT_TRUE(uri->starts_with("file:///"));
}

TEST(Endpoints, AreReadAsTheyWereWritten) {
  const testing::TempDir folder;
  EXPECT_EQ(LoadEndpoints("", folder.path())->storage.address, "127.0.0.1:7410") << "the defaults without a file";
  ASSERT_TRUE(SaveEndpoints(LocalEndpoints(9000), folder.path()).ok());
  const auto endpoints = LoadEndpoints("", folder.path());
  ASSERT_TRUE(endpoints.ok()) << endpoints.status();
  EXPECT_EQ(endpoints->storage.address, "127.0.0.1:9010");
  EXPECT_EQ(endpoints->eventbus.address, "127.0.0.1:9051");
  EXPECT_EQ(endpoints->bus_publish, "127.0.0.1:9050");
  const auto wrong = LoadEndpoints(folder.Write("wrong.toml", "[storage]\nadress = \"x\"\n"), folder.path());
  EXPECT_THAT(std::string(wrong.status().message()), HasSubstr("storage.address")) << "the nearest key is named";
}

// Runs ExtractLines over real streams and gives the lines of its answer.
std::vector<google::protobuf::Struct> RunLines(const std::string& input, int jobs, int* status) {
  std::FILE* in = std::tmpfile();
  std::FILE* out = std::tmpfile();
  std::fwrite(input.data(), 1, input.size(), in);
  std::rewind(in);
  const auto extractor = extraction::Extractor::Create();
  *status = ExtractLines(**extractor, {.jobs = jobs}, in, out);
  std::rewind(out);
  std::string text;
  for (int c = 0; (c = std::getc(out)) != EOF;) text.push_back(static_cast<char>(c));
  std::fclose(in);
  std::fclose(out);
  std::vector<google::protobuf::Struct> objects;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    google::protobuf::Struct object;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(text.substr(at, end - at), &object).ok());
    objects.push_back(std::move(object));
    at = end + 1;
  }
  return objects;
}

TEST(ExtractLines, AnswersInOrderAndReportsErrorsInPlace) {
  const testing::TempDir folder;
  std::string input;
  for (int i = 0; i < 60; ++i) {
    const std::string path =
        folder.Write(std::to_string(i) + ".txt", "Headline Number " + std::to_string(i) +
                                                     "\n\nOslo – Something happened today in the "
                                                     "harbour, the council said, and nobody was hurt.\n");
    input += "{\"id\": " + std::to_string(i) + ", \"path\": \"" + (i == 7 ? folder.File("gone") : path) + "\"}\n";
    if (i == 30) input += "this is no JSON\n";
  }
  int status = 0;
  const auto lines = RunLines(input, 3, &status);
  EXPECT_EQ(status, kSomeFailed);
  ASSERT_EQ(lines.size(), 61U);
  EXPECT_EQ(lines[7].fields().at("error").struct_value().fields().at("reason").string_value(), "CANNOT_READ");
  EXPECT_EQ(lines[31].fields().at("id").number_value(), 32) << "a line that cannot be read is named by its number";
  EXPECT_EQ(lines[60].fields().at("id").number_value(), 59);
  EXPECT_EQ(lines[60].fields().at("release").struct_value().fields().at("title").string_value(), "Headline Number 59");
}

TEST(ExtractLines, GivesTheSameWithAnyNumberOfThreads) {
  const testing::TempDir folder;
  std::string input;
  for (int i = 0; i < 30; ++i) {
    input += "{\"id\": \"" + std::to_string(i) + "\", \"path\": \"" +
             folder.Write(std::to_string(i),
                          "Title " + std::to_string(i) + "\n\nA sentence that ends here, as it should.\n") +
             "\"}\n";
  }
  int status = 0;
  const auto one = RunLines(input, 1, &status);
  EXPECT_EQ(status, kOk);
  const auto four = RunLines(input, 4, &status);
  ASSERT_EQ(one.size(), four.size());
  for (size_t i = 0; i < one.size(); ++i)
    EXPECT_EQ(one[i].SerializeAsString().size(), four[i].SerializeAsString().size());
}

}  // namespace
}  // namespace dateline::cli
