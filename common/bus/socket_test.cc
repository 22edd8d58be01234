// Proves what the publisher and the subscriber do on real sockets: their peer is a bare ZeroMQ socket on a free port of
// 127.0.0.1, so the frames are seen byte by byte and malformed ones can be sent. The whole bus is tested in
// services/eventbus.

#include "common/bus/socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/base/mutex.h"
#include "common/bus/publisher.h"
#include "common/bus/subscriber.h"
#include "common/testing/temp_dir.h"
#include "common/testing/wait.h"

namespace dateline::bus {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Epoch kEpoch = {1, 2, 3};
constexpr const char* kAnyPort = "tcp://127.0.0.1:*";

// A bound socket of the given type, driven by hand.
class Peer {
 public:
  explicit Peer(int type, const std::string& endpoint = kAnyPort) : socket_(Made(context_, type)) {
    EXPECT_TRUE(socket_.Set(ZMQ_LINGER, 0).ok());
    EXPECT_TRUE(type != ZMQ_SUB || socket_.Set(ZMQ_SUBSCRIBE, std::string_view("")).ok());
    EXPECT_TRUE(testing::WaitUntil([&] { return socket_.Bind(endpoint).ok(); }));
  }
  std::string endpoint() const { return socket_.LastEndpoint(); }

  // Waits for one message; empty when none comes.
  std::vector<std::string> Receive() {
    Parts parts;
    std::vector<std::string> frames;
    testing::WaitUntil([&] {
      if (parts.Receive(socket_) != Parts::Outcome::kReceived) return false;
      frames.assign(parts.views().begin(), parts.views().end());
      return true;
    });
    return frames;
  }
  void Send(const std::vector<std::string>& frames) {
    for (size_t i = 0; i < frames.size(); ++i) {
      ASSERT_GE(zmq_send(socket_.get(), frames[i].data(), frames[i].size(), i + 1 < frames.size() ? ZMQ_SNDMORE : 0),
                0);
    }
  }

 private:
  static Socket Made(const Context& context, int type) {
    absl::StatusOr<Socket> socket = Socket::Make(context, type);
    EXPECT_TRUE(socket.ok());
    return *std::move(socket);
  }
  Context context_;
  Socket socket_;
};

class Inbox {
 public:
  Subscriber::Sink sink() {
    return [this](Message message) {
      MutexLock lock(mutex_);
      messages_.push_back(std::move(message));
    };
  }
  std::vector<Message> messages() const {
    MutexLock lock(mutex_);
    return messages_;
  }
  bool WaitFor(size_t count) {
    return testing::WaitUntil([&] { return messages().size() >= count; });
  }

 private:
  mutable Mutex mutex_;
  std::vector<Message> messages_ GUARDED_BY(mutex_);
};

std::string HeaderOf(uint64_t sequence) {
  const Header header = EncodeHeader(kEpoch, sequence);
  return std::string(header.data(), header.size());
}

SubscriberOptions Subscribed(std::vector<std::string> endpoints) {
  SubscriberOptions options;
  options.endpoints = std::move(endpoints);
  options.topics = {"release/"};
  options.socket.reconnect_interval = 5ms;
  return options;
}

TEST(Publisher, SendsTheDocumentedFrames) {
  Peer peer(ZMQ_SUB);
  Publisher publisher({.endpoints = {peer.endpoint()}});
  ASSERT_TRUE(publisher.Start().ok());
  // Until the peer's subscription has arrived, messages go nowhere.
  std::vector<std::string> head;
  std::thread receiver([&] { head = peer.Receive(); });
  std::atomic<bool> done{false};
  std::thread sender([&] {
    testing::WaitUntil([&] {
      publisher.PublishHead("release/", kEpoch, 41);
      return done.load();
    });
  });
  receiver.join();
  done = true;
  sender.join();
  EXPECT_THAT(head, ElementsAre("release/", HeaderOf(41)));
  ASSERT_TRUE(publisher.Publish("release/", kEpoch, 42, "payload"));
  std::vector<std::string> event;
  do {
    event = peer.Receive();
  } while (event.size() == 2);
  EXPECT_THAT(event, ElementsAre("release/", HeaderOf(42), "payload"));
}

TEST(Publisher, DropsAndCountsWhatItsQueueCannotHold) {
  Peer peer(ZMQ_SUB);
  Publisher publisher({.endpoints = {peer.endpoint()}, .queue_bytes_max = 4096});
  ASSERT_TRUE(publisher.Start().ok());
  EXPECT_FALSE(publisher.Publish("release/", kEpoch, 1, std::string(5000, 'x')));
  EXPECT_EQ(publisher.stats().dropped_full, 1u);
  EXPECT_TRUE(publisher.Publish("release/", kEpoch, 1, std::string(500, 'x')));
  EXPECT_TRUE(testing::WaitUntil([&] { return publisher.stats().sent == 1; }));
}

TEST(Publisher, RefusesWhatMustNotBeSent) {
  Publisher publisher({.endpoints = {"tcp://127.0.0.1:1"}});
  EXPECT_FALSE(publisher.PublishHead("release/", kEpoch, 1)) << "not started";
  ASSERT_TRUE(publisher.Start().ok());
  EXPECT_FALSE(publisher.Publish("release", kEpoch, 1, "x"));
  EXPECT_FALSE(publisher.Publish("release/", kEpoch, 0, "x"));
  EXPECT_FALSE(publisher.Publish("release/", kEpoch, 1, ""));
  EXPECT_FALSE(publisher.Publish("release/", kEpoch, 1, std::string(kPayloadBytesMax + 1, 'x')));
  EXPECT_TRUE(publisher.PublishHead("release/", kEpoch, 0));
  publisher.Stop();
  EXPECT_FALSE(publisher.PublishHead("release/", kEpoch, 1)) << "stopped";
  EXPECT_EQ(publisher.stats().refused, 6u);
}

TEST(Publisher, SendsWhatIsQueuedBeforeItStops) {
  Peer peer(ZMQ_SUB);
  Publisher publisher({.endpoints = {peer.endpoint()}});
  ASSERT_TRUE(publisher.Start().ok());
  for (uint64_t s = 1; s <= 100; ++s) ASSERT_TRUE(publisher.Publish("release/", kEpoch, s, "x"));
  publisher.Stop();
  EXPECT_EQ(publisher.stats().sent, 100u);
  EXPECT_EQ(publisher.stats().queue_messages, 0u);
}

TEST(Publisher, NamesBadEndpoints) {
  EXPECT_EQ(ErrorReason(Publisher({}).Start()), "BUS_ENDPOINT_INVALID");
  const absl::Status status = Publisher({.endpoints = {"127.0.0.1:7450"}}).Start();
  EXPECT_EQ(ErrorReason(status), "BUS_ENDPOINT_INVALID");
  EXPECT_THAT(std::string(status.message()), HasSubstr("127.0.0.1:7450"));
}

TEST(Subscriber, HandsOverWhatDecodesAndCountsTheRest) {
  Peer peer(ZMQ_XPUB);
  Inbox inbox;
  Subscriber subscriber(Subscribed({peer.endpoint()}), inbox.sink());
  ASSERT_TRUE(subscriber.Start().ok());
  ASSERT_THAT(peer.Receive(), ElementsAre(std::string("\x01") + "release/"));
  peer.Send({"release/", "short header", "x"});
  peer.Send({"release/", HeaderOf(1), "x", "a fourth frame"});
  peer.Send({"release/", HeaderOf(1), ""});
  peer.Send({"release/", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"});
  peer.Send({"release/more", HeaderOf(1), "x"});
  peer.Send({"document/", HeaderOf(1), "not subscribed"});
  peer.Send({"release/", HeaderOf(1), "payload"});
  peer.Send({"release/", HeaderOf(1)});
  ASSERT_TRUE(inbox.WaitFor(2));
  EXPECT_THAT(inbox.messages(),
              ElementsAre(Message{"release/", kEpoch, 1, "payload"}, Message{"release/", kEpoch, 1, std::nullopt}));
  EXPECT_EQ(subscriber.stats().malformed, 5u);
  EXPECT_EQ(subscriber.stats().received, 2u);
}

TEST(Subscriber, TakesNoFrameThatIsTooLargeAndRecoversFromIt) {
  Peer peer(ZMQ_XPUB);
  Inbox inbox;
  SubscriberOptions options = Subscribed({peer.endpoint()});
  options.reopen_after = 300ms;
  Subscriber subscriber(options, inbox.sink());
  ASSERT_TRUE(subscriber.Start().ok());
  ASSERT_EQ(peer.Receive().size(), 1u);
  peer.Send({"release/", HeaderOf(1), std::string(kPayloadBytesMax + 1, 'x')});
  EXPECT_THAT(peer.Receive(), ElementsAre(std::string(1, '\0') + "release/")) << "it has disconnected";
  ASSERT_TRUE(testing::WaitUntil([&] { return subscriber.stats().reopened > 0; }));
  ASSERT_TRUE(testing::WaitUntil([&] {
    peer.Send({"release/", HeaderOf(2), std::string(kPayloadBytesMax, 'x')});
    return !inbox.messages().empty();
  }));
  EXPECT_EQ(inbox.messages()[0].sequence, 2u);
}

TEST(Subscriber, ComesBackWhenItsPeerWasReplaced) {
  auto peer = std::make_unique<Peer>(ZMQ_XPUB);
  const std::string endpoint = peer->endpoint();
  Inbox inbox;
  Subscriber subscriber(Subscribed({endpoint}), inbox.sink());
  ASSERT_TRUE(subscriber.Start().ok());
  ASSERT_EQ(peer->Receive().size(), 1u);
  peer.reset();
  peer = std::make_unique<Peer>(ZMQ_XPUB, endpoint);
  ASSERT_EQ(peer->Receive().size(), 1u);
  peer->Send({"release/", HeaderOf(7)});
  ASSERT_TRUE(inbox.WaitFor(1));
  EXPECT_EQ(inbox.messages()[0].sequence, 7u);
}

TEST(Subscriber, ListensToAllEndpoints) {
  Peer first(ZMQ_XPUB);
  Peer second(ZMQ_XPUB);
  Inbox inbox;
  Subscriber subscriber(Subscribed({first.endpoint(), second.endpoint()}), inbox.sink());
  ASSERT_TRUE(subscriber.Start().ok());
  for (Peer* peer : {&first, &second}) {
    ASSERT_EQ(peer->Receive().size(), 1u);
    peer->Send({"release/", HeaderOf(1), "same"});
  }
  ASSERT_TRUE(inbox.WaitFor(2));
  EXPECT_EQ(inbox.messages()[0], inbox.messages()[1]);
}

TEST(Subscriber, StopsAtOnceAlsoWhenNobodyIsThere) {
  Inbox inbox;
  Subscriber subscriber(Subscribed({"tcp://127.0.0.1:1"}), inbox.sink());
  ASSERT_TRUE(subscriber.Start().ok());
  const auto begin = std::chrono::steady_clock::now();
  subscriber.Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
  subscriber.Stop();
}

TEST(Subscriber, RefusesBadTopics) {
  Inbox inbox;
  SubscriberOptions options = Subscribed({"tcp://127.0.0.1:1"});
  options.topics = {"release"};
  EXPECT_EQ(ErrorReason(Subscriber(options, inbox.sink()).Start()), "BUS_TOPIC_INVALID");
  options.topics = {};
  EXPECT_EQ(ErrorReason(Subscriber(options, inbox.sink()).Start()), "BUS_TOPIC_INVALID");
}

TEST(Threads, TakeNoSignals) {
  Inbox inbox;
  Subscriber subscriber(Subscribed({"tcp://127.0.0.1:1"}), inbox.sink());
  Publisher publisher({.endpoints = {"tcp://127.0.0.1:1"}});
  ASSERT_TRUE(subscriber.Start().ok());
  ASSERT_TRUE(publisher.Start().ok());
  constexpr uint64_t kSigterm = uint64_t{1} << (SIGTERM - 1);
  const auto threads = [&] {
    std::map<std::string, bool> blocks_by_name;
    for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
      std::ifstream status(task.path() / "status");
      std::string name;
      for (std::string line; std::getline(status, line);) {
        if (line.starts_with("Name:\t")) name = line.substr(6);
        if (!line.starts_with("SigBlk:\t")) continue;
        const bool blocks = (std::stoull(line.substr(8), nullptr, 16) & kSigterm) != 0;
        const auto [entry, added] = blocks_by_name.emplace(name, blocks);
        entry->second = entry->second && blocks;
      }
    }
    return blocks_by_name;
  };
  ASSERT_TRUE(testing::WaitUntil([&] {
    const auto names = threads();
    return names.contains("bus-publisher") && names.contains("bus-subscriber") && names.contains("ZMQbg/IO/0");
  }));
  for (const auto& [name, blocks] : threads()) {
    EXPECT_TRUE(blocks || !(name.starts_with("bus-") || name.starts_with("ZMQ"))) << name;
  }
}

TEST(SocketOptions, AreAllApplied) {
  Context context;
  auto socket = Socket::Make(context, ZMQ_SUB);
  ASSERT_TRUE(socket.ok());
  ASSERT_TRUE(socket->Apply(bus::SocketOptions{}).ok());
  const auto value = [&](int option) {
    int result = -1;
    size_t size = sizeof(result);
    EXPECT_EQ(zmq_getsockopt(socket->get(), option, &result, &size), 0);
    return result;
  };
  EXPECT_EQ(value(ZMQ_SNDHWM), 10'000);
  EXPECT_EQ(value(ZMQ_RCVHWM), 10'000);
  EXPECT_EQ(value(ZMQ_LINGER), 0);
  EXPECT_EQ(value(ZMQ_HEARTBEAT_IVL), 2000);
  EXPECT_EQ(value(ZMQ_HEARTBEAT_TIMEOUT), 6000);
  EXPECT_EQ(value(ZMQ_HEARTBEAT_TTL), 6000);
  EXPECT_EQ(value(ZMQ_RECONNECT_IVL), 100);
  EXPECT_EQ(value(ZMQ_RECONNECT_IVL_MAX), 1000);
  EXPECT_EQ(value(ZMQ_HANDSHAKE_IVL), 5000);
  EXPECT_EQ(value(ZMQ_TCP_KEEPALIVE), 1);
  EXPECT_EQ(value(ZMQ_TCP_KEEPALIVE_IDLE), 30);
  EXPECT_EQ(value(ZMQ_IPV6), 1);
  int64_t frame_bytes_max = 0;
  size_t size = sizeof(frame_bytes_max);
  ASSERT_EQ(zmq_getsockopt(socket->get(), ZMQ_MAXMSGSIZE, &frame_bytes_max, &size), 0);
  EXPECT_EQ(frame_bytes_max, 1 << 20);
}

TEST(Keys, AreReadFromFilesAndNeverShown) {
  char public_key[kCurveKeyChars + 1];
  char secret_key[kCurveKeyChars + 1];
  ASSERT_EQ(zmq_curve_keypair(public_key, secret_key), 0);
  const testing::TempDir folder;
  const std::string server = folder.Write("server.pub", std::string(public_key) + " the bus\n");
  const std::string own = folder.Write("own.key", std::string(secret_key));
  const auto keys = LoadCurveClientKeys(server, own);
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_EQ(keys->server_public_key, public_key);
  EXPECT_EQ(keys->secret_key, secret_key);
  EXPECT_EQ(keys->public_key, public_key) << "derived from the secret key";

  const std::string broken = folder.Write("broken.key", std::string(secret_key) + "x");
  const absl::Status status = LoadCurveClientKeys(server, broken).status();
  EXPECT_EQ(ErrorReason(status), "BUS_KEY_FILE_INVALID");
  EXPECT_THAT(std::string(status.message()), HasSubstr("broken.key"));
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr(secret_key)));
  EXPECT_EQ(LoadCurveClientKeys(folder.File("missing"), own).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ((*LoadCurveKeys({.server_public_key_file = server, .secret_key_file = own}))->public_key, keys->public_key);
  EXPECT_FALSE(LoadCurveKeys({})->has_value()) << "without files there is no CURVE";
}

}  // namespace
}  // namespace dateline::bus
