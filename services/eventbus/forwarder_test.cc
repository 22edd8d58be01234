// Proves that the forwarder carries messages from publishers to subscribers over real sockets on free ports, counts
// them, tells what to do when its address is taken, is not held up by a subscriber that does not read, and with CURVE
// lets in exactly those whose keys are on the list of their side, also after the list has changed.

#include "services/eventbus/forwarder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/bus/publisher.h"
#include "common/bus/subscriber.h"
#include "common/testing/temp_dir.h"
#include "common/testing/wait.h"

namespace dateline::eventbus {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr Epoch kEpoch = {9};
constexpr char kTopic[] = "release/";

ForwarderOptions AnyPort() {
  ForwarderOptions options;
  options.publishers_listen = "127.0.0.1:0";
  options.subscribers_listen = "127.0.0.1:0";
  return options;
}

// Counts EVENTs, and remembers the last HEAD.
class Listener {
 public:
  Listener(const std::string& endpoint, std::optional<bus::CurveClientKeys> keys = std::nullopt)
      : subscriber_(Options(endpoint, std::move(keys)), [this](bus::Message message) {
          if (message.is_head()) {
            head_ = message.sequence;
          } else {
            ++events_;
          }
        }) {
    EXPECT_TRUE(subscriber_.Start().ok());
  }
  uint64_t events() const { return events_; }
  uint64_t head() const { return head_; }

 private:
  static bus::SubscriberOptions Options(const std::string& endpoint, std::optional<bus::CurveClientKeys> keys) {
    bus::SubscriberOptions options;
    options.endpoints = {endpoint};
    options.topics = {kTopic};
    options.socket.reconnect_interval = 5ms;
    options.socket.handshake_timeout = 500ms;
    options.curve = std::move(keys);
    return options;
  }
  std::atomic<uint64_t> events_{0};
  std::atomic<uint64_t> head_{0};
  bus::Subscriber subscriber_;
};

bus::PublisherOptions Publishing(const std::string& endpoint, std::optional<bus::CurveClientKeys> keys = std::nullopt) {
  bus::PublisherOptions options;
  options.endpoints = {endpoint};
  options.socket.reconnect_interval = 5ms;
  options.socket.handshake_timeout = 500ms;  // After which a refused client tries again.
  options.curve = std::move(keys);
  return options;
}

// Publishes HEADs until the listener has one: from then on the path is open.
bool Connected(bus::Publisher& publisher, const Listener& listener, uint64_t head,
               std::chrono::milliseconds limit = testing::kPatience) {
  return testing::WaitUntil(limit, [&] {
    publisher.PublishHead(kTopic, kEpoch, head);
    return listener.head() == head;
  });
}

TEST(Forwarder, CarriesAndCounts) {
  Forwarder forwarder(AnyPort());
  ASSERT_TRUE(forwarder.Start().ok());
  Listener first(forwarder.subscribers_endpoint());
  Listener second(forwarder.subscribers_endpoint());
  bus::Publisher publisher(Publishing(forwarder.publishers_endpoint()));
  ASSERT_TRUE(publisher.Start().ok());
  ASSERT_TRUE(Connected(publisher, first, 1));
  ASSERT_TRUE(Connected(publisher, second, 2));
  const auto before = forwarder.Sample();
  ASSERT_TRUE(before.ok()) << before.status();
  for (uint64_t s = 1; s <= 1000; ++s) ASSERT_TRUE(publisher.Publish(kTopic, kEpoch, s, "payload"));
  EXPECT_TRUE(testing::WaitUntil([&] { return first.events() == 1000 && second.events() == 1000; }));
  const auto after = forwarder.Sample();
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_GE(after->published_messages - before->published_messages, 1000u);
  EXPECT_GE(after->published_bytes - before->published_bytes, 1000 * (8 + 24 + 7u));
  EXPECT_EQ(after->forwarded_messages, after->published_messages);
  EXPECT_GE(after->subscription_changes, 1u);
}

TEST(Forwarder, TellsWhatToDoWhenTheAddressIsTaken) {
  Forwarder first(AnyPort());
  ASSERT_TRUE(first.Start().ok());
  const std::string taken = first.subscribers_endpoint().substr(std::string("tcp://").size());
  ForwarderOptions options = AnyPort();
  options.subscribers_listen = taken;
  const absl::Status status = Forwarder(options).Start();
  EXPECT_EQ(ErrorReason(status), "ADDRESS_IN_USE");
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(taken), HasSubstr("--subscribers.listen=")));
  options.subscribers_listen = "nowhere";
  const absl::Status nonsense = Forwarder(options).Start();
  EXPECT_EQ(ErrorReason(nonsense), "BUS_ENDPOINT_INVALID");
  EXPECT_THAT(std::string(nonsense.message()), HasSubstr("subscribers.listen"));
}

TEST(Forwarder, StopsAtOnceAndCanBeStoppedTwice) {
  Forwarder forwarder(AnyPort());
  ASSERT_TRUE(forwarder.Start().ok());
  Listener listener(forwarder.subscribers_endpoint());
  const auto begin = std::chrono::steady_clock::now();
  forwarder.Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  forwarder.Stop();
  EXPECT_EQ(forwarder.Sample().status().code(), absl::StatusCode::kUnavailable);
}

TEST(Forwarder, IsNotHeldUpByASubscriberThatDoesNotRead) {
  ForwarderOptions options = AnyPort();
  options.socket.high_water_mark = 100;
  Forwarder forwarder(options);
  ASSERT_TRUE(forwarder.Start().ok());
  // It subscribes, and never receives; its buffers are kept small.
  bus::Context context;
  auto stalled = bus::Socket::Make(context, ZMQ_SUB);
  ASSERT_TRUE(stalled.ok());
  bus::SocketOptions small;
  small.high_water_mark = 1;
  ASSERT_TRUE(stalled->Apply(small).ok());
  ASSERT_TRUE(stalled->Set(ZMQ_RCVBUF, 4096).ok());
  ASSERT_TRUE(stalled->Set(ZMQ_SUBSCRIBE, std::string_view(kTopic)).ok());
  ASSERT_TRUE(stalled->Connect(forwarder.subscribers_endpoint()).ok());
  Listener listener(forwarder.subscribers_endpoint());
  bus::Publisher publisher(Publishing(forwarder.publishers_endpoint()));
  ASSERT_TRUE(publisher.Start().ok());
  ASSERT_TRUE(Connected(publisher, listener, 1));
  // Far more than the stalled one's share of any buffer: 50 MiB, in step with the one that reads.
  const std::string payload(256 * 1024, 'x');
  for (uint64_t s = 1; s <= 200; ++s) {
    ASSERT_TRUE(publisher.Publish(kTopic, kEpoch, s, payload));
    ASSERT_TRUE(testing::WaitUntil([&] { return listener.events() == s; })) << s;
  }
}

struct KeyPair {
  KeyPair() {
    char z85_public[bus::kCurveKeyChars + 1];
    char z85_secret[bus::kCurveKeyChars + 1];
    EXPECT_EQ(zmq_curve_keypair(z85_public, z85_secret), 0);
    public_key = z85_public;
    secret_key = z85_secret;
  }
  bus::CurveClientKeys With(const KeyPair& server) const { return {server.public_key, public_key, secret_key}; }
  std::string public_key;
  std::string secret_key;
};

TEST(ForwarderWithCurve, AdmitsEachSideByItsOwnList) {
  const KeyPair server;
  const KeyPair writer;
  const KeyPair reader;
  const testing::TempDir folder;
  ForwarderOptions options = AnyPort();
  options.curve = {folder.Write("server.key", server.secret_key), folder.Write("publishers", writer.public_key + "\n"),
                   folder.Write("subscribers", reader.public_key + "\n")};
  Forwarder forwarder(options);
  ASSERT_TRUE(forwarder.Start().ok());

  Listener listener(forwarder.subscribers_endpoint(), reader.With(server));
  bus::Publisher publisher(Publishing(forwarder.publishers_endpoint(), writer.With(server)));
  ASSERT_TRUE(publisher.Start().ok());
  ASSERT_TRUE(Connected(publisher, listener, 1));

  // A key that may read must not publish, nor the other way round; a client without a key may nothing.
  bus::Publisher intruder(Publishing(forwarder.publishers_endpoint(), reader.With(server)));
  bus::Publisher nobody(Publishing(forwarder.publishers_endpoint()));
  ASSERT_TRUE(intruder.Start().ok());
  ASSERT_TRUE(nobody.Start().ok());
  Listener eavesdropper(forwarder.subscribers_endpoint(), writer.With(server));
  Listener stranger(forwarder.subscribers_endpoint());
  ASSERT_TRUE(testing::WaitUntil([&] {
    intruder.PublishHead(kTopic, kEpoch, 666);
    nobody.PublishHead(kTopic, kEpoch, 667);
    return forwarder.zap()->publishers().rejected >= 1 && forwarder.zap()->subscribers().rejected >= 1;
  }));
  ASSERT_TRUE(Connected(publisher, listener, 2));
  EXPECT_EQ(eavesdropper.head(), 0u);
  EXPECT_EQ(stranger.head(), 0u);
  EXPECT_EQ(forwarder.zap()->publishers().accepted, 1u);
  EXPECT_EQ(forwarder.zap()->subscribers().accepted, 1u);

  // The operator adds the key: it is let in at its next attempt.
  folder.Write("publishers", writer.public_key + "\n" + reader.public_key + "\n");
  EXPECT_TRUE(Connected(intruder, listener, 3));
  EXPECT_EQ(eavesdropper.head(), 0u);
}

TEST(ForwarderWithCurve, ClientsRefuseABusWithAnotherKey) {
  const KeyPair server;
  const KeyPair other;
  const KeyPair client;
  const testing::TempDir folder;
  const std::string everybody = folder.Write("clients", client.public_key + "\n");
  ForwarderOptions options = AnyPort();
  options.curve = {folder.Write("server.key", server.secret_key), everybody, everybody};
  Forwarder forwarder(options);
  ASSERT_TRUE(forwarder.Start().ok());
  Listener deceived(forwarder.subscribers_endpoint(), client.With(other));
  Listener listener(forwarder.subscribers_endpoint(), client.With(server));
  bus::Publisher publisher(Publishing(forwarder.publishers_endpoint(), client.With(server)));
  ASSERT_TRUE(publisher.Start().ok());
  ASSERT_TRUE(Connected(publisher, listener, 1));
  EXPECT_EQ(deceived.head(), 0u);
  EXPECT_EQ(forwarder.zap()->subscribers().accepted, 1u);
}

TEST(ForwarderWithCurve, DoesNotStartWithoutItsFiles) {
  const testing::TempDir folder;
  ForwarderOptions options = AnyPort();
  options.curve = {folder.File("missing.key"), folder.File("p"), folder.File("s")};
  const absl::Status status = Forwarder(options).Start();
  EXPECT_THAT(std::string(status.message()), HasSubstr("missing.key"));
}

}  // namespace
}  // namespace dateline::eventbus
