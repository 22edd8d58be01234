// Proves the tools that other tests stand on: folders vanish, ports are free and not given twice, children are started
// with what was asked, report how they ended, and do not outlive their owner. The child is the system's shell.

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "common/base/error.h"
#include "common/testing/child_process.h"
#include "common/testing/mutator.h"
#include "common/testing/ports.h"
#include "common/testing/temp_dir.h"
#include "common/testing/wait.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace dateline::testing {
namespace {

using std::chrono::milliseconds;

ChildProcess::Options Shell(const std::string& script) {
  return {.program = "/bin/sh", .args = {"-c", script}};
}

std::unique_ptr<ChildProcess> StartShell(const std::string& script) {
  auto child = ChildProcess::Start(Shell(script));
  EXPECT_TRUE(child.ok()) << child.status();
  return std::move(child).value();
}

TEST(TempDir, IsRemovedWithItsContents) {
  std::filesystem::path path;
  {
    TempDir dir;
    path = dir.path();
    EXPECT_EQ(ReadFile(dir.Write("a/b.txt", "hello")), "hello");
    TempDir moved = std::move(dir);
    EXPECT_EQ(moved.path(), path);
    EXPECT_TRUE(std::filesystem::exists(path / "a/b.txt"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(TempDir, MissingFilesReadAsEmpty) {
  EXPECT_EQ(ReadFile("/nonexistent/file"), "");
}

TEST(WaitUntil, SeesTheConditionOrGivesUp) {
  int calls = 0;
  EXPECT_TRUE(WaitUntil([&calls] { return ++calls == 3; }));
  EXPECT_EQ(calls, 3);
  EXPECT_FALSE(WaitUntil(milliseconds(5), [] { return false; }));
  EXPECT_TRUE(WaitUntil(milliseconds(0), [] { return true; }));
}

// Whether a server can listen on the port.
bool CanListen(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  // As servers do: connections of an earlier test may linger after their end.
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return bound;
}

TEST(FreePorts, AreFreeAndNeverGivenTwice) {
  std::set<uint16_t> seen;
  for (int round = 0; round < 3; ++round) {
    for (const uint16_t port : FreePorts(60)) {
      EXPECT_TRUE(seen.insert(port).second) << port;
      EXPECT_TRUE(CanListen(port)) << port;
    }
  }
  const uint16_t base = FreePortBase(56);
  EXPECT_EQ(base % 100, 0);
  EXPECT_FALSE(seen.contains(base));
  EXPECT_NE(FreePortBase(), base);
}

TEST(ChildProcess, GetsArgumentsEnvironmentAndDirectory) {
  const TempDir dir;
  auto options = Shell("echo \"$WORD $1 $(pwd)\"; echo problem >&2; exit 7");
  options.args.insert(options.args.end(), {"sh", "two words"});
  options.env = {{"WORD", "hello"}};
  options.directory = dir.path();
  const auto completed = RunToEnd(options, kPatience);
  ASSERT_TRUE(completed.ok());
  EXPECT_EQ(completed->status, 7);
  EXPECT_EQ(completed->out, "hello two words " + std::filesystem::canonical(dir.path()).string() + "\n");
  EXPECT_EQ(completed->err, "problem\n");
}

TEST(ChildProcess, MissingProgramIsAnError) {
  const auto child = ChildProcess::Start({.program = "/nonexistent/program"});
  EXPECT_EQ(child.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrorReason(child.status()), "PROGRAM_NOT_STARTED");
}

TEST(ChildProcess, TellsHowItEnded) {
  const auto killed = StartShell("exec sleep 100");
  EXPECT_TRUE(killed->Running());
  EXPECT_EQ(killed->Wait(milliseconds(0)), std::nullopt);
  killed->Kill();
  EXPECT_EQ(killed->Wait(kPatience), 128 + SIGKILL);
  EXPECT_FALSE(killed->Running());
  killed->Terminate();  // Nothing happens.
  EXPECT_EQ(killed->Wait(kPatience), 128 + SIGKILL);

  const auto polite = StartShell("trap 'exit 3' TERM; echo up; while :; do sleep 0.01; done");
  ASSERT_TRUE(polite->WaitForOutput("up", kPatience));
  polite->Terminate();
  EXPECT_EQ(polite->Wait(kPatience), 3);
}

TEST(ChildProcess, BeginsWithoutBlockedSignals) {
  sigset_t set;
  sigset_t before;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  const auto child = StartShell("exec sleep 100");
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  child->Terminate();
  EXPECT_EQ(child->Wait(kPatience), 128 + SIGTERM);
}

TEST(ChildProcess, WaitForOutputEndsWithTheProcess) {
  const auto child = StartShell("echo something else");
  EXPECT_FALSE(child->WaitForOutput("up", kPatience));
  EXPECT_EQ(child->Wait(kPatience), 0);
}

TEST(ChildProcess, NothingOutlivesItsOwner) {
  pid_t child = 0;
  pid_t grandchild = 0;
  {
    const auto owner = StartShell("sleep 100 & echo \"started $!.\"; wait");
    ASSERT_TRUE(owner->WaitForOutput(".", kPatience));
    child = owner->pid();
    grandchild = std::stoi(owner->Stdout().substr(std::string("started ").size()));
    EXPECT_EQ(kill(grandchild, 0), 0);
  }
  EXPECT_NE(kill(child, 0), 0);
  // Gone, or a zombie that whoever adopted it has not reaped yet.
  EXPECT_TRUE(WaitUntil([grandchild] {
    const std::string stat = ReadFile("/proc/" + std::to_string(grandchild) + "/stat");
    return stat.empty() || stat.find(") Z ") != std::string::npos;
  }));
}

TEST(RunToEnd, KillsWhatTakesTooLong) {
  const auto completed = RunToEnd(Shell("echo begun; exec sleep 100"), milliseconds(50));
  ASSERT_TRUE(completed.ok());
  EXPECT_EQ(completed->status, 128 + SIGKILL);
}

TEST(Mutator, IsDeterministicVariedAndBounded) {
  Mutator a(7, 40);
  Mutator b(7, 40);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string mutated = a.Mutate("a corpus file of some length", "another one");
    EXPECT_EQ(mutated, b.Mutate("a corpus file of some length", "another one"));
    EXPECT_LE(mutated.size(), 40u);
    seen.insert(mutated);
  }
  EXPECT_GT(seen.size(), 500u);
  for (int i = 0; i < 100; ++i) a.Mutate("", "");
}

// GoogleTest's names stay reachable through `testing` inside our own namespace.
TEST(Namespace, ReachesGoogleTestToo) {
  EXPECT_THAT(std::string("abc"), testing::HasSubstr("b"));
}

}  // namespace
}  // namespace dateline::testing
