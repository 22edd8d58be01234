// Proves that a server says why it cannot listen, answers for its health, stops in bounded time even when a handler
// hangs, lets running calls end, and is found again by its clients after a restart. Loopback sockets at free ports.

#include "common/rpc/server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/rpc/listen_address.h"
#include "common/rpc/testing/echo_fixture.h"
#include "common/rpc/testing/gate.h"
#include "common/testing/temp_dir.h"
#include "common/testing/wait.h"

namespace dateline::rpc {
namespace {

using dateline::testing::TempDir;
using dateline::testing::WaitUntil;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::EchoRequest;
using testing::EchoResponse;
using testing::EchoServer;
using testing::Gate;
using ::testing::HasSubstr;

Server::Options Listening(const std::string& address) {
  Server::Options options;
  options.listen = address;
  return options;
}

// Calls a method of another service with messages that look the same on the wire.
absl::StatusOr<EchoResponse> CallByName(const std::string& target, const std::string& method, const std::string& text) {
  grpc::TemplatedGenericStub<EchoRequest, EchoResponse> stub(MakeChannel(target));
  struct State {
    grpc::ClientContext context;
    EchoRequest request;
    EchoResponse response;
    Mutex mutex;
    bool done = false;
    grpc::Status status;
  };
  State state;
  Prepare(state.context, {});
  state.request.set_text(text);
  stub.UnaryCall(&state.context, method, {}, &state.request, &state.response, [&state](grpc::Status status) {
    MutexLock lock(state.mutex);
    state.status = std::move(status);
    state.done = true;
  });
  EXPECT_TRUE(WaitUntil([&] {
    MutexLock lock(state.mutex);
    return state.done;
  }));
  if (!state.status.ok()) return FromGrpc(state.status);
  return state.response;
}

constexpr int kServing = 1;
constexpr int kNotServing = 2;

TEST(Server, AnswersForHealthAndReadiness) {
  EchoServer server;
  server.Start();
  const std::string target = server.server().target();
  const auto health = [&](const std::string& name) {
    return CallByName(target, "/grpc.health.v1.Health/Check", name).value().number();
  };
  EXPECT_EQ(health(""), kServing);
  EXPECT_EQ(health("readiness"), kNotServing);
  server.server().SetReady(true);
  EXPECT_EQ(health("readiness"), kServing);
  server.server().SetReady(false);
  EXPECT_EQ(health("readiness"), kNotServing);
}

TEST(Server, ServesReflectionOnlyWhenAsked) {
  const std::string method = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  EchoServer with;
  with.Start();
  EXPECT_TRUE(CallByName(with.server().target(), method, "").ok());
  Server::Options options;
  options.reflection = false;
  EchoServer without(options);
  without.Start();
  EXPECT_EQ(CallByName(without.server().target(), method, "").status().code(), absl::StatusCode::kUnimplemented);
}

TEST(Server, SaysThatThePortIsInUse) {
  EchoServer first;
  first.Start();
  const std::string address = first.server().target();
  EchoServer second(Listening(address));
  const absl::Status status = second.server().Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_EQ(ErrorReason(status), "ADDRESS_IN_USE");
  EXPECT_THAT(std::string(ToStd(status.message())), HasSubstr(address));
  EXPECT_TRUE(first.Echo("the first still serves").ok());
}

TEST(Server, RefusesWhatIsNoAddress) {
  for (const std::string address : {"", "7410", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", ":7410",
                                    "::1:7410", "[]:7410", "unix:", "203.0.113.7:0"}) {
    EchoServer server(Listening(address));
    const absl::Status status = server.server().Start();
    EXPECT_EQ(ErrorReason(status), "BAD_ADDRESS") << address << ": " << status;
  }
}

TEST(Server, ServesAUnixSocketAndGuardsIt) {
  TempDir folder;
  const std::string address = "unix:" + folder.File("rpc.sock");
  {
    EchoServer first(Listening(address));
    first.Start();
    EXPECT_EQ(first.server().port(), 0);
    EXPECT_TRUE(first.Echo("x").ok());
    EchoServer second(Listening(address));
    EXPECT_EQ(ErrorReason(second.server().Start()), "ADDRESS_IN_USE");
    EXPECT_TRUE(first.Echo("x").ok());
  }
  EchoServer again(Listening(address));
  again.Start();
  EXPECT_TRUE(again.Echo("x").ok());
}

TEST(Server, StopsInTimeAlthoughAHandlerHangs) {
  Server::Options options;
  options.stop_limit = milliseconds(100);
  EchoServer server(options);
  Gate gate;
  server.service().echo = [&](const CallContext&, const EchoRequest&) -> absl::StatusOr<EchoResponse> {
    gate.Pass();
    return EchoResponse();
  };
  server.Start();
  server.EchoAsync("hangs", [](const absl::StatusOr<EchoResponse>&) {});
  ASSERT_TRUE(gate.WaitForArrivals(1));
  const auto began = std::chrono::steady_clock::now();
  const absl::Status stuck = server.server().Stop();
  EXPECT_EQ(ErrorReason(stuck), "STOP_STUCK") << stuck;
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(5));
  gate.Open();
  EXPECT_TRUE(server.server().Stop().ok()) << "once the handler has returned, everything ends";
}

TEST(Server, LetsRunningCallsEnd) {
  EchoServer server;
  Gate gate;
  server.service().echo = [&](const CallContext&, const EchoRequest&) -> absl::StatusOr<EchoResponse> {
    gate.Pass();
    return EchoResponse();
  };
  server.Start();
  std::atomic<int> answered_ok{0};
  std::atomic<int> answered{0};
  server.EchoAsync("runs", [&](const absl::StatusOr<EchoResponse>& result) {
    if (result.ok()) ++answered_ok;
    ++answered;
  });
  ASSERT_TRUE(gate.WaitForArrivals(1));
  std::thread stopper([&] { EXPECT_TRUE(server.server().Stop().ok()); });
  // A new call is refused once the stop has begun; only then may the old one go on.
  EXPECT_TRUE(WaitUntil([&] {
    return server.Echo("new", {.deadline = milliseconds(100)}).status().code() == absl::StatusCode::kUnavailable;
  }));
  gate.Open();
  stopper.join();
  EXPECT_TRUE(WaitUntil([&] { return answered == 1; }));
  EXPECT_EQ(answered_ok, 1);
}

TEST(Channel, TriesAgainWhatAStoppingServerDidNotBegin) {
  EchoServer server;
  std::atomic<int> calls = 0;
  server.service().echo = [&](const CallContext&, const EchoRequest&) -> absl::StatusOr<EchoResponse> {
    if (++calls < 3) return absl::CancelledError("CANCELLED");
    return EchoResponse();
  };
  server.Start();
  EXPECT_TRUE(server.Echo("a").ok());
  EXPECT_EQ(calls, 3);
  // One that goes on so is not there; nobody here has cancelled anything.
  calls = -100;
  const absl::Status gone = server.Echo("b").status();
  EXPECT_EQ(gone.code(), absl::StatusCode::kUnavailable) << gone;
  EXPECT_GE(calls, -99);
}

TEST(Server, IsFoundAgainAfterARestart) {
  auto first = std::make_unique<EchoServer>();
  first->Start();
  const std::string target = first->server().target();
  const auto stub = testing::EchoService::NewStub(MakeChannel(target));
  EchoResponse response;
  ASSERT_TRUE(Call(*stub, &testing::EchoService::StubInterface::Echo, EchoRequest(), &response).ok());
  first.reset();
  EXPECT_EQ(Call(*stub, &testing::EchoService::StubInterface::Echo, EchoRequest(), &response).code(),
            absl::StatusCode::kUnavailable);
  EchoServer second(Listening(target));
  second.Start();
  EXPECT_TRUE(Call(*stub, &testing::EchoService::StubInterface::Echo, EchoRequest(), &response,
                   {.deadline = seconds(5), .wait_for_ready = true})
                  .ok());
}

TEST(ListenAddress, MakesATargetForLocalClients) {
  EXPECT_EQ(TargetFor("127.0.0.1:0", 7410), "127.0.0.1:7410");
  EXPECT_EQ(TargetFor("0.0.0.0:0", 7410), "127.0.0.1:7410");
  EXPECT_EQ(TargetFor("[::]:7410", 7410), "[::1]:7410");
  EXPECT_EQ(TargetFor("localhost:0", 7410), "localhost:7410");
  EXPECT_EQ(TargetFor("unix:/tmp/x", 0), "unix:/tmp/x");
}

TEST(PeerAddress, LeavesThePortOut) {
  EXPECT_EQ(PeerAddress("ipv4:127.0.0.1:40112"), "ipv4:127.0.0.1");
  EXPECT_EQ(PeerAddress("ipv6:%5B::1%5D:40112"), "ipv6:%5B::1%5D");
  EXPECT_EQ(PeerAddress("unix:/tmp/x"), "unix:");
}

}  // namespace
}  // namespace dateline::rpc
