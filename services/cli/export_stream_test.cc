#include "services/cli/export_stream.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace dateline::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using namespace std::chrono_literals;

// Has ten records, gives a few of them in a stream and then ends it with a status.
class BreakingArchive final : public storage::v1::AdminService::Service {
 public:
  grpc::Status ExportArchive(grpc::ServerContext*, const storage::v1::ExportArchiveRequest* request,
                             grpc::ServerWriter<storage::v1::ExportArchiveResponse>* writer) override {
    ++streams;
    const int from = request->resume_token().empty() ? 0 : std::stoi(request->resume_token());
    for (int i = from; i < 10; ++i) {
      if (i == from + at_once || i == dies_at) return ends_with;
      storage::v1::ExportArchiveResponse response;
      response.set_resume_token(std::to_string(i + 1));
      response.mutable_record()->mutable_document()->set_name("documents/" + std::to_string(i));
      writer->Write(response);
    }
    return grpc::Status::OK;
  }

  int at_once = 3;
  int dies_at = -1;  // From this record on nothing comes.
  grpc::Status ends_with{grpc::StatusCode::UNAVAILABLE, "Connection closed as it entered idle"};
  std::atomic<int> streams = 0;
};

class ExportStreamTest : public ::testing::Test {
 protected:
  ExportStreamTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&archive_);
    server_ = builder.BuildAndStart();
    stub_ = storage::v1::AdminService::NewStub(server_->InProcessChannel({}));
  }
  ~ExportStreamTest() override { server_->Shutdown(); }

  absl::Status Read(const std::string& token = {}) {
    return ReadExport(*stub_, token,
                      [this](storage::v1::ExportArchiveResponse& response) {
                        names_.push_back(response.record().document().name());
                        response.Clear();  // As one does who moves it away.
                        return names_.size() < take_;
                      },
                      {.pause = 1ms, .empty_streams_max = 4});
  }

  BreakingArchive archive_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<storage::v1::AdminService::StubInterface> stub_;
  std::vector<std::string> names_;
  size_t take_ = 100;
};

TEST_F(ExportStreamTest, GoesOnBehindTheLastRecordWhereAStreamEnds) {
  EXPECT_TRUE(Read("4").ok());
  EXPECT_THAT(names_,
              ElementsAre("documents/4", "documents/5", "documents/6", "documents/7", "documents/8", "documents/9"));
  EXPECT_EQ(archive_.streams, 2);
}

TEST_F(ExportStreamTest, GoesOnAlsoWhenAStoppingServerCancelsIt) {
  archive_.ends_with = grpc::Status(grpc::StatusCode::CANCELLED, "");
  EXPECT_TRUE(Read().ok());
  EXPECT_THAT(names_, SizeIs(10));
}

TEST_F(ExportStreamTest, GivesUpWhenNothingComesAnyMore) {
  archive_.dies_at = 4;
  EXPECT_TRUE(absl::IsUnavailable(Read()));
  EXPECT_THAT(names_, SizeIs(4));
  EXPECT_EQ(archive_.streams, 2 + 4);
}

TEST_F(ExportStreamTest, AServiceThatHasGivenNothingIsNotAskedAgain) {
  archive_.dies_at = 0;
  EXPECT_TRUE(absl::IsUnavailable(Read()));
  EXPECT_EQ(archive_.streams, 1);
}

TEST_F(ExportStreamTest, AnErrorOfAnotherKindEndsIt) {
  archive_.ends_with = grpc::Status(grpc::StatusCode::DATA_LOSS, "the database is corrupt");
  EXPECT_EQ(Read().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(names_, SizeIs(3));
}

TEST_F(ExportStreamTest, EndsWhenNoMoreIsWanted) {
  take_ = 2;
  EXPECT_TRUE(Read().ok());
  EXPECT_THAT(names_, SizeIs(2));
}

}  // namespace
}  // namespace dateline::cli
