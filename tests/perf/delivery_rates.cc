// From the commit in storage to the receipt, on loopback, by each way: gRPC stream, ZeroMQ, a webhook with eight
// requests at a time, and one that gets its events in order, one at a time; when idle and at half of the greatest rate.
// Beside it the same ways for releases with next to no text, and the bare way of a webhook: a POST without a body to
// the same receiver. Then when idle with other receivers beside, which first behave and then misbehave, each in its
// way: slow, failing, resetting, without a certificate that anybody vouches for, gone, redirecting, answering without
// end, hanging. The times of commits are those that storage writes into the events; all run on one clock. With
// `postgres` the subscriptions are on a PostgreSQL server of this run's own.
//
// usage: delivery_rates [idle-events=200] [busy-events=2000] [sqlite|postgres]

#include <fmt/format.h>
#include <httplib.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>

#include "common/base/mutex.h"
#include "common/base/proto_time.h"
#include "common/bus/subscriber.h"
#include "common/client/event_reader.h"
#include "common/http/curl_fetcher.h"
#include "common/rpc/call.h"
#include "common/rpc/channel.h"
#include "common/sql/postgres/testing/server.h"
#include "dateline/ingestion/v1/ingest_service.grpc.pb.h"
#include "dateline/notification/v1/subscription_service.grpc.pb.h"
#include "tests/perf/measure.h"
#include "tests/support/notification_process.h"
#include "tests/support/releases.h"
#include "tests/support/running_suite.h"
#include "tests/support/webhook_receiver.h"

namespace dateline::perf {
namespace {

using ingestion::v1::IngestService;
using notification::v1::SubscriptionService;
using std::chrono::milliseconds;

enum Way { kStream, kBus, kWebhook, kOrdered, kWays };
constexpr std::array<const char*, kWays> kNames = {"gRPC stream", "ZeroMQ", "webhook", "webhook in order"};

// Links between releases are events too, but nobody here waits for them.
constexpr std::string_view kPublished = "org.dateline.release.published";

// When each event was committed, and when it came by each way.
class Arrivals {
 public:
  void Commit(const std::string& id, WallTime at) {
    const MutexLock lock(mutex_);
    events_[id].committed = at;
  }
  void Arrive(Way way, const std::string& id) {
    const WallTime now = RealClock().Now();
    const MutexLock lock(mutex_);
    Event& event = events_[id];
    if (!event.arrived[way]) {
      event.arrived[way] = now;
      ++counts_[way];
    }
    changed_.NotifyAll();
  }
  // Waits until so many have come by every way.
  void WaitFor(size_t count) {
    const MutexLock lock(mutex_);
    while (*std::min_element(counts_.begin(), counts_.end()) < count) changed_.WaitFor(mutex_, milliseconds(1'000));
  }
  size_t count(Way way) {
    const MutexLock lock(mutex_);
    return counts_[way];
  }
  void PrintAndForget(const std::string& what) {
    const MutexLock lock(mutex_);
    for (int way = 0; way < kWays; ++way) {
      std::vector<double> samples;
      for (const auto& [id, event] : events_) {
        if (!event.committed || !event.arrived[static_cast<size_t>(way)]) continue;
        samples.push_back(
            std::chrono::duration<double, std::milli>(*event.arrived[static_cast<size_t>(way)] - *event.committed)
                .count());
      }
      PrintLatency(fmt::format("commit to receipt by {}, {}", kNames[static_cast<size_t>(way)], what), samples);
    }
    events_.clear();
    counts_.fill(0);
  }

 private:
  struct Event {
    std::optional<WallTime> committed;
    std::array<std::optional<WallTime>, kWays> arrived;
  };
  Mutex mutex_;
  CondVar changed_;
  std::map<std::string, Event> events_ GUARDED_BY(mutex_);
  std::array<size_t, kWays> counts_ GUARDED_BY(mutex_){};
};

void Exit(const absl::Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "{}\n", status.ToString());
  std::exit(1);
}

class Bench {
 public:
  // `notification` is the address of the service that is measured.
  Bench(const testing::RunningSuite& suite, const std::string& notification)
      : ingest_(IngestService::NewStub(rpc::MakeChannel(suite.endpoints().ingestion.address))),
        subscriptions_(SubscriptionService::NewStub(rpc::MakeChannel(notification))),
        stream_(notification::v1::EventStreamService::NewStub(rpc::MakeChannel(notification))) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(64); };
    // The library closes connections after a few requests and lets five wait to be accepted; whose connection the
    // system drops for that tries again after a second.
    server_.set_keep_alive_max_count(1'000'000);
    server_.set_keep_alive_timeout(60);
    server_.Post("/hook", [this](const httplib::Request& request, httplib::Response&) {
      arrivals_.Arrive(kWebhook, request.get_header_value("webhook-id"));
    });
    server_.Post("/ordered", [this](const httplib::Request& request, httplib::Response&) {
      arrivals_.Arrive(kOrdered, request.get_header_value("webhook-id"));
    });
    server_.Post("/empty", [](const httplib::Request&, httplib::Response&) {});
    port_ = server_.bind_to_any_port("127.0.0.1");
    server_thread_ = std::thread([this] { server_.listen_after_bind(); });
    Subscribe(Url("/hook"), 20, 8);
    Subscribe(Url("/ordered"), 20, 1);
    client::EventReader::Options options;
    options.retry_limit = milliseconds(-1);
    reader_ = std::make_unique<client::EventReader>(*stream_, std::move(options));
    std::atomic<bool> open{false};
    reader_thread_ = std::thread([this, &open] {
      (void)reader_->Run([this, &open, opened = false](const auto& response) mutable {
        if (!opened) open = true;
        opened = true;
        if (!response.has_event() || response.event().type() != kPublished) return true;
        arrivals_.Arrive(kStream, response.event().id());
        arrivals_.Commit(response.event().id(), FromTimestamp(response.event().attributes().at("time").ce_timestamp()));
        return true;
      });
    });
    while (!open) std::this_thread::sleep_for(milliseconds(1));
    bus::SubscriberOptions listening;
    listening.endpoints = {"tcp://" + suite.endpoints().eventbus.address};
    listening.topics = {"release/"};
    bus_ = std::make_unique<bus::Subscriber>(std::move(listening), [this](const bus::Message& message) {
      io::cloudevents::v1::CloudEvent event;
      if (!message.payload || !event.ParseFromString(*message.payload) || event.type() != kPublished) return;
      arrivals_.Arrive(kBus, event.id());
    });
    Exit(bus_->Start());
    std::this_thread::sleep_for(milliseconds(1'500));  // A subscription to the bus takes effect unseen.
  }
  ~Bench() {
    reader_->Stop();
    reader_thread_.join();
    bus_->Stop();
    server_.stop();
    server_thread_.join();
  }

  // The name of the subscription.
  std::string Subscribe(const std::string& url, int64_t timeout_seconds, uint32_t concurrency) {
    notification::v1::CreateSubscriptionRequest request;
    request.mutable_subscription()->mutable_webhook()->set_uri(url);
    request.mutable_subscription()->mutable_webhook()->set_concurrency(concurrency);
    request.mutable_subscription()->mutable_webhook()->mutable_timeout()->set_seconds(timeout_seconds);
    notification::v1::CreateSubscriptionResponse response;
    Exit(rpc::Call(*subscriptions_, &SubscriptionService::Stub::CreateSubscription, request, &response));
    return response.subscription().name();
  }
  void Unsubscribe(const std::string& name) {
    notification::v1::DeleteSubscriptionRequest request;
    request.set_name(name);
    notification::v1::DeleteSubscriptionResponse response;
    Exit(rpc::Call(*subscriptions_, &SubscriptionService::Stub::DeleteSubscription, request, &response));
  }

  void Ingest() {
    ingestion::v1::IngestDocumentRequest request;
    const size_t number = next_.fetch_add(1);
    request.set_uri(fmt::format("https://perf.example/{}", number));
    request.set_content(small_ ? fmt::format("Note {}\n\nWords.\n", number) : testing::ReleaseTextFile(number));
    request.set_content_type("text/plain");
    ingestion::v1::IngestDocumentResponse response;
    Exit(rpc::Call(*ingest_, &IngestService::Stub::IngestDocument, request, &response,
                   {.deadline = std::chrono::seconds(60)}));
  }

  // From now on releases have next to no text, or their usual one.
  void MakeThemSmall(bool small) { small_ = small; }

  void Paced(const std::string& what, size_t count, std::chrono::nanoseconds pause) {
    const auto start = std::chrono::steady_clock::now();
    std::atomic<size_t> taken{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&] {
        for (size_t i = taken.fetch_add(1); i < count; i = taken.fetch_add(1)) {
          std::this_thread::sleep_until(start + pause * static_cast<int64_t>(i));
          Ingest();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    arrivals_.WaitFor(count);
    arrivals_.PrintAndForget(what);
  }

  // Events a second from text to the webhook, as fast as it goes.
  double Fastest(size_t count) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (int t = 0; t < 16; ++t) {
      threads.emplace_back([&, t] {
        for (size_t i = static_cast<size_t>(t); i < count; i += 16) Ingest();
      });
    }
    for (std::thread& thread : threads) thread.join();
    arrivals_.WaitFor(count);
    const double rate = static_cast<double>(count) / SecondsSince(start);
    arrivals_.PrintAndForget("as fast as it goes");
    return rate;
  }

  void EmptyPosts(size_t count) {
    http::CurlFetcher::Options options;
    options.typed_loopback = true;
    http::CurlFetcher fetcher(options);
    std::vector<double> samples;
    for (size_t i = 0; i < count; ++i) {
      http::Request request;
      request.url = Url("/empty");
      request.typed = true;
      request.post = std::string();
      const auto start = std::chrono::steady_clock::now();
      Exit(fetcher.Fetch(request).status());
      samples.push_back(SecondsSince(start) * 1'000);
    }
    PrintLatency("POST without a body to the same receiver", samples);
  }

 private:
  std::string Url(const std::string& path) const { return fmt::format("http://127.0.0.1:{}{}", port_, path); }

  Arrivals arrivals_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> small_{false};
  std::unique_ptr<IngestService::Stub> ingest_;
  std::unique_ptr<SubscriptionService::Stub> subscriptions_;
  std::unique_ptr<notification::v1::EventStreamService::Stub> stream_;
  httplib::Server server_;
  int port_ = 0;
  std::thread server_thread_;
  std::unique_ptr<client::EventReader> reader_;
  std::thread reader_thread_;
  std::unique_ptr<bus::Subscriber> bus_;
};

constexpr int kOthersOfAKind = 2;
constexpr std::array<const char*, 8> kMisbehaviours = {"slow", "error", "busy",     "reset",
                                                       "gone", "huge",  "redirect", "hang"};

// Others beside those that are measured, in processes of their own: as many that behave, then such as do not.
void BesideOthers(const testing::RunningSuite& suite, size_t events, Bench* bench) {
  const std::string key = suite.folder().File("key.pem");
  const std::string certificate = suite.folder().File("certificate.pem");
  const auto made = testing::RunToEnd({.program = "/usr/bin/openssl",
                                       .args = {"req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
                                                certificate, "-days", "2", "-subj", "/CN=receiver.example"}},
                                      testing::kCommandLimit);
  if (!made.ok() || made->status != 0) return Exit(absl::UnavailableError("openssl makes no certificate"));
  const testing::WebhookReceiver others;
  const testing::WebhookReceiver stranger(key, certificate);
  const auto measure = [&](const std::string& what, const auto& uri) {
    std::vector<std::string> names;
    for (size_t kind = 0; kind <= kMisbehaviours.size(); ++kind) {
      for (int i = 0; i < kOthersOfAKind; ++i)
        names.push_back(bench->Subscribe(uri(kind, fmt::format("{}-{}", kind, i)), 2, 1));
    }
    bench->Paced(fmt::format("idle, beside {} receivers that {}", names.size(), what), events, milliseconds(50));
    for (const std::string& name : names) bench->Unsubscribe(name);
  };
  measure("behave", [&](size_t, const std::string& name) { return others.Uri("ok", name); });
  measure("misbehave", [&](size_t kind, const std::string& name) {
    return kind < kMisbehaviours.size() ? others.Uri(kMisbehaviours[kind], name) : stranger.Uri("ok", name);
  });
}

}  // namespace
}  // namespace dateline::perf

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const size_t idle = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200;
  const size_t busy = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 2'000;
  const bool postgres = argc > 3 && std::string_view(argv[3]) == "postgres";
  const dateline::testing::RunningSuite suite({"--log-level", "warn"});
  std::optional<dateline::testing::PostgresServer> server;
  std::unique_ptr<dateline::testing::NotificationProcess> process;
  std::string address = suite.endpoints().notification.address;
  if (postgres) {
    server.emplace();
    suite.folder().Write("postgres", server->NewDatabase());
    process = std::make_unique<dateline::testing::NotificationProcess>(
        suite, std::vector<std::string>{"--notification.backend=postgres",
                                        "--notification.postgres.connection_file=" + suite.folder().File("postgres")});
    address = process->address();
  }
  dateline::perf::Bench bench(suite, address);
  bench.EmptyPosts(idle);
  bench.Paced("idle", idle, std::chrono::milliseconds(50));
  const double fastest = bench.Fastest(busy);
  dateline::perf::PrintRate("text to webhook, end to end", fastest, fmt::format("{} releases", busy));
  bench.Paced("at half of that", busy, std::chrono::nanoseconds(static_cast<int64_t>(2e9 / fastest)));
  bench.MakeThemSmall(true);
  bench.Paced("idle, next to no text", idle, std::chrono::milliseconds(50));
  bench.Paced("at half of that rate, next to no text", busy,
              std::chrono::nanoseconds(static_cast<int64_t>(2e9 / fastest)));
  bench.MakeThemSmall(false);
  bench.Paced("idle again", idle, std::chrono::milliseconds(50));
  dateline::perf::BesideOthers(suite, idle, &bench);
  return 0;
}
