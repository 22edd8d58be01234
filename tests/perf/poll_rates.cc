// How fast the crawler polls, and what is left of its schedule after kill -9: 5,000 sources, each on a host of its own
// (127.0.0.0/8 has enough), a real web server in this process, and in a child the crawler with a real database and a
// fake archive. Prints polls per second, processor time and memory of the child; then kills a second child in the
// middle and lets a third go on. Fails when a host was asked faster than its budget, when a source was left out, or
// when more was asked twice than was under way at the kill. The whole is done on SQLite and on PostgreSQL, whose server
// is started for it and keeps its commits on disk.
//
//   build/release/perf/poll_rates [sources [sqlite|postgres]]

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "common/base/check.h"
#include "common/base/mutex.h"
#include "common/http/curl_fetcher.h"
#include "common/metrics/registry.h"
#include "common/sql/postgres/testing/server.h"
#include "common/testing/child_process.h"
#include "common/testing/temp_dir.h"
#include "services/ingestion/polling/crawl_thread.h"
#include "services/ingestion/polling/crawler.h"
#include "services/ingestion/polling/format_reader.h"
#include "services/ingestion/sources/postgres/postgres_source_store.h"
#include "services/ingestion/sources/sqlite/sqlite_source_store.h"

namespace dateline::ingestion {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Steady = std::chrono::steady_clock;

constexpr int kServerThreads = 8;
constexpr int kBacklog = 4'096;
constexpr int kItems = 20;
constexpr int kHostsMax = 256;
constexpr std::chrono::seconds kLimit{600};

// Counts what it is given and has it at once.
class NoArchive final : public Archive {
 public:
  void PutDocument(storage::v1::PutDocumentRequest request, std::chrono::milliseconds, PutDone done) override {
    storage::v1::PutDocumentResponse response;
    response.mutable_document()->set_uri(request.document().uri());
    response.set_outcome(storage::v1::PutDocumentResponse::OUTCOME_CREATED);
    done(std::move(response));
  }
};

std::string HostOfSource(int source) {
  return fmt::format("127.1.{}.{}", source / 250, source % 250 + 1);
}

// One feed for every host, and the times at which each host was asked. A server of its own, because the one of the
// tests listens with a backlog of five: hundreds of hosts would wait for dropped connections to be tried again.
class Web {
 public:
  Web() {
    std::string feed = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Newsroom</title>";
    for (int i = 0; i < kItems; ++i) {
      feed += fmt::format(
          "<item><title>Release number {0} of the newsroom</title><link>https://e.example/{0}</link>"
          "<guid>tag:e.example,2024:{0}</guid><pubDate>Mon, 04 Mar 2024 10:{0:02}:00 GMT</pubDate>"
          "<description>What release {0} says in short, in a sentence or two.</description></item>",
          i);
    }
    feed += "</channel></rss>";
    feed_ = fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nContent-Length: {}\r\nConnection: close"
        "\r\n\r\n{}",
        feed.size(), feed);
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    socklen_t size = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    DATELINE_CHECK(::bind(socket_, any, size) == 0 && ::listen(socket_, kBacklog) == 0, "cannot listen");
    DATELINE_CHECK(::getsockname(socket_, any, &size) == 0, "no port");
    port_ = ntohs(address.sin_port);
    for (int i = 0; i < kServerThreads; ++i) threads_.emplace_back([this] { Serve(); });
  }
  ~Web() {
    ::shutdown(socket_, SHUT_RDWR);
    for (std::thread& thread : threads_) thread.join();
    ::close(socket_);
  }
  int port() const { return port_; }

  struct Count {
    int hosts = 0;  // Whose feed was asked for.
    int twice = 0;  // Of these, more than once.
    int feeds = 0;
    std::chrono::nanoseconds least_interval = std::chrono::hours(1);
  };
  Count count() const {
    MutexLock lock(mutex_);
    Count count{.least_interval = least_};
    for (const auto& [host, visits] : visits_) {
      count.feeds += visits.feeds;
      count.hosts += visits.feeds > 0 ? 1 : 0;
      count.twice += visits.feeds > 1 ? 1 : 0;
    }
    return count;
  }
  void Forget() {
    MutexLock lock(mutex_);
    visits_.clear();
    least_ = std::chrono::hours(1);
  }

 private:
  struct Visits {
    int feeds = 0;
    Steady::time_point latest;
  };

  void Serve() {
    while (true) {
      const int connection = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      std::string request;
      char buffer[4'096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const ssize_t read = ::recv(connection, buffer, sizeof(buffer), 0);
        if (read <= 0) break;
        request.append(buffer, static_cast<size_t>(read));
      }
      const bool is_feed = request.starts_with("GET /feed ");
      Note(request, is_feed);
      static const std::string missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
      const std::string& answer = is_feed ? feed_ : missing;
      for (size_t sent = 0; sent < answer.size();) {
        const ssize_t written = ::send(connection, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
        if (written <= 0) break;
        sent += static_cast<size_t>(written);
      }
      ::close(connection);
    }
  }

  void Note(const std::string& request, bool is_feed) {
    const size_t begin = request.find("Host: ");
    if (begin == std::string::npos) return;
    const auto now = Steady::now();
    MutexLock lock(mutex_);
    Visits& visits = visits_[request.substr(begin + 6, request.find('\r', begin) - begin - 6)];
    if (visits.latest != Steady::time_point()) least_ = std::min<std::chrono::nanoseconds>(least_, now - visits.latest);
    visits.latest = now;
    visits.feeds += is_feed ? 1 : 0;
  }

  std::string feed_;
  int socket_ = -1;
  int port_ = 0;
  mutable Mutex mutex_;
  std::map<std::string, Visits> visits_ GUARDED_BY(mutex_);
  std::chrono::nanoseconds least_ GUARDED_BY(mutex_) = std::chrono::hours(1);
  std::vector<std::thread> threads_;
};

// Where a store is: the path of a database of SQLite, or a connection string, which names several things.
struct Place {
  std::string where;
  bool postgres() const { return where.find('=') != std::string::npos || where.starts_with("postgres"); }
};

std::unique_ptr<SourceStore> OpenStore(const Place& place, sql::postgres::ServerClock* clock) {
  if (!place.postgres()) return *SqliteSourceStore::Open({.path = place.where}, RealClock());
  PostgresSourceStore::Options options;
  options.connection.connection = place.where;
  options.server_clock = clock;
  auto store = PostgresSourceStore::Open(options, *clock);
  DATELINE_CHECK(store.ok(), store.status().ToString());
  return *std::move(store);
}

// Sources of which every one is due now.
void MakeSources(const Place& place, int sources, int port) {
  sql::postgres::ServerClock clock(RealClock());
  const auto store = OpenStore(place, &clock);
  for (int i = 0; i < sources; ++i) {
    SourceRecord record;
    record.source.set_name(fmt::format("sources/source-{}", i));
    record.host = HostOfSource(i);
    record.source.set_uri(fmt::format("http://{}:{}/feed", record.host, port));
    record.source.set_state(v1::Source::STATE_ACTIVE);
    record.next_poll = RealClock().Now();
    DATELINE_CHECK(store->Create(record).ok(), "the source cannot be made");
  }
}

// The child: polls until nothing is due any more.
int Crawl(const Place& place) {
  sql::postgres::ServerClock server_clock(RealClock());
  const Clock& clock = place.postgres() ? static_cast<const Clock&>(server_clock) : RealClock();
  const auto store = OpenStore(place, &server_clock);
  http::CurlFetcher::Options options;
  options.policy = *http::AddressPolicy::Create({"127.0.0.0/8"});
  http::CurlFetcher fetcher(options);
  NoArchive archive;
  FormatReader reader;
  RobotsBook robots{RobotsBook::Options{}};
  FetchCache cache({}, clock);
  metrics::Registry registry("poll_rates");
  CrawlMetrics metrics(registry);
  CrawlThread thread(clock);
  CrawlOptions crawl;
  crawl.holder = std::to_string(::getpid());
  crawl.hosts_max = kHostsMax;
  crawl.lease = 60s;        // So that the third child need not wait for long.
  crawl.items.backlog = 0;  // Polls are measured, not pages.
  Crawler crawler(crawl,
                  {.store = *store,
                   .fetcher = fetcher,
                   .archive = archive,
                   .reader = reader,
                   .robots = robots,
                   .cache = cache,
                   .metrics = metrics,
                   .clock = clock,
                   .run = nullptr},
                  [&] { thread.Wake(); });
  const auto started = Steady::now();
  thread.Start(crawler, [] {});
  while (true) {
    std::this_thread::sleep_for(20ms);
    const auto due = store->NextDue();
    DATELINE_CHECK(due.ok(), due.status().ToString());
    if (crawler.hosts_under_way() == 0 && *due && **due > clock.Now() + 60s) break;
    DATELINE_CHECK(Steady::now() - started < kLimit, "it does not end");
  }
  const double seconds = std::chrono::duration<double>(Steady::now() - started).count();
  crawler.Drain();
  thread.Stop(10s);
  fetcher.Stop();
  int failed = 0;
  std::string after;
  while (true) {
    const auto page = *store->List({.limit = 1'000, .after = after});
    for (const SourceRecord& record : page.sources) {
      failed += record.state.consecutive_failures() > 0 ? 1 : 0;
      after = record.source.name();
    }
    if (!page.more) break;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto spent = [](const timeval& time) { return double(time.tv_sec) + double(time.tv_usec) / 1e6; };
  fmt::print("{:.1f} s, {:.1f} s of processor time, {} MB at most, {} items kept, {} polls failed\n", seconds,
             spent(usage.ru_utime) + spent(usage.ru_stime), usage.ru_maxrss / 1024, store->Count()->items, failed);
  return failed == 0 ? 0 : 1;
}

std::unique_ptr<testing::ChildProcess> StartChild(const Place& place) {
  auto child = testing::ChildProcess::Start({.program = "/proc/self/exe", .args = {"--crawl", place.where}});
  DATELINE_CHECK(child.ok(), child.status().ToString());
  return *std::move(child);
}

void Finish(testing::ChildProcess& child) {
  const std::optional<int> status = child.Wait(kLimit + 60s);
  fmt::print("  {}{}", child.Stdout(), child.Stderr().substr(0, 2'000));
  DATELINE_CHECK(status == 0, "the crawler failed");
}

void CheckInterval(const Web::Count& count) {
  const double least = std::chrono::duration<double>(count.least_interval).count();
  fmt::print("  least time between two requests to one host: {:.3f} s\n", least);
  DATELINE_CHECK(count.least_interval > 950ms, "a host was asked faster than its budget");
}

void Run(int sources, const std::function<Place()>& new_place) {
  Web web;
  {
    const Place place = new_place();
    MakeSources(place, sources, web.port());
    fmt::print("{} sources, each on its own host, each with its robots.txt:\n", sources);
    const auto started = Steady::now();
    const auto child = StartChild(place);
    Finish(*child);
    const double seconds = std::chrono::duration<double>(Steady::now() - started).count();
    const Web::Count count = web.count();
    fmt::print("  {:.0f} polls/s\n", sources / seconds);
    CheckInterval(count);
    DATELINE_CHECK(count.hosts == sources && count.feeds == sources, "a source was left out or polled twice");
  }
  web.Forget();
  const Place place = new_place();
  MakeSources(place, sources, web.port());
  const auto killed = StartChild(place);
  while (web.count().feeds < sources / 2 && killed->Running()) std::this_thread::sleep_for(5ms);
  killed->Kill();
  killed->Wait(10s);
  fmt::print("killed after {} polls; another goes on:\n", web.count().feeds);
  const auto third = StartChild(place);
  Finish(*third);
  const Web::Count count = web.count();
  fmt::print("  {} of {} sources polled, {} of them twice\n", count.hosts, sources, count.twice);
  CheckInterval(count);
  DATELINE_CHECK(count.hosts == sources, "a source was left out");
  DATELINE_CHECK(count.twice <= kHostsMax, "more was repeated than was under way");
}

}  // namespace
}  // namespace dateline::ingestion

int main(int argc, char** argv) {
  using dateline::ingestion::Run;
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() == 2 && args[0] == "--crawl") return dateline::ingestion::Crawl({args[1]});
  const int sources = args.empty() ? 5'000 : std::atoi(args[0].c_str());
  const std::string only = args.size() > 1 ? args[1] : "";
  if (only != "postgres") {
    fmt::print("SQLite. ");
    const dateline::testing::TempDir folder;
    int databases = 0;
    Run(sources, [&] { return dateline::ingestion::Place{folder.File(fmt::format("{}.db", databases++))}; });
  }
  if (only != "sqlite") {
    fmt::print("PostgreSQL. ");
    dateline::testing::PostgresServer server({.fsync = true});
    Run(sources, [&] { return dateline::ingestion::Place{server.NewDatabase()}; });
  }
}
