// The main job by the real programs: `dateline up`, releases taken in, events and records out, the archive listed,
// searched and shown, and the same again without any effect. Each test runs its own suite of processes.

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <set>

#include "common/testing/temp_dir.h"
#include "dateline/release/v1/release.pb.h"
#include "tests/support/releases.h"
#include "tests/support/running_suite.h"

namespace dateline::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kSamples = std::string(DATELINE_SOURCE_DIR) + "/deploy/samples";

TEST(Suite, ShowsEventsAndRecordsOfWhatItTakesIn) {
  const RunningSuite suite;
  const Completed ingest = suite.Run(
      {"ingest", "--show", kSamples + "/01-river-crossing-seminar.txt", kSamples + "/03-commission-rescue-fund.html"});
  EXPECT_EQ(ingest.status, 0) << ingest.err;
  EXPECT_THAT(ingest.out, HasSubstr("release.published  Border Officers Train in Leticia"));
  EXPECT_THAT(ingest.out, HasSubstr("release.published  Commission opens €40 million fund for sea rescue"));
  EXPECT_THAT(ingest.out,
              AllOf(HasSubstr("dateline    Leticia"), HasSubstr("mlujan@hasc.example"), HasSubstr("not valid")));
  EXPECT_THAT(ingest.out, Not(HasSubstr("We use cookies")));
  EXPECT_THAT(ingest.err, HasSubstr("2 new, 0 changed, 0 unchanged"));

  const Completed again = suite.Run(
      {"ingest", "--wait", kSamples + "/01-river-crossing-seminar.txt", kSamples + "/03-commission-rescue-fund.html"});
  EXPECT_EQ(again.status, 0) << again.err;
  EXPECT_EQ(again.out, "");
  EXPECT_THAT(again.err, HasSubstr("Nothing changed: 2 documents are already in the archive"));
}

TEST(Suite, ListsSearchesAndShowsWhatIsInTheArchive) {
  const RunningSuite suite;
  ASSERT_EQ(suite.Run({"ingest", "--wait", kSamples}).status, 0);
  const Completed list = suite.Run({"list"});
  EXPECT_EQ(Lines(list.out).size(), 7U) << list.out;
  const Completed french = suite.Run({"list", "--filter", "language = \"fr\""});
  EXPECT_EQ(Lines(french.out).size(), 1U) << french.out << french.err;
  EXPECT_THAT(french.out, HasSubstr("Trains de nuit"));

  const Completed found = suite.Run({"search", "lifeboat", "\"harbour of refuge\""});
  EXPECT_EQ(found.status, 0) << found.err;
  EXPECT_THAT(found.out, HasSubstr("Commission opens"));
  EXPECT_EQ(suite.Run({"search", "宁波"}).status, 0) << "two Chinese characters are a word";
  EXPECT_EQ(suite.Run({"search", "nothinglikethis"}).status, 1);
  const Completed bad = suite.Run({"search", "\"never closed"});
  EXPECT_EQ(bad.status, 1);
  EXPECT_EQ(Lines(bad.err).size(), 1U) << bad.err;

  const Completed show = suite.Run({"show", "--json", kSamples + "/05-embargoed-locust-update.txt"});
  ASSERT_EQ(show.status, 0) << show.err;
  release::v1::Release release;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(show.out, &release).ok());
  EXPECT_EQ(release.title(), "Locust swarms retreat from the Rift, but seed is missing for 230,000 farms");
  EXPECT_EQ(release.revision(), 1U);
  EXPECT_EQ(release.contacts_size(), 2);
}

TEST(Suite, RevisesAReleaseWhoseTextChanges) {
  const RunningSuite suite;
  const std::string path = suite.folder().Write("release.txt", ReleaseTextFile(1));
  ASSERT_EQ(suite.Run({"ingest", "--wait", path}).status, 0);
  std::string changed = ReleaseTextFile(1);
  const std::string before = "More than 1007 people";
  ASSERT_NE(changed.find(before), std::string::npos);
  changed.replace(changed.find(before), before.size(), "More than 9000 people");
  suite.folder().Write("release.txt", changed);
  const Completed ingest = suite.Run({"ingest", "--wait", path});
  EXPECT_EQ(ingest.status, 0) << ingest.err;
  EXPECT_THAT(ingest.out, HasSubstr("release.revised"));
  EXPECT_THAT(suite.Run({"show", path}).out, AllOf(HasSubstr("revision 2"), HasSubstr("9000")));
  EXPECT_THAT(suite.Run({"show", "--revision", "1", path}).out, AllOf(HasSubstr("revision 1"), HasSubstr("1007")));
}

// Storage counts the lines of a site's documents and hands those of most of them to extraction with the next one.
TEST(Suite, LeavesOutLinesThatStandOnMostPagesOfASite) {
  const RunningSuite suite;
  const std::string line = "The repair is part of the Common Works Programme";
  std::vector<std::string> shown;
  for (size_t page = 1; page <= 6; ++page) {
    const std::string uri = "https://works.example/news/" + std::to_string(page);
    const std::string path = suite.folder().Write("page.txt", ReleaseTextFile(page));
    ASSERT_EQ(suite.Run({"ingest", "--wait", "--uri", uri, path}).status, 0) << page;
    shown.push_back(suite.Run({"show", "--json", uri}).out);
  }
  EXPECT_THAT(shown.front(), HasSubstr(line));
  EXPECT_THAT(shown.back(), Not(HasSubstr(line)));
  EXPECT_THAT(shown.back(), AllOf(HasSubstr("More than 1042 people"), HasSubstr("press6@works.example")));
}

TEST(Suite, KeepsEverythingOverARestart) {
  RunningSuite suite;
  ASSERT_EQ(suite.Run({"ingest", "--wait", kSamples}).status, 0);
  const std::string before = suite.Run({"list"}).out;
  EXPECT_EQ(suite.Stop(), 0);
  EXPECT_EQ(suite.Run({"doctor"}).status, 3);
  EXPECT_EQ(suite.Run({"list"}).status, 3);
  suite.Start();
  EXPECT_EQ(suite.Run({"list"}).out, before);
  const Completed earliest = suite.Run({"watch", "--from", "earliest", "--count", "7", "--json"});
  EXPECT_EQ(earliest.status, 0) << earliest.err;
  EXPECT_EQ(Lines(earliest.out).size(), 7U);
}

// The secrets of webhooks are sealed with it, so it has to be there again.
TEST(Suite, MakesTheKeyThatSealsSecretsOnceAndForItsOwnerAlone) {
  RunningSuite suite;
  const std::string key = suite.data_dir() + "/secrets.key";
  EXPECT_EQ(std::filesystem::status(key).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const std::string before = ReadFile(key);
  EXPECT_EQ(suite.Stop(), 0);
  suite.Start();
  EXPECT_EQ(ReadFile(key), before);
  EXPECT_THAT(ReadFile(suite.data_dir() + "/logs/notification.log"), Not(HasSubstr("secrets_not_sealed")));
}

// Everything that was stored while the bus was silent (its process frozen) still becomes releases and delivered events.
TEST(Suite, DeliversWithoutTheBus) {
  const RunningSuite suite;
  const pid_t bus = suite.Pid("eventbus");
  ASSERT_GT(bus, 0);
  kill(bus, SIGSTOP);
  const Completed ingest = suite.Run({"ingest", "--wait", kSamples});
  kill(bus, SIGCONT);
  EXPECT_EQ(ingest.status, 0) << ingest.err;
  EXPECT_EQ(Lines(ingest.out).size(), 7U) << ingest.out;
}

// A watcher that keeps its cursor sees each event once and in order, though the bus dies again and again meanwhile.
TEST(Suite, LosesAndRepeatsNothingWhenTheBusIsKilled) {
  constexpr size_t kReleases = 120;
  const RunningSuite suite;
  for (size_t i = 0; i < kReleases; ++i) {
    suite.folder().Write("in/" + std::to_string(i) + ".txt", ReleaseTextFile(i));
  }
  const auto watch = suite.Spawn({"watch", "--from", "earliest", "--json", "--count", std::to_string(kReleases)});
  const auto ingest = suite.Spawn({"ingest", "--wait", "--jobs", "2", suite.folder().File("in")});
  size_t kills = 0;
  while (ingest->Running()) {
    if (suite.Kill("eventbus")) ++kills;
    usleep(400'000);
  }
  EXPECT_EQ(ingest->Wait(kCommandLimit).value_or(-1), 0) << ingest->Stderr();
  EXPECT_EQ(watch->Wait(kCommandLimit).value_or(-1), 0) << watch->Stderr();
  EXPECT_GE(kills, 1U);
  const auto lines = Lines(watch->Stdout());
  ASSERT_EQ(lines.size(), kReleases);
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string sequence = std::string("\"sequence\":\"") + std::string(20 - std::to_string(i + 1).size(), '0') +
                                 std::to_string(i + 1) + "\"";
    EXPECT_THAT(lines[i], HasSubstr(sequence));
  }
}

TEST(Suite, WatchGoesOnWhereItsCursorStands) {
  const RunningSuite suite;
  ASSERT_EQ(suite.Run({"ingest", "--wait", kSamples}).status, 0);
  const std::string cursor = suite.folder().File("cursor");
  const auto watch = [&](const std::string& count) {
    return suite.Run({"watch", "--json", "--from", "earliest", "--cursor", cursor, "--count", count});
  };
  const auto first = Lines(watch("3").out);
  const auto second = Lines(watch("4").out);
  EXPECT_EQ(first.size(), 3U);
  EXPECT_EQ(second.size(), 4U);
  std::set<std::string> all(first.begin(), first.end());
  all.insert(second.begin(), second.end());
  EXPECT_EQ(all.size(), 7U);
}

}  // namespace
}  // namespace dateline::testing
