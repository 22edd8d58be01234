// Webhooks by the real programs to a receiver that is not ours: signatures are verified by the npm package
// "standardwebhooks", events decoded by the npm package "cloudevents". A receiver that misbehaves in every way loses
// nothing, holds up nobody, and the log of deliveries tells what happened.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "common/base/mutex.h"
#include "common/bus/subscriber.h"
#include "common/testing/temp_dir.h"
#include "common/testing/wait.h"
#include "dateline/events/v1/subscription_event.pb.h"
#include "io/cloudevents/v1/cloudevents.pb.h"
#include "tests/support/notification_process.h"
#include "tests/support/releases.h"
#include "tests/support/running_suite.h"
#include "tests/support/webhook_receiver.h"

namespace dateline::testing {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::vector<std::string> kQuickRetries = {"--delivery.retry_offsets=200ms", "--delivery.retry_offsets=500ms",
                                                "--delivery.retry_offsets=1s", "--delivery.retry_offsets=2s",
                                                "--delivery.retry_offsets=600s"};

class WebhookTest : public ::testing::Test {
 protected:
  void Ingest(size_t from, size_t to) const {
    std::vector<std::string> args = {"ingest", "--wait", "--jobs", "2"};
    for (size_t i = from; i < to; ++i) {
      args.push_back(suite_.folder().Write("r" + std::to_string(i) + ".txt", ReleaseTextFile(i)));
    }
    const Completed ingest = suite_.Run(args);
    ASSERT_EQ(ingest.status, 0) << ingest.err;
  }
  // Subscribes with this id and tells the receiver the secret.
  void Subscribe(WebhookReceiver& receiver, const std::string& behaviour, const std::string& id,
                 std::vector<std::string> more = {}) {
    std::vector<std::string> args = {"subscribe", "--webhook", receiver.Uri(behaviour, id), "--id", id};
    args.insert(args.end(), more.begin(), more.end());
    const Completed done = service_.Run(args);
    ASSERT_EQ(done.status, 0) << done.err;
    const std::vector<std::string> lines = Lines(done.out);
    ASSERT_EQ(lines.size(), 2U) << done.out;
    ASSERT_TRUE(lines[1].starts_with("whsec_")) << "the secret is printed once";
    receiver.SetSecret(id, lines[1]);
  }
  static std::vector<uint64_t> Sequences(const WebhookReceiver& receiver, const std::string& name) {
    std::vector<uint64_t> sequences;
    for (const ReceivedWebhook& received : receiver.Received(name)) {
      sequences.insert(sequences.end(), received.sequences.begin(), received.sequences.end());
    }
    return sequences;
  }
  static size_t Different(const WebhookReceiver& receiver, const std::string& name) {
    const std::vector<uint64_t> sequences = Sequences(receiver, name);
    return std::set<uint64_t>(sequences.begin(), sequences.end()).size();
  }

  const RunningSuite suite_;
  NotificationProcess service_{suite_, kQuickRetries};
};

TEST_F(WebhookTest, DeliversWhatAForeignReceiverVerifiesAndDecodes) {
  WebhookReceiver receiver;
  Subscribe(receiver, "ok", "plain");
  Subscribe(receiver, "ok", "batched", {"--batch", "10"});
  Subscribe(receiver, "ok", "filtered", {"--filter", fmt::format("title:\"{}\"", ReleaseTitle(3))});
  const Completed tested = service_.Run({"subscription", "test", "plain"});
  EXPECT_EQ(tested.status, 0) << tested.out << tested.err;
  ASSERT_TRUE(WaitUntil([&] { return receiver.Received("plain").size() == 1; }));
  EXPECT_EQ(receiver.Received("plain")[0].types[0], "org.dateline.subscription.test");
  Ingest(0, 6);
  ASSERT_TRUE(WaitUntil([&] { return receiver.Received("plain").size() == 7; }));
  ASSERT_TRUE(WaitUntil([&] { return Different(receiver, "batched") == 6; }));
  ASSERT_TRUE(WaitUntil([&] { return receiver.Received("filtered").size() == 1; }));
  EXPECT_THAT(receiver.Problems(), IsEmpty());
  uint64_t sequence = 0;
  for (const ReceivedWebhook& received : receiver.Received("plain")) {
    EXPECT_TRUE(received.verified);
    ASSERT_EQ(received.ids.size(), 1U);
    EXPECT_EQ(received.id, received.ids[0]) << "the event's id is that of the message";
    if (received.types[0] == "org.dateline.subscription.test") continue;
    EXPECT_EQ(received.types[0], "org.dateline.release.published");
    EXPECT_EQ(received.sequences[0], ++sequence) << "in order";
  }
  EXPECT_EQ(receiver.Received("filtered")[0].titles[0], ReleaseTitle(3));

  // The secret is shown once, and both sign after a rotation.
  EXPECT_THAT(service_.Run({"subscription", "show", "plain", "--json"}).out, Not(HasSubstr("whsec_")));
  EXPECT_THAT(service_.Run({"subscription", "list"}).out, Not(HasSubstr("whsec_")));
  const Completed rotated = service_.Run({"subscription", "rotate-secret", "plain"});
  ASSERT_EQ(rotated.status, 0) << rotated.err;
  size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator(service_.data_dir())) {
    EXPECT_THAT(ReadFile(file.path()), Not(HasSubstr("whsec_"))) << file.path() << " holds a secret as plain text";
    ++files;
  }
  EXPECT_GT(files, 0U);
  Ingest(6, 7);
  ASSERT_TRUE(WaitUntil([&] { return receiver.Received("plain").size() == 8; }));
  EXPECT_EQ(receiver.Received("plain").back().signatures, 2);
  EXPECT_TRUE(receiver.Received("plain").back().verified) << "by the old secret";
  receiver.SetSecret("plain", Lines(rotated.out)[0]);
  Ingest(7, 8);
  ASSERT_TRUE(WaitUntil([&] { return receiver.Received("plain").size() == 9; }));
  EXPECT_TRUE(receiver.Received("plain").back().verified) << "by the new secret";
}

TEST_F(WebhookTest, AReceiverThatMisbehavesHoldsUpNobodyAndTheLogTells) {
  WebhookReceiver receiver;
  const std::string key = suite_.folder().File("key.pem");
  const std::string certificate = suite_.folder().File("certificate.pem");
  const auto made = RunToEnd({.program = "/usr/bin/openssl",
                              .args = {"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
                                       certificate, "-days", "2", "-subj", "/CN=receiver.example"}},
                             kCommandLimit);
  ASSERT_TRUE(made.ok() && made->status == 0);
  WebhookReceiver stranger(key, certificate);  // Nobody vouches for its certificate.
  // What the bus tells of subscriptions.
  struct {
    Mutex mutex;
    std::vector<io::cloudevents::v1::CloudEvent> events;
  } heard;
  bus::SubscriberOptions listening;
  listening.endpoints = {"tcp://" + suite_.endpoints().eventbus.address};
  listening.topics = {"subscription/"};
  bus::Subscriber subscriber(std::move(listening), [&](const bus::Message& message) {
    io::cloudevents::v1::CloudEvent event;
    if (!message.payload || !event.ParseFromString(*message.payload)) return;
    const MutexLock lock(heard.mutex);
    heard.events.push_back(std::move(event));
  });
  ASSERT_TRUE(subscriber.Start().ok());
  const std::vector<std::string> bad = {"slow", "error",    "flaky", "busy", "reset",  "gone",
                                        "huge", "redirect", "hang",  "drip", "garbage"};
  for (const std::string& behaviour : bad) Subscribe(receiver, behaviour, "is-" + behaviour, {"--timeout", "2"});
  Subscribe(stranger, "ok", "is-stranger");
  Subscribe(receiver, "ok", "good");
  constexpr size_t kEvents = 6;
  Ingest(0, kEvents);
  EXPECT_TRUE(WaitUntil([&] { return receiver.Received("good").size() == kEvents; }));
  const auto log = [&](const std::string& id) { return service_.Run({"deliveries", id, "--attempts"}).out; };
  // Those that take it at last have everything, in order, without a gap.
  for (const char* id : {"is-flaky", "is-busy", "is-huge", "is-slow"}) {
    EXPECT_TRUE(WaitUntil(kCommandLimit,
                          [&] {
                            return service_.Run({"deliveries", id, "--state", "pending"}).out.empty() &&
                                   Different(receiver, id) == kEvents;
                          }))
        << id << log(id);
    std::vector<uint64_t> sequences = Sequences(receiver, id);
    EXPECT_TRUE(std::is_sorted(sequences.begin(), sequences.end())) << id;
  }
  for (const ReceivedWebhook& received : receiver.Received()) EXPECT_EQ(received.id, received.ids[0]);
  EXPECT_THAT(log("is-flaky"), HasSubstr("HTTP 503"));
  EXPECT_THAT(log("is-busy"), HasSubstr("HTTP 429"));
  EXPECT_THAT(log("is-error"), HasSubstr("HTTP 500"));
  EXPECT_THAT(log("is-error"), HasSubstr("out of order"));
  EXPECT_THAT(log("is-redirect"), HasSubstr("redirect to http://10.0.0.1/stolen"));
  EXPECT_TRUE(WaitUntil([&] { return log("is-hang").find("took too long") != std::string::npos; })) << log("is-hang");
  EXPECT_TRUE(WaitUntil([&] { return log("is-drip").find("took too long") != std::string::npos; })) << log("is-drip");
  EXPECT_THAT(log("is-reset"), HasSubstr("cannot fetch"));
  EXPECT_THAT(log("is-garbage"), HasSubstr("cannot fetch"));
  EXPECT_THAT(log("is-gone"), HasSubstr("HTTP 410"));
  EXPECT_THAT(log("is-huge"), HasSubstr("HTTP 200  \"xxxxxxxxxx")) << "what came of an answer without end";
  EXPECT_THAT(log("is-slow"), ContainsRegex("  1[5-9][0-9][0-9] ms  HTTP 200  \"late\""));
  EXPECT_THAT(log("is-stranger"), HasSubstr("TLS failed"));
  EXPECT_THAT(stranger.Received(), IsEmpty());
  EXPECT_TRUE(WaitUntil([&] {
    return service_.Run({"subscription", "show", "is-gone"}).out.find("disabled: the receiver answered 410") !=
           std::string::npos;
  }));
  // And whoever listens to the bus hears of it.
  EXPECT_TRUE(WaitUntil([&] {
    const MutexLock lock(heard.mutex);
    return !heard.events.empty();
  }));
  {
    const MutexLock lock(heard.mutex);
    for (const io::cloudevents::v1::CloudEvent& event : heard.events) {
      events::v1::SubscriptionEvent data;
      EXPECT_EQ(event.type(), "org.dateline.subscription.disabled");
      ASSERT_TRUE(event.proto_data().UnpackTo(&data));
      EXPECT_EQ(data.subscription(), "subscriptions/is-gone");
      EXPECT_THAT(data.cause(), HasSubstr("the receiver answered 410"));
    }
  }
  // Whatever failed still waits; nothing was lost.
  for (const char* id : {"is-error", "is-reset", "is-redirect", "is-hang", "is-drip", "is-garbage", "is-stranger"}) {
    EXPECT_EQ(Lines(service_.Run({"deliveries", id, "--state", "pending", "--json"}).out).size(), kEvents) << id;
  }
  // What came after it was disabled was not matched for it; it is caught up.
  ASSERT_EQ(service_.Run({"subscription", "resume", "is-gone"}).status, 0);
  EXPECT_TRUE(WaitUntil([&] { return Different(receiver, "is-gone") == kEvents; })) << log("is-gone");
}

TEST_F(WebhookTest, PausesReplaysAndBackfills) {
  WebhookReceiver receiver;
  Ingest(0, 3);
  Subscribe(receiver, "ok", "later");
  ASSERT_EQ(service_.Run({"subscription", "backfill", "later", "--from", "1", "--wait"}).status, 0);
  ASSERT_TRUE(WaitUntil([&] { return receiver.Received("later").size() == 3; }));
  for (const ReceivedWebhook& received : receiver.Received("later")) EXPECT_TRUE(received.backfill);
  ASSERT_EQ(service_.Run({"subscription", "pause", "later"}).status, 0);
  Ingest(3, 6);
  service_.Stop();  // What was paused, and where it stood, outlives the process.
  service_.Start();
  EXPECT_EQ(receiver.Received("later").size(), 3U);
  ASSERT_EQ(service_.Run({"subscription", "resume", "later"}).status, 0);
  ASSERT_TRUE(WaitUntil([&] { return receiver.Received("later").size() == 6; }));
  EXPECT_EQ(Sequences(receiver, "later"), (std::vector<uint64_t>{1, 2, 3, 4, 5, 6}));
  const std::string first = receiver.Received("later")[3].id;
  ASSERT_EQ(service_.Run({"replay", "later", "--from", "4", "--to", "5"}).status, 0);
  ASSERT_TRUE(WaitUntil([&] { return receiver.Received("later").size() == 8; }));
  EXPECT_EQ(receiver.Received("later")[6].id, first) << "a repeat bears the same id";
  const Completed dry =
      service_.Run({"subscription", "dry-run", "--filter", fmt::format("title:\"{}\"", ReleaseTitle(2))});
  EXPECT_THAT(dry.out, HasSubstr("1 in 30 days"));
  EXPECT_THAT(dry.out, HasSubstr(ReleaseTitle(2)));
  EXPECT_THAT(dry.out, HasSubstr("because title:"));
  ASSERT_EQ(service_.Run({"subscription", "remove", "later"}).status, 0);
  EXPECT_THAT(service_.Run({"subscription", "list"}).out, IsEmpty());
}

}  // namespace
}  // namespace dateline::testing
