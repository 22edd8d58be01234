// Real services on a PostgreSQL that hangs: told to stop, each of them ends by itself, with status 0, long before it
// would be killed, although writes, reads, leases and watches of theirs wait for answers that do not come. What was
// acknowledged before is there when the server goes on.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/sql/postgres/testing/server.h"
#include "common/testing/ports.h"
#include "common/testing/wait.h"
#include "services/cli/endpoints.h"
#include "services/cli/ops_client.h"
#include "tests/support/releases.h"
#include "tests/support/running_suite.h"

namespace dateline::testing {
namespace {

using std::chrono::milliseconds;

// Services that stop longer than 25 s end themselves with status 1.
constexpr milliseconds kStopMax{15'000};

class StopWithoutDatabase : public ::testing::Test {
 protected:
  StopWithoutDatabase() {
    std::vector<uint16_t> ports = FreePorts(6);
    for (cli::Endpoint* endpoint : {&endpoints_.storage, &endpoints_.ingestion, &endpoints_.notification}) {
      endpoint->address = fmt::format("127.0.0.1:{}", ports.back());
      ports.pop_back();
      endpoint->ops = fmt::format("127.0.0.1:{}", ports.back());
      ports.pop_back();
    }
    EXPECT_TRUE(cli::SaveEndpoints(endpoints_, folder_.path()).ok());
  }

  // A service with a database of its own, `flags` besides those that all have.
  std::unique_ptr<ChildProcess> Start(const std::string& name, const cli::Endpoint& endpoint,
                                      std::vector<std::string> flags) {
    const std::string file = folder_.File(name + ".connection");
    if (!std::filesystem::exists(file)) folder_.Write(name + ".connection", server_.NewDatabase());
    flags.insert(flags.end(), {"--server.listen=" + endpoint.address, "--ops.listen=" + endpoint.ops,
                               fmt::format("--{}.backend=postgres", name),
                               fmt::format("--{}.postgres.connection_file={}", name, file)});
    auto started = ChildProcess::Start({.program = ProgramDir() + "/dateline-" + name, .args = flags});
    EXPECT_TRUE(started.ok()) << started.status();
    EXPECT_TRUE(WaitUntil(kCommandLimit, [&] {
      return cli::GetOps(endpoint.ops, "/readyz", milliseconds(1'000)).ok();
    })) << (*started)->Stderr();
    return *std::move(started);
  }
  std::unique_ptr<ChildProcess> StartStorage() {
    return Start("storage", endpoints_.storage,
                 {"--storage.data_dir=" + folder_.path().string(), "--bus.publish_endpoints="});
  }
  ChildProcess::Options Command(std::vector<std::string> args) const {
    args.insert(args.begin(), {"--data", folder_.path()});
    return {.program = ProgramDir() + "/dateline", .args = std::move(args)};
  }
  Completed Run(std::vector<std::string> args) const {
    const auto done = RunToEnd(Command(std::move(args)), kCommandLimit);
    EXPECT_TRUE(done.ok() && done->status == 0) << done.status() << (done.ok() ? done->err : "");
    return done.ok() ? *done : Completed();
  }
  std::string Documents(size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      folder_.Write(fmt::format("in-{}/{:05}.txt", begin, i), ReleaseTextFile(i));
    }
    return folder_.File(fmt::format("in-{}", begin));
  }

  TempDir folder_;
  PostgresServer server_{{.fsync = true}};
  cli::Endpoints endpoints_ = cli::LocalEndpoints(cli::kDefaultPortBase);
};

TEST_F(StopWithoutDatabase, EveryServiceEndsInItsTime) {
  auto storage = StartStorage();
  const auto ingestion = Start("ingestion", endpoints_.ingestion,
                               {"--storage.address=" + endpoints_.storage.address,
                                "--bus.publish_endpoints=", "--ingestion.allow_private_addresses=127.0.0.0/8",
                                "--poll.interval_min=1s", "--poll.look_interval=100ms"});
  const auto notification = Start(
      "notification", endpoints_.notification,
      {"--storage.address=" + endpoints_.storage.address, "--bus.publish_endpoints=", "--bus.subscribe_endpoints=",
       "--notification.data_dir=" + folder_.path().string(), "--webhook.allow_loopback=true"});
  Run({"subscribe", "--webhook", "http://127.0.0.1:9/", "--id", "nobody"});
  Run({"source", "import",
       folder_.Write("all.opml",
                     "<opml version=\"2.0\"><body><outline type=\"rss\" text=\"Nobody\" "
                     "xmlUrl=\"http://127.0.0.1:9/feed.xml\"/></body></opml>")});
  Run({"ingest", Documents(0, 5)});

  server_.Pause();
  auto stuck = ChildProcess::Start(Command({"ingest", Documents(100, 110)}));
  ASSERT_TRUE(stuck.ok()) << stuck.status();
  // Long enough for everything that looks or writes every second to wait for an answer.
  std::this_thread::sleep_for(milliseconds(3'000));
  const auto began = std::chrono::steady_clock::now();
  for (ChildProcess* process : {notification.get(), ingestion.get(), storage.get()}) process->Terminate();
  for (ChildProcess* process : {notification.get(), ingestion.get(), storage.get()}) {
    EXPECT_EQ(process->Wait(kStopMax).value_or(-1), 0) << process->Stderr();
    fmt::print("{} ended {:.1f} s after it was told to stop\n",
               process == storage.get()     ? "storage"
               : process == ingestion.get() ? "ingestion"
                                            : "notification",
               std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  }
  (*stuck)->Kill();

  server_.Resume();
  storage = StartStorage();
  const Completed stats = Run({"archive", "stats"});
  EXPECT_EQ(stats.out.find("documents        5\n"), 0U) << stats.out;
}

}  // namespace
}  // namespace dateline::testing
