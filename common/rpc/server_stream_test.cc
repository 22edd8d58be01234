// Proves that a stream delivers in order, that its end is seen once by the producer and with reason and trailer by the
// reader, and that a reader which stops reading costs bounded time and memory. A real server and client on loopback.

#include "common/rpc/server_stream.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

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
using testing::EchoStream;

constexpr const char* kToken = "x-resume-token";

// What the producers of a test report. Outlives the server.
struct Seen {
  std::atomic<int> ready{0};
  std::atomic<int> closed{0};
  std::atomic<int> destroyed{0};
  std::atomic<int> overlapping{0};
  std::atomic<bool> inside{false};
};

// Writes messages of `bytes` numbered from 1 as fast as it may, up to `last`, then finishes.
class Counter final : public StreamProducer {
 public:
  Counter(EchoStream stream, Seen& seen, int64_t last, size_t bytes)
      : stream_(std::move(stream)), seen_(seen), last_(last), text_(bytes, 'x') {}
  ~Counter() override { ++seen_.destroyed; }

  void OnReady() override {
    if (seen_.inside.exchange(true)) ++seen_.overlapping;
    ++seen_.ready;
    Next();
    seen_.inside = false;
  }
  void OnClosed() override { ++seen_.closed; }

 private:
  void Next() {
    if (number_ == last_) return stream_->Finish(absl::OkStatus());
    EchoResponse response;
    response.set_number(++number_);
    response.set_text(text_);
    stream_->SetTrailer(kToken, std::to_string(number_));
    static_cast<void>(stream_->Write(std::move(response)));
  }

  const EchoStream stream_;
  Seen& seen_;
  const int64_t last_;
  const std::string text_;
  int64_t number_ = 0;
};

// Never writes by itself.
class Idle final : public StreamProducer {
 public:
  explicit Idle(Seen& seen) : seen_(seen) {}
  ~Idle() override { ++seen_.destroyed; }
  void OnReady() override { ++seen_.ready; }
  void OnClosed() override { ++seen_.closed; }

 private:
  Seen& seen_;
};

struct Reader {
  explicit Reader(EchoServer& server) {
    Prepare(context, {.deadline = seconds(30)});
    stream = server.stub().Watch(&context, EchoRequest());
  }
  // Reads to the end; checks that the numbers are dense.
  absl::Status ReadAll() {
    EchoResponse response;
    while (stream->Read(&response)) EXPECT_EQ(response.number(), ++last);
    return FromGrpc(stream->Finish());
  }
  std::string token() const {
    const auto found = context.GetServerTrailingMetadata().find(kToken);
    return found == context.GetServerTrailingMetadata().end() ? ""
                                                              : std::string(found->second.data(), found->second.size());
  }

  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<EchoResponse>> stream;
  int64_t last = 0;
};

void ServeCounter(EchoServer& server, Seen& seen, int64_t last, size_t bytes) {
  server.service().watch = [&seen, last, bytes](const CallContext&, const EchoRequest&,
                                                EchoStream stream) -> absl::StatusOr<std::unique_ptr<StreamProducer>> {
    return std::make_unique<Counter>(std::move(stream), seen, last, bytes);
  };
}

void ServeIdle(EchoServer& server, Seen& seen) {
  server.service().watch = [&seen](const CallContext&, const EchoRequest&,
                                   const EchoStream&) -> absl::StatusOr<std::unique_ptr<StreamProducer>> {
    return std::make_unique<Idle>(seen);
  };
}

TEST(ServerStream, DeliversAllInOrderAndEnds) {
  Seen seen;
  EchoServer server;
  ServeCounter(server, seen, 1'000, 10);
  server.Start();
  Reader reader(server);
  EXPECT_TRUE(reader.ReadAll().ok());
  EXPECT_EQ(reader.last, 1'000);
  EXPECT_EQ(reader.token(), "1000");
  EXPECT_TRUE(WaitUntil([&] { return seen.destroyed == 1; })) << "the producer must not be leaked";
  EXPECT_EQ(seen.closed, 1);
  EXPECT_EQ(seen.ready, 1'001) << "one turn for each message and one to finish";
  EXPECT_EQ(seen.overlapping, 0);
  EXPECT_EQ(server.server().kit().open_streams(), 0u);
}

TEST(ServerStream, TakesAWriteFromAnotherThreadOnlyInTurn) {
  Seen seen;
  EchoServer server;
  Mutex mutex;
  EchoStream kept;
  server.service().watch = [&](const CallContext&, const EchoRequest&,
                               EchoStream stream) -> absl::StatusOr<std::unique_ptr<StreamProducer>> {
    MutexLock lock(mutex);
    kept = std::move(stream);
    return std::make_unique<Idle>(seen);
  };
  server.Start();
  Reader reader(server);
  ASSERT_TRUE(WaitUntil([&] { return seen.ready == 1; }));
  EchoResponse response;
  response.set_number(1);
  {
    MutexLock lock(mutex);
    EXPECT_TRUE(kept->Write(response));
  }
  ASSERT_TRUE(reader.stream->Read(&response));
  EXPECT_EQ(response.number(), 1);
  ASSERT_TRUE(WaitUntil([&] { return seen.ready == 2; })) << "a written message gives the next turn";
  {
    MutexLock lock(mutex);
    kept->Finish(absl::OkStatus());
    EXPECT_TRUE(kept->closed());
    EXPECT_FALSE(kept->Write(response));
  }
  EXPECT_TRUE(reader.ReadAll().ok());
  EXPECT_TRUE(WaitUntil([&] { return seen.destroyed == 1; }));
  MutexLock lock(mutex);
  EXPECT_FALSE(kept->Write(response)) << "a stream may be used after the call is gone";
  kept->Finish(absl::InternalError("too late"));
  kept.reset();
}

TEST(ServerStream, ReturnsTheErrorOfOpening) {
  EchoServer server;
  server.service().watch = [](const CallContext&, const EchoRequest&,
                              const EchoStream&) -> absl::StatusOr<std::unique_ptr<StreamProducer>> {
    return Error(absl::StatusCode::kInvalidArgument, "BAD_FILTER", "no");
  };
  server.Start();
  Reader reader(server);
  EXPECT_EQ(ErrorReason(reader.ReadAll()), "BAD_FILTER");
  EXPECT_TRUE(WaitUntil([&] { return server.server().kit().open_streams() == 0; }));
}

TEST(ServerStream, EndsAReaderThatIsTooSlowWithATokenToResume) {
  Seen seen;
  Server::Options options;
  options.kit.stream_stall_max = milliseconds(1'000);
  EchoServer server(options);
  Mutex mutex;
  EchoStream kept;
  server.service().watch = [&](const CallContext&, const EchoRequest&,
                               EchoStream stream) -> absl::StatusOr<std::unique_ptr<StreamProducer>> {
    MutexLock lock(mutex);
    kept = stream;
    return std::make_unique<Counter>(std::move(stream), seen, 1'000'000, 100'000);
  };
  server.Start();
  Reader reader(server);
  ASSERT_TRUE(WaitUntil([&] {
    MutexLock lock(mutex);
    return kept != nullptr && kept->closed();
  })) << "a stream that stalls must be ended";
  const absl::Status status = reader.ReadAll();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_EQ(ErrorReason(status), "SLOW_CONSUMER");
  EXPECT_GT(reader.last, 0);
  EXPECT_EQ(reader.token(), std::to_string(reader.last)) << "the token must be that of the last message that came";
  EXPECT_TRUE(WaitUntil([&] { return seen.closed == 1; }));
  MutexLock lock(mutex);
  kept.reset();
}

TEST(ServerStream, GivesUpOnAReaderThatNeverReads) {
  Seen seen;
  Server::Options options;
  options.kit.stream_stall_max = milliseconds(200);
  EchoServer server(options);
  ServeCounter(server, seen, 1'000'000, 100'000);
  server.Start();
  Reader reader(server);
  EXPECT_TRUE(WaitUntil([&] { return seen.destroyed == 1; })) << "producer and buffers must be given back";
  EXPECT_EQ(seen.closed, 1);
  EXPECT_EQ(server.server().kit().open_streams(), 0u);
  EXPECT_FALSE(reader.ReadAll().ok());
}

TEST(ServerStream, SeesAReaderThatGivesUp) {
  Seen seen;
  EchoServer server;
  ServeIdle(server, seen);
  server.Start();
  Reader reader(server);
  ASSERT_TRUE(WaitUntil([&] { return seen.ready == 1; }));
  reader.context.TryCancel();
  EXPECT_EQ(reader.ReadAll().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(WaitUntil([&] { return seen.destroyed == 1; }));
  EXPECT_EQ(seen.closed, 1);
}

TEST(ServerStream, EndsWhenTheServerStops) {
  Seen seen;
  EchoServer server;
  ServeIdle(server, seen);
  server.service().watch = [&](const CallContext&, const EchoRequest&,
                               const EchoStream& stream) -> absl::StatusOr<std::unique_ptr<StreamProducer>> {
    stream->SetTrailer(kToken, "41");
    stream->SetTrailer(kToken, "42");
    return std::make_unique<Idle>(seen);
  };
  server.Start();
  Reader reader(server);
  ASSERT_TRUE(WaitUntil([&] { return seen.ready == 1; }));
  // Until the client has seen that the stream is open, it would try the call again elsewhere.
  reader.stream->WaitForInitialMetadata();
  EXPECT_TRUE(server.server().Stop().ok());
  const absl::Status status = reader.ReadAll();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(status), "SERVER_STOPPING");
  EXPECT_EQ(reader.token(), "42");
  EXPECT_EQ(seen.closed, 1);
}

TEST(ServerStream, RefusesMoreThanAPeerMayHave) {
  Seen seen;
  Server::Options options;
  options.kit.streams_per_peer_max = 2;
  EchoServer server(options);
  ServeIdle(server, seen);
  server.Start();
  auto first = std::make_unique<Reader>(server);
  Reader second(server);
  ASSERT_TRUE(WaitUntil([&] { return seen.ready == 2; }));
  Reader third(server);
  const absl::Status refused = third.ReadAll();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(refused), "TOO_MANY_STREAMS");
  first->context.TryCancel();
  ASSERT_TRUE(WaitUntil([&] { return seen.closed == 1; }));
  ASSERT_TRUE(WaitUntil([&] { return server.server().kit().open_streams() == 1; }));
  Reader fourth(server);
  EXPECT_TRUE(WaitUntil([&] { return seen.ready == 3; })) << "a place that became free can be taken";
  for (Reader* reader : {&second, &fourth}) reader->context.TryCancel();
}

}  // namespace
}  // namespace dateline::rpc
