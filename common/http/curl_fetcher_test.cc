// Proves the limits of a fetch against real servers on loopback: redirects, sizes before and after decompression, time,
// slow drips, truncated answers, cancelling, and that no way leads to an address that the policy refuses.

#include "common/http/curl_fetcher.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "common/base/error.h"
#include "common/base/mutex.h"
#include "common/testing/wait.h"

namespace dateline::http {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr size_t kBombBytes = size_t{8} << 20;

class CurlFetcherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Get("/plain", [this](const httplib::Request& request, httplib::Response& response) {
      ++hits_;
      agent_ = request.get_header_value("User-Agent");
      extra_ = request.get_header_value("If-None-Match");
      response.set_header("ETag", "\"v1\"");
      response.set_content("hello", "text/plain; charset=utf-8");
    });
    server_.Get("/missing", [](const httplib::Request&, httplib::Response& response) { response.status = 404; });
    server_.Get("/loop", [](const httplib::Request&, httplib::Response& response) { response.set_redirect("/loop"); });
    server_.Get(R"(/hop/(\d+))", [](const httplib::Request& request, httplib::Response& response) {
      const int left = std::stoi(request.matches[1]);
      response.set_redirect(left == 0 ? "/plain#frag" : "/hop/" + std::to_string(left - 1), 301);
    });
    server_.Get("/to", [](const httplib::Request& request, httplib::Response& response) {
      response.set_redirect(request.get_param_value("url"));
    });
    // The server compresses this for whoever accepts it.
    server_.Get("/bomb", [](const httplib::Request&, httplib::Response& response) {
      response.set_content(std::string(kBombBytes, 'a'), "text/html");
    });
    server_.Get("/slow", [this](const httplib::Request&, httplib::Response& response) {
      MutexLock lock(mutex_);
      while (!release_) released_.Wait(mutex_);
      response.set_content("late", "text/plain");
    });
    server_.Post("/echo", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(request.get_header_value("Content-Type") + "|" + request.body, "text/plain");
    });
    server_.Post("/moved",
                 [](const httplib::Request&, httplib::Response& response) { response.set_redirect("/echo"); });
    port_ = server_.bind_to_any_port("127.0.0.1");
    ASSERT_GT(port_, 0);
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    // A stop() before that would be forgotten.
    ASSERT_TRUE(testing::WaitUntil([this] { return server_.is_running(); }));
  }

  void TearDown() override {
    fetcher_.reset();  // Closes the connections that the server would wait for.
    {
      MutexLock lock(mutex_);
      release_ = true;
    }
    released_.NotifyAll();
    server_.stop();
    thread_.join();
  }

  std::string Url(const std::string& path, const std::string& host = "127.0.0.1") const {
    return "http://" + host + ":" + std::to_string(port_) + path;
  }

  static CurlFetcher::Options Allowing(std::vector<std::string> allowed) {
    CurlFetcher::Options options;
    options.policy = *AddressPolicy::Create(allowed);
    return options;
  }

  absl::StatusOr<Response> Fetch(const std::string& url, size_t body_bytes_max = 1 << 20,
                                 std::chrono::milliseconds timeout = 20s) {
    Request request;
    request.url = url;
    request.body_bytes_max = body_bytes_max;
    request.timeout = timeout;
    return fetcher_->Fetch(request);
  }

  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  std::atomic<int> hits_{0};
  std::string agent_;
  std::string extra_;
  Mutex mutex_;
  CondVar released_;
  bool release_ GUARDED_BY(mutex_) = false;
  std::unique_ptr<CurlFetcher> fetcher_ = std::make_unique<CurlFetcher>(Allowing({"127.0.0.1"}));
};

TEST_F(CurlFetcherTest, PostsABodyAndTakesTheAnswerAsItIs) {
  Request request;
  request.url = Url("/echo");
  request.post = std::string("a\0b", 3);
  request.headers = {{"Content-Type", "application/x-test"}};
  request.follow_redirects = false;
  auto response = fetcher_->Fetch(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body, std::string("application/x-test|a\0b", 22));
  EXPECT_FALSE(response->body_cut);
  request.url = Url("/moved");
  response = fetcher_->Fetch(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(response->final_url, Url("/moved"));
  request.url = Url("/echo");
  request.post = std::string(1 << 20, 'x');
  request.body_bytes_max = 1'000;
  request.cut_body = true;
  response = fetcher_->Fetch(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_TRUE(response->body_cut);
  EXPECT_EQ(response->body.size(), 1'000U);
}

TEST_F(CurlFetcherTest, GetsAPage) {
  Request request;
  request.url = Url("/plain#part");
  request.headers = {{"If-None-Match", "\"v0\""}};
  const auto response = fetcher_->Fetch(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "hello");
  EXPECT_EQ(response->final_url, Url("/plain"));
  EXPECT_EQ(response->Header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(response->Header("etag"), "\"v1\"");
  EXPECT_TRUE(agent_.starts_with("Dateline/")) << agent_;
  EXPECT_EQ(extra_, "\"v0\"");
  EXPECT_TRUE(CheckStatus(*response).ok());
}

TEST_F(CurlFetcherTest, GivesErrorStatusesAsAnswers) {
  const auto response = Fetch(Url("/missing"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 404);
  const absl::Status status = CheckStatus(*response);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(status), "HTTP_STATUS");
  EXPECT_EQ(ErrorMetadataValue(status, "http_status"), "404");
}

TEST_F(CurlFetcherTest, FollowsTenRedirectsAndNoMore) {
  const auto ten = Fetch(Url("/hop/9"));
  ASSERT_TRUE(ten.ok()) << ten.status();
  EXPECT_EQ(ten->final_url, Url("/plain"));
  EXPECT_EQ(ten->redirects.size(), 10U);
  const auto eleven = Fetch(Url("/hop/10"));
  EXPECT_EQ(ErrorReason(eleven.status()), "FETCH_FAILED");
  const auto loop = Fetch(Url("/loop"));
  EXPECT_EQ(loop.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(loop.status()), "FETCH_FAILED");
}

TEST_F(CurlFetcherTest, RefusesForbiddenAddresses) {
  CurlFetcher strict{CurlFetcher::Options{}};
  Request request;
  for (const std::string& url :
       {Url("/plain"), Url("/plain", "localhost"), Url("/plain", "0x7f.1"), Url("/plain", "2130706433"),
        Url("/plain", "[::ffff:127.0.0.1]"), std::string("http://169.254.169.254/latest/meta-data")}) {
    request.url = url;
    const auto response = strict.Fetch(request);
    ASSERT_FALSE(response.ok()) << url;
    EXPECT_EQ(response.status().code(), absl::StatusCode::kInvalidArgument) << response.status();
    EXPECT_EQ(ErrorReason(response.status()), "FORBIDDEN_ADDRESS") << response.status();
  }
  EXPECT_EQ(hits_, 0);
}

TEST_F(CurlFetcherTest, RefusesRedirectsToForbiddenAddressesAndSchemes) {
  const auto other = Fetch(Url("/to?url=http://127.0.0.2:" + std::to_string(port_) + "/plain"));
  EXPECT_EQ(ErrorReason(other.status()), "FORBIDDEN_ADDRESS") << other.status();
  EXPECT_EQ(ErrorMetadataValue(other.status(), "address"), "127.0.0.2");
  const auto file = Fetch(Url("/to?url=file:///etc/passwd"));
  EXPECT_EQ(ErrorReason(file.status()), "INVALID_URI") << file.status();
  EXPECT_EQ(hits_, 0);
}

TEST_F(CurlFetcherTest, BoundsTheSizeAfterDecompression) {
  const auto whole = Fetch(Url("/bomb"), kBombBytes);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->body.size(), kBombBytes);
  EXPECT_FALSE(whole->Header("content-encoding").empty()) << "the test needs a compressed answer";
  const auto bounded = Fetch(Url("/bomb"), 64 << 10);
  EXPECT_EQ(bounded.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ErrorReason(bounded.status()), "TOO_LARGE") << bounded.status();
  EXPECT_EQ(ErrorMetadataValue(bounded.status(), "limit_bytes"), std::to_string(64 << 10));
  EXPECT_EQ(ErrorReason(Fetch(Url("/plain"), 4).status()), "TOO_LARGE");
  EXPECT_TRUE(Fetch(Url("/plain"), 5).ok());
}

TEST_F(CurlFetcherTest, GivesUpInTime) {
  const auto start = std::chrono::steady_clock::now();
  const auto response = Fetch(Url("/slow"), 1 << 20, 300ms);
  EXPECT_EQ(response.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(response.status()), "FETCH_FAILED") << response.status();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(CurlFetcherTest, CanBeCancelled) {
  Request request;
  request.url = Url("/slow");
  request.cancelled = [] { return true; };
  EXPECT_EQ(fetcher_->Fetch(request).status().code(), absl::StatusCode::kCancelled);
}

TEST_F(CurlFetcherTest, SaysWhyThereIsNoConnection) {
  const auto name = Fetch("http://no-such-host.invalid/");
  EXPECT_EQ(ErrorReason(name.status()), "FETCH_FAILED");
  EXPECT_EQ(ErrorReason(Fetch("ftp://example.org/").status()), "INVALID_URI");
  EXPECT_EQ(ErrorReason(Fetch("nonsense").status()), "INVALID_URI");
}

TEST_F(CurlFetcherTest, ServesManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 10; ++n) {
        const auto response = Fetch(Url("/missing"));
        if (response.ok() && response->status == 404) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 80);
}

// Answers one connection with bytes as they are, then goes on as it is told to: what no web server library would do.
class RawServer {
 public:
  explicit RawServer(std::function<void(int)> serve) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, serve = std::move(serve)] {
      const int connection = ::accept(listener_, nullptr, nullptr);
      std::array<char, 4096> request{};
      if (::recv(connection, request.data(), request.size(), 0) > 0) serve(connection);
      ::close(connection);
    });
  }
  ~RawServer() {
    thread_.join();
    ::close(listener_);
  }
  std::string Url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
  static bool Send(int connection, std::string_view bytes) {
    return ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

 private:
  int listener_ = -1;
  int port_ = 0;
  std::thread thread_;
};

TEST_F(CurlFetcherTest, GivesUpASlowDrip) {
  RawServer server([](int connection) {
    RawServer::Send(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    while (RawServer::Send(connection, "x")) std::this_thread::sleep_for(50ms);
  });
  CurlFetcher::Options options = Allowing({"127.0.0.1"});
  options.stall_time = 1s;
  CurlFetcher fetcher(options);
  const auto started = std::chrono::steady_clock::now();
  const auto response = fetcher.Fetch({.url = server.Url(), .headers = {}, .cancelled = nullptr});
  EXPECT_EQ(ErrorReason(response.status()), "FETCH_FAILED");
  EXPECT_LT(std::chrono::steady_clock::now() - started, 10s);
}

TEST_F(CurlFetcherTest, RefusesABodyOfTenGigabytesUnread) {
  RawServer server([](int connection) {
    RawServer::Send(connection, "HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n");
    const std::string block(65'536, 'x');
    while (RawServer::Send(connection, block)) {
    }
  });
  CurlFetcher fetcher(Allowing({"127.0.0.1"}));
  EXPECT_EQ(ErrorReason(fetcher.Fetch({.url = server.Url(), .headers = {}, .cancelled = nullptr}).status()),
            "TOO_LARGE");
}

TEST_F(CurlFetcherTest, StopsABodyThatDoesNotSayHowLongItIs) {
  RawServer server([](int connection) {
    RawServer::Send(connection, "HTTP/1.1 200 OK\r\n\r\n");
    const std::string block(65'536, 'x');
    while (RawServer::Send(connection, block)) {
    }
  });
  CurlFetcher fetcher(Allowing({"127.0.0.1"}));
  EXPECT_EQ(
      ErrorReason(
          fetcher.Fetch({.url = server.Url(), .body_bytes_max = size_t{1} << 20, .headers = {}, .cancelled = nullptr})
              .status()),
      "TOO_LARGE");
}

TEST_F(CurlFetcherTest, DoesNotTakeATruncatedAnswerForAWholeOne) {
  RawServer server([](int connection) {
    // The beginning of a gzip stream, and less than was promised.
    RawServer::Send(connection,
                    std::string_view("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 400\r\n\r\n"
                                     "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x4c",
                                     76));
  });
  CurlFetcher fetcher(Allowing({"127.0.0.1"}));
  EXPECT_EQ(ErrorReason(fetcher.Fetch({.url = server.Url(), .headers = {}, .cancelled = nullptr}).status()),
            "FETCH_FAILED");
}

// As promised, but only half of what the server compressed: libcurl alone would take it for the whole page.
TEST_F(CurlFetcherTest, DoesNotTakeHalfOfACompressedPageForAWholeOne) {
  RawServer server([](int connection) {
    // "a" a thousand times by gzip, without the end of the stream.
    RawServer::Send(connection,
                    std::string_view("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\n"
                                     "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x4c",
                                     75));
  });
  CurlFetcher fetcher(Allowing({"127.0.0.1"}));
  const auto damaged = fetcher.Fetch({.url = server.Url(), .headers = {}, .cancelled = nullptr});
  EXPECT_EQ(ErrorReason(damaged.status()), "FETCH_FAILED");
  EXPECT_NE(damaged.status().message().find("damaged"), absl::string_view::npos) << damaged.status();
}

TEST_F(CurlFetcherTest, LetsOnlyATypedUrlLeadToLoopback) {
  CurlFetcher::Options options;
  options.typed_loopback = true;
  CurlFetcher fetcher(options);
  http::Request request{.url = Url("/plain"), .headers = {}, .cancelled = nullptr};
  EXPECT_EQ(ErrorReason(fetcher.Fetch(request).status()), "FORBIDDEN_ADDRESS");
  request.typed = true;
  const auto typed = fetcher.Fetch(request);
  ASSERT_TRUE(typed.ok()) << typed.status();
  EXPECT_EQ(typed->body, "hello");
  // A connection that stands open helps nobody who was not allowed to make it.
  request.typed = false;
  request.url = Url("/plain", "localhost");
  EXPECT_EQ(ErrorReason(fetcher.Fetch(request).status()), "FORBIDDEN_ADDRESS");
  request.typed = true;
  request.url = Url("/hop/0");
  EXPECT_EQ(ErrorReason(fetcher.Fetch(request).status()), "FORBIDDEN_ADDRESS") << "a redirect was not typed";
}

TEST_F(CurlFetcherTest, KeepsManyFetchesUnderWayOnOneThread) {
  CurlFetcher fetcher(Allowing({"127.0.0.1"}));
  std::atomic<int> answered{0};
  // The server here keeps a thread for every connection that stays open, and lets few wait to be accepted.
  constexpr int kFetches = 40;
  for (int i = 0; i < kFetches; ++i) {
    fetcher.Start({.url = Url("/plain"), .headers = {{"Connection", "close"}}, .cancelled = nullptr},
                  [&](const absl::StatusOr<Response>& response) { answered += response.ok() ? 1 : 1000; });
  }
  EXPECT_TRUE(testing::WaitUntil([&] { return answered == kFetches; })) << answered;
}

TEST_F(CurlFetcherTest, TellsWherePermanentRedirectsLed) {
  CurlFetcher fetcher(Allowing({"127.0.0.1"}));
  auto response = fetcher.Fetch({.url = Url("/hop/2"), .headers = {}, .cancelled = nullptr});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->moved_to, Url("/plain"));
  response = fetcher.Fetch({.url = Url("/to?url=/plain"), .headers = {}, .cancelled = nullptr});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->moved_to, "") << "302 says for now";
}

TEST_F(CurlFetcherTest, EndsWhatIsUnderWayWhenItStops) {
  CurlFetcher fetcher(Allowing({"127.0.0.1"}));
  std::atomic<bool> cancelled{false};
  fetcher.Start(
      {.url = Url("/slow"), .headers = {}, .cancelled = nullptr},
      [&](const absl::StatusOr<Response>& response) { cancelled = ErrorReason(response.status()) == "CANCELLED"; });
  fetcher.Stop();
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(ErrorReason(fetcher.Fetch({.url = Url("/plain"), .headers = {}, .cancelled = nullptr}).status()),
            "CANCELLED");
}

}  // namespace
}  // namespace dateline::http
