// Proves that channels connect without being called, tell when they are connected, find a service soon whose name comes
// back after the name server knew nothing of it for long, and leave calls under way alone meanwhile. The name server is
// a socket of the test that speaks DNS; the service is a real one on loopback.

#include "common/rpc/channel.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "common/rpc/switched_channel.h"
#include "common/rpc/testing/echo_fixture.h"
#include "common/rpc/testing/gate.h"
#include "common/testing/wait.h"

namespace dateline::rpc {
namespace {

using dateline::testing::WaitUntil;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::EchoRequest;
using testing::EchoResponse;
using testing::EchoServer;

// A resource record of type A for the name that stands at byte 12 of the message.
constexpr unsigned char kLoopbackForTenSeconds[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 10, 0, 4, 127, 0, 0, 1};

// Says of every name that it is 127.0.0.1, or that there is none.
class NameServer {
 public:
  NameServer() : socket_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    const timeval step{0, 50'000};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &step, sizeof(step));
    thread_ = std::thread([this] { Answer(); });
  }
  ~NameServer() {
    stopping_ = true;
    thread_.join();
    ::close(socket_);
  }

  // What gRPC calls a service whose name this server is asked for.
  std::string TargetOf(const std::string& server) const {
    return "dns://127.0.0.1:" + std::to_string(port_) + "/service.example:" + server.substr(server.rfind(':') + 1);
  }

  std::atomic<bool> knows = false;
  std::atomic<int> refused = 0;

 private:
  // RFC 1035, 4.1: the question is given back, with RCODE 3 (name error), or with one address of ten seconds where an
  // address is asked for (type A).
  void Answer() {
    unsigned char message[512 + 16];
    while (!stopping_) {
      sockaddr_in peer{};
      socklen_t size = sizeof(peer);
      const ssize_t got = ::recvfrom(socket_, message, 512, 0, reinterpret_cast<sockaddr*>(&peer), &size);
      if (got < 17) continue;
      size_t end = 12;
      while (end < static_cast<size_t>(got) && message[end] != 0) end += message[end] + 1u;
      const bool address_asked = message[end + 2] == 1;
      end += 5;
      const bool told = knows;
      message[2] = 0x81;
      message[3] = told ? 0x80 : 0x83;
      for (size_t i = 6; i < 12; ++i) message[i] = 0;
      if (!told) {
        ++refused;
      } else if (address_asked) {
        message[7] = 1;
        for (const unsigned char byte : kLoopbackForTenSeconds) message[end++] = byte;
      }
      ::sendto(socket_, message, end, 0, reinterpret_cast<sockaddr*>(&peer), size);
    }
  }

  const int socket_;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

TEST(Channel, ConnectsBeforeItIsCalledAndTellsSo) {
  auto server = std::make_unique<EchoServer>();
  server->Start();
  std::atomic<int> connected = -1;
  const auto channel =
      MakeChannel(server->server().target(), {.connection_listener = [&](bool now) { connected = now ? 1 : 0; }});
  EXPECT_TRUE(WaitUntil([&] { return connected == 1; }));
  server.reset();
  EXPECT_TRUE(WaitUntil([&] { return connected == 0; }));
}

TEST(Channel, IsKeptAsLongAsAStubHasIt) {
  auto server = std::make_unique<EchoServer>();
  server->Start();
  std::atomic<int> told = 0;
  auto stub = testing::EchoService::NewStub(
      MakeChannel(server->server().target(), {.connection_listener = [&](bool) { ++told; }}));
  EXPECT_TRUE(WaitUntil([&] { return told > 0; }));
  stub.reset();
  const int before = told;
  server.reset();
  std::this_thread::sleep_for(milliseconds(600));  // Twice as long as it takes to be told.
  EXPECT_EQ(told, before);
}

TEST(Channel, ConnectsWithoutACallToAServiceWhoseNameIsThereLater) {
  EchoServer server;
  server.Start();
  NameServer names;
  std::atomic<bool> connected = false;
  const auto stub = testing::EchoService::NewStub(MakeChannel(
      names.TargetOf(server.server().target()), {.connection_listener = [&](bool now) { connected = now; }}));
  EchoResponse response;
  EXPECT_EQ(Call(*stub, &testing::EchoService::StubInterface::Echo, EchoRequest(), &response).code(),
            absl::StatusCode::kUnavailable);
  // By then gRPC, left to itself, waits for about ten seconds between two questions.
  ASSERT_TRUE(WaitUntil(milliseconds(60'000), [&] { return names.refused >= 16; }));
  names.knows = true;
  const auto began = steady_clock::now();
  ASSERT_TRUE(WaitUntil([&] { return connected.load(); }));
  EXPECT_LT(steady_clock::now() - began, milliseconds(4'500));
  // From then on a name server that knows nothing for a while takes nothing away.
  names.knows = false;
  EXPECT_TRUE(Call(*stub, &testing::EchoService::StubInterface::Echo, EchoRequest(), &response).ok());
}

TEST(Channel, CallsUnderWayGoOnWhileItIsRenewed) {
  EchoServer server;
  testing::Gate gate;
  server.service().echo = [&](const CallContext&, const EchoRequest&) -> absl::StatusOr<EchoResponse> {
    gate.Pass();
    return EchoResponse();
  };
  server.Start();
  SwitchedChannel::Make make = [&] {
    return grpc::CreateChannel(server.server().target(), grpc::InsecureChannelCredentials());
  };
  const auto channel = std::make_shared<SwitchedChannel>(make);
  const auto stub = testing::EchoService::NewStub(channel);
  std::atomic<int> answered = 0;
  const auto call = [&] {
    CallAsync<EchoResponse, EchoRequest>(*stub->async(), &testing::EchoService::StubInterface::async_interface::Echo,
                                         EchoRequest(), {}, [&](const absl::StatusOr<EchoResponse>& response) {
                                           EXPECT_TRUE(response.ok()) << response.status();
                                           ++answered;
                                         });
  };
  call();
  ASSERT_TRUE(gate.WaitForArrivals(1));
  channel->Renew();
  call();
  ASSERT_TRUE(gate.WaitForArrivals(2));
  channel->Renew();
  gate.Open();
  EXPECT_TRUE(WaitUntil([&] { return answered == 2; }));
}

}  // namespace
}  // namespace dateline::rpc
