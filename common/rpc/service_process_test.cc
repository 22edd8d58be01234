// Proves the life of a service's process from outside: it starts and says so, ends cleanly on SIGTERM, and its exit
// status tells a wrong configuration (2) from a start that failed (1). Runs the program rpc_probe.

#include "common/rpc/service_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include "common/rpc/channel.h"
#include "common/rpc/testing/echo_fixture.h"
#include "common/testing/child_process.h"
#include "common/testing/ports.h"
#include "common/testing/wait.h"

namespace dateline::rpc {
namespace {

using dateline::testing::ChildProcess;
using dateline::testing::kPatience;
using ::testing::HasSubstr;

ChildProcess::Options Probe(std::vector<std::string> args) {
  ChildProcess::Options options;
  options.program = RPC_PROBE;
  options.args = std::move(args);
  return options;
}

TEST(ServiceProcess, StartsAndEndsOnSigterm) {
  auto child = ChildProcess::Start(Probe({"--log.format=json"}));
  ASSERT_TRUE(child.ok()) << child.status();
  ASSERT_TRUE((*child)->WaitForOutput("\"started\"", kPatience)) << (*child)->Stderr();
  (*child)->Terminate();
  EXPECT_EQ((*child)->Wait(kPatience), 0) << (*child)->Stderr();
  EXPECT_THAT((*child)->Stderr(), HasSubstr("\"stopped\""));
}

// In a process that neither serves nor calls, nobody but the channel itself looks after its sockets.
TEST(ServiceProcess, IsConnectedToSoonByWhoDoesNothingElse) {
  const std::string address = "127.0.0.1:" + std::to_string(dateline::testing::FreePorts(1).front());
  auto child = ChildProcess::Start(Probe({"--server.listen=" + address}));
  ASSERT_TRUE(child.ok()) << child.status();
  ASSERT_TRUE((*child)->WaitForOutput("started", kPatience)) << (*child)->Stderr();
  std::atomic<bool> connected = false;
  const auto channel = MakeChannel(address, {.connection_listener = [&](bool now) { connected = now; }});
  EXPECT_TRUE(dateline::testing::WaitUntil(std::chrono::milliseconds(3'000), [&] { return connected.load(); }));
}

TEST(ServiceProcess, ChecksItsConfiguration) {
  const auto good = dateline::testing::RunToEnd(Probe({"--check-config"}), kPatience);
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_EQ(good->status, 0) << good->err;
  EXPECT_THAT(good->out, HasSubstr("stop_limit"));
  const auto unknown = dateline::testing::RunToEnd(Probe({"--server.listn=127.0.0.1:1"}), kPatience);
  ASSERT_TRUE(unknown.ok()) << unknown.status();
  EXPECT_EQ(unknown->status, 2);
  EXPECT_THAT(unknown->err, HasSubstr("server.listen"));
  const auto contradiction = dateline::testing::RunToEnd(Probe({"--server.stop_limit=60s"}), kPatience);
  ASSERT_TRUE(contradiction.ok()) << contradiction.status();
  EXPECT_EQ(contradiction->status, 2);
  EXPECT_THAT(contradiction->err, HasSubstr("process.stop_limit"));
}

TEST(ServiceProcess, FailsWhenTheServiceCannotStart) {
  const auto failed = dateline::testing::RunToEnd(Probe({"--probe.fail=true"}), kPatience);
  ASSERT_TRUE(failed.ok()) << failed.status();
  EXPECT_EQ(failed->status, 1);
  EXPECT_THAT(failed->err, HasSubstr("told to fail"));
}

TEST(ServiceProcess, CallsAWrongAddressAWrongConfiguration) {
  const auto failed = dateline::testing::RunToEnd(Probe({"--server.listen=nowhere"}), kPatience);
  ASSERT_TRUE(failed.ok()) << failed.status();
  EXPECT_EQ(failed->status, 2);
  EXPECT_THAT(failed->err, HasSubstr("write host:port"));
}

TEST(ServiceProcess, FailsWhenThePortIsInUse) {
  testing::EchoServer other;
  other.Start();
  const auto failed = dateline::testing::RunToEnd(Probe({"--server.listen=" + other.server().target()}), kPatience);
  ASSERT_TRUE(failed.ok()) << failed.status();
  EXPECT_EQ(failed->status, 1);
  EXPECT_THAT(failed->err, HasSubstr("in use"));
}

}  // namespace
}  // namespace dateline::rpc
