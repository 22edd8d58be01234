// Proves the service as clients see it: the real object graph over real gRPC, with an event log in memory behind a real
// EventLogService as storage. Tokens resume exactly once over reconnects, slow readers and shutdowns are told where to
// go on, a new epoch ends streams, storage may go away and come back.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "common/base/error.h"
#include "common/eventlog/event_log_service.h"
#include "common/eventlog/memory_event_log.h"
#include "common/metrics/readiness.h"
#include "common/metrics/registry.h"
#include "common/rpc/call.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/rpc/unary.h"
#include "common/testing/ports.h"
#include "common/testing/temp_dir.h"
#include "common/testing/wait.h"
#include "dateline/notification/v1/subscription_service.grpc.pb.h"
#include "dateline/storage/v1/release_service.grpc.pb.h"
#include "services/notification/app.h"
#include "services/notification/event_stream_service.h"
#include "services/notification/release_follower.h"
#include "services/notification/resume_token.h"

namespace dateline::notification {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::WaitUntil;
using v1::StreamEventsRequest;
using v1::StreamEventsResponse;

// The part of storage that this service talks to.
class FakeStorage {
 public:
  FakeStorage() : listen_("127.0.0.1:" + std::to_string(testing::FreePorts(1).front())) { Start(); }

  void Start() {
    rpc::Server::Options options;
    options.listen = listen_;
    options.message_bytes_max = 16 << 20;
    server_ = std::make_unique<rpc::Server>(options, registry_);
    log_service_ = std::make_unique<eventlog::EventLogService>(server_->kit(), log_);
    release_service_ = std::make_unique<Releases>(server_->kit());
    server_->AddService(log_service_.get());
    server_->AddService(release_service_.get());
    const absl::Status started = server_->Start();
    ASSERT_TRUE(started.ok()) << started;
  }
  void Stop() { server_.reset(); }

  // An event about a release with this title; its text says "full text of", which the event does not carry.
  void Append(const std::string& title, size_t padding = 0) {
    events::v1::ReleaseEvent data;
    data.mutable_release()->set_name("releases/" + title);
    data.mutable_release()->set_revision(3);
    data.mutable_release()->set_title(title);
    data.mutable_release()->set_subtitle(std::string(padding, 'x'));
    eventlog::NewEvent event;
    event.topic = kReleaseTopic;
    event.type = "org.dateline.release.published";
    event.subject = data.release().name();
    event.time = RealClock().Now();
    event.data.PackFrom(data);
    const auto appended = log_.Append(event);
    ASSERT_TRUE(appended.ok()) << appended.status();
  }

  eventlog::MemoryEventLog& log() { return log_; }
  const std::string& address() const { return listen_; }

 private:
  class Releases final : public storage::v1::ReleaseService::CallbackService {
   public:
    explicit Releases(rpc::ServerKit& kit) : kit_(kit) {}
    grpc::ServerUnaryReactor* GetRelease(grpc::CallbackServerContext* context,
                                         const storage::v1::GetReleaseRequest* request,
                                         storage::v1::GetReleaseResponse* response) override {
      return rpc::Unary(kit_, context, request, response, "ReleaseService.GetRelease",
                        [](const rpc::CallContext&,
                           const storage::v1::GetReleaseRequest& r) -> absl::StatusOr<storage::v1::GetReleaseResponse> {
                          storage::v1::GetReleaseResponse found;
                          found.mutable_release()->set_name(r.name());
                          found.mutable_release()->set_text("full text of " + r.name());
                          // As long as storage keeps texts.
                          if (r.name().starts_with("releases/long")) {
                            found.mutable_release()->mutable_text()->append(std::string(size_t{5} << 20, ' '));
                          }
                          return found;
                        });
    }

   private:
    rpc::ServerKit& kit_;
  };

  const std::string listen_;
  metrics::Registry registry_{"storage"};
  eventlog::MemoryEventLog log_{RealClock(), {.topics = {kReleaseTopic}}};
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<eventlog::EventLogService> log_service_;
  std::unique_ptr<Releases> release_service_;
};

// One open stream.
class Stream {
 public:
  Stream(v1::EventStreamService::Stub& stub, const StreamEventsRequest& request)
      : reader_(stub.StreamEvents(&context_, request)) {}
  ~Stream() {
    context_.TryCancel();
    if (!finished_) (void)Finish();
  }

  // The next message; nullopt at the end.
  std::optional<StreamEventsResponse> Read() {
    StreamEventsResponse response;
    if (!reader_->Read(&response)) return std::nullopt;
    return response;
  }
  // The sequence of the next event, passing heartbeats over; 0 at the end.
  uint64_t ReadSequence() {
    while (auto response = Read()) {
      token = response->resume_token();
      if (response->has_event()) return std::stoull(response->event().attributes().at("sequence").ce_string());
    }
    return 0;
  }
  absl::Status Finish() {
    finished_ = true;
    return rpc::FromGrpc(reader_->Finish());
  }
  std::string Trailer() const {
    const auto& metadata = context_.GetServerTrailingMetadata();
    const auto found = metadata.find(kResumeTokenTrailer);
    return found == metadata.end() ? std::string() : std::string(found->second.data(), found->second.size());
  }

  std::string token;

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<StreamEventsResponse>> reader_;
  bool finished_ = false;
};

class NotificationTest : public ::testing::Test {
 protected:
  NotificationTest() {
    rpc::Server::Options server_options;
    SetServerDefaults(&server_options);
    server_options.kit.streams_per_peer_max = 8;
    server_ = std::make_unique<rpc::Server>(server_options, registry_, server_clock_);
    Options options;
    options.storage_address = storage_.address();
    options.storage_deadline = seconds(5);
    options.bus_endpoints.clear();
    options.poll_interval = milliseconds(20);
    options.ring.events_max = 50;
    options.data_dir = data_.path().string();
    parts_ = std::make_unique<rpc::ServiceParts>(
        rpc::ServiceParts{RealClock(), registry_, readiness_, server_.get(), nullptr});
    app_ = *MakeApp(options, *parts_);
    EXPECT_TRUE(app_->Start().ok());
    EXPECT_TRUE(server_->Start().ok());
    channel_ = rpc::MakeChannel(server_->target());
    stub_ = v1::EventStreamService::NewStub(channel_);
    EXPECT_TRUE(WaitUntil([&] { return readiness_.ready(); }));
  }
  ~NotificationTest() override {
    app_->Drain();
    EXPECT_TRUE(server_->Stop().ok());
    app_->Stop();
  }

  std::unique_ptr<Stream> Open(const StreamEventsRequest& request) { return std::make_unique<Stream>(*stub_, request); }
  static StreamEventsRequest Earliest() {
    StreamEventsRequest request;
    request.set_start(StreamEventsRequest::START_EARLIEST);
    return request;
  }
  // How opening a stream is refused.
  absl::Status Refusal(const StreamEventsRequest& request) {
    auto stream = Open(request);
    EXPECT_FALSE(stream->Read().has_value());
    return stream->Finish();
  }

  testing::TempDir data_;
  FakeStorage storage_;
  metrics::Registry registry_{"notification"};
  metrics::Readiness readiness_;
  FakeClock server_clock_;  // Only the limits of the server go by it.
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<rpc::ServiceParts> parts_;
  std::unique_ptr<rpc::ServiceApp> app_;
  std::shared_ptr<grpc::ChannelInterface> channel_;
  std::unique_ptr<v1::EventStreamService::Stub> stub_;
};

TEST_F(NotificationTest, StreamsWhatHappensFromNowOn) {
  storage_.Append("before");
  ASSERT_TRUE(
      WaitUntil([&] { return registry_.Scrape().find("dateline_notification_ring_items 1") != std::string::npos; }));
  auto stream = Open({});
  const auto first = stream->Read();
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(first->has_event());
  EXPECT_EQ(DecodeToken(first->resume_token())->sequence, 1u);
  EXPECT_EQ(first->head_sequence(), 1u);
  storage_.Append("after");
  const auto second = stream->Read();
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(second->event().type(), "org.dateline.release.published");
  EXPECT_EQ(eventlog::Attribute(second->event(), "subject"), "releases/after");
  EXPECT_EQ(DecodeToken(second->resume_token())->sequence, 2u);
  EXPECT_EQ(second->head_sequence(), 2u);
}

TEST_F(NotificationTest, ResumesExactlyOnceOverReconnects) {
  constexpr uint64_t kEvents = 300;
  std::thread writer([&] {
    for (uint64_t i = 1; i <= kEvents; ++i) storage_.Append("release-" + std::to_string(i));
  });
  std::vector<uint64_t> seen;
  StreamEventsRequest request = Earliest();
  for (int reconnects = 0; seen.size() < kEvents && reconnects < 200; ++reconnects) {
    auto stream = Open(request);
    for (int i = 0; i < 1 + reconnects % 13 && seen.size() < kEvents; ++i) {
      seen.push_back(stream->ReadSequence());
      ASSERT_NE(seen.back(), 0u) << stream->Finish();
    }
    request = {};
    request.set_resume_token(stream->token);
  }
  writer.join();
  ASSERT_EQ(seen.size(), kEvents);
  for (uint64_t i = 0; i < kEvents; ++i) ASSERT_EQ(seen[i], i + 1);
}

TEST_F(NotificationTest, FiltersByFieldTypeAndText) {
  for (const char* title : {"fire", "water", "firewater"}) storage_.Append(title);
  StreamEventsRequest request = Earliest();
  request.set_filter("title:fire*");
  auto by_title = Open(request);
  EXPECT_EQ(by_title->ReadSequence(), 1u);
  EXPECT_EQ(by_title->ReadSequence(), 3u);
  request.set_filter("\"full text\" water");  // Only the full release has these words.
  auto by_text = Open(request);
  EXPECT_EQ(by_text->ReadSequence(), 2u);
  request.set_filter("");
  request.add_event_types("org.dateline.release.withdrawn");
  request.mutable_heartbeat_interval()->set_seconds(1);
  auto by_type = Open(request);
  EXPECT_FALSE(by_type->Read()->has_event());
  const auto heartbeat = by_type->Read();
  EXPECT_FALSE(heartbeat->has_event());
  EXPECT_EQ(DecodeToken(heartbeat->resume_token())->sequence, 3u) << "the token moves past what does not match";
}

TEST_F(NotificationTest, ATextThatIsLongerThanUsualMessagesDoesNotHoldUpAStream) {
  storage_.Append("long water");
  storage_.Append("short water");
  StreamEventsRequest request = Earliest();
  request.set_filter("\"full text\" water");
  auto stream = Open(request);
  EXPECT_EQ(stream->ReadSequence(), 1u);
  EXPECT_EQ(stream->ReadSequence(), 2u);
}

TEST_F(NotificationTest, BeginsAtATime) {
  for (int i = 0; i < 5; ++i) storage_.Append("early");
  const int64_t early = ToMicros(RealClock().Now());
  ASSERT_TRUE(WaitUntil([&] { return ToMicros(RealClock().Now()) > early + 1; }));
  const int64_t micros = early + 1;
  for (int i = 0; i < 5; ++i) storage_.Append("late");
  StreamEventsRequest request;
  request.set_start(StreamEventsRequest::START_TIME);
  request.mutable_start_time()->set_seconds(micros / 1'000'000);
  request.mutable_start_time()->set_nanos(static_cast<int32_t>(micros % 1'000'000 * 1000));
  EXPECT_EQ(Open(request)->ReadSequence(), 6u);
}

TEST_F(NotificationTest, EndsAReaderThatDoesNotReadAndTellsItWhereToGoOn) {
  constexpr uint64_t kEvents = 400;
  for (uint64_t i = 0; i < kEvents; ++i) storage_.Append("release-" + std::to_string(i), 50'000);
  auto stream = Open(Earliest());
  // What fits into the buffers between is sent; then nothing moves.
  double sent = -1;
  const auto moved = [&] {
    const double before = sent;
    sent = registry_.GetCounter("dateline_notification_events_sent_total", "Events handed to streams.").Value();
    return sent != before;
  };
  ASSERT_TRUE(WaitUntil([&] { return sent > 1 && !WaitUntil(milliseconds(400), moved) ? true : (moved(), false); }));
  ASSERT_LT(sent, static_cast<double>(kEvents));
  server_clock_.Advance(seconds(31));
  // The server looks several times a second; only then does the client begin to read.
  WaitUntil(milliseconds(600), [] { return false; });
  uint64_t last = 0;
  while (const uint64_t sequence = stream->ReadSequence()) {
    ASSERT_EQ(sequence, last + 1);
    last = sequence;
  }
  const absl::Status status = stream->Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_EQ(ErrorReason(status), "SLOW_CONSUMER");
  EXPECT_EQ(stream->Trailer(), stream->token);
  StreamEventsRequest request;
  request.set_resume_token(stream->Trailer());
  EXPECT_EQ(Open(request)->ReadSequence(), last + 1);
}

TEST_F(NotificationTest, EndsStreamsWhenTheLogBeginsAnew) {
  for (int i = 0; i < 3; ++i) storage_.Append("old");
  auto stream = Open(Earliest());
  for (uint64_t i = 1; i <= 3; ++i) ASSERT_EQ(stream->ReadSequence(), i);
  storage_.log().Reset(RandomEpoch());
  storage_.Append("new");
  EXPECT_EQ(stream->ReadSequence(), 0u);
  const absl::Status status = stream->Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ErrorReason(status), "EPOCH_CHANGED");
  StreamEventsRequest request;
  request.set_resume_token(stream->token);
  EXPECT_EQ(ErrorReason(Refusal(request)), "EPOCH_CHANGED");
  EXPECT_EQ(Open(Earliest())->ReadSequence(), 1u);
}

TEST_F(NotificationTest, KeepsStreamsWhileStorageIsAway) {
  for (int i = 0; i < 100; ++i) storage_.Append("release");  // More than the ring holds.
  ASSERT_TRUE(WaitUntil([&] { return DecodeToken(Open({})->Read()->resume_token())->sequence == 100; }));
  auto live = Open({});
  ASSERT_TRUE(live->Read().has_value());
  storage_.Stop();
  StreamEventsRequest request;
  request.set_resume_token(EncodeToken({storage_.log().epoch(), 10}));
  request.mutable_heartbeat_interval()->set_seconds(1);
  auto behind = Open(request);
  EXPECT_FALSE(behind->Read()->has_event());
  EXPECT_FALSE(behind->Read()->has_event()) << "a heartbeat while nothing can be read";
  const absl::Status refused = Refusal(Earliest());
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(refused), "STORAGE_UNAVAILABLE");
  storage_.Start();
  storage_.Append("after");
  EXPECT_EQ(live->ReadSequence(), 101u);
  for (uint64_t i = 11; i <= 101; ++i) ASSERT_EQ(behind->ReadSequence(), i);
}

TEST_F(NotificationTest, RefusesWrongRequests) {
  StreamEventsRequest filter;
  filter.set_filter("titel = x");
  const absl::Status bad_filter = Refusal(filter);
  EXPECT_EQ(ErrorReason(bad_filter), "INVALID_FILTER");
  EXPECT_EQ(ErrorMetadataValue(bad_filter, "position"), "0");
  EXPECT_THAT(std::string(bad_filter.message()), HasSubstr("did you mean \"title\""));
  StreamEventsRequest token;
  token.set_resume_token("AAAA");
  EXPECT_EQ(ErrorReason(Refusal(token)), "INVALID_RESUME_TOKEN");
  token.set_resume_token(EncodeToken({storage_.log().epoch(), 0}));
  token.set_start(StreamEventsRequest::START_EARLIEST);
  EXPECT_EQ(ErrorReason(Refusal(token)), "INVALID_START");
  StreamEventsRequest beyond;
  beyond.set_resume_token(EncodeToken({storage_.log().epoch(), 99}));
  EXPECT_EQ(ErrorReason(Refusal(beyond)), "EPOCH_CHANGED");
  StreamEventsRequest time;
  time.set_start(StreamEventsRequest::START_TIME);
  EXPECT_EQ(ErrorReason(Refusal(time)), "INVALID_START");
  StreamEventsRequest type;
  type.add_event_types("org.dateline.release.publish");
  EXPECT_EQ(ErrorReason(Refusal(type)), "INVALID_EVENT_TYPE");
  StreamEventsRequest heartbeat;
  heartbeat.mutable_heartbeat_interval()->set_nanos(1'000'000);
  EXPECT_EQ(ErrorReason(Refusal(heartbeat)), "INVALID_HEARTBEAT_INTERVAL");
}

TEST_F(NotificationTest, RefusesTooManyStreamsOfOneAddress) {
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < 8; ++i) {
    streams.push_back(Open({}));
    ASSERT_TRUE(streams.back()->Read().has_value());
  }
  const absl::Status status = Refusal({});
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ErrorReason(status), "TOO_MANY_STREAMS");
  streams.pop_back();
  EXPECT_TRUE(WaitUntil([&] { return Open({})->Read().has_value(); }));
}

TEST_F(NotificationTest, TellsStreamsWhenItStops) {
  storage_.Append("one");
  auto stream = Open(Earliest());
  ASSERT_EQ(stream->ReadSequence(), 1u);
  app_->Drain();
  EXPECT_FALSE(stream->Read().has_value());
  const absl::Status status = stream->Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(status), "SHUTTING_DOWN");
  EXPECT_EQ(stream->Trailer(), stream->token);
}

}  // namespace
}  // namespace dateline::notification
