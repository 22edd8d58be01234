// Two real dateline-storage processes on one PostgreSQL: both are written to at once, one is killed with SIGKILL in the
// middle, and afterwards everything that either acknowledged is there once, sequences are dense, no event was leased
// twice, and exactly one of them publishes.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/base/ids.h"
#include "common/sql/postgres/testing/server.h"
#include "common/testing/child_process.h"
#include "common/testing/ports.h"
#include "common/testing/temp_dir.h"
#include "common/testing/wait.h"
#include "dateline/events/v1/event_log_service.grpc.pb.h"
#include "dateline/storage/v1/admin_service.grpc.pb.h"
#include "dateline/storage/v1/document_service.grpc.pb.h"
#include "dateline/storage/v1/release_service.grpc.pb.h"

namespace dateline::testing {
namespace {

constexpr std::chrono::milliseconds kLong{120'000};
// What a killed process had leased is given out again after this.
constexpr int kLeaseSeconds = 15;

// One process with its own ports; the archive is the other's too.
class Replica {
 public:
  Replica(const std::string& connection_file, const TempDir& folder, int number) {
    const std::vector<uint16_t> ports = FreePorts(2);
    address_ = fmt::format("127.0.0.1:{}", ports[0]);
    options_.program = std::string(DATELINE_PROGRAM_DIR) + "/dateline-storage";
    options_.args = {"--storage.backend=postgres",
                     "--storage.postgres.connection_file=" + connection_file,
                     "--storage.data_dir=" + folder.File(fmt::format("none-{}", number)),
                     "--server.listen=" + address_,
                     fmt::format("--ops.listen=127.0.0.1:{}", ports[1]),
                     "--bus.publish_endpoints="};
    Start();
  }
  void Start() {
    auto started = ChildProcess::Start(options_);
    ASSERT_TRUE(started.ok()) << started.status();
    process_ = *std::move(started);
    channel_ = grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
    ASSERT_TRUE(WaitUntil(kLong, [&] { return Answers(); })) << process_->Stderr();
  }
  void Kill() { process_->Kill(); }
  bool Answers() {
    storage::v1::GetArchiveStatsResponse response;
    return Stats(&response);
  }
  bool Stats(storage::v1::GetArchiveStatsResponse* response) {
    grpc::ClientContext context;
    SetDeadline(&context);
    return storage::v1::AdminService::NewStub(channel_)->GetArchiveStats(&context, {}, response).ok();
  }
  // The name of the document; empty when it was not acknowledged.
  std::string Put(const std::string& uri, const std::string& content) {
    storage::v1::PutDocumentRequest request;
    request.mutable_document()->set_uri(uri);
    request.mutable_document()->set_content(content);
    request.mutable_document()->set_content_type("text/plain");
    storage::v1::PutDocumentResponse response;
    grpc::ClientContext context;
    SetDeadline(&context);
    const bool ok = storage::v1::DocumentService::NewStub(channel_)->PutDocument(&context, request, &response).ok();
    return ok ? response.document().name() : std::string();
  }
  bool Commit(const events::v1::LeasedEvent& leased, const std::string& uri, const std::string& document) {
    storage::v1::CommitReleasesRequest request;
    request.set_document(document);
    request.mutable_lease()->set_topic("document/");
    request.mutable_lease()->set_group("extraction");
    request.mutable_lease()->set_sequence(leased.sequence());
    request.mutable_lease()->set_lease_token(leased.lease_token());
    release::v1::Release* release = request.add_releases();
    release->set_name("releases/" + UuidV5(uri));
    release->set_uri(uri);
    release->set_title("Title");
    release->set_text("words of " + uri);
    release->mutable_extractor()->set_version("0.0.0-test");
    storage::v1::CommitReleasesResponse response;
    grpc::ClientContext context;
    SetDeadline(&context);
    return storage::v1::ReleaseService::NewStub(channel_)->CommitReleases(&context, request, &response).ok();
  }
  bool Lease(events::v1::LeaseEventsResponse* response) {
    events::v1::LeaseEventsRequest request;
    request.set_group("extraction");
    request.set_topic("document/");
    request.set_max_events(8);
    request.mutable_lease_duration()->set_seconds(kLeaseSeconds);
    request.set_holder("test");
    grpc::ClientContext context;
    SetDeadline(&context);
    return events::v1::EventLogService::NewStub(channel_)->LeaseEvents(&context, request, response).ok();
  }
  std::vector<uint64_t> Sequences(const std::string& topic) {
    std::vector<uint64_t> all;
    std::string epoch;
    while (true) {
      events::v1::ReadEventsRequest request;
      request.set_topic(topic);
      request.set_after_sequence(all.empty() ? 0 : all.back());
      request.set_epoch(epoch);
      request.set_page_size(500);
      events::v1::ReadEventsResponse response;
      grpc::ClientContext context;
      SetDeadline(&context);
      const auto read = events::v1::EventLogService::NewStub(channel_)->ReadEvents(&context, request, &response);
      EXPECT_TRUE(read.ok()) << read.error_message();
      if (response.events().empty()) return all;
      epoch = response.epoch();
      for (const auto& event : response.events()) all.push_back(event.sequence());
    }
  }

 private:
  static void SetDeadline(grpc::ClientContext* context) {
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  }
  std::string address_;
  ChildProcess::Options options_;
  std::unique_ptr<ChildProcess> process_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST(PostgresStorage, TwoReplicasLoseNothingWhenOneIsKilled) {
  PostgresServer server;
  const TempDir folder;
  const std::string database = server.NewDatabase();
  const std::string secret = folder.Write("connection", database);
  Replica one(secret, folder, 1);
  Replica two(secret, folder, 2);

  constexpr int kDocuments = 120;
  std::atomic<int> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::map<std::string, std::string> uri_of;            // Document to URI.
  std::map<std::pair<uint64_t, uint32_t>, int> leased;  // Event and attempt.
  std::set<std::string> committed;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      for (int number = next++; number < kDocuments; number = next++) {
        const std::string uri = fmt::format("https://example.org/{}", number);
        std::string name;
        // Repeated until somebody acknowledges it, as ingestion does; the other replica takes it as well.
        for (int attempt = i; name.empty() && !stop; ++attempt)
          name = (attempt % 2 == 0 ? one : two).Put(uri, "text of " + uri);
        const std::lock_guard<std::mutex> lock(mutex);
        uri_of[name] = uri;
      }
    });
    threads.emplace_back([&, i] {
      Replica& mine = i == 0 ? one : two;
      while (!stop) {
        events::v1::LeaseEventsResponse response;
        if (!mine.Lease(&response)) continue;
        for (const auto& event : response.events()) {
          const std::string& document = event.event().attributes().at("subject").ce_string();
          {
            const std::lock_guard<std::mutex> lock(mutex);
            ++leased[{event.sequence(), event.attempt()}];
          }
          std::string uri;
          EXPECT_TRUE(WaitUntil(kLong, [&] {
            const std::lock_guard<std::mutex> lock(mutex);
            uri = uri_of[document];
            return !uri.empty() || stop;
          }));
          for (int attempt = i; !stop; ++attempt) {
            if ((attempt % 2 == 0 ? one : two).Commit(event, uri, document)) break;
          }
          const std::lock_guard<std::mutex> lock(mutex);
          committed.insert(uri);
        }
      }
    });
  }
  const auto done = [&] {
    const std::lock_guard<std::mutex> lock(mutex);
    return committed.size();
  };
  EXPECT_TRUE(WaitUntil(kLong, [&] { return done() >= kDocuments / 4; }));
  one.Kill();
  EXPECT_TRUE(WaitUntil(kLong, [&] { return done() >= kDocuments / 2; })) << "the other goes on";
  one.Start();
  EXPECT_TRUE(WaitUntil(kLong, [&] { return done() == kDocuments; })) << done();
  stop = true;
  for (std::thread& thread : threads) thread.join();

  storage::v1::GetArchiveStatsResponse stats;
  ASSERT_TRUE(two.Stats(&stats));
  EXPECT_EQ(stats.release_count(), uint64_t{kDocuments});
  for (const std::string topic : {"document/", "release/"}) {
    const std::vector<uint64_t> sequences = one.Sequences(topic);
    ASSERT_EQ(sequences.size(), size_t{kDocuments}) << topic;
    for (size_t i = 0; i < sequences.size(); ++i) EXPECT_EQ(sequences[i], i + 1) << topic;
    EXPECT_EQ(two.Sequences(topic), sequences);
  }
  for (const auto& [attempt, times] : leased) EXPECT_EQ(times, 1) << "leased to two: " << attempt.first;

  auto admin = sql::postgres::Connection::Open({.connection = database});
  ASSERT_TRUE(admin.ok()) << admin.status();
  EXPECT_TRUE(WaitUntil([&] {
    const auto turns = (*admin)->Query(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM "
        "pg_database WHERE datname = current_database())");
    return turns.ok() && turns->Int(0, 0) == 1;
  })) << "one of the two has the turn to publish";
}

}  // namespace
}  // namespace dateline::testing
