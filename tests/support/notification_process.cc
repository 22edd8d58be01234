#include "tests/support/notification_process.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "common/testing/ports.h"
#include "common/testing/wait.h"
#include "services/cli/endpoints.h"
#include "services/cli/ops_client.h"

namespace dateline::testing {

NotificationProcess::NotificationProcess(const RunningSuite& suite, std::vector<std::string> more) : suite_(suite) {
  const std::vector<uint16_t> ports = FreePorts(2);
  address_ = fmt::format("127.0.0.1:{}", ports[0]);
  ops_ = fmt::format("127.0.0.1:{}", ports[1]);
  std::filesystem::create_directories(folder_.File("notification"));
  args_ = {"--server.listen=" + address_,
           "--ops.listen=" + ops_,
           "--storage.address=" + suite.endpoints().storage.address,
           "--bus.subscribe_endpoints=tcp://" + suite.endpoints().eventbus.address,
           "--bus.publish_endpoints=tcp://" + suite.endpoints().bus_publish,
           "--notification.data_dir=" + folder_.File("notification"),
           "--webhook.allow_loopback=true"};
  // Replicas have the same keys.
  args_.push_back("--notification.secrets_key_file=" + suite.data_dir() + "/secrets.key");
  args_.insert(args_.end(), more.begin(), more.end());
  cli::Endpoints endpoints = suite.endpoints();
  endpoints.notification.address = address_;
  endpoints.notification.ops = ops_;
  EXPECT_TRUE(cli::SaveEndpoints(endpoints, folder_.path()).ok());
  Start();
}

void NotificationProcess::Start() {
  process_.reset();
  auto started = ChildProcess::Start({.program = ProgramDir() + "/dateline-notification", .args = args_});
  ASSERT_TRUE(started.ok()) << started.status();
  process_ = *std::move(started);
  EXPECT_TRUE(WaitUntilReady()) << process_->Stderr();
}

bool NotificationProcess::WaitUntilReady() const {
  return WaitUntil(kCommandLimit,
                   [this] { return cli::GetOps(ops_, "/readyz", std::chrono::milliseconds(1'000)).ok(); });
}

double NotificationProcess::Metric(const std::string& name) const {
  const cli::OpsAnswer page = cli::GetOps(ops_, "/metrics", std::chrono::milliseconds(2'000));
  double sum = 0;
  for (const std::string& line : Lines(page.body)) {
    if (!line.starts_with(name)) continue;
    const char next = line[name.size()];
    if (next == ' ' || next == '{') sum += std::strtod(line.c_str() + line.rfind(' '), nullptr);
  }
  return sum;
}

void NotificationProcess::Kill() {
  process_->Kill();
  process_->Wait(kPatience);
}

void NotificationProcess::Stop() {
  process_->Terminate();
  EXPECT_EQ(process_->Wait(kCommandLimit).value_or(-1), 0) << process_->Stderr();
}

Completed NotificationProcess::Run(std::vector<std::string> args) const {
  args.insert(args.begin(), {"--endpoints", folder_.File("endpoints.toml")});
  return suite_.Run(std::move(args));
}

}  // namespace dateline::testing
