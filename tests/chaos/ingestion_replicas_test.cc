// Two real ingestion processes on one PostgreSQL watch twenty newsrooms of a web server that counts. Both poll; no
// newsroom is ever asked two things at once, nor polled oftener than its interval allows; one process is killed with
// SIGKILL, and the other takes its newsrooms over; it comes back, and both poll again.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <thread>

#include "common/sql/postgres/testing/server.h"
#include "common/testing/ports.h"
#include "common/testing/wait.h"
#include "services/cli/endpoints.h"
#include "services/cli/ops_client.h"
#include "tests/support/running_suite.h"

namespace dateline::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLimit{150'000};
constexpr int kNewsrooms = 20;
// What the services are told: a source without a known rhythm is polled every two such intervals.
constexpr milliseconds kInterval{1'000};
constexpr milliseconds kLease{10'000};

// Newsrooms at 127.9.0.1, 127.9.0.2 …; each serves a feed, slowly enough for two requests at once to be noticed.
class CountingWeb {
 public:
  CountingWeb() {
    server_.Get("/feed.xml", [this](const httplib::Request& request, httplib::Response& response) {
      const std::string host = HostOf(request);
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        Count& count = counts_[host];
        count.together_max = std::max(count.together_max, ++count.together);
        count.times.push_back(steady_clock::now());
        ++count.by[request.get_header_value("User-Agent")];
      }
      std::this_thread::sleep_for(milliseconds(50));
      response.set_content(fmt::format("<rss version=\"2.0\"><channel><title>{}</title></channel></rss>", host),
                           "application/rss+xml");
      const std::lock_guard<std::mutex> lock(mutex_);
      --counts_[host].together;
    });
    // A thread for each connection that two replicas keep to a host; those that found none would fail after a while.
    server_.new_task_queue = [] { return new httplib::ThreadPool(2 * kNewsrooms + 8); };
    port_ = server_.bind_to_any_port("0.0.0.0");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    WaitUntil([this] { return server_.is_running(); });
  }
  ~CountingWeb() {
    server_.stop();
    thread_.join();
  }

  std::string Opml() const {
    std::string outlines;
    for (int i = 1; i <= kNewsrooms; ++i) {
      outlines += fmt::format(
          "<outline type=\"rss\" text=\"Newsroom {0}\" xmlUrl=\"http://127.9.0.{0}:{1}/feed.xml\"/>", i, port_);
    }
    return "<opml version=\"2.0\"><head><title>All</title></head><body>" + outlines + "</body></opml>";
  }
  // Newsrooms that this program has asked at least so often.
  int AskedBy(const std::string& user_agent, int times) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    int asked = 0;
    for (const auto& [host, count] : counts_) {
      const auto found = count.by.find(user_agent);
      asked += found != count.by.end() && found->second >= times ? 1 : 0;
    }
    return asked;
  }
  std::map<std::string, int> By(const std::string& user_agent) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::map<std::string, int> by;
    for (const auto& [host, count] : counts_) {
      const auto found = count.by.find(user_agent);
      by[host] = found != count.by.end() ? found->second : 0;
    }
    return by;
  }
  // Nobody was asked two things at once; and as often as the interval allows, `more` times besides.
  void ExpectPolite(int more) const {
    const std::lock_guard<std::mutex> lock(mutex_);
    int polls = 0;
    for (const auto& [host, count] : counts_) {
      EXPECT_EQ(count.together_max, 1) << host;
      // Of one that the killed process had begun no answer was awaited.
      const auto span = std::chrono::duration_cast<milliseconds>(count.times.back() - count.times.front());
      EXPECT_LE(static_cast<int64_t>(count.times.size()), span / kInterval + 1 + more) << host;
      polls += static_cast<int>(count.times.size());
    }
    fmt::print("{} polls of {} newsrooms\n", polls, counts_.size());
  }

 private:
  struct Count {
    int together = 0;
    int together_max = 0;
    std::vector<steady_clock::time_point> times;
    std::map<std::string, int> by;
  };
  static std::string HostOf(const httplib::Request& request) {
    const std::string host = request.get_header_value("Host");
    return host.substr(0, host.find(':'));
  }

  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::map<std::string, Count> counts_;
};

// A dateline-ingestion beside a running suite; the command speaks to it through Run().
class IngestionReplica {
 public:
  IngestionReplica(const RunningSuite& suite, const std::string& connection_file, const std::string& name)
      : suite_(suite) {
    const std::vector<uint16_t> ports = FreePorts(2);
    cli::Endpoints endpoints = suite.endpoints();
    endpoints.ingestion.address = fmt::format("127.0.0.1:{}", ports[0]);
    endpoints.ingestion.ops = fmt::format("127.0.0.1:{}", ports[1]);
    ops_ = endpoints.ingestion.ops;
    EXPECT_TRUE(cli::SaveEndpoints(endpoints, folder_.path()).ok());
    options_.program = ProgramDir() + "/dateline-ingestion";
    options_.args = {"--server.listen=" + endpoints.ingestion.address,
                     "--ops.listen=" + endpoints.ingestion.ops,
                     "--storage.address=" + suite.endpoints().storage.address,
                     "--bus.publish_endpoints=",
                     "--ingestion.backend=postgres",
                     "--ingestion.postgres.connection_file=" + connection_file,
                     "--ingestion.allow_private_addresses=127.9.0.0/16",
                     "--fetch.user_agent=" + name,
                     fmt::format("--poll.interval_min={}ms", kInterval.count()),
                     "--poll.interval_max=1m",
                     "--poll.host_interval=200ms",
                     "--poll.look_interval=100ms",
                     fmt::format("--poll.lease={}ms", kLease.count())};
    Start();
  }
  void Start() {
    process_.reset();
    auto started = ChildProcess::Start(options_);
    ASSERT_TRUE(started.ok()) << started.status();
    process_ = *std::move(started);
    EXPECT_TRUE(WaitUntil(kLimit, [this] { return cli::GetOps(ops_, "/readyz", milliseconds(1'000)).ok(); }))
        << process_->Stderr();
  }
  void Kill() {
    process_->Kill();
    process_->Wait(kLimit);
  }
  Completed Run(std::vector<std::string> args) const {
    args.insert(args.begin(), {"--endpoints", folder_.File("endpoints.toml")});
    return suite_.Run(std::move(args));
  }
  std::string Log() const { return process_->Stderr(); }

 private:
  const RunningSuite& suite_;
  TempDir folder_;
  std::string ops_;
  ChildProcess::Options options_;
  std::unique_ptr<ChildProcess> process_;
};

TEST(IngestionReplicas, ShareNewsroomsAndTakeOverFromOneThatIsKilled) {
  const RunningSuite suite;
  PostgresServer server;
  CountingWeb web;
  suite.folder().Write("postgres", server.NewDatabase());
  suite.folder().Write("all.opml", web.Opml());
  IngestionReplica first(suite, suite.folder().File("postgres"), "first");
  IngestionReplica second(suite, suite.folder().File("postgres"), "second");
  const Completed imported = first.Run({"source", "import", suite.folder().File("all.opml")});
  ASSERT_EQ(imported.status, 0) << imported.err;
  // Whoever looks first when a host is due gets it, so both get each host sooner or later.
  ASSERT_TRUE(WaitUntil(kLimit,
                        [&] {
                          return web.By("first").size() == kNewsrooms && web.AskedBy("first", 1) >= 8 &&
                                 web.AskedBy("second", 1) >= 8;
                        }))
      << web.AskedBy("first", 1) << " and " << web.AskedBy("second", 1) << first.Log() << second.Log();
  // Whoever is asked to poll, the poll is made by one of them.
  std::vector<std::string> names = Lines(first.Run({"source", "list", "--json"}).out);
  ASSERT_EQ(names.size(), static_cast<size_t>(kNewsrooms));
  names.resize(3);
  for (const auto* replica : {&first, &second}) {
    for (const std::string& line : names) {
      const size_t begin = line.find("sources/");
      const std::string name = line.substr(begin, line.find('"', begin) - begin);
      const Completed polled = replica->Run({"source", "poll", name});
      EXPECT_EQ(polled.status, 0) << name << ": " << polled.err;
    }
  }
  web.ExpectPolite(/*more=*/6);

  first.Kill();
  const auto before = web.By("second");
  const auto begin = steady_clock::now();
  ASSERT_TRUE(WaitUntil(kLimit, [&] {
    for (const auto& [host, count] : web.By("second")) {
      if (count < before.at(host) + 2) return false;
    }
    return true;
  })) << second.Log();
  fmt::print("all newsrooms polled twice by the other within {} ms\n",
             std::chrono::duration_cast<milliseconds>(steady_clock::now() - begin).count());
  const auto killed = web.By("first");
  first.Start();
  ASSERT_TRUE(WaitUntil(kLimit, [&] {
    int again = 0;
    for (const auto& [host, count] : web.By("first")) again += count > killed.at(host) ? 1 : 0;
    return again >= 8;
  })) << first.Log();
  // One more: the poll that was under way in the process that was killed.
  web.ExpectPolite(/*more=*/7);
}

}  // namespace
}  // namespace dateline::testing
