// Proves that a document extracted in a process of its own gives what it gives here, and that whatever becomes of that
// process - a signal, a hang, nonsense, hunger for memory - comes back as an error in bounded time and touches nothing
// else. The children are real: the service's own program, and shells that misbehave.

#include "services/extraction/isolated_extraction.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "services/extraction/document_work.h"

namespace dateline::extraction {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

storage::v1::Document Page(const std::string& html) {
  storage::v1::Document document;
  document.set_name("documents/1");
  document.set_uri("https://example.org/news/1");
  document.set_content_type("text/html");
  document.set_content(html);
  return document;
}

const char* const kArticle =
    "<html lang=en><title>Harbour reopens</title><body><article><h1>Harbour reopens</h1><p>OSLO, 5 March 2024 - The "
    "harbour reopened on Tuesday, the council said, and the first ships came in before noon.</p><p>\"We are glad,\" "
    "said Ada Quay, the mayor of the town, at a press conference in the city hall.</p></article>";

IsolationOptions Program() {
  return {.program = EXTRACTION_PROGRAM, .time_limit = 60s};
}

// A child that does what the script says instead.
IsolationOptions Shell(const std::string& script) {
  return {.program = "/bin/sh", .arguments = {"-c", script, "sh"}, .time_limit = 60s};
}

TEST(ExtractIsolated, GivesWhatExtractionHereGives) {
  const auto extractor = Extractor::Create();
  ASSERT_TRUE(extractor.ok());
  const storage::v1::Document document = Page(kArticle);
  const auto here = ExtractDocument(**extractor, document);
  const auto apart = ExtractIsolated(Program(), document);
  ASSERT_TRUE(here.ok() && apart.ok()) << apart.status();
  EXPECT_EQ(apart->release.SerializeAsString(), here->release.SerializeAsString());
  EXPECT_EQ(apart->items.size(), here->items.size());
  EXPECT_EQ(apart->line_hashes, here->line_hashes);
  EXPECT_EQ(apart->release.title(), "Harbour reopens");
}

TEST(ExtractIsolated, GivesTheErrorsOfTheLibrary) {
  const auto apart = ExtractIsolated(Program(), Page("<p> </p>"));
  EXPECT_EQ(ErrorReason(apart.status()), "NO_TEXT");
  EXPECT_TRUE(IsPermanent(apart.status()));
}

TEST(ExtractIsolated, SurvivesEverySignal) {
  for (const auto& [name, number] : std::vector<std::pair<std::string, int>>{
           {"SEGV", SIGSEGV}, {"ABRT", SIGABRT}, {"KILL", SIGKILL}, {"BUS", SIGBUS}, {"TERM", SIGTERM}}) {
    const auto apart = ExtractIsolated(Shell("kill -" + name + " $$"), Page(kArticle));
    EXPECT_EQ(ErrorReason(apart.status()), "EXTRACTION_CRASHED");
    EXPECT_NE(apart.status().message().find("signal " + std::to_string(number) + " ("), std::string::npos)
        << apart.status();
    EXPECT_TRUE(IsPermanent(apart.status())) << "the document ends as failed";
  }
}

TEST(ExtractIsolated, KillsWhatDoesNotEnd) {
  IsolationOptions options = Shell("trap '' TERM INT; while :; do sleep 1; done");
  options.time_limit = 300ms;
  const auto begin = std::chrono::steady_clock::now();
  const auto apart = ExtractIsolated(options, Page(kArticle));
  EXPECT_EQ(ErrorReason(apart.status()), "EXTRACTION_TIMEOUT");
  EXPECT_TRUE(IsPermanent(apart.status()));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
}

// Neither is a document waited for that the child does not take, nor an answer that does not end.
TEST(ExtractIsolated, AnswersThatAreNoneAreErrors) {
  const storage::v1::Document large = Page(std::string(size_t{8} << 20, 'x'));
  for (const char* script :
       {"exit 3", "cat > /dev/null; echo garbage", "exec <&- >&-; exit 0", "cat > /dev/null", "yes"}) {
    const auto apart = ExtractIsolated(Shell(script), large);
    EXPECT_EQ(ErrorReason(apart.status()), "EXTRACTION_CRASHED") << script;
    EXPECT_TRUE(IsPermanent(apart.status())) << script;
  }
  EXPECT_NE(ExtractIsolated(Shell("exit 3"), large).status().message().find("status 3"), std::string::npos);
}

TEST(ExtractIsolated, MemoryHasABound) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers reserve address space without bound";
#endif
  IsolationOptions options = Program();
  options.memory_max = uint64_t{1} << 20;
  const auto apart = ExtractIsolated(options, Page(kArticle));
  EXPECT_FALSE(apart.ok());
  EXPECT_TRUE(IsPermanent(apart.status())) << apart.status();
}

TEST(ExtractIsolated, SaysThatNoProcessCouldBeStarted) {
  IsolationOptions options = Program();
  options.program = "/nowhere/dateline-extraction";
  const auto apart = ExtractIsolated(options, Page(kArticle));
  EXPECT_EQ(ErrorReason(apart.status()), "NO_CHILD");
  EXPECT_FALSE(IsPermanent(apart.status())) << "it says nothing of the document";
}

TEST(ExtractIsolated, ManyAtOnceDoNotDisturbEachOther) {
  std::vector<std::thread> threads;
  std::vector<absl::Status> crashed(4);
  std::vector<absl::Status> good(4);
  for (size_t i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] { crashed[i] = ExtractIsolated(Shell("kill -SEGV $$"), Page(kArticle)).status(); });
    threads.emplace_back([&, i] { good[i] = ExtractIsolated(Program(), Page(kArticle)).status(); });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(ErrorReason(crashed[i]), "EXTRACTION_CRASHED");
    EXPECT_TRUE(good[i].ok()) << good[i];
  }
}

TEST(RunIsolatedChild, IsForItsOwnArgumentsOnly) {
  std::string program = "dateline-extraction";
  std::string option = "--storage.address=127.0.0.1:1";
  std::vector<char*> plain = {program.data(), option.data(), nullptr};
  EXPECT_FALSE(RunIsolatedChild(2, plain.data()).has_value());
  EXPECT_FALSE(RunIsolatedChild(1, plain.data()).has_value());
  std::string wrong = "--isolated-document=much,long";
  plain[1] = wrong.data();
  EXPECT_EQ(RunIsolatedChild(2, plain.data()), 1);
}

}  // namespace
}  // namespace dateline::extraction
