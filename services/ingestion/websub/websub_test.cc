// WebSub from end to end over real sockets: a newsroom, a hub and the crawler with its callback listener, on a fake
// clock. Proves that a hub is asked, verified and believed only where the protocol says so; that what it pushes becomes
// releases without a poll; that the source is polled seldom meanwhile, and often again when the hub falls silent; that
// the lease is renewed and the hub is told when we leave.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <thread>

#include "common/base/check.h"
#include "common/base/mutex.h"
#include "common/http/curl_fetcher.h"
#include "common/testing/temp_dir.h"
#include "common/testing/wait.h"
#include "services/ingestion/polling/crawler.h"
#include "services/ingestion/polling/format_reader.h"
#include "services/ingestion/simulation/fake_web.h"
#include "services/ingestion/sources/sqlite/sqlite_source_store.h"
#include "services/ingestion/websub/callback_server.h"
#include "services/ingestion/websub/signature.h"
#include "services/ingestion/websub/subscription_rules.h"

namespace dateline::ingestion {
namespace {

using ::testing::HasSubstr;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

constexpr std::chrono::milliseconds kLimit{60'000};
constexpr size_t kBodyMax = 100'000;

// An HTTP server on an address of its own.
class Site {
 public:
  explicit Site(std::string host) : host_(std::move(host)) {}
  ~Site() { Close(); }
  void Open() {
    port_ = server_.bind_to_any_port(host_);
    DATELINE_CHECK(port_ > 0, "no port");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    testing::WaitUntil([this] { return server_.is_running(); });
  }
  void Close() {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }
  std::string Url(const std::string& path) const { return "http://" + host_ + ":" + std::to_string(port_) + path; }

 protected:
  httplib::Server server_;

 private:
  const std::string host_;
  int port_ = 0;
  std::thread thread_;
};

// Publishes releases 1 to N in a feed that names its hub.
class Newsroom final : public Site {
 public:
  Newsroom() : Site("127.0.0.1") {
    server_.Get("/feed", [this](const httplib::Request&, httplib::Response& response) {
      ++polls_;
      response.set_header("Link", "<" + hub() + ">; rel=\"hub\", <" + Url("/feed") + ">; rel=\"self\"");
      response.set_content(Feed(1, releases_), "application/rss+xml");
    });
    server_.Get("/news/.*", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content("<html><body><h1>Release</h1><p>" + request.path + "</p></body></html>", "text/html");
    });
    Open();
  }
  ~Newsroom() { Close(); }

  std::string Feed(int first, int last) const {
    std::string feed = "<rss version=\"2.0\"><channel><title>News</title>";
    for (int i = last; i >= first; --i) {
      const std::string url = Url("/news/" + std::to_string(i));
      feed += "<item><title>Release " + std::to_string(i) + " of the newsroom</title><link>" + url + "</link><guid>" +
              url + "</guid></item>";
    }
    return feed + "</channel></rss>";
  }
  void NameHub(const std::string& url) {
    MutexLock lock(mutex_);
    hub_ = url;
  }
  void Publish() { ++releases_; }
  int polls() const { return polls_; }

 private:
  std::string hub() const {
    MutexLock lock(mutex_);
    return hub_;
  }

  std::atomic<int> polls_{0};
  std::atomic<int> releases_{2};
  mutable Mutex mutex_;
  std::string hub_ GUARDED_BY(mutex_);
};

// What a hub was asked for.
struct Asked {
  std::string callback;
  std::string mode;
  std::string topic;
  std::string secret;
};

// Takes requests, and calls back when the test says so.
class Hub final : public Site {
 public:
  explicit Hub(const std::string& host = "127.0.0.2") : Site(host) {
    server_.Post("/", [this](const httplib::Request& request, httplib::Response& response) {
      MutexLock lock(mutex_);
      asked_.push_back({request.get_param_value("hub.callback"), request.get_param_value("hub.mode"),
                        request.get_param_value("hub.topic"), request.get_param_value("hub.secret")});
      response.status = 202;
    });
    server_.Post(
        "/old", [this](const httplib::Request&, httplib::Response& response) { response.set_redirect(Url("/"), 308); });
    Open();
  }
  ~Hub() { Close(); }

  std::vector<Asked> asked() const {
    MutexLock lock(mutex_);
    return asked_;
  }

 private:
  mutable Mutex mutex_;
  std::vector<Asked> asked_ GUARDED_BY(mutex_);
};

struct Reply {
  int status = 0;
  std::string body{};
};

Reply Send(const std::string& url, const std::function<httplib::Result(httplib::Client&, const char*)>& send) {
  const size_t slash = url.find('/', 7);
  httplib::Client client(url.substr(0, slash));
  const httplib::Result result = send(client, url.c_str() + slash);
  return result ? Reply{result->status, result->body} : Reply{};
}

// A hub's GET at a callback.
Reply CallBack(const Asked& asked, const httplib::Params& more) {
  httplib::Params params = {
      {"hub.mode", asked.mode}, {"hub.topic", asked.topic}, {"hub.challenge", "once+more & again"}};
  for (const auto& [name, value] : more) {
    params.erase(name);
    params.emplace(name, value);
  }
  return Send(asked.callback,
              [&](httplib::Client& client, const char* path) { return client.Get(path, params, httplib::Headers()); });
}

// A hub's POST at a callback.
int Push(const std::string& callback, const std::string& signature, const std::string& body,
         httplib::Headers headers = {}) {
  if (!signature.empty()) headers.emplace("X-Hub-Signature", signature);
  return Send(callback, [&](httplib::Client& client,
                            const char* path) { return client.Post(path, headers, body, "application/rss+xml"); })
      .status;
}

int Push(const Asked& asked, const std::string& body) {
  return Push(asked.callback, SignatureOf("sha256", asked.secret, body), body);
}

class WebSub : public ::testing::Test {
 protected:
  WebSub() {
    auto opened = SqliteSourceStore::Open({.path = folder_.File("ingestion.db")}, clock_);
    DATELINE_CHECK(opened.ok(), opened.status().ToString());
    store_ = *std::move(opened);
    callback_ =
        std::make_unique<WebSubCallback>(store_->subscriptions(), registry_, clock_, [this] { crawler_->Nudge(); });
    auto started =
        CallbackServer::Start({.listen = "127.0.0.3:0", .path = "/in/websub/", .body_bytes_max = kBodyMax}, *callback_);
    DATELINE_CHECK(started.ok(), started.status().ToString());
    callbacks_ = *std::move(started);
    CrawlOptions options;
    options.host.interval = std::chrono::milliseconds(0);
    options.items.rechecks.clear();
    options.callback_url = "http://127.0.0.3:" + std::to_string(callbacks_->port()) + "/in/websub/";
    crawler_ = std::make_unique<Crawler>(options,
                                         Crawler::Ports{.store = *store_,
                                                        .fetcher = fetcher_,
                                                        .archive = archive_,
                                                        .reader = reader_,
                                                        .robots = robots_,
                                                        .cache = cache_,
                                                        .metrics = metrics_,
                                                        .clock = clock_},
                                         nullptr);
    newsroom_.NameHub(hub_.Url("/"));
  }
  ~WebSub() override {
    callbacks_.reset();
    fetcher_.Stop();
    EXPECT_TRUE(store_->Close().ok());
  }

  static http::CurlFetcher::Options FetcherOptions() {
    http::CurlFetcher::Options options;
    options.policy = *http::AddressPolicy::Create({"127.0.0.0/8"});
    return options;
  }

  void Watch() {
    SourceRecord record;
    record.source.set_name("sources/news");
    record.source.set_uri(newsroom_.Url("/feed"));
    record.source.set_state(v1::Source::STATE_ACTIVE);
    record.host = HostOf(record.source.uri());
    record.next_poll = clock_.Now();
    ASSERT_TRUE(store_->Create(record).ok());
  }
  // Lets the crawler work until this holds.
  bool Until(const std::function<bool()>& condition) {
    return testing::WaitUntil(kLimit, [&] {
      crawler_->Nudge();
      crawler_->Step();
      return condition();
    });
  }
  // Lets the crawler work until it has nothing more to do.
  void Rest() {
    int quiet = 0;
    ASSERT_TRUE(Until([&] {
      crawler_->Step();  // Without a nudge, so that it may come to rest.
      const auto due = store_->NextDue();
      quiet = crawler_->idle() && (!*due || **due > clock_.Now()) ? quiet + 1 : 0;
      return quiet >= 3;
    }));
  }
  // The request of the hub's list with this number, verified as the hub would.
  Asked Verified(size_t index, const std::string& lease = "864000") {
    EXPECT_TRUE(Until([&] { return hub_.asked().size() > index; }));
    const Asked asked = hub_.asked().at(index);
    const Reply reply = CallBack(asked, {{"hub.lease_seconds", lease}});
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "once+more & again");
    return asked;
  }
  v1::Source Source() { return Shown(*store_->Get("sources/news")); }
  WallTime NextPoll() { return *store_->Get("sources/news")->next_poll; }
  size_t releases() const { return archive_.documents().size(); }

  FakeClock clock_;
  const testing::TempDir folder_;
  Newsroom newsroom_;
  Hub hub_;
  metrics::Registry registry_{"ingestion"};
  CrawlMetrics metrics_{registry_};
  FakeArchive archive_;
  FormatReader reader_;
  RobotsBook robots_{RobotsBook::Options{}};
  FetchCache cache_{FetchCache::Options{}, clock_};
  std::unique_ptr<SqliteSourceStore> store_;
  std::unique_ptr<Crawler> crawler_;
  std::unique_ptr<WebSubCallback> callback_;
  std::unique_ptr<CallbackServer> callbacks_;
  http::CurlFetcher fetcher_{FetcherOptions()};
};

TEST_F(WebSub, TakesWhatIsPushedWithoutAPoll) {
  Watch();
  const Asked asked = Verified(0);
  EXPECT_EQ(asked.mode, "subscribe");
  EXPECT_EQ(asked.topic, newsroom_.Url("/feed"));
  Rest();
  EXPECT_EQ(releases(), 2U);
  EXPECT_EQ(Source().push().state(), v1::Push::STATE_ACTIVE);
  const WallTime before = NextPoll();
  EXPECT_LT(before - clock_.Now(), 1h) << "a hub has to prove itself first";

  newsroom_.Publish();
  EXPECT_EQ(Push(asked, newsroom_.Feed(3, 3)), 202);
  ASSERT_TRUE(Until([&] { return releases() == 3; }));
  EXPECT_EQ(newsroom_.polls(), 1);
  Rest();
  EXPECT_GE(NextPoll() - clock_.Now(), 6h) << "polls only check on the hub now";
  const auto fetches = store_->ListFetches("sources/news", 10, std::nullopt);
  EXPECT_TRUE(fetches->fetches.front().pushed());
  EXPECT_EQ(fetches->fetches.front().new_item_count(), 1);
  EXPECT_TRUE(Source().push().has_last_push_time());

  EXPECT_EQ(Push(asked, newsroom_.Feed(3, 3)), 202);
  Rest();
  EXPECT_EQ(releases(), 3U) << "the same once more is nothing new";
  EXPECT_EQ(Push(asked, "<html>no feed at all"), 202);
  Rest();
  EXPECT_EQ(Source().health(), v1::Source::HEALTH_OK) << "a push that cannot be read is no illness of the source";
}

TEST_F(WebSub, IgnoresWhatIsNotSignedByItsHub) {
  Watch();
  const Asked asked = Verified(0);
  Rest();
  newsroom_.Publish();
  const std::string body = newsroom_.Feed(3, 3);
  const std::string good = SignatureOf("sha256", asked.secret, body);
  for (const std::string& signature : {std::string(), SignatureOf("sha256", "guess", body), good.substr(0, 70),
                                       SignatureOf("sha256", asked.secret, body + " "), "md5=" + good.substr(7)}) {
    EXPECT_EQ(Push(asked.callback, signature, body), 202) << "whoever guesses learns nothing";
  }
  Rest();
  EXPECT_EQ(releases(), 2U);
  EXPECT_EQ(Push(asked.callback, SignatureOf("sha1", asked.secret, body), body), 202);
  ASSERT_TRUE(Until([&] { return releases() == 3; }));
}

TEST_F(WebSub, AgreesToNothingThatItDidNotAskFor) {
  Watch();
  ASSERT_TRUE(Until([&] { return hub_.asked().size() == 1; }));
  const Asked asked = hub_.asked()[0];
  EXPECT_EQ(Push(asked, newsroom_.Feed(3, 3)), 410) << "not verified yet";
  EXPECT_EQ(CallBack(asked, {{"hub.topic", "http://other.example/feed"}}).status, 404);
  EXPECT_EQ(CallBack(asked, {{"hub.mode", "unsubscribe"}}).status, 404);
  EXPECT_EQ(CallBack(asked, {{"hub.mode", "own"}}).status, 400);
  EXPECT_EQ(CallBack(asked, {{"hub.challenge", ""}}).status, 400);
  EXPECT_EQ(CallBack(asked, {{"hub.challenge", std::string(5'000, 'x')}}).status, 400);
  Asked guessed = asked;
  guessed.callback.replace(guessed.callback.size() - 8, 8, "00000000");
  EXPECT_EQ(CallBack(guessed, {}).status, 404);
  EXPECT_EQ(Push(guessed, newsroom_.Feed(3, 3)), 404);
  EXPECT_EQ(Source().push().state(), v1::Push::STATE_REQUESTED);
  Verified(0);
  EXPECT_EQ(Push(asked.callback, "", std::string(kBodyMax + 1, 'x')), 413);
  EXPECT_EQ(Push(asked.callback, "", "x", {{"Content-Encoding", "gzip"}}), 415);
}

TEST_F(WebSub, PollsAgainWhenTheHubFallsSilent) {
  Watch();
  const Asked asked = Verified(0);
  Rest();
  newsroom_.Publish();
  EXPECT_EQ(Push(asked, newsroom_.Feed(3, 3)), 202);
  Rest();
  ASSERT_GE(NextPoll() - clock_.Now(), 6h);
  newsroom_.Publish();
  clock_.Advance(7h);
  ASSERT_TRUE(Until([&] { return releases() == 4; })) << "found by the poll that checks on the hub";
  Rest();
  EXPECT_LT(NextPoll() - clock_.Now(), 3h);
  newsroom_.Publish();
  clock_.Advance(1min);
  EXPECT_EQ(Push(asked, newsroom_.Feed(5, 5)), 202);
  Rest();
  EXPECT_GE(NextPoll() - clock_.Now(), 6h) << "it pushes again";
}

TEST_F(WebSub, RenewsTheLeaseAndForgetsAHubThatDoesNot) {
  Watch();
  const Asked first = Verified(0, "100000");
  Rest();
  clock_.Advance(23h);
  const Asked second = Verified(1, "100000");
  EXPECT_EQ(second.callback, first.callback) << "a renewal, not another subscription";
  EXPECT_EQ(second.secret, first.secret);
  Rest();
  clock_.Advance(30h);  // The renewal is asked for, and nobody verifies.
  ASSERT_TRUE(Until([&] { return hub_.asked().size() >= 3; }));
  EXPECT_EQ(Push(second, newsroom_.Feed(3, 3)), 410) << "the lease is over";
  Verified(2);
  EXPECT_EQ(Push(second, newsroom_.Feed(3, 3)), 202);
}

TEST_F(WebSub, TellsTheHubThatItLeaves) {
  Watch();
  const Asked asked = Verified(0);
  Rest();
  ASSERT_TRUE(store_
                  ->Change("sources/news",
                           [](SourceRecord* record) {
                             record->source.set_state(v1::Source::STATE_PAUSED);
                             record->next_poll.reset();
                             return absl::OkStatus();
                           })
                  .ok());
  ASSERT_TRUE(Until([&] { return hub_.asked().size() == 2; }));
  const Asked goodbye = hub_.asked()[1];
  EXPECT_EQ(goodbye.mode, "unsubscribe");
  EXPECT_EQ(goodbye.callback, asked.callback);
  EXPECT_EQ(Push(asked, newsroom_.Feed(3, 3)), 410);
  EXPECT_EQ(CallBack(goodbye, {}).status, 200);
  EXPECT_EQ(CallBack(goodbye, {}).status, 404) << "it is over";
  EXPECT_FALSE(Source().has_push());
}

TEST_F(WebSub, FollowsAHubThatMoved) {
  newsroom_.NameHub(hub_.Url("/old"));
  Watch();
  const Asked asked = Verified(0);
  Rest();
  EXPECT_EQ(Source().push().state(), v1::Push::STATE_ACTIVE);
  // The feed names another hub: that one is asked, and the old one is told.
  Hub another("127.0.0.4");
  newsroom_.NameHub(another.Url("/"));
  newsroom_.Publish();
  clock_.Advance(2h);
  ASSERT_TRUE(Until([&] { return another.asked().size() == 1 && hub_.asked().size() == 2; }));
  EXPECT_EQ(another.asked()[0].mode, "subscribe");
  EXPECT_NE(another.asked()[0].callback, asked.callback);
  EXPECT_EQ(hub_.asked()[1].mode, "unsubscribe");
  Rest();
  EXPECT_EQ(Source().push().hub_uri(), another.Url("/"));
}

TEST_F(WebSub, KeepsPollingWhereTheHubDenies) {
  Watch();
  ASSERT_TRUE(Until([&] { return hub_.asked().size() == 1; }));
  const Asked asked = hub_.asked()[0];
  EXPECT_EQ(CallBack(asked, {{"hub.mode", "denied"}, {"hub.reason", "no more room"}}).status, 200);
  EXPECT_EQ(Source().push().state(), v1::Push::STATE_DENIED);
  EXPECT_THAT(Source().push().cause(), HasSubstr("no more room"));
  Rest();
  newsroom_.Publish();
  clock_.Advance(1h);
  ASSERT_TRUE(Until([&] { return releases() == 3; }));
  EXPECT_EQ(hub_.asked().size(), 1U) << "for a week it is left alone";
  clock_.Advance(24h * 8);
  EXPECT_TRUE(Until([&] { return hub_.asked().size() == 2; }));
}

TEST_F(WebSub, NeverTroublesAHubInAPrivateNetwork) {
  newsroom_.NameHub("http://10.0.0.1/hub");
  Watch();
  Rest();
  EXPECT_EQ(releases(), 2U);
  EXPECT_THAT(Source().push().cause(), HasSubstr("not a public address"));
}

}  // namespace
}  // namespace dateline::ingestion
