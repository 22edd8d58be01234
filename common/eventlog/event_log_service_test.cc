// Proves that an event log looks the same over RPC as it does at home: order, epochs, leases, dead letters and their
// errors, and that the bus reader notices a new epoch and can be cancelled. A MemoryEventLog behind a real server.

#include "common/eventlog/event_log_service.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/eventlog/event_log_client.h"
#include "common/eventlog/event_log_messages.h"
#include "common/eventlog/memory_event_log.h"
#include "common/metrics/registry.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/rpc/unary.h"
#include "common/testing/wait.h"
#include "google/protobuf/wrappers.pb.h"

namespace dateline::eventlog {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kTopic[] = "release/";
constexpr char kGroup[] = "workers";

class EventLogRpcTest : public ::testing::Test {
 protected:
  EventLogRpcTest()
      : log_(clock_, {.topics = {kTopic, "document/"}, .source = "/dateline/test", .max_attempts = 2}),
        registry_("test"),
        server_({}, registry_),
        service_(server_.kit(), log_) {
    server_.AddService(&service_);
    const absl::Status started = server_.Start();
    EXPECT_TRUE(started.ok()) << started;
    stub_ = events::v1::EventLogService::NewStub(rpc::MakeChannel(server_.target()));
    client_ = std::make_unique<EventLogClient>(*stub_);
  }

  void Append(int count) {
    for (int i = 0; i < count; ++i) {
      NewEvent event;
      event.topic = kTopic;
      event.type = "org.dateline.release.published";
      event.subject = "releases/" + std::to_string(++appended_);
      event.time = clock_.Now();
      google::protobuf::StringValue data;
      data.set_value(event.subject);
      event.data.PackFrom(data);
      const auto record = log_.Append(event);
      ASSERT_TRUE(record.ok()) << record.status();
    }
  }
  LeaseRequest Lease(uint32_t max) const {
    return {.group = kGroup, .topic = kTopic, .max = max, .duration = seconds(30), .holder = "test"};
  }
  static LeaseReference Reference(const LeasedEvent& event) {
    return {kTopic, kGroup, event.record.sequence, event.token};
  }

  FakeClock clock_;
  MemoryEventLog log_;
  metrics::Registry registry_;
  rpc::Server server_;
  EventLogService service_;
  std::unique_ptr<events::v1::EventLogService::StubInterface> stub_;
  std::unique_ptr<EventLogClient> client_;
  int appended_ = 0;
};

TEST_F(EventLogRpcTest, ReadsWhatTheLogHolds) {
  Append(5);
  const auto at_home = log_.Read({.topic = kTopic, .after = Sequence(2)});
  ASSERT_TRUE(at_home.ok());
  const auto remote = client_->Read({.topic = kTopic, .after = Sequence(2)}, log_.epoch());
  ASSERT_TRUE(remote.ok()) << remote.status();
  EXPECT_EQ(remote->epoch, at_home->epoch);
  EXPECT_EQ(remote->head, Sequence(5));
  ASSERT_EQ(remote->records.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const Record& ours = at_home->records[i];
    const Record& theirs = remote->records[i];
    EXPECT_EQ(theirs.sequence, ours.sequence);
    EXPECT_EQ(theirs.id, ours.id);
    EXPECT_EQ(theirs.type, ours.type);
    EXPECT_EQ(theirs.subject, ours.subject);
    EXPECT_EQ(theirs.partition_key, ours.partition_key);
    EXPECT_EQ(theirs.time, ours.time);
    EXPECT_EQ(DecodeEnvelope(theirs)->SerializeAsString().size(), ours.payload.size());
  }
}

TEST_F(EventLogRpcTest, RefusesAPositionOfAnotherEpoch) {
  Append(1);
  Epoch other{};
  other[0] = 1;
  const absl::Status changed = client_->Read({.topic = kTopic, .after = Sequence(1)}, other).status();
  EXPECT_EQ(changed.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(changed), kReasonEpochChanged);
  EXPECT_EQ(ErrorMetadataValue(changed, "epoch"), EpochToHex(log_.epoch()));
  EXPECT_EQ(ErrorReason(client_->Read({.topic = kTopic, .after = Sequence(1)}, Epoch{}).status()), kReasonInvalidEpoch);
  EXPECT_TRUE(client_->Read({.topic = kTopic, .after = Sequence(0)}, Epoch{}).ok())
      << "from the beginning no epoch is needed";
}

TEST_F(EventLogRpcTest, RefusesBadPages) {
  const auto reason = [&](const events::v1::ReadEventsRequest& request) {
    return ErrorReason(service_.Read(rpc::CallContext(), request).status());
  };
  events::v1::ReadEventsRequest request;
  request.set_topic(kTopic);
  request.set_page_size(-1);
  EXPECT_EQ(reason(request), kReasonInvalidPage);
  request.set_page_size(1'001);
  EXPECT_EQ(reason(request), kReasonInvalidPage);
  request.set_page_size(1'000);
  EXPECT_EQ(reason(request), "");
  request.set_epoch("zz");
  EXPECT_EQ(reason(request), kReasonInvalidEpoch);
  for (const char* token : {"x", "d1-", "d1-x", "d1-1x", "d1-99999999999999999999999"}) {
    EXPECT_EQ(ErrorReason(client_->ListDeadLetters({}, token).status()), kReasonInvalidPage) << token;
  }
}

TEST_F(EventLogRpcTest, TellsHeads) {
  Append(3);
  const auto all = client_->Heads();
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->epoch, log_.epoch());
  EXPECT_EQ(all->heads, *log_.Heads());
  const auto one = client_->Heads(kTopic);
  ASSERT_TRUE(one.ok());
  ASSERT_EQ(one->heads.size(), 1u);
  EXPECT_EQ(one->heads[0].head, Sequence(3));
  const absl::Status unknown = client_->Heads("nowhere/").status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrorReason(unknown), kReasonUnknownTopic);
}

TEST_F(EventLogRpcTest, SharesWorkOutByLease) {
  Append(5);
  const auto first = client_->Lease(Lease(2));
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->events.size(), 2u);
  EXPECT_EQ(first->backlog, 3u);
  EXPECT_EQ(first->events[0].record.sequence, Sequence(1));
  EXPECT_EQ(first->events[0].record.subject, "releases/1");
  EXPECT_EQ(first->events[0].attempt, 1u);
  EXPECT_EQ(first->events[0].expire_time, clock_.Now() + seconds(30));
  const auto second = client_->Lease(Lease(10));
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->events.size(), 3u);

  clock_.Advance(seconds(20));
  const auto extended = client_->Extend({Reference(first->events[0])}, seconds(60));
  ASSERT_TRUE(extended.ok()) << extended.status();
  EXPECT_TRUE(extended->empty());
  clock_.Advance(seconds(20));
  // Of the first two, only the one that was not extended is given out again.
  const auto again = client_->Lease(Lease(1));
  ASSERT_TRUE(again.ok());
  ASSERT_EQ(again->events.size(), 1u);
  EXPECT_EQ(again->events[0].record.sequence, Sequence(2));
  EXPECT_EQ(again->events[0].attempt, 2u);
  const auto lost = client_->Ack({Reference(first->events[0]), Reference(first->events[1])});
  ASSERT_TRUE(lost.ok()) << lost.status();
  ASSERT_EQ(lost->size(), 1u);
  EXPECT_EQ(lost->front(), Reference(first->events[1]));
}

TEST_F(EventLogRpcTest, BuriesAndRevivesWhatFails) {
  Append(3);
  const auto leased = client_->Lease(Lease(3));
  ASSERT_TRUE(leased.ok()) << leased.status();
  for (const LeasedEvent& event : leased->events) {
    NackRequest nack;
    nack.lease = Reference(event);
    nack.error = "cannot be read";
    nack.permanent = true;
    const auto result = client_->Nack(nack);
    ASSERT_TRUE(result.ok()) << result.status();
    EXPECT_TRUE(result->dead);
    EXPECT_EQ(ErrorReason(client_->Nack(nack).status()), kReasonLeaseLost);
  }
  std::vector<DeadLetter> letters;
  std::string token;
  int pages = 0;
  do {
    const auto page = client_->ListDeadLetters({.topic = "", .group = "", .limit = 2}, token);
    ASSERT_TRUE(page.ok()) << page.status();
    letters.insert(letters.end(), page->dead_letters.begin(), page->dead_letters.end());
    token = page->next_page_token;
    ++pages;
  } while (!token.empty() && pages < 10);
  EXPECT_EQ(pages, 2);
  ASSERT_EQ(letters.size(), 3u);
  EXPECT_EQ(letters[1].sequence, Sequence(2));
  EXPECT_EQ(letters[1].subject, "releases/2");
  EXPECT_EQ(letters[1].error, "cannot be read");
  EXPECT_EQ(letters[1].attempts, 1u);
  EXPECT_EQ(letters[1].dead_time, clock_.Now());
  const auto retried = client_->RetryDeadLetters({.topic = kTopic, .group = kGroup, .sequences = {Sequence(2)}});
  ASSERT_TRUE(retried.ok()) << retried.status();
  EXPECT_EQ(*retried, 1u);
  const auto back = client_->Lease(Lease(3));
  ASSERT_TRUE(back.ok());
  ASSERT_EQ(back->events.size(), 1u);
  EXPECT_EQ(back->events[0].record.sequence, Sequence(2));
}

TEST_F(EventLogRpcTest, RefusesBadLeases) {
  events::v1::LeaseEventsRequest request;
  request.set_topic(kTopic);
  request.set_group(kGroup);
  request.set_holder("test");
  EXPECT_TRUE(service_.Lease(rpc::CallContext(), request).ok());
  request.set_max_events(-1);
  EXPECT_EQ(ErrorReason(service_.Lease(rpc::CallContext(), request).status()), kReasonInvalidLease);
  request.set_max_events(1);
  request.mutable_lease_duration()->set_seconds(-5);
  EXPECT_EQ(ErrorReason(service_.Lease(rpc::CallContext(), request).status()), kReasonInvalidLease);
  request.mutable_lease_duration()->set_seconds(std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ErrorReason(service_.Lease(rpc::CallContext(), request).status()), kReasonInvalidLease);
}

bus::ReadRequest BusRead(std::optional<Epoch> epoch, uint64_t after) {
  return {.topic = kTopic, .epoch = epoch, .after = after, .limit = 100, .timeout = seconds(5)};
}

TEST_F(EventLogRpcTest, ReadsForTheBusAndSaysThatTheEpochChanged) {
  Append(3);
  RemoteLogReader reader(*stub_);
  const Epoch first = log_.epoch();
  auto batch = reader.Read(BusRead(std::nullopt, 0));
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->epoch, first);
  EXPECT_EQ(batch->head, 3u);
  ASSERT_EQ(batch->entries.size(), 3u);
  EXPECT_EQ(batch->entries[2].sequence, 3u);
  EXPECT_EQ(ToRecord(kTopic, 3,
                     [&] {
                       io::cloudevents::v1::CloudEvent event;
                       EXPECT_TRUE(event.ParseFromString(batch->entries[2].payload));
                       return event;
                     }())
                .subject,
            "releases/3");
  batch = reader.Read(BusRead(first, 7));
  ASSERT_TRUE(batch.ok()) << "a position beyond the head is no error: " << batch.status();
  EXPECT_TRUE(batch->entries.empty());
  Epoch fresh{};
  fresh[15] = 9;
  log_.Reset(fresh);
  EXPECT_EQ(ErrorReason(reader.Read(BusRead(first, 3)).status()), kReasonEpochChanged);
}

TEST_F(EventLogRpcTest, TellsTheBusWhatWasTrimmed) {
  Append(3);
  clock_.Advance(seconds(100));
  const auto trimmed = log_.Trim({.topic = kTopic, .before = clock_.Now(), .hard_before = clock_.Now()});
  ASSERT_TRUE(trimmed.ok()) << trimmed.status();
  ASSERT_EQ(trimmed->trimmed, 3u);
  RemoteLogReader reader(*stub_);
  const absl::Status status = reader.Read(BusRead(std::nullopt, 0)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ErrorReason(status), bus::kReasonEventsTrimmed);
}

// A log whose Read waits until it is told to go on.
class StuckService final : public events::v1::EventLogService::CallbackService {
 public:
  explicit StuckService(rpc::ServerKit& kit) : kit_(kit) {}
  grpc::ServerUnaryReactor* ReadEvents(grpc::CallbackServerContext* context,
                                       const events::v1::ReadEventsRequest* request,
                                       events::v1::ReadEventsResponse* response) override {
    return rpc::Unary(kit_, context, request, response, "EventLogService.ReadEvents",
                      [this](const rpc::CallContext& call,
                             const events::v1::ReadEventsRequest&) -> absl::StatusOr<events::v1::ReadEventsResponse> {
                        entered = true;
                        dateline::testing::WaitUntil([&] { return call.IsCancelled(); });
                        return absl::CancelledError("given up");
                      });
  }
  std::atomic<bool> entered{false};

 private:
  rpc::ServerKit& kit_;
};

TEST(RemoteLogReader, CanBeCancelledWhileItReads) {
  metrics::Registry registry("test");
  rpc::Server server({}, registry);
  StuckService service(server.kit());
  server.AddService(&service);
  ASSERT_TRUE(server.Start().ok());
  const auto stub = events::v1::EventLogService::NewStub(rpc::MakeChannel(server.target()));
  RemoteLogReader reader(*stub);
  absl::Status status;
  std::thread thread([&] {
    status =
        reader.Read({.topic = kTopic, .epoch = std::nullopt, .after = 0, .limit = 1, .timeout = seconds(60)}).status();
  });
  EXPECT_TRUE(dateline::testing::WaitUntil([&] { return service.entered.load(); }));
  reader.Cancel();
  thread.join();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace dateline::eventlog
