// Two crawlers whose machines' clocks are three minutes apart share one PostgreSQL, in real time. No host is asked two
// things at once, or faster than its budget; no source is polled before its time; and when one falls silent in the
// middle of a request, the other takes its host when the lease is over, neither sooner nor minutes later.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>
#include <vector>

#include "common/base/check.h"
#include "common/base/mutex.h"
#include "common/metrics/registry.h"
#include "common/sql/postgres/testing/server.h"
#include "common/testing/wait.h"
#include "services/ingestion/polling/crawl_thread.h"
#include "services/ingestion/polling/crawler.h"
#include "services/ingestion/polling/format_reader.h"
#include "services/ingestion/sources/postgres/postgres_source_store.h"

namespace dateline::ingestion {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Steady = std::chrono::steady_clock;
using testing::PostgresServer;
using testing::WaitUntil;

constexpr int kHosts = 10;
constexpr std::chrono::milliseconds kHostInterval{300};
// Of every source; up to a tenth is added.
constexpr std::chrono::milliseconds kPollInterval{1'000};
constexpr std::chrono::milliseconds kLease{3'000};
// What a busy machine may be late with, and so seem early at the next.
constexpr std::chrono::milliseconds kTolerance{60};
constexpr char kSlowHost[] = "slow.example";
constexpr char kFeed[] = "<rss version=\"2.0\"><channel><title>Newsroom</title></channel></rss>";

class SkewedClock final : public Clock {
 public:
  explicit SkewedClock(std::chrono::seconds by) : by_(by) {}
  WallTime Now() const override { return RealClock().Now() + by_; }
  MonotonicTime Monotonic() const override { return RealClock().Monotonic(); }

 private:
  const std::chrono::seconds by_;
};

// Answers after a while, on threads of its own, and writes down what it was asked by whom.
class Web {
 public:
  struct Request {
    std::string by;
    bool feed = false;
    Steady::time_point begun;
    Steady::time_point ended = Steady::time_point::max();
  };

  ~Web() { Join(); }
  void Ask(const std::string& by, const http::Request& request, http::AsyncFetcher::Done done) {
    const std::string host = HostOf(request.url);
    MutexLock lock(mutex_);
    std::vector<Request>& requests = requests_[host];
    const size_t index = requests.size();
    requests.push_back({.by = by, .feed = request.url.ends_with("/feed"), .begun = Steady::now()});
    const bool slow = host == kSlowHost && requests.back().feed;
    threads_.emplace_back([this, host, index, slow, feed = requests.back().feed, url = request.url, done] {
      std::this_thread::sleep_for(slow ? 1'000ms : 30ms);
      {
        MutexLock inner(mutex_);
        requests_[host][index].ended = Steady::now();
      }
      http::Response response;
      response.status = feed ? 200 : 404;
      response.final_url = url;
      if (feed) response.body = kFeed;
      done(std::move(response));
    });
  }
  std::map<std::string, std::vector<Request>> requests() const {
    MutexLock lock(mutex_);
    return requests_;
  }
  void Join() {
    std::vector<std::thread> threads;
    {
      MutexLock lock(mutex_);
      threads.swap(threads_);
    }
    for (std::thread& thread : threads) thread.join();
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::vector<Request>> requests_ GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ GUARDED_BY(mutex_);
};

class Fetcher final : public http::AsyncFetcher {
 public:
  Fetcher(Web& web, std::string name) : web_(web), name_(std::move(name)) {}
  void Start(http::Request request, Done done) override { web_.Ask(name_, request, std::move(done)); }

 private:
  Web& web_;
  const std::string name_;
};

// There are no items, so nothing is archived.
class NoArchive final : public Archive {
 public:
  void PutDocument(storage::v1::PutDocumentRequest, std::chrono::milliseconds, PutDone) override {
    DATELINE_CHECK(false, "nothing was published");
  }
};

// One process, as the service composes it.
class Replica {
 public:
  Replica(const std::string& database, Web& web, const std::string& name, std::chrono::seconds skew)
      : machine_(skew), clock_(machine_), fetcher_(web, name), thread_(clock_) {
    PostgresSourceStore::Options options;
    options.connection.connection = database;
    options.server_clock = &clock_;
    auto opened = PostgresSourceStore::Open(options, clock_);
    DATELINE_CHECK(opened.ok(), opened.status().ToString());
    store_ = *std::move(opened);
    CrawlOptions crawl;
    crawl.holder = name;
    crawl.lease = kLease;
    crawl.look_interval = 50ms;
    crawl.host.interval = kHostInterval;
    crawl.schedule.interval_min = kPollInterval;
    crawl.schedule.interval_max = kPollInterval;
    crawler_ = std::make_unique<Crawler>(crawl,
                                         Crawler::Ports{.store = *store_,
                                                        .fetcher = fetcher_,
                                                        .archive = archive_,
                                                        .reader = reader_,
                                                        .robots = robots_,
                                                        .cache = cache_,
                                                        .metrics = metrics_,
                                                        .clock = clock_,
                                                        .run = nullptr},
                                         [this] { thread_.Wake(); });
  }
  void Start() {
    thread_.Start(*crawler_, [] {});
  }
  // As a process that is killed: what it holds is not given back, and no answer is read.
  void FallSilent() { thread_.Stop(0ms); }
  PostgresSourceStore& store() { return *store_; }
  const Clock& clock() const { return clock_; }

 private:
  const SkewedClock machine_;
  sql::postgres::ServerClock clock_;
  std::unique_ptr<PostgresSourceStore> store_;
  Fetcher fetcher_;
  NoArchive archive_;
  FormatReader reader_;
  RobotsBook robots_{RobotsBook::Options{}};
  FetchCache cache_{{}, machine_};
  metrics::Registry registry_{"ingestion"};
  CrawlMetrics metrics_{registry_};
  CrawlThread thread_;
  std::unique_ptr<Crawler> crawler_;
};

class SkewedReplicas : public ::testing::TestWithParam<std::chrono::seconds> {
 protected:
  ~SkewedReplicas() override {
    first_.FallSilent();
    second_.FallSilent();
    web_.Join();
  }
  void Watch(const std::string& id, const std::string& host) {
    SourceRecord record;
    record.source.set_name("sources/" + id);
    record.source.set_uri("https://" + host + "/feed");
    record.source.set_state(v1::Source::STATE_ACTIVE);
    record.host = host;
    record.next_poll = first_.clock().Now();
    ASSERT_TRUE(first_.store().Create(record).ok());
  }
  // Hosts whose feed this one has asked for.
  size_t PolledBy(const std::string& name) const {
    size_t hosts = 0;
    for (const auto& [host, requests] : web_.requests()) {
      hosts += std::any_of(requests.begin(), requests.end(),
                           [&](const Web::Request& request) { return request.feed && request.by == name; })
                   ? 1
                   : 0;
    }
    return hosts;
  }
  void ExpectPolite() const {
    for (const auto& [host, requests] : web_.requests()) {
      Steady::time_point latest_feed{};
      for (size_t i = 0; i < requests.size(); ++i) {
        const Web::Request& request = requests[i];
        if (i > 0) {
          EXPECT_GE(request.begun - requests[i - 1].begun, kHostInterval - kTolerance) << host << " " << i;
          // What a silent one had begun ends unheard; its lease is over by then.
          EXPECT_GE(request.begun, requests[i - 1].ended) << host << " is asked two things at once";
        }
        if (!request.feed) continue;
        if (latest_feed != Steady::time_point{}) {
          EXPECT_GE(request.begun - latest_feed, kPollInterval - kTolerance) << host << " " << i;
        }
        latest_feed = request.begun;
      }
    }
  }

  const std::string database_ = PostgresServer::Shared().NewDatabase();
  Web web_;
  Replica first_{database_, web_, "first", GetParam()};
  Replica second_{database_, web_, "second", -GetParam()};
};

TEST_P(SkewedReplicas, PollAsIfTheirClocksAgreed) {
  for (int i = 0; i < kHosts; ++i) Watch(fmt::format("source-{}", i), fmt::format("host-{}.example", i));
  first_.Start();
  second_.Start();
  const auto begun = Steady::now();
  ASSERT_TRUE(WaitUntil(60s, [&] { return PolledBy("first") >= 5 && PolledBy("second") >= 5; }))
      << PolledBy("first") << " and " << PolledBy("second");
  ASSERT_TRUE(WaitUntil(60s, [&] { return Steady::now() - begun > 4s; }));
  ExpectPolite();
  size_t polls = 0;
  for (const auto& [host, requests] : web_.requests()) polls += requests.size();
  EXPECT_GE(polls, 3U * kHosts) << "nobody waits for another clock";
}

TEST_P(SkewedReplicas, TakeOverWhenTheLeaseIsOver) {
  Watch("slow", kSlowHost);
  first_.Start();
  const auto asked = [this] {
    const auto requests = web_.requests();
    const auto found = requests.find(kSlowHost);
    return found == requests.end() ? std::vector<Web::Request>() : found->second;
  };
  // The feed, after robots.txt.
  ASSERT_TRUE(WaitUntil(20s, [&] { return !asked().empty() && asked().back().feed; }));
  first_.FallSilent();
  second_.Start();
  ASSERT_TRUE(WaitUntil(20s, [&] { return asked().back().by == "second"; }));
  const auto requests = asked();
  size_t last = 0;
  while (requests[last].by == "first") ++last;
  const auto after = requests[last].begun - requests[last - 1].begun;
  // The lease was taken before robots.txt, and prolonged at the latest as the feed was asked for.
  EXPECT_GE(after, kLease - kHostInterval - 200ms);
  EXPECT_LE(after, kLease + kHostInterval + 3s);
  ExpectPolite();
}

INSTANTIATE_TEST_SUITE_P(Clocks, SkewedReplicas, ::testing::Values(std::chrono::seconds(90), std::chrono::seconds(-90)),
                         [](const auto& instance) { return instance.param > 0s ? "FirstAhead" : "FirstBehind"; });

}  // namespace
}  // namespace dateline::ingestion
