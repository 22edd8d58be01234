// Two real notification processes on one PostgreSQL. They share the subscriptions; the one that matches for both is
// killed with SIGKILL in the middle of delivering; the other takes over within the time of the lease, and every event
// reaches every receiver at least once, in order, repeats bearing the same id. Then the first comes back and gets its
// share, and a change that one of them takes is obeyed by the other.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <set>

#include "common/sql/postgres/testing/server.h"
#include "common/testing/wait.h"
#include "tests/support/notification_process.h"
#include "tests/support/releases.h"
#include "tests/support/webhook_receiver.h"

namespace dateline::testing {
namespace {

constexpr std::chrono::milliseconds kLimit{120'000};
// The service asks for leases of 3 s. A busy machine is slow, but a minute is another thing than a lease.
constexpr std::chrono::milliseconds kTakeOverMax{20'000};
constexpr int kParts = 64;
constexpr size_t kDocuments = 60;

class NotificationReplicas : public ::testing::Test {
 protected:
  NotificationReplicas() {
    suite_.folder().Write("postgres", server_.NewDatabase());
    for (auto* replica : {&first_, &second_}) {
      *replica = std::make_unique<NotificationProcess>(
          suite_,
          std::vector<std::string>{"--notification.backend=postgres",
                                   "--notification.postgres.connection_file=" + suite_.folder().File("postgres"),
                                   "--notification.lease=3s", "--delivery.retry_offsets=100ms",
                                   "--delivery.retry_offsets=1s", "--delivery.retry_offsets=600s"});
    }
  }

  static double Parts(const NotificationProcess& process) {
    return process.Metric("dateline_notification_lease_parts");
  }
  static double Attempts(const NotificationProcess& process) {
    return process.Metric("dateline_notification_attempts_total");
  }
  ::testing::AssertionResult Share() {
    if (WaitUntil(kLimit, [&] { return Parts(*first_) == kParts / 2 && Parts(*second_) == kParts / 2; })) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << Parts(*first_) << " and " << Parts(*second_) << " parts\n"
                                         << first_->Log() << second_->Log();
  }
  void Subscribe(const NotificationProcess& process, const std::string& name) {
    const Completed done = process.Run({"subscribe", "--webhook", receiver_.Uri("ok", name), "--id", name});
    ASSERT_EQ(done.status, 0) << done.err;
    receiver_.SetSecret(name, Lines(done.out).at(1));
    names_.push_back(name);
  }
  void Ingest(size_t begin, size_t end) {
    const std::string folder = fmt::format("in-{}", begin);
    for (size_t i = begin; i < end; ++i) {
      suite_.folder().Write(fmt::format("{}/{:05}.txt", folder, i), ReleaseTextFile(i));
    }
    const Completed done = suite_.Run({"ingest", "--jobs", "2", suite_.folder().File(folder)});
    ASSERT_EQ(done.status, 0) << done.err;
  }
  // The sequences that this name has received, in the order in which each first came; checks the ids.
  std::vector<uint64_t> FirstArrivals(const std::string& name, size_t* repeats = nullptr) const {
    std::map<uint64_t, std::string> ids;
    std::vector<uint64_t> order;
    for (const ReceivedWebhook& one : receiver_.Received(name)) {
      for (size_t i = 0; i < one.ids.size(); ++i) {
        const auto [at, first] = ids.emplace(one.sequences[i], one.ids[i]);
        EXPECT_EQ(at->second, one.ids[i]) << name << ": a repeat under another id";
        if (first) order.push_back(one.sequences[i]);
        if (!first && repeats != nullptr) ++*repeats;
      }
    }
    return order;
  }
  void ExpectAll(size_t documents) {
    size_t repeats = 0;
    for (const std::string& name : names_) {
      EXPECT_TRUE(WaitUntil(kLimit, [&] { return FirstArrivals(name).size() == documents; }))
          << name << ": " << FirstArrivals(name).size() << " of " << documents << "\n"
          << second_->Log();
      uint64_t expected = 0;
      for (const uint64_t sequence : FirstArrivals(name, &repeats)) EXPECT_EQ(sequence, ++expected) << name;
    }
    EXPECT_TRUE(receiver_.Problems().empty());
    fmt::print("{} events to each of {} receivers, {} repeats\n", documents, names_.size(), repeats);
  }

  const RunningSuite suite_;
  PostgresServer server_;
  WebhookReceiver receiver_;
  std::vector<std::string> names_;
  std::unique_ptr<NotificationProcess> first_;
  std::unique_ptr<NotificationProcess> second_;
};

TEST_F(NotificationReplicas, OneTakesOverFromAnotherThatIsKilledInTheMiddle) {
  ASSERT_TRUE(Share());
  // Ids follow each other, so the subscriptions fall into all parts.
  for (int i = 0; i < 40; ++i) Subscribe(i % 2 == 0 ? *first_ : *second_, fmt::format("receiver-{:02}", i));
  ASSERT_EQ(first_->Metric("dateline_notification_leads") + second_->Metric("dateline_notification_leads"), 1);
  const bool first_leads = first_->Metric("dateline_notification_leads") == 1;
  NotificationProcess& killed = first_leads ? *first_ : *second_;
  NotificationProcess& survivor = first_leads ? *second_ : *first_;
  for (size_t i = 0; i < kDocuments; ++i) suite_.folder().Write(fmt::format("in/{:05}.txt", i), ReleaseTextFile(i));
  const auto ingest = suite_.Spawn({"ingest", "--jobs", "2", suite_.folder().File("in")});
  ASSERT_TRUE(WaitUntil(kLimit, [&] { return Attempts(killed) >= 100 && Attempts(survivor) >= 100; }))
      << "both deliver: " << Attempts(killed) << " and " << Attempts(survivor);
  killed.Kill();
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(WaitUntil(kLimit, [&] { return Parts(survivor) == kParts; })) << survivor.Log();
  const auto took = std::chrono::steady_clock::now() - begin;
  fmt::print("taken over after {} ms\n", std::chrono::duration_cast<std::chrono::milliseconds>(took).count());
  EXPECT_LT(took, kTakeOverMax);
  EXPECT_EQ(survivor.Metric("dateline_notification_leads"), 1);
  ASSERT_EQ(ingest->Wait(kLimit).value_or(-1), 0) << ingest->Stderr();
  ExpectAll(kDocuments);

  killed.Start();
  ASSERT_TRUE(Share());
  EXPECT_EQ(survivor.Metric("dateline_notification_leads"), 1) << "who leads goes on leading";
  // Taken by one of them, obeyed by both.
  ASSERT_EQ(killed.Run({"subscription", "pause", "receiver-03"}).status, 0);
  ASSERT_EQ(survivor.Run({"subscription", "pause", "receiver-04"}).status, 0);
  Ingest(kDocuments, kDocuments + 10);
  ASSERT_TRUE(WaitUntil(kLimit, [&] { return FirstArrivals("receiver-05").size() == kDocuments + 10; }));
  EXPECT_EQ(FirstArrivals("receiver-03").size(), kDocuments);
  EXPECT_EQ(FirstArrivals("receiver-04").size(), kDocuments);
  ASSERT_EQ(survivor.Run({"subscription", "resume", "receiver-03"}).status, 0);
  ASSERT_EQ(killed.Run({"subscription", "resume", "receiver-04"}).status, 0);
  ExpectAll(kDocuments + 10);
}

TEST_F(NotificationReplicas, AStopHandsOverAtOnceAndTheServersRestartLosesNothing) {
  ASSERT_TRUE(Share());
  for (int i = 0; i < 8; ++i) Subscribe(*first_, fmt::format("receiver-{:02}", i));
  Ingest(0, 5);
  second_->Stop();
  ASSERT_TRUE(WaitUntil(kLimit, [&] { return Parts(*first_) == kParts; }));
  server_.Stop();
  Ingest(5, 10);
  server_.Start();
  ASSERT_TRUE(WaitUntil(kLimit, [&] { return Parts(*first_) == kParts; })) << first_->Log();
  second_->Start();
  ExpectAll(10);
}

}  // namespace
}  // namespace dateline::testing
