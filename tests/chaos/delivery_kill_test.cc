// SIGKILL to notification in the middle of delivering, again and again: every event reaches the receiver at least once,
// a repeat bears the same id, no event is missing. The moments follow from a printed seed (DATELINE_CHAOS_SEED sets
// it); DATELINE_KILLS sets how often, 200 for the run by hand.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "common/testing/wait.h"
#include "tests/support/notification_process.h"
#include "tests/support/releases.h"
#include "tests/support/webhook_receiver.h"

namespace dateline::testing {
namespace {

constexpr std::chrono::milliseconds kLimit{300'000};

uint64_t Number(const char* variable, uint64_t otherwise) {
  const char* given = std::getenv(variable);
  const uint64_t number = given != nullptr ? std::strtoull(given, nullptr, 10) : otherwise;
  fmt::print("{}={}\n", variable, number);
  return number;
}

TEST(DeliveryKill, EveryEventArrivesAtLeastOnceAndRepeatsBearTheSameId) {
  std::mt19937_64 random(Number("DATELINE_CHAOS_SEED", std::random_device()()));
  const uint64_t kills = Number("DATELINE_KILLS", 12);
  const size_t documents = 40 + kills * 4;
  const RunningSuite suite;
  NotificationProcess service(
      suite, {"--delivery.retry_offsets=100ms", "--delivery.retry_offsets=1s", "--delivery.retry_offsets=600s"});
  WebhookReceiver receiver;
  const std::vector<std::string> names = {"one-by-one", "in-parallel", "batched"};
  for (const std::string& name : names) {
    std::vector<std::string> args = {"subscribe", "--webhook", receiver.Uri("ok", name), "--id", name};
    if (name == "in-parallel") args.insert(args.end(), {"--concurrency", "8"});
    if (name == "batched") args.insert(args.end(), {"--batch", "5"});
    const Completed done = service.Run(args);
    ASSERT_EQ(done.status, 0) << done.err;
    receiver.SetSecret(name, Lines(done.out).at(1));
  }
  for (size_t i = 0; i < documents; ++i) suite.folder().Write(fmt::format("in/{:05}.txt", i), ReleaseTextFile(i));
  const auto ingest = suite.Spawn({"ingest", "--jobs", "2", suite.folder().File("in")});
  for (uint64_t i = 0; i < kills; ++i) {
    // Somewhere in the middle of what goes on after a start.
    usleep(static_cast<useconds_t>(random() % 150'000));
    service.Kill();
    service.Start();
  }
  ASSERT_EQ(ingest->Wait(kLimit).value_or(-1), 0) << ingest->Stderr();
  size_t repeats = 0;
  for (const std::string& name : names) {
    std::map<uint64_t, std::set<std::string>> ids;
    size_t received = 0;
    EXPECT_TRUE(WaitUntil(kLimit,
                          [&] {
                            ids.clear();
                            received = 0;
                            for (const ReceivedWebhook& one : receiver.Received(name)) {
                              for (size_t i = 0; i < one.ids.size(); ++i) {
                                ids[one.sequences[i]].insert(one.ids[i]);
                                ++received;
                              }
                            }
                            return ids.size() == documents;
                          }))
        << name << ": " << ids.size() << " of " << documents;
    uint64_t expected = 0;
    for (const auto& [sequence, same] : ids) {
      EXPECT_EQ(sequence, ++expected) << name << ": a gap";
      EXPECT_EQ(same.size(), 1U) << name << ": a repeat under another id";
    }
    repeats += received - ids.size();
  }
  EXPECT_TRUE(receiver.Problems().empty());
  fmt::print("{} kills, {} events to each of {} receivers, {} repeats\n", kills, documents, names.size(), repeats);
}

}  // namespace
}  // namespace dateline::testing
