// Proves what an operator sees of the program itself: it starts, serves its ops port, ends cleanly on SIGTERM, says in
// one line what is wrong and ends with the documented status; and that a subscriber hears again after kill -9 and a new
// start.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "common/bus/publisher.h"
#include "common/bus/subscriber.h"
#include "common/testing/child_process.h"
#include "common/testing/ports.h"
#include "common/testing/temp_dir.h"
#include "common/testing/wait.h"

namespace dateline::eventbus {
namespace {

using namespace std::chrono_literals;
using testing::ChildProcess;
using ::testing::HasSubstr;

std::string Address(uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

class ProcessTest : public ::testing::Test {
 protected:
  ChildProcess::Options Options(std::vector<std::string> more = {}) const {
    ChildProcess::Options options;
    options.program = EVENTBUS_PROGRAM;
    options.args = {"--publishers.listen=" + Address(ports_[0]), "--subscribers.listen=" + Address(ports_[1]),
                    "--ops.listen=" + Address(ports_[2])};
    options.args.insert(options.args.end(), more.begin(), more.end());
    return options;
  }
  std::unique_ptr<ChildProcess> Started() {
    auto child = ChildProcess::Start(Options());
    EXPECT_TRUE(child.ok()) << child.status();
    EXPECT_TRUE((*child)->WaitForOutput("forwarding", testing::kPatience)) << (*child)->Stderr();
    return *std::move(child);
  }
  // The whole answer of the ops port.
  std::string Get(const std::string& path) const {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(ports_[2]);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string answer;
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
      const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
      EXPECT_EQ(write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
      char buffer[4096];
      for (ssize_t n = 0; (n = read(fd, buffer, sizeof(buffer))) > 0;) answer.append(buffer, static_cast<size_t>(n));
    }
    close(fd);
    return answer;
  }

  const std::vector<uint16_t> ports_ = testing::FreePorts(3);
};

TEST_F(ProcessTest, ServesItsOpsPortAndEndsCleanly) {
  const auto child = Started();
  EXPECT_TRUE(testing::WaitUntil([&] { return Get("/readyz").starts_with("HTTP/1.1 200"); })) << Get("/readyz");
  EXPECT_THAT(Get("/healthz"), HasSubstr("200"));
  const std::string metrics = Get("/metrics");
  EXPECT_THAT(metrics, HasSubstr("dateline_eventbus_published_messages_total"));
  EXPECT_THAT(metrics, HasSubstr("dateline_build_info"));
  child->Terminate();
  EXPECT_EQ(child->Wait(5s), 0);
}

TEST_F(ProcessTest, SaysInOneLineWhatToDoWhenAPortIsTaken) {
  const auto first = Started();
  const auto second = testing::RunToEnd(Options(), testing::kPatience);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->status, 1);
  EXPECT_EQ(std::count(second->err.begin(), second->err.end(), '\n'), 1) << second->err;
  EXPECT_THAT(second->err, HasSubstr("publishers.listen"));
  EXPECT_THAT(second->err, HasSubstr(Address(ports_[0])));
  EXPECT_TRUE(first->Running());
}

TEST_F(ProcessTest, RefusesHalfOfTheKeys) {
  const auto run = testing::RunToEnd(Options({"--curve.publishers_file=somewhere"}), testing::kPatience);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ(run->status, 2);
  EXPECT_THAT(run->err, HasSubstr("curve.secret_key_file"));
}

TEST_F(ProcessTest, SubscribersHearAgainAfterItWasKilled) {
  auto child = Started();
  std::atomic<uint64_t> head{0};
  bus::SubscriberOptions subscribed;
  subscribed.endpoints = {"tcp://" + Address(ports_[1])};
  subscribed.topics = {"release/"};
  bus::Subscriber subscriber(subscribed, [&head](bus::Message message) { head = message.sequence; });
  ASSERT_TRUE(subscriber.Start().ok());
  bus::PublisherOptions publishing;
  publishing.endpoints = {"tcp://" + Address(ports_[0])};
  bus::Publisher publisher(publishing);
  ASSERT_TRUE(publisher.Start().ok());
  const auto heard = [&](uint64_t sequence) {
    return testing::WaitUntil([&] {
      publisher.PublishHead("release/", Epoch{1}, sequence);
      return head == sequence;
    });
  };
  ASSERT_TRUE(heard(1));
  child->Kill();
  EXPECT_EQ(child->Wait(5s), 137);
  child = Started();
  EXPECT_TRUE(heard(2));
}

}  // namespace
}  // namespace dateline::eventbus
