// Bad input by the real programs: each gives one line that names the input and the remedy, and a non-zero exit status;
// the rest of the batch goes on and nothing is lost.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

#include "common/testing/ports.h"
#include "tests/support/releases.h"
#include "tests/support/running_suite.h"

namespace dateline::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

struct Bad {
  std::string input;
  std::vector<std::string> words;  // What its error line must hold besides its name.
};

std::string SparseFile(const TempDir& folder, const std::string& name, uintmax_t bytes) {
  const std::string path = folder.Write(name, "Press release\n");
  std::filesystem::resize_file(path, bytes);
  return path;
}

std::vector<Bad> BadInputs(const TempDir& folder) {
  return {
      {folder.Write("empty.txt", ""), {"empty"}},
      {folder.Write("spaces.txt", " \n\t \n"), {"empty"}},
      {folder.Write("report.pdf", std::string("%PDF-1.7\n\x01\x02\x00\x03 binary", 24)), {"PDF", "text"}},
      {folder.Write("noise.txt", std::string("a\0b\0c\x01\x02\x03\x04\x05\x06", 12)), {"binary"}},
      {SparseFile(folder, "huge.txt", 100U << 20), {"100 MiB", "32 MiB"}},
      {folder.Write("latin1.txt", "Communiqu\xE9 de presse\n\nParis \x96 Le texte n'est pas en UTF-8.\n"),
       {"UTF-8", "charset"}},
      {folder.File("missing.txt"), {"no such file"}},
      {"http://127.0.0.1:9/release", {"no connection"}},
      {"http://10.255.255.1:9/release", {"private"}},
      {"http://no-such-host.invalid/release", {"no-such-host.invalid"}},
      {"https://", {"https://"}},
  };
}

TEST(BadInput, EachGetsOneLineAndTheRestGoesOn) {
  const RunningSuite suite;
  const std::vector<Bad> bad = BadInputs(suite.folder());
  for (const Bad& one : bad) {
    const Completed ingest = suite.Run({"ingest", one.input});
    EXPECT_EQ(ingest.status, 1) << one.input << ": " << ingest.err;
    const auto lines = Lines(ingest.err);
    ASSERT_EQ(lines.size(), 1U) << ingest.err;
    const std::string name = one.input.substr(one.input.find_last_of('/', one.input.size() - 2) + 1);
    EXPECT_THAT(lines[0], AllOf(HasSubstr("dateline: "), HasSubstr(name)));
    for (const std::string& word : one.words) EXPECT_THAT(lines[0], HasSubstr(word));
  }

  std::vector<std::string> batch = {"ingest", "--wait"};
  for (size_t i = 0; i < bad.size(); ++i) {
    batch.push_back(bad[i].input);
    batch.push_back(suite.folder().Write("good" + std::to_string(i) + ".txt", ReleaseTextFile(i)));
  }
  const Completed ingest = suite.Run(batch);
  EXPECT_EQ(ingest.status, 4) << ingest.err;
  EXPECT_THAT(ingest.err, HasSubstr("11 new, 0 changed, 0 unchanged, 11 failed"));
  EXPECT_EQ(Lines(suite.Run({"list"}).out).size(), bad.size());
  EXPECT_EQ(Lines(suite.Run({"extract", suite.folder().File("empty.txt")}).err).size(), 1U);
}

TEST(BadInput, AWindowsFileIsReadWhenItsCharsetIsNamed) {
  const RunningSuite suite;
  const std::string path =
      suite.folder().Write("latin1.txt",
                           "Le minist\xE8re ouvre une \xE9"
                           "cole de sauvetage\n\nParis \x96 Le minist\xE8re a ouvert mardi une nouvelle \xE9"
                           "cole de sauvetage en mer, a annonc\xE9 la ministre.\n");
  const Completed ingest = suite.Run({"ingest", "--show", "--charset", "windows-1252", path});
  EXPECT_EQ(ingest.status, 0) << ingest.err;
  EXPECT_THAT(ingest.out, HasSubstr("Le ministère ouvre une école de sauvetage"));
}

TEST(BadInput, AnUnknownOptionOrCommandIsAUsageError) {
  const RunningSuite suite;
  EXPECT_EQ(suite.Run({"ingest"}).status, 2);
  EXPECT_EQ(suite.Run({"frobnicate"}).status, 2);
  EXPECT_EQ(suite.Run({"list", "--nope"}).status, 2);
  const Completed filter = suite.Run({"list", "--filter", "langage = \"fr\""});
  EXPECT_EQ(filter.status, 1);
  EXPECT_THAT(filter.err, HasSubstr("language")) << "the nearest known field is named";
}

TEST(BadInput, ASecondSuiteOnTheSameFolderIsRefused) {
  const RunningSuite suite;
  const Completed second = suite.Run({"up", "--port-base", std::to_string(FreePortBase())});
  EXPECT_EQ(second.status, 1);
  EXPECT_EQ(Lines(second.err).size(), 1U) << second.err;
  EXPECT_THAT(second.err, AllOf(HasSubstr(suite.data_dir()), HasSubstr("already"), HasSubstr("--data")));
  EXPECT_EQ(suite.Run({"doctor"}).status, 0) << "the first goes on";
}

TEST(BadInput, APortInUseIsNamed) {
  const RunningSuite suite;
  const std::string base = std::to_string(std::stoi(suite.endpoints().storage.address.substr(10)) - 10);
  const TempDir other;
  auto second = RunToEnd({.program = ProgramDir() + "/dateline",
                          .args = {"--data", other.File("data"), "up", "--port-base", base},
                          .env = {},
                          .directory = {}},
                         kCommandLimit);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->status, 1);
  EXPECT_EQ(Lines(second->err).size(), 1U) << second->err;
  EXPECT_THAT(second->err, AllOf(HasSubstr("127.0.0.1:"), HasSubstr("--port-base")));
}

TEST(BadInput, AFolderOfANewerVersionIsLeftAlone) {
  RunningSuite suite;
  ASSERT_EQ(suite.Run({"ingest", "--wait", suite.folder().Write("one.txt", ReleaseTextFile(1))}).status, 0);
  ASSERT_EQ(suite.Stop(), 0);
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open((suite.data_dir() + "/storage/storage.db").c_str(), &database), SQLITE_OK);
  char* error = nullptr;
  ASSERT_EQ(sqlite3_exec(
                database,
                "INSERT INTO schema_migration(version, name, checksum, applied_time) VALUES (9999, 'later', 'x', 0); "
                "PRAGMA user_version = 9999;",
                nullptr, nullptr, &error),
            SQLITE_OK)
      << error;
  sqlite3_close(database);
  const Completed up = suite.Run({"up", "--port-base", std::to_string(FreePortBase())});
  EXPECT_EQ(up.status, 1);
  EXPECT_EQ(Lines(up.err).size(), 1U) << up.err;
  EXPECT_THAT(up.err, AllOf(HasSubstr("storage.db"), HasSubstr("9999"), HasSubstr("newer")));
}

}  // namespace
}  // namespace dateline::testing
