// Proves that a unary call is answered exactly once whatever its handler does (answers, throws, forgets, is late, is
// cancelled), that limits refuse with a reason, and that a handler which blocks stops nobody else. A real server and
// client on loopback; gates instead of sleeps.

#include "common/rpc/unary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/rpc/testing/echo_fixture.h"
#include "common/rpc/testing/gate.h"
#include "common/testing/wait.h"

namespace dateline::rpc {
namespace {

using dateline::testing::WaitUntil;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::EchoRequest;
using testing::EchoResponse;
using testing::EchoServer;
using testing::Gate;
using ::testing::HasSubstr;

// Takes the results of asynchronous calls. Thread-safe.
class Results {
 public:
  std::function<void(absl::StatusOr<EchoResponse>)> Take() {
    return [this](const absl::StatusOr<EchoResponse>& result) {
      MutexLock lock(mutex_);
      statuses_.push_back(result.status());
    };
  }
  std::vector<absl::Status> WaitFor(size_t count) {
    EXPECT_TRUE(WaitUntil([&] {
      MutexLock lock(mutex_);
      return statuses_.size() >= count;
    }));
    MutexLock lock(mutex_);
    return statuses_;
  }

 private:
  Mutex mutex_;
  std::vector<absl::Status> statuses_ GUARDED_BY(mutex_);
};

TEST(CallContext, KnowsDeadlineMetadataAndCancel) {
  FakeClock clock;
  const CallContext call({.method = "A.B",
                          .peer = "ipv4:127.0.0.1:1",
                          .deadline = clock.Monotonic() + seconds(3),
                          .metadata = {{"traceparent", "00-1-2-01"}, {"key", "first"}, {"key", "second"}},
                          .clock = &clock});
  EXPECT_EQ(call.TimeLeft(seconds(10)), seconds(3));
  EXPECT_EQ(call.TimeLeft(seconds(1)), seconds(1));
  EXPECT_EQ(call.MetadataValue("key"), "first");
  EXPECT_FALSE(call.MetadataValue("other").has_value());
  EXPECT_EQ(call.traceparent(), "00-1-2-01");
  EXPECT_FALSE(call.IsCancelled());
  clock.Advance(seconds(3));
  EXPECT_TRUE(call.IsCancelled());
  EXPECT_EQ(call.TimeLeft(seconds(10)), seconds(0));
}

TEST(CallContext, CopiesShareTheCancel) {
  const CallContext call;
  const CallContext copy = call;
  EXPECT_EQ(copy.TimeLeft(seconds(7)), seconds(7));
  call.MarkCancelled();
  EXPECT_TRUE(copy.IsCancelled());
}

TEST(Call, OnwardKeepsDeadlineAndTrace) {
  FakeClock clock;
  const CallContext from({.method = "A.B",
                          .deadline = clock.Monotonic() + seconds(2),
                          .metadata = {{"traceparent", "00-1-2-01"}},
                          .clock = &clock});
  const CallOptions onward = Onward(from, {.deadline = seconds(5)});
  EXPECT_EQ(onward.deadline, seconds(2));
  EXPECT_THAT(onward.metadata, ::testing::ElementsAre(std::pair<std::string, std::string>("traceparent", "00-1-2-01")));
}

TEST(Unary, AnswersAndSeesWhoCalls) {
  EchoServer server;
  server.service().echo = [](const CallContext& call, const EchoRequest& request) -> absl::StatusOr<EchoResponse> {
    EchoResponse response;
    response.set_text(request.text() + " " + std::string(call.MetadataValue("x-key").value_or("-")) + " " +
                      PeerAddress(call.peer()));
    response.set_number(call.TimeLeft(seconds(60)).count());
    return response;
  };
  server.Start();
  const auto response = server.Echo("hello", {.deadline = seconds(20), .metadata = {{"x-key", "value"}}});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->text(), "hello value ipv4:127.0.0.1");
  EXPECT_GT(response->number(), 1'000);
  EXPECT_LE(response->number(), 21'000) << "gRPC rounds what it sends up";
}

TEST(Unary, CarriesErrorsWithTheirDetails) {
  EchoServer server;
  const absl::Status sent = FieldError("BAD_TEXT", "text", "must not be empty");
  server.service().echo = [&](const CallContext&, const EchoRequest&) -> absl::StatusOr<EchoResponse> { return sent; };
  server.Start();
  EXPECT_EQ(server.Echo("").status(), sent);
}

TEST(Unary, TurnsExceptionsIntoInternalErrors) {
  EchoServer server;
  server.service().echo = [](const CallContext&, const EchoRequest&) -> absl::StatusOr<EchoResponse> {
    throw std::runtime_error("the library gave up");
  };
  server.Start();
  const absl::Status status = server.Echo("x").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ErrorReason(status), "HANDLER_EXCEPTION");
  EXPECT_THAT(std::string(ToStd(status.message())), HasSubstr("the library gave up"));
}

TEST(Unary, SaysWhatToDoAboutAnAnswerThatIsTooLarge) {
  Server::Options options;
  options.message_bytes_max = 100 * 1024;
  EchoServer server(options);
  server.service().echo = [&](const CallContext&, const EchoRequest& request) -> absl::StatusOr<EchoResponse> {
    EchoResponse response;
    response.set_text(std::string(request.text() == "long" ? 101 * 1024 : 99 * 1024, 'x'));
    return response;
  };
  server.Start();
  EXPECT_TRUE(server.Echo("short").ok());
  const auto refused = server.Echo("long");
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(refused.status()), "RESPONSE_TOO_LARGE");
  EXPECT_THAT(std::string(ToStd(refused.status().message())), HasSubstr("ask for fewer items"));
}

TEST(Unary, RefusesWhenTheQueueIsFull) {
  Server::Options options;
  options.kit.threads = 1;
  options.kit.queue_max = 1;
  EchoServer server(options);
  Gate gate;
  server.service().echo = [&](const CallContext&, const EchoRequest&) -> absl::StatusOr<EchoResponse> {
    gate.Pass();
    return EchoResponse();
  };
  server.Start();
  Results results;
  server.EchoAsync("runs", results.Take());
  ASSERT_TRUE(gate.WaitForArrivals(1));
  server.EchoAsync("waits or is refused", results.Take());
  server.EchoAsync("waits or is refused", results.Take());
  const absl::Status refused = results.WaitFor(1).front();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(refused), "QUEUE_FULL");
  EXPECT_TRUE(refused.GetPayload(ToAbsl(kRetryInfoUrl)).has_value());
  gate.Open();
  const auto all = results.WaitFor(3);
  EXPECT_TRUE(all[1].ok()) << all[1];
  EXPECT_TRUE(all[2].ok()) << all[2];
}

TEST(Unary, RefusesWhatCannotBeInTime) {
  Server::Options options;
  options.kit.deadline_floor = seconds(10);
  EchoServer server(options);
  std::atomic<int> runs{0};
  server.service().echo = [&](const CallContext&, const EchoRequest&) -> absl::StatusOr<EchoResponse> {
    ++runs;
    return EchoResponse();
  };
  server.Start();
  const absl::Status status = server.Echo("x", {.deadline = seconds(5)}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(ErrorReason(status), "DEADLINE_TOO_SHORT");
  EXPECT_EQ(runs, 0);
}

TEST(Unary, DoesNotRunWhatWasGivenUpInTheQueue) {
  Server::Options options;
  options.kit.threads = 1;
  EchoServer server(options);
  Gate gate;
  server.service().echo = [&](const CallContext&, const EchoRequest&) -> absl::StatusOr<EchoResponse> {
    gate.Pass();
    return EchoResponse();
  };
  server.Start();
  Results results;
  server.EchoAsync("runs", results.Take());
  ASSERT_TRUE(gate.WaitForArrivals(1));
  const absl::Status late = server.Echo("late", {.deadline = milliseconds(100)}).status();
  EXPECT_EQ(late.code(), absl::StatusCode::kDeadlineExceeded);
  gate.Open();
  EXPECT_TRUE(results.WaitFor(1).front().ok());
  EXPECT_TRUE(server.Echo("after").ok());
  EXPECT_EQ(gate.arrived(), 2) << "the call that was late must not have run";
}

TEST(Unary, ShowsACancelToTheHandler) {
  EchoServer server;
  Gate gate;
  std::atomic<bool> seen{false};
  server.service().echo = [&](const CallContext& call, const EchoRequest&) -> absl::StatusOr<EchoResponse> {
    gate.Pass();
    seen = WaitUntil([&] { return call.IsCancelled(); });
    return absl::CancelledError("seen");
  };
  server.Start();
  Results results;
  const auto call = server.EchoAsync("x", results.Take());
  ASSERT_TRUE(gate.WaitForArrivals(1));
  call->Cancel();
  EXPECT_EQ(results.WaitFor(1).front().code(), absl::StatusCode::kCancelled);
  gate.Open();
  EXPECT_TRUE(WaitUntil([&] { return seen.load(); }));
}

TEST(Unary, BlockingHandlersRunSideBySide) {
  constexpr int kCalls = 16;
  Server::Options options;
  options.kit.threads = kCalls;
  EchoServer server(options);
  Gate gate;
  server.service().echo = [&](const CallContext&, const EchoRequest&) -> absl::StatusOr<EchoResponse> {
    gate.Pass();
    return EchoResponse();
  };
  server.Start();
  Results results;
  for (int i = 0; i < kCalls; ++i) server.EchoAsync("x", results.Take());
  EXPECT_TRUE(gate.WaitForArrivals(kCalls)) << "all of them must block at the same time";
  gate.Open();
  for (const absl::Status& status : results.WaitFor(kCalls)) EXPECT_TRUE(status.ok()) << status;
}

TEST(Unary, CountsCallsByCode) {
  EchoServer server;
  server.service().echo = [](const CallContext&, const EchoRequest& request) -> absl::StatusOr<EchoResponse> {
    if (request.text().empty()) return absl::InvalidArgumentError("empty");
    return EchoResponse();
  };
  server.Start();
  EXPECT_TRUE(server.Echo("x").ok());
  EXPECT_FALSE(server.Echo("").ok());
  const std::string text = server.registry().Scrape();
  EXPECT_THAT(text, HasSubstr(R"(dateline_rpc_calls_total{code="OK",method="EchoService.Echo"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(dateline_rpc_calls_total{code="INVALID_ARGUMENT",method="EchoService.Echo"} 1)"));
  EXPECT_THAT(text, HasSubstr(R"(dateline_rpc_call_seconds_count{method="EchoService.Echo"} 2)"));
  EXPECT_THAT(text, HasSubstr(R"(dateline_rpc_in_flight_calls{method="EchoService.Echo"} 0)"));
}

TEST(UnaryAsync, FinishesFromAnotherThread) {
  EchoServer server;
  std::thread later;
  server.service().echo_async = [&](const CallContext&, const EchoRequest& request, EchoResponse* response, Done done) {
    later = std::thread([&request, response, done = std::move(done)] {
      response->set_text(request.text() + " later");
      done(absl::OkStatus());
      done(absl::InternalError("a second answer is ignored"));
    });
  };
  server.Start();
  const auto response = server.Echo("hello");
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->text(), "hello later");
  later.join();
}

TEST(UnaryAsync, MayFinishAfterACancel) {
  EchoServer server;
  Mutex mutex;
  Done kept;
  EchoResponse* kept_response = nullptr;
  server.service().echo_async = [&](const CallContext&, const EchoRequest&, EchoResponse* response, Done done) {
    MutexLock lock(mutex);
    kept_response = response;
    kept = std::move(done);
  };
  server.Start();
  Results results;
  const auto call = server.EchoAsync("x", results.Take());
  ASSERT_TRUE(WaitUntil([&] {
    MutexLock lock(mutex);
    return kept != nullptr;
  }));
  call->Cancel();
  EXPECT_EQ(results.WaitFor(1).front().code(), absl::StatusCode::kCancelled);
  MutexLock lock(mutex);
  kept_response->set_text("still there");
  kept(absl::OkStatus());
  kept = nullptr;
}

TEST(UnaryAsync, AnswersForAHandlerThatForgets) {
  EchoServer server;
  server.service().echo_async = [](const CallContext&, const EchoRequest&, EchoResponse*, const Done&) {};
  server.Start();
  const absl::Status status = server.Echo("x").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(ErrorReason(status), "HANDLER_DROPPED");
}

}  // namespace
}  // namespace dateline::rpc
