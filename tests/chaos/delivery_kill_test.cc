// SIGKILL to notification in the middle of delivering, again and again: every event reaches the receiver at least once,
// a repeat bears the same id, no event is missing, and who gets them one by one gets them in order. Between two kills
// some documents are taken in, and receivers take their time, so that requests are under way at nearly every kill: the
// receiver counts those that end without their sender, and kills that end none do not count. The moments follow from a
// printed seed (DATELINE_CHAOS_SEED sets it); DATELINE_KILLS sets how many kills have to count, 200 for the run by
// hand.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
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
constexpr size_t kDocumentsPerKill = 5;

uint64_t Number(const char* variable, uint64_t otherwise) {
  const char* given = std::getenv(variable);
  const uint64_t number = given != nullptr ? std::strtoull(given, nullptr, 10) : otherwise;
  fmt::print("{}={}\n", variable, number);
  return number;
}

// What one receiver has got.
struct Arrivals {
  explicit Arrivals(const std::vector<ReceivedWebhook>& received) {
    for (const ReceivedWebhook& one : received) {
      for (size_t i = 0; i < one.ids.size(); ++i) {
        if (!ids.contains(one.sequences[i])) first.push_back(one.sequences[i]);
        ids[one.sequences[i]].insert(one.ids[i]);
        ++count;
      }
    }
  }
  std::map<uint64_t, std::set<std::string>> ids;  // By sequence.
  std::vector<uint64_t> first;                    // In the order in which each came first.
  size_t count = 0;
};

class DeliveryKill : public ::testing::Test {
 protected:
  void Subscribe(const std::string& name, std::vector<std::string> more = {}) {
    std::vector<std::string> args = {"subscribe", "--webhook", receiver_.Uri("brief", name), "--id", name};
    args.insert(args.end(), more.begin(), more.end());
    const Completed done = service_.Run(args);
    ASSERT_EQ(done.status, 0) << done.err;
    receiver_.SetSecret(name, Lines(done.out).at(1));
    names_.push_back(name);
  }
  std::unique_ptr<ChildProcess> Ingest() {
    const std::string folder = fmt::format("in/{}", documents_);
    for (size_t i = 0; i < kDocumentsPerKill; ++i) {
      suite_.folder().Write(fmt::format("{}/{}.txt", folder, i), ReleaseTextFile(documents_++));
    }
    return suite_.Spawn({"ingest", suite_.folder().File(folder)});
  }
  // Starts the service again, and ends it somewhere in the middle of what goes on then.
  void KillOnceMore() {
    const auto ingest = Ingest();
    const size_t before = receiver_.Progress();
    EXPECT_TRUE(WaitUntil([&] { return receiver_.Progress() > before; }));
    usleep(static_cast<useconds_t>(random_() % 100'000));
    service_.Kill();
    service_.Start();
    EXPECT_EQ(ingest->Wait(kLimit).value_or(-1), 0) << ingest->Stderr();
  }
  // Returns how many came again.
  size_t ExpectEverything(const std::string& name) {
    EXPECT_TRUE(WaitUntil(kLimit, [&] { return Arrivals(receiver_.Received(name)).ids.size() == documents_; }));
    EXPECT_TRUE(WaitUntil(kLimit,
                          [&] {
                            return service_.Run({"deliveries", name, "--state", "pending", "--json"}).out.empty();
                          }))
        << name << ": something waits though it has arrived";
    const Arrivals arrivals(receiver_.Received(name));
    uint64_t expected = 0;
    for (const auto& [sequence, same] : arrivals.ids) {
      EXPECT_EQ(sequence, ++expected) << name << ": a gap";
      EXPECT_EQ(same.size(), 1U) << name << ": a repeat under another id";
    }
    EXPECT_EQ(arrivals.ids.size(), documents_) << name;
    if (name != "in-parallel") {
      EXPECT_TRUE(std::is_sorted(arrivals.first.begin(), arrivals.first.end())) << name << ": out of order";
    }
    return arrivals.count - arrivals.ids.size();
  }

  std::mt19937_64 random_{Number("DATELINE_CHAOS_SEED", std::random_device()())};
  const RunningSuite suite_;
  NotificationProcess service_{
      suite_, {"--delivery.retry_offsets=100ms", "--delivery.retry_offsets=1s", "--delivery.retry_offsets=600s"}};
  WebhookReceiver receiver_;
  std::vector<std::string> names_;
  size_t documents_ = 0;
};

TEST_F(DeliveryKill, EveryEventArrivesAtLeastOnceAndRepeatsBearTheSameId) {
  const uint64_t kills = Number("DATELINE_KILLS", 12);
  Subscribe("one-by-one");
  Subscribe("in-parallel", {"--concurrency", "8"});
  Subscribe("batched", {"--batch", "5"});
  // Those count that come in the middle of delivering.
  size_t mid_delivery = 0;
  uint64_t tries = 0;
  for (; mid_delivery < kills && tries < 3 * kills; ++tries) {
    const size_t cut = receiver_.Cut();
    KillOnceMore();
    mid_delivery += receiver_.Cut() > cut ? 1 : 0;
  }
  EXPECT_EQ(mid_delivery, kills) << "of " << tries << " kills; the others came while nothing was under way";
  size_t repeats = 0;
  for (const std::string& name : names_) repeats += ExpectEverything(name);
  EXPECT_TRUE(receiver_.Problems().empty());
  EXPECT_GE(repeats, mid_delivery) << "what was under way was not repeated";
  fmt::print("{} kills with requests under way of {}; {} events to each of {} receivers, none missing, {} repeats\n",
             mid_delivery, tries, documents_, names_.size(), repeats);
}

}  // namespace
}  // namespace dateline::testing
