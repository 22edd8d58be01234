// Proves against a real server on loopback how long the reader goes on trying, and that it goes on where it was.

#include "common/client/event_reader.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace dateline::client {
namespace {

using notification::v1::EventStreamService;
using notification::v1::StreamEventsRequest;
using notification::v1::StreamEventsResponse;
using std::chrono::milliseconds;

// Fails the first `failures` calls, each after `pause`; then sends two messages, breaks off, and goes on from there.
class Flaky final : public EventStreamService::Service {
 public:
  Flaky(int failures, milliseconds pause) : failures_(failures), pause_(pause) {}

  grpc::Status StreamEvents(grpc::ServerContext* context, const StreamEventsRequest* request,
                            grpc::ServerWriter<StreamEventsResponse>* writer) override {
    tokens.push_back(request->resume_token());
    if (++calls <= failures_) {
      std::this_thread::sleep_for(pause_);
      return {grpc::StatusCode::UNAVAILABLE, "not yet"};
    }
    int last = request->resume_token().empty() ? 0 : std::stoi(request->resume_token());
    for (int i = 0; i < 2 && !context->IsCancelled(); ++i) {
      StreamEventsResponse response;
      response.set_resume_token(std::to_string(++last));
      writer->Write(response);
    }
    return {grpc::StatusCode::UNAVAILABLE, "broke off"};
  }

  std::atomic<int> calls{0};
  std::vector<std::string> tokens;  // Of each call; they follow each other.

 private:
  const int failures_;
  const milliseconds pause_;
};

class EventReaderTest : public ::testing::Test {
 protected:
  // Reads until `last` or an error; what came is in tokens_.
  absl::Status Read(Flaky& service, milliseconds retry_limit, int last) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    const auto server = builder.BuildAndStart();
    const auto stub = EventStreamService::NewStub(
        grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
    EventReader reader(*stub, {.request = {}, .retry_limit = retry_limit, .on_retry = {}});
    return reader.Run([&](const StreamEventsResponse& response) {
      tokens_.push_back(response.resume_token());
      return response.resume_token() != std::to_string(last);
    });
  }

  std::vector<std::string> tokens_;
};

TEST_F(EventReaderTest, GoesOnBehindTheLastMessage) {
  Flaky service(0, milliseconds(0));
  ASSERT_TRUE(Read(service, milliseconds(-1), 5).ok());
  EXPECT_EQ(tokens_, (std::vector<std::string>{"1", "2", "3", "4", "5"}));
  EXPECT_EQ(service.tokens, (std::vector<std::string>{"", "2", "4"}));
}

TEST_F(EventReaderTest, AFirstTryThatTookAllTheTimeIsFollowedByASecond) {
  Flaky service(1, milliseconds(150));
  ASSERT_TRUE(Read(service, milliseconds(100), 2).ok());
  EXPECT_EQ(service.calls, 2);
}

TEST_F(EventReaderTest, WhoNeverAnswersIsGivenUp) {
  Flaky service(1'000, milliseconds(150));
  EXPECT_TRUE(absl::IsUnavailable(Read(service, milliseconds(100), 2)));
  EXPECT_EQ(service.calls, 2);
  EXPECT_TRUE(tokens_.empty());
}

TEST_F(EventReaderTest, ALimitOfZeroTriesOnce) {
  Flaky service(1'000, milliseconds(0));
  EXPECT_TRUE(absl::IsUnavailable(Read(service, milliseconds(0), 2)));
  EXPECT_EQ(service.calls, 1);
}

TEST_F(EventReaderTest, TriesForAsLongAsItIsTold) {
  Flaky service(4, milliseconds(0));
  ASSERT_TRUE(Read(service, std::chrono::seconds(30), 1).ok());
  EXPECT_EQ(service.calls, 5);
}

}  // namespace
}  // namespace dateline::client
