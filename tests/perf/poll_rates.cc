// How fast the crawler polls: 5,000 sources, each on a host of its own (127.0.0.0/8 has enough), a real web server, a
// real database, a fake archive. Prints polls per second and memory, and checks that no host was asked faster than its
// budget and that nothing was polled twice.
//
//   build/release/perf/poll_rates [sources]

#include <fmt/format.h>
#include <httplib.h>
#include <sys/resource.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <thread>

#include "common/base/check.h"
#include "common/base/mutex.h"
#include "common/http/curl_fetcher.h"
#include "common/metrics/registry.h"
#include "common/testing/temp_dir.h"
#include "services/ingestion/polling/crawl_thread.h"
#include "services/ingestion/polling/crawler.h"
#include "services/ingestion/polling/format_reader.h"
#include "services/ingestion/sources/sqlite/sqlite_source_store.h"

namespace dateline::ingestion {
namespace {

using std::chrono_literals::operator""ms;

constexpr int kServerThreads = 16;
constexpr int kItems = 20;

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

// One feed for every host, and the times at which each host was asked.
class Web {
 public:
  Web() {
    server_.new_task_queue = [] { return new httplib::ThreadPool(kServerThreads); };
    server_.set_keep_alive_max_count(1);
    server_.Get("/feed", [this](const httplib::Request& request, httplib::Response& response) {
      Note(request);
      ++feeds_;
      response.set_content(feed_, "application/rss+xml");
    });
    server_.Get("/robots.txt", [this](const httplib::Request& request, httplib::Response& response) {
      Note(request);
      response.status = 404;
    });
    feed_ = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Newsroom</title>";
    for (int i = 0; i < kItems; ++i) {
      feed_ += fmt::format(
          "<item><title>Release number {0} of the newsroom</title><link>https://e.example/{0}</link>"
          "<guid>tag:e.example,2024:{0}</guid><pubDate>Mon, 04 Mar 2024 10:{0:02}:00 GMT</pubDate>"
          "<description>What release {0} says in short, in a sentence or two.</description></item>",
          i);
    }
    feed_ += "</channel></rss>";
    port_ = server_.bind_to_any_port("0.0.0.0");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  ~Web() {
    server_.stop();
    thread_.join();
  }
  int port() const { return port_; }
  int feeds() const { return feeds_; }
  std::chrono::nanoseconds least_interval() const {
    MutexLock lock(mutex_);
    return least_;
  }

 private:
  void Note(const httplib::Request& request) {
    const auto now = std::chrono::steady_clock::now();
    MutexLock lock(mutex_);
    const auto [at, is_new] = latest_.emplace(request.get_header_value("Host"), now);
    if (!is_new) least_ = std::min<std::chrono::nanoseconds>(least_, now - at->second);
    at->second = now;
  }

  httplib::Server server_;
  std::string feed_;
  int port_ = 0;
  std::atomic<int> feeds_{0};
  mutable Mutex mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> latest_ GUARDED_BY(mutex_);
  std::chrono::nanoseconds least_ GUARDED_BY(mutex_) = std::chrono::hours(1);
  std::thread thread_;
};

long ResidentMegabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

void Run(int sources) {
  const testing::TempDir folder;
  Web web;
  const Clock& clock = RealClock();
  auto store = *SqliteSourceStore::Open({.path = folder.File("ingestion.db")}, clock);
  for (int i = 0; i < sources; ++i) {
    SourceRecord record;
    record.source.set_name(fmt::format("sources/source-{}", i));
    record.host = HostOfSource(i);
    record.source.set_uri(fmt::format("http://{}:{}/feed", record.host, web.port()));
    record.source.set_state(v1::Source::STATE_ACTIVE);
    record.next_poll = clock.Now();
    DATELINE_CHECK(store->Create(record).ok(), "the source cannot be made");
    if (i % 1'000 == 999) fmt::print("{} sources made\n", i + 1);
  }
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
  const long before = ResidentMegabytes();
  const auto started = std::chrono::steady_clock::now();
  thread.Start(crawler, [] {});
  while (web.feeds() < sources) std::this_thread::sleep_for(5ms);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  crawler.Drain();
  thread.Stop(std::chrono::seconds(10));
  fetcher.Stop();
  const auto counts = *store->Count();
  fmt::print("{} sources polled in {:.1f} s: {:.0f} polls/s, each with its robots.txt\n", sources, seconds,
             sources / seconds);
  fmt::print("memory {} MB at most, {} MB before the crawler began\n", ResidentMegabytes(), before);
  fmt::print("least time between two requests to one host: {:.3f} s; feeds asked {} times; {} items kept\n",
             std::chrono::duration<double>(web.least_interval()).count(), web.feeds(), counts.items);
  DATELINE_CHECK(web.feeds() == sources, "a source was polled twice");
  DATELINE_CHECK(web.least_interval() > 990ms, "a host was asked faster than its budget");
}

}  // namespace
}  // namespace dateline::ingestion

int main(int argc, char** argv) {
  dateline::ingestion::Run(argc > 1 ? std::atoi(argv[1]) : 5'000);
}
