// Proves that the adapter carries calls and errors to a real gRPC server and back, and that Stop() leaves no callback
// behind.

#include "services/extraction/grpc_archive.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "common/base/error.h"
#include "common/base/mutex.h"
#include "common/metrics/registry.h"
#include "common/rpc/server.h"
#include "common/rpc/unary.h"
#include "common/testing/wait.h"

namespace dateline::extraction {
namespace {

using storage::v1::GetDocumentRequest;
using storage::v1::GetDocumentResponse;
using testing::WaitUntil;

// Answers "documents/hang" never: it keeps the answer until the call is cancelled.
class FakeDocuments final : public storage::v1::DocumentService::CallbackService {
 public:
  explicit FakeDocuments(rpc::ServerKit& kit) : kit_(kit) {}

  grpc::ServerUnaryReactor* GetDocument(grpc::CallbackServerContext* context, const GetDocumentRequest* request,
                                        GetDocumentResponse* response) override {
    return rpc::UnaryAsync(
        kit_, context, request, response, "DocumentService.GetDocument",
        [this](const rpc::CallContext&, const GetDocumentRequest& r, GetDocumentResponse* out, const rpc::Done& done) {
          if (r.name() == "documents/hang") {
            MutexLock lock(mutex_);
            kept_ = done;
            return;
          }
          if (r.view() != storage::v1::DOCUMENT_VIEW_FULL) {
            return done(absl::InvalidArgumentError("the content is needed"));
          }
          if (r.name() != "documents/1") {
            return done(Error(absl::StatusCode::kNotFound, "DOCUMENT_NOT_FOUND", r.name()));
          }
          out->mutable_document()->set_content("words");
          done(absl::OkStatus());
        });
  }
  bool holds() {
    MutexLock lock(mutex_);
    return kept_ != nullptr;
  }
  void Release() {
    rpc::Done done;
    {
      MutexLock lock(mutex_);
      done.swap(kept_);
    }
    if (done != nullptr) done(absl::CancelledError("released"));
  }

 private:
  rpc::ServerKit& kit_;
  Mutex mutex_;
  rpc::Done kept_ GUARDED_BY(mutex_);
};

class GrpcArchiveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.AddService(&documents_);
    ASSERT_TRUE(server_.Start().ok());
    archive_ = std::make_unique<GrpcArchive>(server_.target());
  }
  void TearDown() override {
    documents_.Release();
    EXPECT_TRUE(server_.Stop().ok());
  }

  // The content, or the reason of the error.
  std::string Get(const std::string& name) {
    std::atomic<bool> done{false};
    std::string result;
    archive_->GetDocument(name, [&](absl::StatusOr<storage::v1::Document> document) {
      result = document.ok() ? document->content() : ErrorReason(document.status());
      done = true;
    });
    EXPECT_TRUE(WaitUntil([&] { return done.load(); }));
    return result;
  }

  metrics::Registry registry_{"test"};
  rpc::Server server_{rpc::Server::Options(), registry_};
  FakeDocuments documents_{server_.kit()};
  std::unique_ptr<GrpcArchive> archive_;
};

TEST_F(GrpcArchiveTest, CarriesDocumentsAndErrors) {
  EXPECT_EQ(Get("documents/1"), "words");
  EXPECT_EQ(Get("documents/2"), "DOCUMENT_NOT_FOUND");
}

TEST_F(GrpcArchiveTest, GivesErrorsOfMethodsThatBlock) {
  EXPECT_EQ(archive_->Lease({}).status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(archive_->Extend({}).status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(archive_->Nack({}).code(), absl::StatusCode::kUnimplemented);
}

TEST_F(GrpcArchiveTest, StopEndsWhatIsOpen) {
  std::atomic<int> called{0};
  absl::StatusCode code = absl::StatusCode::kOk;
  archive_->GetDocument("documents/hang", [&](const absl::StatusOr<storage::v1::Document>& document) {
    code = document.status().code();
    ++called;
  });
  ASSERT_TRUE(WaitUntil([&] { return documents_.holds(); }));
  archive_->Stop();
  EXPECT_EQ(called, 1);
  EXPECT_EQ(code, absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace dateline::extraction
