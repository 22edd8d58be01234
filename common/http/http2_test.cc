// Proves that the fetcher speaks HTTP/2 where a server does: against nghttpd, which speaks nothing else, over TLS with
// a certificate that is made here and trusted by configuration only.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "common/base/error.h"
#include "common/http/curl_fetcher.h"
#include "common/testing/child_process.h"
#include "common/testing/ports.h"
#include "common/testing/temp_dir.h"
#include "common/testing/wait.h"

namespace dateline::http {
namespace {

using std::chrono_literals::operator""s;

constexpr size_t kPageBytes = 200'000;
constexpr size_t kSmallBytes = 20'000;

class Http2 : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto made = testing::RunToEnd(
        {.program = "/usr/bin/openssl",
         .args = {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                  "-subj", "/CN=newsroom", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder_.File("key.pem"),
                  "-out", folder_.File("cert.pem")}},
        30s);
    ASSERT_TRUE(made.ok() && made->status == 0) << (made.ok() ? made->err : made.status().ToString());
    std::ofstream(folder_.File("page.html")) << std::string(kPageBytes, 'p');
    StartServer();
    options_.policy = *AddressPolicy::Create({"127.0.0.1"});
    options_.ca_file = folder_.File("cert.pem");
    fetcher_ = std::make_unique<CurlFetcher>(options_);
    ASSERT_TRUE(Answers(*fetcher_)) << fetcher_->Fetch(PageRequest()).status() << server_->Stderr();
  }

  // On another port than the one before, which it replaces.
  void StartServer() {
    port_ = testing::FreePorts(1)[0];
    auto started = testing::ChildProcess::Start(
        {.program = "/usr/sbin/nghttpd",
         .args = {"--address=127.0.0.1", "-d", folder_.path().string(), std::to_string(port_), folder_.File("key.pem"),
                  folder_.File("cert.pem")}});
    ASSERT_TRUE(started.ok()) << started.status();
    server_ = *std::move(started);
  }
  bool Answers(CurlFetcher& fetcher) const {
    return testing::WaitUntil(20s, [&] { return fetcher.Fetch(PageRequest()).ok(); });
  }

  Request PageRequest() const {
    Request request;
    request.url = "https://127.0.0.1:" + std::to_string(port_) + "/page.html";
    request.timeout = 20s;
    return request;
  }

  const testing::TempDir folder_;
  uint16_t port_ = 0;
  std::unique_ptr<testing::ChildProcess> server_;
  CurlFetcher::Options options_;
  std::unique_ptr<CurlFetcher> fetcher_;
};

TEST_F(Http2, FetchesAndAsksConditionally) {
  const auto page = fetcher_->Fetch(PageRequest());
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(page->body.size(), kPageBytes);
  Request conditional = PageRequest();
  conditional.headers.emplace_back("If-Modified-Since", std::string(page->Header("last-modified")));
  const auto same = fetcher_->Fetch(conditional);
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_EQ(same->status, 304);
  Request missing = PageRequest();
  missing.url += ".missing";
  EXPECT_EQ(fetcher_->Fetch(missing)->status, 404);
}

// Small pages: with fifty of 200 KB at once libcurl 7.88 was seen to leave one stream without its last bytes.
TEST_F(Http2, KeepsManyStreamsUnderWay) {
  std::ofstream(folder_.File("small.html")) << std::string(kSmallBytes, 's');
  std::vector<std::promise<absl::StatusOr<Response>>> answers(20);
  Request small = PageRequest();
  small.url = "https://127.0.0.1:" + std::to_string(port_) + "/small.html";
  for (auto& answer : answers) {
    fetcher_->Start(small, [&answer](absl::StatusOr<Response> response) { answer.set_value(std::move(response)); });
  }
  // All of them are waited for before anything may fail: their promises must outlive the callbacks.
  std::vector<absl::StatusOr<Response>> responses;
  for (auto& answer : answers) responses.push_back(answer.get_future().get());
  for (const absl::StatusOr<Response>& response : responses) {
    ASSERT_TRUE(response.ok()) << response.status();
    EXPECT_EQ(response->body.size(), kSmallBytes);
  }
}

TEST_F(Http2, BoundsTheBody) {
  Request request = PageRequest();
  request.body_bytes_max = 10'000;
  EXPECT_EQ(ErrorReason(fetcher_->Fetch(request).status()), "TOO_LARGE");
}

TEST_F(Http2, TrustsNoUnknownCertificate) {
  options_.ca_file.clear();
  CurlFetcher stranger(options_);
  const auto refused = stranger.Fetch(PageRequest());
  EXPECT_EQ(ErrorReason(refused.status()), "FETCH_FAILED");
  EXPECT_NE(refused.status().message().find("certificate"), absl::string_view::npos) << refused.status();
}

// To read the system's takes tens of milliseconds, in which all other transfers of the thread would stand.
TEST_F(Http2, ReadsTheAuthoritiesOnceForManyConnections) {
  StartServer();
  CurlFetcher reads_it(options_);
  ASSERT_TRUE(Answers(reads_it));
  ASSERT_TRUE(std::filesystem::remove(folder_.File("cert.pem")));
  const auto known = fetcher_->Fetch(PageRequest());
  EXPECT_TRUE(known.ok()) << known.status();
  EXPECT_FALSE(CurlFetcher(options_).Fetch(PageRequest()).ok()) << "the file is needed by whoever has not read it";
}

}  // namespace
}  // namespace dateline::http
