#include "tests/support/running_suite.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "common/testing/ports.h"
#include "common/testing/wait.h"

namespace dateline::testing {
namespace {

// A busy machine with two cores and other tests beside.
constexpr std::chrono::milliseconds kStartLimit{60'000};
constexpr std::chrono::milliseconds kStopLimit{60'000};

// The children of a process, by /proc.
std::vector<pid_t> ChildrenOf(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", parent))) {
    std::ifstream in(entry.path() / "children");
    for (pid_t child = 0; in >> child;) children.push_back(child);
  }
  return children;
}

}  // namespace

std::string ProgramDir() {
  return DATELINE_PROGRAM_DIR;
}

RunningSuite::RunningSuite(std::vector<std::string> more) {
  const uint16_t base = FreePortBase();
  endpoints_ = cli::LocalEndpoints(base);
  up_args_ = {"up", "--port-base", std::to_string(base)};
  up_args_.insert(up_args_.end(), more.begin(), more.end());
  Start();
}

RunningSuite::~RunningSuite() {
  if (up_ == nullptr || !up_->Running()) return;
  Stop();
  if (!::testing::Test::HasFailure()) return;
  // What the services said is what one wants to see of a test that failed elsewhere.
  for (const char* service : {"storage", "extraction", "notification", "ingestion", "eventbus"}) {
    const std::string log = ReadFile(std::filesystem::path(data_dir()) / "logs" / (std::string(service) + ".log"));
    fmt::print(stderr, "---- {} ----\n{}\n", service, log.substr(log.size() > 3000 ? log.size() - 3000 : 0));
  }
}

void RunningSuite::Start() {
  up_ = Spawn(up_args_);
  ASSERT_TRUE(up_->WaitForOutput("The suite is up", kStartLimit)) << up_->Stderr();
}

int RunningSuite::Stop() {
  up_->Terminate();
  const auto status = up_->Wait(kStopLimit);
  EXPECT_TRUE(status.has_value()) << "the suite did not stop: " << up_->Stderr();
  return status.value_or(-1);
}

Completed RunningSuite::Run(std::vector<std::string> args, std::chrono::milliseconds limit) const {
  args.insert(args.begin(), {"--data", data_dir(), "--color", "never"});
  auto completed =
      RunToEnd({.program = ProgramDir() + "/dateline", .args = std::move(args), .env = {}, .directory = {}}, limit);
  EXPECT_TRUE(completed.ok()) << completed.status();
  return completed.ok() ? *completed : Completed{};
}

std::unique_ptr<ChildProcess> RunningSuite::Spawn(std::vector<std::string> args) const {
  args.insert(args.begin(), {"--data", data_dir(), "--color", "never"});
  auto child =
      ChildProcess::Start({.program = ProgramDir() + "/dateline", .args = std::move(args), .env = {}, .directory = {}});
  EXPECT_TRUE(child.ok()) << child.status();
  return child.ok() ? *std::move(child) : nullptr;
}

pid_t RunningSuite::Pid(const std::string& service) const {
  for (const pid_t child : ChildrenOf(up_->pid())) {
    std::error_code gone;
    const auto program = std::filesystem::read_symlink(fmt::format("/proc/{}/exe", child), gone);
    if (!gone && program.filename() == "dateline-" + service) return child;
  }
  return 0;
}

bool RunningSuite::Kill(const std::string& service) const {
  const pid_t pid = Pid(service);
  return pid > 0 && kill(pid, SIGKILL) == 0;
}

bool RunningSuite::Healthy(std::chrono::milliseconds limit) const {
  return WaitUntil(limit, [this] { return Run({"doctor"}).status == 0; });
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

}  // namespace dateline::testing
