// Services die by SIGKILL, each in turn and again, while documents are taken in and events watched. Afterwards every
// document that was acknowledged is there, has exactly one release, and every subscriber that keeps a cursor has seen
// every event exactly once and in order, whatever died. The order of the kills follows from a printed seed
// (DATELINE_CHAOS_SEED sets it).

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "common/testing/wait.h"
#include "tests/support/releases.h"
#include "tests/support/running_suite.h"

namespace dateline::testing {
namespace {

constexpr std::chrono::milliseconds kLimit{180'000};

uint64_t Seed() {
  const char* given = std::getenv("DATELINE_CHAOS_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  fmt::print("DATELINE_CHAOS_SEED={}\n", seed);
  return seed;
}

std::string Text(const google::protobuf::Struct& object, const std::string& name) {
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? std::string() : found->second.string_value();
}

std::vector<google::protobuf::Struct> Objects(const std::string& lines) {
  std::vector<google::protobuf::Struct> objects;
  for (const std::string& line : Lines(lines)) {
    google::protobuf::Struct object;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(line, &object).ok()) << line;
    objects.push_back(std::move(object));
  }
  return objects;
}

// The events of a watcher: sequences 1, 2, 3 … without gap or repeat.
void ExpectEachOnce(const std::string& output, size_t count) {
  const auto events = Objects(output);
  ASSERT_EQ(events.size(), count);
  std::set<std::string> ids;
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(Text(events[i], "sequence"), fmt::format("{:020}", i + 1));
    EXPECT_TRUE(ids.insert(Text(events[i], "id")).second) << "delivered twice: " << Text(events[i], "id");
  }
}

TEST(Kill, EveryDocumentHasOneReleaseAndEverySubscriberSawEveryEvent) {
  constexpr size_t kDocuments = 500;
  constexpr size_t kRounds = 3;
  std::mt19937_64 random(Seed());
  const RunningSuite suite;
  for (size_t i = 0; i < kDocuments; ++i) suite.folder().Write(fmt::format("in/{:04}.txt", i), ReleaseTextFile(i));
  const std::string cursor = suite.folder().File("cursor");
  const std::vector<std::string> watching = {"watch",    "--from", "earliest", "--json",
                                             "--cursor", cursor,   "--count",  std::to_string(kDocuments)};
  // One watcher lives through everything; another is itself killed and started again with its cursor.
  const auto steady = suite.Spawn({"watch", "--from", "earliest", "--json", "--count", std::to_string(kDocuments)});
  auto mortal = suite.Spawn({"watch", "--from", "earliest", "--json", "--cursor", cursor});
  std::string mortal_output;

  const auto ingest = suite.Spawn({"ingest", "--json", "--jobs", "4", "--retry-for", "120", suite.folder().File("in")});
  std::vector<std::string> victims = {"storage", "extraction", "notification", "ingestion", "eventbus"};
  std::map<std::string, int> kills;
  // A kill is due whenever another part of the documents has been acknowledged: so all fall into the ingest.
  size_t due = 0;
  for (size_t round = 0; round < kRounds; ++round) {
    std::shuffle(victims.begin(), victims.end(), random);
    for (const std::string& victim : victims) {
      due += kDocuments / (kRounds * victims.size() + 1);
      ASSERT_TRUE(WaitUntil(kLimit, [&] { return Lines(ingest->Stdout()).size() >= due; })) << ingest->Stderr();
      if (suite.Kill(victim)) ++kills[victim];
      if (random() % 3 != 0) continue;
      mortal->Kill();
      mortal->Wait(kPatience);
      mortal_output += mortal->Stdout();
      mortal = suite.Spawn({"watch", "--from", "earliest", "--json", "--cursor", cursor});
    }
  }
  for (const std::string& victim : victims) {
    EXPECT_GE(kills[victim], 1) << victim << " was never killed";
    fmt::print("killed {} {} times\n", victim, kills[victim]);
  }

  ASSERT_EQ(ingest->Wait(kLimit).value_or(-1), 0) << ingest->Stderr();
  const auto acknowledged = Objects(ingest->Stdout());
  EXPECT_EQ(acknowledged.size(), kDocuments);
  ASSERT_TRUE(suite.Healthy(kLimit));
  ASSERT_EQ(steady->Wait(kLimit).value_or(-1), 0) << steady->Stderr();
  ExpectEachOnce(steady->Stdout(), kDocuments);

  // The archive: one release for each document, each at its first revision.
  const auto releases = Objects(suite.Run({"list", "--limit", "0", "--json"}).out);
  EXPECT_EQ(releases.size(), kDocuments);
  std::map<std::string, int> by_uri;
  for (const auto& release : releases) {
    ++by_uri[Text(release, "uri")];
    EXPECT_EQ(release.fields().at("revision").number_value(), 1);
  }
  for (const auto& document : acknowledged) {
    EXPECT_EQ(by_uri[Text(document, "uri")], 1) << "acknowledged, without its one release: " << Text(document, "uri");
  }
  fmt::print("acknowledged {} found {} releases {}\n", acknowledged.size(), by_uri.size(), releases.size());

  // The mortal watcher: a kill between printing and moving the cursor may repeat that one event, which its id tells;
  // nothing is ever missing.
  mortal->Kill();
  mortal->Wait(kPatience);
  mortal_output += mortal->Stdout();
  const auto last = suite.Run({"watch", "--from", "earliest", "--json", "--cursor", cursor, "--filter", "title:\"*\""},
                              std::chrono::milliseconds(3'000));
  mortal_output += last.out;
  std::set<std::string> seen;
  for (const std::string& line : Lines(mortal_output)) {
    google::protobuf::Struct event;
    // The line that a kill cut short comes again, because the cursor was not moved.
    if (google::protobuf::util::JsonStringToMessage(line, &event).ok()) seen.insert(Text(event, "sequence"));
  }
  EXPECT_EQ(seen.size(), kDocuments);
}

// Storage alone, at random moments of a busy ingest: what was acknowledged before the kill is there after it.
TEST(Kill, StorageKeepsWhatItAcknowledged) {
  constexpr size_t kRounds = 5;
  constexpr size_t kDocuments = 150;
  std::mt19937_64 random(Seed());
  const RunningSuite suite;
  size_t acknowledged = 0;
  size_t found = 0;
  for (size_t round = 0; round < kRounds; ++round) {
    const std::string folder = fmt::format("round{}", round);
    for (size_t i = 0; i < kDocuments; ++i) {
      suite.folder().Write(fmt::format("{}/{:04}.txt", folder, i), ReleaseTextFile(round * kDocuments + i));
    }
    // Without retries: a document is acknowledged by the first answer or not at all.
    const auto ingest =
        suite.Spawn({"ingest", "--json", "--jobs", "8", "--retry-for", "0", suite.folder().File(folder)});
    WaitUntil([&] { return !ingest->Stdout().empty(); });
    usleep(static_cast<useconds_t>(random() % 150'000));
    EXPECT_TRUE(suite.Kill("storage"));
    ingest->Wait(kLimit);
    ASSERT_TRUE(suite.Healthy(kLimit));
    std::set<std::string> uris;
    ASSERT_TRUE(WaitUntil(kLimit, [&] {
      uris.clear();
      for (const auto& release : Objects(suite.Run({"list", "--limit", "0", "--json"}).out))
        uris.insert(Text(release, "uri"));
      size_t here = 0;
      size_t there = 0;
      for (const auto& document : Objects(ingest->Stdout())) {
        if (Text(document, "error").empty()) {
          ++here;
          there += uris.count(Text(document, "uri"));
        }
      }
      if (here != there) return false;
      acknowledged += here;
      found += there;
      return true;
    })) << "acknowledged documents without release";
  }
  fmt::print("acknowledged {} found {}\n", acknowledged, found);
  EXPECT_EQ(acknowledged, found);
  EXPECT_GT(acknowledged, kRounds);
}

}  // namespace
}  // namespace dateline::testing
