// Proves the ops port over real sockets: the pages, what happens at each limit (size, time, connections), that an
// address in use is told apart, and that Stop() is quick whatever clients do. The client here is a bare socket, to be
// able to misbehave.

#include "common/metrics/ops_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/config/schema.h"
#include "common/metrics/http_exchange.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dateline::metrics {
namespace {

using std::chrono::milliseconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Client {
 public:
  explicit Client(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  void Send(const std::string& bytes) {
    [[maybe_unused]] const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  // All until the server closes; "(nothing)" when it does not within ten seconds.
  std::string ReadAll() {
    std::string text;
    char buffer[4096];
    for (;;) {
      pollfd ready{fd_, POLLIN, 0};
      if (poll(&ready, 1, 10'000) != 1) return "(nothing)";
      const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
      if (size <= 0) return text;
      text.append(buffer, static_cast<size_t>(size));
    }
  }

 private:
  int fd_;
  bool connected_ = false;
};

class OpsServerTest : public ::testing::Test {
 protected:
  void Start(OpsServer::Options options = {}) {
    server_ = std::make_unique<OpsServer>(options, registry_, readiness_);
    ASSERT_TRUE(server_->Start().ok());
    ASSERT_NE(server_->port(), 0);
  }
  std::string Exchange(const std::string& request) {
    Client client(server_->port());
    client.Send(request);
    return client.ReadAll();
  }
  std::string Get(const std::string& path) { return Exchange("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"); }

  Registry registry_{"demo"};
  Readiness readiness_;
  std::unique_ptr<OpsServer> server_;
};

TEST_F(OpsServerTest, ServesItsPages) {
  Start();
  EXPECT_THAT(Get("/healthz"), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(Get("/healthz?verbose=1"), EndsWith("\r\n\r\nok\n"));
  registry_.GetCounter("dateline_demo_total", "Demo.").Increment();
  const std::string metrics = Get("/metrics");
  EXPECT_THAT(metrics, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(metrics, HasSubstr("dateline_demo_total 1\n"));
  EXPECT_THAT(Get("/"), EndsWith("/healthz\n/readyz\n/metrics\n"));
  EXPECT_THAT(Get("/nothing"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(OpsServerTest, ReadyzListsWhatIsMissing) {
  Start();
  readiness_.Set("store", false, "opening the archive");
  readiness_.Set("bus", false, "not connected");
  const std::string missing = Get("/readyz");
  EXPECT_THAT(missing, StartsWith("HTTP/1.1 503 "));
  EXPECT_THAT(missing, EndsWith("not ready\nbus: not connected\nstore: opening the archive\n"));
  readiness_.Set("store", true);
  readiness_.Set("bus", true);
  EXPECT_THAT(Get("/readyz"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(OpsServerTest, HeadHasTheLengthButNoBody) {
  Start();
  const std::string response = Exchange("HEAD /healthz HTTP/1.0\r\n\r\n");
  EXPECT_THAT(response, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(response, EndsWith("\r\n\r\n"));
}

TEST_F(OpsServerTest, RefusesWhatItDoesNotSpeak) {
  Start();
  EXPECT_THAT(Exchange("POST /metrics HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(Exchange("nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Exchange("GET /healthz HTTP/2.0\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(Exchange(std::string("\0\xff\r\n\r\n", 6)), StartsWith("HTTP/1.1 400 "));
}

TEST_F(OpsServerTest, RefusesRequestsAboveTheLimit) {
  Start();
  const std::string long_header = "GET /healthz HTTP/1.1\r\nX: " + std::string(OpsServer::kRequestBytesMax, 'x');
  EXPECT_THAT(Exchange(long_header), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(Get("/metrics"), HasSubstr("dateline_ops_connections_dropped_total{reason=\"too_large\"} 1\n"));
}

TEST_F(OpsServerTest, RequestsMayComeInPieces) {
  Start();
  Client client(server_->port());
  for (const char* piece : {"GET /heal", "thz HTTP/1.1\r\nHost", ": x\r\n\r", "\n"}) {
    client.Send(piece);
    // Another exchange in between: the server has seen the piece before the next one is sent.
    EXPECT_THAT(Get("/healthz"), EndsWith("ok\n"));
  }
  EXPECT_THAT(client.ReadAll(), EndsWith("ok\n"));
}

TEST_F(OpsServerTest, SlowClientsAreDroppedAtTheTimeLimit) {
  Start({.listen = "127.0.0.1:0", .exchange_timeout = milliseconds(50)});
  Client client(server_->port());
  client.Send("GET /healthz HTTP/1.1\r\n");
  EXPECT_EQ(client.ReadAll(), "");
  EXPECT_THAT(Get("/metrics"), HasSubstr("dateline_ops_connections_dropped_total{reason=\"timeout\"} 1\n"));
}

TEST_F(OpsServerTest, IdleConnectionsCannotKeepAProbeOut) {
  Start();
  std::vector<std::unique_ptr<Client>> idle;
  for (size_t i = 0; i < OpsServer::kConnectionsMax + 4; ++i) {
    idle.push_back(std::make_unique<Client>(server_->port()));
    ASSERT_TRUE(idle.back()->connected());
  }
  EXPECT_THAT(Get("/healthz"), EndsWith("ok\n"));
  // The oldest made room.
  EXPECT_EQ(idle.front()->ReadAll(), "");
  EXPECT_THAT(Get("/metrics"), Not(HasSubstr("dateline_ops_connections_dropped_total{reason=\"full\"} 0\n")));
}

TEST_F(OpsServerTest, StopIsQuickWhateverClientsDo) {
  Start();
  Client idle(server_->port());
  Client half(server_->port());
  half.Send("GET /");
  EXPECT_THAT(Get("/healthz"), EndsWith("ok\n"));
  const auto before = std::chrono::steady_clock::now();
  server_->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, milliseconds(200));
  EXPECT_EQ(idle.ReadAll(), "");
  EXPECT_FALSE(Client(server_->port()).connected());
  server_->Stop();
}

TEST_F(OpsServerTest, AddressInUseIsToldWithTheRemedy) {
  Start();
  OpsServer second({.listen = "127.0.0.1:" + std::to_string(server_->port())}, registry_, readiness_);
  const absl::Status status = second.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(status), "ADDRESS_IN_USE");
  EXPECT_THAT(std::string(status.message()), HasSubstr("127.0.0.1:" + std::to_string(server_->port()) + ": "));
  EXPECT_THAT(std::string(status.message()), HasSubstr("ops.listen"));
}

TEST_F(OpsServerTest, AddressIsFreeAgainAtOnce) {
  Start();
  const std::string address = "127.0.0.1:" + std::to_string(server_->port());
  EXPECT_THAT(Get("/healthz"), EndsWith("ok\n"));
  server_->Stop();
  OpsServer next({.listen = address}, registry_, readiness_);
  EXPECT_TRUE(next.Start().ok());
}

TEST_F(OpsServerTest, BadAddressesAreRefused) {
  for (const char* bad : {"", "7415", ":7415", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536", "::1:7415",
                          "300.0.0.1:7415", "no host:1"}) {
    OpsServer server({.listen = bad}, registry_, readiness_);
    const absl::Status status = server.Start();
    EXPECT_EQ(ErrorReason(status), "LISTEN_ADDRESS_INVALID") << bad << " " << status;
  }
  // TEST-NET-1 belongs to no machine.
  OpsServer foreign({.listen = "192.0.2.1:0"}, registry_, readiness_);
  EXPECT_EQ(ErrorReason(foreign.Start()), "LISTEN_FAILED");
}

TEST(AddOptions, RegistersTheAddress) {
  OpsServer::Options options{.listen = "127.0.0.1:7415"};
  config::Schema schema;
  AddOptions(schema, &options);
  ASSERT_TRUE(schema.LoadText("[ops]\nlisten = \"127.0.0.1:9\"", "t").ok());
  EXPECT_EQ(options.listen, "127.0.0.1:9");
}

TEST(ParseRequest, TakesOnlyRequestLinesForPaths) {
  ASSERT_TRUE(ParseRequest("GET /a?b=c HTTP/1.1\r\n\r\n").has_value());
  EXPECT_EQ(ParseRequest("GET /a?b=c HTTP/1.1\r\n\r\n")->path, "/a");
  for (const char* bad : {"", " ", "GET", "GET /", "GET  HTTP/1.1", "get / HTTP/1.1", "GET http://x/ HTTP/1.1",
                          "GET / x HTTP/1.1", "GET * HTTP/1.1", "GET / HTTP/1.12", " / HTTP/1.1"}) {
    EXPECT_FALSE(ParseRequest(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace dateline::metrics
