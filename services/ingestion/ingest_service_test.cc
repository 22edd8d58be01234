// Proves the two RPCs from a client's view, over real gRPC on loopback with a fake storage service and a fake network:
// what reaches storage, what is answered, that OK comes only after storage's OK, and what a client sees when storage is
// away.

#include "services/ingestion/ingest_service.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "common/base/error.h"
#include "common/rpc/call.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/testing/wait.h"
#include "common/text/limits.h"
#include "services/ingestion/fake_fetcher.h"
#include "services/ingestion/grpc_archive.h"

namespace dateline::ingestion {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using storage::v1::PutDocumentRequest;
using storage::v1::PutDocumentResponse;

constexpr char kUrl[] = "https://example.org/a";
constexpr char kPage[] = "<html><body><p>Some words stand here.</p></body></html>";

class FakeStorage final : public storage::v1::DocumentService::CallbackService {
 public:
  explicit FakeStorage(rpc::ServerKit& kit) : kit_(kit) {}

  grpc::ServerUnaryReactor* PutDocument(grpc::CallbackServerContext* context, const PutDocumentRequest* request,
                                        PutDocumentResponse* response) override {
    return rpc::Unary(
        kit_, context, request, response, "DocumentService.PutDocument",
        [this](const rpc::CallContext&, const PutDocumentRequest& r) -> absl::StatusOr<PutDocumentResponse> {
          MutexLock lock(mutex_);
          if (!fault_.ok()) return fault_;
          last_ = r;
          PutDocumentResponse out;
          out.mutable_document()->set_name("documents/1");
          out.mutable_document()->add_releases("releases/1");
          out.set_outcome(outcome_);
          return out;
        });
  }

  void Set(PutDocumentResponse::Outcome outcome) {
    MutexLock lock(mutex_);
    outcome_ = outcome;
  }
  void SetFault(absl::Status fault) {
    MutexLock lock(mutex_);
    fault_ = std::move(fault);
  }
  PutDocumentRequest last() const {
    MutexLock lock(mutex_);
    return last_;
  }

 private:
  rpc::ServerKit& kit_;
  mutable Mutex mutex_;
  PutDocumentRequest last_ GUARDED_BY(mutex_);
  absl::Status fault_ GUARDED_BY(mutex_);
  PutDocumentResponse::Outcome outcome_ GUARDED_BY(mutex_) = PutDocumentResponse::OUTCOME_CREATED;
};

rpc::Server::Options BigMessages() {
  rpc::Server::Options options;
  options.message_bytes_max = int64_t{33} << 20;
  options.stop_limit = 2s;
  return options;
}

class IngestServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    storage_server_->AddService(&storage_);
    ASSERT_TRUE(storage_server_->Start().ok());
    archive_ = std::make_unique<GrpcArchive>(storage_server_->target());
    service_ = std::make_unique<IngestServiceImpl>(IngestServiceImpl::Options{.storage_timeout = 3s}, server_.kit(),
                                                   *archive_, fetcher_, robots_, registry_, RealClock());
    server_.AddService(service_.get());
    ASSERT_TRUE(server_.Start().ok());
    stub_ = v1::IngestService::NewStub(rpc::MakeChannel(server_.target(), {.message_bytes_max = int64_t{34} << 20}));
  }

  absl::StatusOr<v1::IngestDocumentResponse> Push(const std::string& uri, const std::string& content) {
    v1::IngestDocumentRequest request;
    request.set_uri(uri);
    request.set_content(content);
    v1::IngestDocumentResponse response;
    absl::Status status =
        rpc::Call(*stub_, &v1::IngestService::StubInterface::IngestDocument, request, &response, {.deadline = 10s});
    if (!status.ok()) return status;
    return response;
  }

  absl::StatusOr<v1::IngestUrlResponse> Fetch(const std::string& url) {
    v1::IngestUrlRequest request;
    request.set_url(url);
    v1::IngestUrlResponse response;
    absl::Status status =
        rpc::Call(*stub_, &v1::IngestService::StubInterface::IngestUrl, request, &response, {.deadline = 10s});
    if (!status.ok()) return status;
    return response;
  }

  metrics::Registry registry_{"test"};
  metrics::Registry storage_registry_{"storage"};
  FakeClock clock_;
  FakeFetcher fetcher_;
  RobotsBook book_{RobotsBook::Options{}};
  RobotsGate robots_{book_, fetcher_, clock_};
  std::unique_ptr<rpc::Server> storage_server_ = std::make_unique<rpc::Server>(BigMessages(), storage_registry_);
  FakeStorage storage_{storage_server_->kit()};
  std::unique_ptr<GrpcArchive> archive_;
  std::unique_ptr<IngestServiceImpl> service_;
  rpc::Server server_{BigMessages(), registry_};
  std::unique_ptr<v1::IngestService::Stub> stub_;

  void TearDown() override {
    EXPECT_TRUE(server_.Stop().ok());
    EXPECT_TRUE(storage_server_->Stop().ok());
  }
};

TEST_F(IngestServiceTest, StoresAPushedDocument) {
  const auto response = Push("https://Example.org/a#x", kPage);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->document(), "documents/1");
  EXPECT_EQ(response->outcome(), PutDocumentResponse::OUTCOME_CREATED);
  EXPECT_EQ(response->uri(), kUrl);
  EXPECT_EQ(response->releases_size(), 0);
  EXPECT_EQ(storage_.last().document().content(), kPage);
  EXPECT_EQ(storage_.last().document().given_uri(), "https://Example.org/a#x");
  EXPECT_NE(registry_.Scrape().find("dateline_ingestion_documents_total{result=\"created\"} 1"), std::string::npos);
}

TEST_F(IngestServiceTest, NamesTheReleasesOfUnchangedContent) {
  storage_.Set(PutDocumentResponse::OUTCOME_UNCHANGED);
  const auto response = Push(kUrl, kPage);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->outcome(), PutDocumentResponse::OUTCOME_UNCHANGED);
  ASSERT_EQ(response->releases_size(), 1);
  EXPECT_EQ(response->releases(0), "releases/1");
}

TEST_F(IngestServiceTest, RefusesBeforeStorageIsAsked) {
  EXPECT_EQ(ErrorReason(Push(kUrl, "").status()), "EMPTY_DOCUMENT");
  EXPECT_EQ(ErrorReason(Push("nonsense", kPage).status()), "INVALID_URI");
  EXPECT_FALSE(storage_.last().has_document());
}

TEST_F(IngestServiceTest, CarriesTheLargestDocument) {
  const std::string content(text::kMaxDocumentBytes, 'a');
  const auto response = Push(kUrl, content);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(storage_.last().document().content().size(), content.size());
  const auto larger = Push(kUrl, content + "a");
  EXPECT_EQ(ErrorReason(larger.status()), "DOCUMENT_TOO_LARGE") << larger.status();
}

TEST_F(IngestServiceTest, SaysThatStorageIsAway) {
  ASSERT_TRUE(storage_server_->Stop().ok());
  const auto response = Push(kUrl, kPage);
  EXPECT_EQ(response.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(response.status()), "STORAGE_UNAVAILABLE") << response.status();
}

TEST_F(IngestServiceTest, PassesStoragesRefusalOn) {
  storage_.SetFault(Error(absl::StatusCode::kResourceExhausted, "DISK_FULL", "the disk is full"));
  const auto response = Push(kUrl, kPage);
  EXPECT_EQ(response.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(response.status()), "DISK_FULL");
}

TEST_F(IngestServiceTest, FetchesAndStoresAPage) {
  http::Response page = Page(kPage);
  page.final_url = "https://example.org/final";
  page.redirects = {kUrl};
  fetcher_.Answer(kUrl, page);
  const auto response = Fetch(kUrl);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->uri(), "https://example.org/final");
  EXPECT_EQ(response->http_status(), 200);
  EXPECT_EQ(response->document(), "documents/1");
  EXPECT_EQ(storage_.last().document().content(), kPage);
  EXPECT_EQ(fetcher_.asked().front(), "https://example.org/robots.txt");
}

TEST_F(IngestServiceTest, RespectsRobotsTxtOfTheTargetOfARedirectToo) {
  fetcher_.Answer("https://other.example/robots.txt", Page("User-agent: *\nDisallow: /", "text/plain"));
  http::Response page = Page(kPage);
  page.final_url = "https://other.example/a";
  page.redirects = {kUrl};
  fetcher_.Answer(kUrl, page);
  const auto moved = Fetch(kUrl);
  EXPECT_EQ(moved.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrorReason(moved.status()), "ROBOTS_DISALLOWED");
  EXPECT_EQ(ErrorReason(Fetch("https://other.example/b").status()), "ROBOTS_DISALLOWED");
  EXPECT_FALSE(storage_.last().has_document());
}

TEST_F(IngestServiceTest, ReportsHowAFetchFailed) {
  struct Row {
    absl::StatusOr<http::Response> result;
    absl::StatusCode code;
    std::string reason;
  };
  const std::vector<Row> rows = {
      // Not UNAVAILABLE, which our own channels try again: the site would be asked four times.
      {Error(absl::StatusCode::kUnavailable, "FETCH_FAILED", "x"), absl::StatusCode::kFailedPrecondition,
       "FETCH_FAILED"},
      {Error(absl::StatusCode::kInvalidArgument, "FORBIDDEN_ADDRESS", "x"), absl::StatusCode::kInvalidArgument,
       "FORBIDDEN_ADDRESS"},
      {Error(absl::StatusCode::kInvalidArgument, "TOO_LARGE", "x"), absl::StatusCode::kInvalidArgument,
       "DOCUMENT_TOO_LARGE"},
      {Page("no", "text/html", 404), absl::StatusCode::kFailedPrecondition, "HTTP_STATUS"},
      {Page("", "text/html"), absl::StatusCode::kInvalidArgument, "EMPTY_DOCUMENT"},
      {Page("%PDF-1.4 \x01", "application/pdf"), absl::StatusCode::kInvalidArgument, "BINARY_CONTENT"},
  };
  for (const Row& row : rows) {
    if (row.result.ok()) {
      fetcher_.Answer(kUrl, *row.result);
    } else {
      fetcher_.Fail(kUrl, row.result);
    }
    const auto response = Fetch(kUrl);
    EXPECT_EQ(response.status().code(), row.code) << response.status();
    EXPECT_EQ(ErrorReason(response.status()), row.reason) << response.status();
  }
  EXPECT_EQ(ErrorReason(Fetch("file:///etc/passwd").status()), "INVALID_URI");
}

TEST_F(IngestServiceTest, KnowsWhetherStorageIsConnected) {
  std::atomic<int> state{-1};
  const GrpcArchive archive(storage_server_->target(), nullptr, [&](bool connected) { state = connected ? 1 : 0; });
  EXPECT_TRUE(testing::WaitUntil([&] { return state == 1; }));
  ASSERT_TRUE(storage_server_->Stop().ok());
  EXPECT_TRUE(testing::WaitUntil([&] { return state == 0; }));
}

}  // namespace
}  // namespace dateline::ingestion
