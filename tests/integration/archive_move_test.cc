// An archive moves from SQLite to PostgreSQL by the real programs: exported and imported by `dateline archive` while
// both services run, with the importing service killed by SIGKILL in the middle; then everything is read back and
// compared, the target goes on with the log of the other, and publishes. And backups of both kinds are made, checked
// and restored.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
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

using ::testing::HasSubstr;

constexpr std::chrono::milliseconds kLong{120'000};

std::string MakeFolder(const TempDir& folder, std::string_view name) {
  std::filesystem::create_directory(folder.File(name));
  return folder.File(name);
}

// One storage service with a data folder for the command line.
class Archive {
 public:
  Archive(const TempDir& folder, const std::string& name, std::vector<std::string> args) {
    const std::vector<uint16_t> ports = FreePorts(2);
    address_ = fmt::format("127.0.0.1:{}", ports[0]);
    endpoints_ = folder.Write(name + ".toml", fmt::format("[storage]\naddress = \"{}\"\n", address_));
    options_.program = std::string(DATELINE_PROGRAM_DIR) + "/dateline-storage";
    options_.args = std::move(args);
    for (const std::string& more : {"--server.listen=" + address_, fmt::format("--ops.listen=127.0.0.1:{}", ports[1]),
                                    std::string("--bus.publish_endpoints=")}) {
      options_.args.push_back(more);
    }
    Start();
  }
  void Start() {
    auto started = ChildProcess::Start(options_);
    ASSERT_TRUE(started.ok()) << started.status();
    process_ = *std::move(started);
    channel_ = grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
    ASSERT_TRUE(WaitUntil(kLong, [&] { return Stats().has_value(); })) << process_->Stderr();
  }
  void Kill() {
    process_->Kill();
    process_->Wait(kLong);
  }
  std::optional<storage::v1::GetArchiveStatsResponse> Stats() {
    storage::v1::GetArchiveStatsResponse response;
    grpc::ClientContext context;
    SetDeadline(&context);
    const bool ok = storage::v1::AdminService::NewStub(channel_)->GetArchiveStats(&context, {}, &response).ok();
    return ok ? std::optional(response) : std::nullopt;
  }
  void Publish(int i, const std::string& text) {
    const std::string uri = fmt::format("https://example.org/{}", i);
    storage::v1::PutDocumentRequest put;
    put.mutable_document()->set_uri(uri);
    put.mutable_document()->set_content(text);
    storage::v1::PutDocumentResponse stored;
    grpc::ClientContext put_context;
    SetDeadline(&put_context);
    ASSERT_TRUE(storage::v1::DocumentService::NewStub(channel_)->PutDocument(&put_context, put, &stored).ok());
    storage::v1::CommitReleasesRequest commit;
    commit.set_document(stored.document().name());
    release::v1::Release* release = commit.add_releases();
    release->set_name("releases/" + UuidV5(uri));
    release->set_uri(uri);
    release->set_title(fmt::format("Title {}", i));
    release->set_text(text);
    release->mutable_extractor()->set_version("0.0.0-test");
    storage::v1::CommitReleasesResponse committed;
    grpc::ClientContext context;
    SetDeadline(&context);
    ASSERT_TRUE(storage::v1::ReleaseService::NewStub(channel_)->CommitReleases(&context, commit, &committed).ok());
  }
  std::string Epoch() {
    events::v1::GetHeadsResponse heads;
    grpc::ClientContext context;
    SetDeadline(&context);
    EXPECT_TRUE(events::v1::EventLogService::NewStub(channel_)->GetHeads(&context, {}, &heads).ok());
    return heads.epoch();
  }
  // `dateline archive …` against this service.
  Completed Run(std::vector<std::string> words) const {
    std::vector<std::string> args = {"--endpoints", endpoints_, "archive"};
    args.insert(args.end(), words.begin(), words.end());
    auto done = RunToEnd({.program = std::string(DATELINE_PROGRAM_DIR) + "/dateline", .args = std::move(args)}, kLong);
    EXPECT_TRUE(done.ok()) << done.status();
    return done.ok() ? *std::move(done) : Completed();
  }

 private:
  static void SetDeadline(grpc::ClientContext* context) {
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
  }
  std::string address_;
  std::string endpoints_;
  ChildProcess::Options options_;
  std::unique_ptr<ChildProcess> process_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST(ArchiveMove, GoesFromSqliteToPostgresAlsoWhenItIsBrokenOff) {
  constexpr int kReleases = 600;
  PostgresServer server;
  const TempDir folder;
  Archive from(folder, "from", {"--storage.data_dir=" + MakeFolder(folder, "sqlite")});
  for (int i = 0; i < kReleases; ++i) from.Publish(i, fmt::format("Words of release {}.", i));
  for (int i = 0; i < 40; ++i) from.Publish(i, fmt::format("Other words of release {}.", i));
  const std::string file = folder.File("archive.jsonl");
  const Completed exported = from.Run({"export", file});
  ASSERT_EQ(exported.status, 0) << exported.err;
  EXPECT_NE(from.Run({"export", file}).status, 0) << "a file that is there is not written over";

  const std::string backups = MakeFolder(folder, "backups");
  const std::string secret = folder.Write("connection", server.NewDatabase());
  Archive to(folder, "to",
             {"--storage.backend=postgres", "--storage.postgres.connection_file=" + secret,
              "--storage.data_dir=" + folder.File("none"), "--storage.backup_dir=" + backups});
  std::thread killer([&to] {
    ASSERT_TRUE(WaitUntil(kLong, [&] {
      const auto stats = to.Stats();
      return stats.has_value() && stats->document_count() > 100;
    }));
    to.Kill();
  });
  to.Run({"import", "--move", file});
  killer.join();
  to.Start();
  const Completed imported = to.Run({"import", "--move", "--compare", file});
  EXPECT_EQ(imported.status, 0) << imported.out << imported.err;
  EXPECT_THAT(imported.err, HasSubstr("records are in the archive as in the file, 0 are not"));
  const auto stats = to.Stats();
  ASSERT_TRUE(stats.has_value());
  EXPECT_EQ(stats->release_count(), static_cast<uint64_t>(kReleases));
  EXPECT_EQ(stats->revision_count(), static_cast<uint64_t>(kReleases + 40));
  EXPECT_EQ(to.Epoch(), from.Epoch()) << "readers go on with their cursors";
  const Completed verified = to.Run({"verify", "--deep"});
  EXPECT_EQ(verified.status, 0) << verified.out << verified.err;
  to.Publish(0, "Third words of release 0.");
  EXPECT_EQ(to.Stats()->revision_count(), static_cast<uint64_t>(kReleases + 41));
  // A backup of it goes into an empty archive, here on SQLite again.
  const Completed backup = to.Run({"backup", "copy.jsonl.zst"});
  ASSERT_EQ(backup.status, 0) << backup.err;
  const std::string copy = backups + "/copy.jsonl.zst";
  const auto refused = RunToEnd({.program = std::string(DATELINE_PROGRAM_DIR) + "/dateline-storage",
                                 .args = {"restore", copy, MakeFolder(folder, "other")}},
                                kLong);
  EXPECT_THAT(refused->err, HasSubstr("archive import --move"));
  Archive back(folder, "back", {"--storage.data_dir=" + MakeFolder(folder, "back")});
  const Completed restored = back.Run({"import", "--move", "--compare", copy});
  EXPECT_EQ(restored.status, 0) << restored.out << restored.err;
  EXPECT_EQ(back.Stats()->revision_count(), to.Stats()->revision_count());
  EXPECT_NE(back.Epoch(), to.Epoch());
}

TEST(ArchiveMove, BacksUpAndRestoresByTheProgram) {
  const TempDir folder;
  const std::string data = MakeFolder(folder, "data");
  const std::string restored = MakeFolder(folder, "restored");
  Archive archive(folder, "archive", {"--storage.data_dir=" + data});
  for (int i = 0; i < 5; ++i) archive.Publish(i, "Some words.");
  const Completed backup = archive.Run({"backup", "copy.db"});
  ASSERT_EQ(backup.status, 0) << backup.err;
  const std::string program = std::string(DATELINE_PROGRAM_DIR) + "/dateline-storage";
  const auto refused = RunToEnd({.program = program, .args = {"restore", data + "/backups/copy.db", data}}, kLong);
  EXPECT_EQ(refused->status, 1) << "the archive is there, and in use";
  const auto done = RunToEnd({.program = program, .args = {"restore", data + "/backups/copy.db", restored}}, kLong);
  ASSERT_EQ(done->status, 0) << done->err;
  Archive copy(folder, "copy", {"--storage.data_dir=" + restored});
  EXPECT_EQ(copy.Stats()->release_count(), 5u);
  EXPECT_NE(copy.Epoch(), archive.Epoch());
  const Completed counted = copy.Run({"erase", "--preview", "nobody@example.org"});
  EXPECT_EQ(counted.status, 0) << counted.err;
  EXPECT_EQ(copy.Run({"retention", "*", "--contents", "30"}).status, 0);
  EXPECT_THAT(copy.Run({"retention", "--preview"}).err, HasSubstr("0 contents"));
  EXPECT_THAT(copy.Run({"operations"}).out, HasSubstr("done ApplyRetentionReport"));
}

}  // namespace
}  // namespace dateline::testing
