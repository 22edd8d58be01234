// The server over real sockets: who may listen, and that it goes on taking connections after whatever befalls one.
#include "services/gateway/http/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <latch>
#include <semaphore>
#include <thread>

#include "common/base/error.h"
#include "common/metrics/registry.h"

namespace dateline::gateway {
namespace {

using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::Not;
using ::testing::StartsWith;

void SetPatience(int descriptor, milliseconds patience) {
  const timeval time{.tv_sec = patience.count() / 1'000, .tv_usec = patience.count() % 1'000 * 1'000};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
}

int NewSocket() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  SetPatience(descriptor, milliseconds(10'000));
  return descriptor;
}

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void SendRequest(int descriptor, int port, std::string_view head) {
  const sockaddr_in address = Loopback(port);
  ASSERT_EQ(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::send(descriptor, head.data(), head.size(), MSG_NOSIGNAL), static_cast<ssize_t>(head.size()));
}

// All that comes until the server closes.
std::string ReadToEnd(int descriptor) {
  std::string all;
  char piece[4096];
  for (ssize_t got = 0; (got = ::recv(descriptor, piece, sizeof piece, 0)) > 0;) {
    all.append(piece, static_cast<size_t>(got));
  }
  ::close(descriptor);
  return all;
}

constexpr std::string_view kFirstRequest = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kLastRequest = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

std::string Ask(int port) {
  const int descriptor = NewSocket();
  SendRequest(descriptor, port, kLastRequest);
  return ReadToEnd(descriptor);
}

Response Answer(const Request&) {
  return Response{.content_type = "text/plain", .body = "news"};
}

class ServerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Server> Make(ServerOptions options, Handler handler = Answer) {
    if (options.listen == ServerOptions{}.listen) options.listen = "127.0.0.1:0";
    return std::make_unique<Server>(options, std::move(handler), registry_);
  }

  metrics::Registry registry_{"test"};
};

TEST_F(ServerTest, AnswersAndSaysWhatIsWrongWithAnAddress) {
  const auto server = Make({});
  ASSERT_TRUE(server->Start().ok());
  EXPECT_THAT(Ask(server->port()), AllOf(StartsWith("HTTP/1.1 200"), EndsWith("news")));
  EXPECT_EQ(ErrorReason(Make({.listen = "unix:/tmp/gateway"})->Start()), "BAD_ADDRESS");
  EXPECT_EQ(ErrorReason(Make({.listen = "127.0.0.1"})->Start()), "BAD_ADDRESS");
}

TEST_F(ServerTest, OnePortHasOneServer) {
  const auto server = Make({});
  ASSERT_TRUE(server->Start().ok());
  const auto second = Make({.listen = "127.0.0.1:" + std::to_string(server->port())});
  EXPECT_EQ(ErrorReason(second->Start()), "ADDRESS_IN_USE");
}

TEST_F(ServerTest, ARestartDoesNotWaitForConnectionsOfBefore) {
  auto server = Make({});
  ASSERT_TRUE(server->Start().ok());
  const int port = server->port();
  Ask(port);  // The server closes first, so the port lingers on its side.
  server.reset();
  // As `dateline up` looks at it, which any other program could be as well.
  const int other = NewSocket();
  const int on = 1;
  ::setsockopt(other, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = Loopback(port);
  EXPECT_EQ(::bind(other, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << std::strerror(errno);
  ::close(other);
  server = Make({.listen = "127.0.0.1:" + std::to_string(port)});
  ASSERT_TRUE(server->Start().ok());
  EXPECT_THAT(Ask(port), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, WhoFindsTheQueueFullIsToldSo) {
  std::counting_semaphore<8> entered(0);
  std::latch leave(1);
  const auto server = Make({.threads = 4, .queue_max = 1}, [&](const Request&) {
    entered.release();
    leave.wait();
    return Response{};
  });
  ASSERT_TRUE(server->Start().ok());
  std::vector<int> clients;
  for (int i = 0; i < 4; ++i) {
    SendRequest(clients.emplace_back(NewSocket()), server->port(), kLastRequest);
    ASSERT_TRUE(entered.try_acquire_for(std::chrono::seconds(10)));
  }
  SendRequest(clients.emplace_back(NewSocket()), server->port(), kLastRequest);  // Waits in the queue.
  EXPECT_THAT(Ask(server->port()), StartsWith("HTTP/1.1 503"));
  leave.count_down();
  for (const int client : clients) EXPECT_THAT(ReadToEnd(client), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, GoesOnWhenDescriptorsRanOut) {
  const auto server = Make({});
  ASSERT_TRUE(server->Start().ok());
  const int first = NewSocket();
  const int second = NewSocket();
  std::vector<int> fill;
  while (fill.empty() || fill.back() < second) fill.push_back(::fcntl(first, F_DUPFD_CLOEXEC, 0));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = static_cast<rlim_t>(second) + 1, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  // The thread that accepts may have had a number before it began to wait; for the second there is none.
  SendRequest(first, server->port(), kFirstRequest);
  SendRequest(second, server->port(), kLastRequest);
  SetPatience(second, milliseconds(200));
  char byte = 0;
  EXPECT_EQ(::recv(second, &byte, 1, 0), -1) << "a connection was taken without a descriptor";
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  for (const int made : fill) ::close(made);
  SetPatience(second, milliseconds(10'000));
  EXPECT_THAT(ReadToEnd(second), StartsWith("HTTP/1.1 200"));
  ::close(first);
}

TEST_F(ServerTest, EndsWhileHeadsAreHalfSent) {
  auto server = Make({.threads = 8, .head_time = milliseconds(500)});
  ASSERT_TRUE(server->Start().ok());
  std::vector<int> clients;
  for (int i = 0; i < 8; ++i) SendRequest(clients.emplace_back(NewSocket()), server->port(), "GET / HTTP/1.1\r\nHo");
  std::this_thread::sleep_for(milliseconds(50));  // Each has a thread that waits for the rest.
  server.reset();
  for (const int client : clients) EXPECT_THAT(ReadToEnd(client), Not(StartsWith("HTTP/1.1 200")));
}

TEST_F(ServerTest, StreamsAreWhole) {
  const auto server = Make({}, [](const Request&) {
    return Response{.content_type = "text/plain",
                    .stream = [](const BodySink& sink) { return sink("one") && sink("two") && sink("three"); }};
  });
  ASSERT_TRUE(server->Start().ok());
  EXPECT_THAT(Ask(server->port()), EndsWith("3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n"));
}

TEST_F(ServerTest, StreamsEndWithTheServer) {
  std::latch begun(1);
  const auto server = Make({}, [&](const Request&) {
    return Response{.content_type = "text/plain", .stream = [&begun](const BodySink& sink) {
                      while (sink("piece")) {
                        if (!begun.try_wait()) begun.count_down();
                        std::this_thread::sleep_for(milliseconds(1));
                      }
                      return false;
                    }};
  });
  ASSERT_TRUE(server->Start().ok());
  const int client = NewSocket();
  SendRequest(client, server->port(), kFirstRequest);
  begun.wait();
  std::thread stop([&] { server->Stop(); });
  // The end of the chunks is missing, so that the client knows that something is.
  EXPECT_THAT(ReadToEnd(client), EndsWith("5\r\npiece\r\n"));
  stop.join();
}

// The kernel's number of the thread that accepts.
pid_t AcceptingThread() {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "comm");
    std::string name;
    if (std::getline(file, name) && name == "accept") return std::stoi(task.path().filename().string());
  }
  return -1;
}

TEST_F(ServerTest, GoesOnAfterASignal) {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) {};  // Without SA_RESTART: what waits ends with EINTR.
  ASSERT_EQ(::sigaction(SIGUSR1, &action, &before), 0);
  const auto server = Make({});
  ASSERT_TRUE(server->Start().ok());
  Ask(server->port());
  ASSERT_EQ(::syscall(SYS_tgkill, ::getpid(), AcceptingThread(), SIGUSR1), 0);
  EXPECT_THAT(Ask(server->port()), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Ask(server->port()), StartsWith("HTTP/1.1 200"));
  ::sigaction(SIGUSR1, &before, nullptr);
}

}  // namespace
}  // namespace dateline::gateway
