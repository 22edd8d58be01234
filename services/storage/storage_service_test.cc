// Proves the service over real gRPC within one process: requests are checked, outcomes and reasons come through, pages
// and streams go on by token, the event log is served, readiness and metrics tell the truth, and what this version
// lacks is said as NOT_IN_THIS_VERSION. The bus is switched off, so nothing depends on another process.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/metrics/readiness.h"
#include "common/metrics/registry.h"
#include "common/rpc/call.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/testing/temp_dir.h"
#include "common/testing/wait.h"
#include "dateline/events/v1/event_log_service.grpc.pb.h"
#include "dateline/storage/v1/admin_service.grpc.pb.h"
#include "dateline/storage/v1/document_service.grpc.pb.h"
#include "dateline/storage/v1/entity_service.grpc.pb.h"
#include "dateline/storage/v1/release_service.grpc.pb.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "services/storage/app.h"
#include "services/storage/conformance/store_under_test.h"

namespace dateline::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kUri = "https://example.org/news/1";

class StorageServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Options options;
    options.data_dir = folder_.path().string();
    options.publish_endpoints.clear();
    const rpc::ServiceParts parts{RealClock(), registry_, readiness_, &server_, nullptr};
    app_ = MakeApp(options, parts);
    ASSERT_TRUE(app_->Start().ok());
    ASSERT_TRUE(server_.Start().ok());
    channel_ = rpc::MakeChannel(server_.target(), {.message_bytes_max = kMessageBytesMax});
    documents_ = v1::DocumentService::NewStub(channel_);
    releases_ = v1::ReleaseService::NewStub(channel_);
  }
  void TearDown() override {
    EXPECT_TRUE(server_.Stop().ok());
    app_->Stop();
  }

  static rpc::Server::Options ServerOptions() {
    rpc::Server::Options options;
    options.message_bytes_max = kMessageBytesMax;
    return options;
  }

  v1::PutDocumentResponse Put(std::string_view uri, std::string_view content) {
    v1::PutDocumentRequest request;
    *request.mutable_document() = MakeDocument(uri, content);
    v1::PutDocumentResponse response;
    const absl::Status status =
        rpc::Call(*documents_, &v1::DocumentService::StubInterface::PutDocument, request, &response);
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }
  absl::StatusOr<v1::CommitReleasesResponse> Commit(const v1::CommitReleasesRequest& request) {
    v1::CommitReleasesResponse response;
    const absl::Status status =
        rpc::Call(*releases_, &v1::ReleaseService::StubInterface::CommitReleases, request, &response);
    if (!status.ok()) return status;
    return response;
  }
  std::string PublishOne(std::string_view uri, std::string_view title, std::string_view text) {
    v1::CommitReleasesRequest request;
    request.set_document(Put(uri, text).document().name());
    *request.add_releases() = MakeRelease(uri, title, text);
    const auto committed = Commit(request);
    EXPECT_TRUE(committed.ok()) << committed.status();
    return request.releases(0).name();
  }
  absl::StatusOr<v1::SearchReleasesResponse> Search(const v1::SearchReleasesRequest& request) {
    v1::SearchReleasesResponse response;
    const absl::Status status =
        rpc::Call(*releases_, &v1::ReleaseService::StubInterface::SearchReleases, request, &response);
    if (!status.ok()) return status;
    return response;
  }

  testing::TempDir folder_;
  metrics::Registry registry_{"storage"};
  metrics::Readiness readiness_;
  rpc::Server server_{ServerOptions(), registry_};
  std::unique_ptr<rpc::ServiceApp> app_;
  std::shared_ptr<grpc::ChannelInterface> channel_;
  std::unique_ptr<v1::DocumentService::Stub> documents_;
  std::unique_ptr<v1::ReleaseService::Stub> releases_;
};

TEST_F(StorageServiceTest, KeepsADocumentOfTheLargestSize) {
  const std::string content(kDocumentBytesMax, 'x');
  const auto put = Put(kUri, content);
  EXPECT_EQ(put.outcome(), v1::PutDocumentResponse::OUTCOME_CREATED);
  EXPECT_EQ(put.document().content(), "");
  v1::GetDocumentRequest request;
  request.set_name(put.document().name());
  request.set_view(v1::DOCUMENT_VIEW_FULL);
  v1::GetDocumentResponse response;
  ASSERT_TRUE(rpc::Call(*documents_, &v1::DocumentService::StubInterface::GetDocument, request, &response).ok());
  EXPECT_EQ(response.document().content(), content);
}

TEST_F(StorageServiceTest, RefusesBadDocumentsByReason) {
  struct Case {
    v1::Document document;
    std::string reason;
  };
  const Case cases[] = {{MakeDocument(kUri, ""), "EMPTY_DOCUMENT"},
                        {MakeDocument("", "x"), "INVALID_URI"},
                        {MakeDocument("no scheme", "x"), "INVALID_URI"},
                        {MakeDocument(kUri, std::string(kDocumentBytesMax + 1, 'x')), "DOCUMENT_TOO_LARGE"}};
  for (const Case& c : cases) {
    v1::PutDocumentRequest request;
    *request.mutable_document() = c.document;
    v1::PutDocumentResponse response;
    const absl::Status status =
        rpc::Call(*documents_, &v1::DocumentService::StubInterface::PutDocument, request, &response);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.reason;
    EXPECT_EQ(ErrorReason(status), c.reason);
  }
}

TEST_F(StorageServiceTest, RefusesBadCommitsByReason) {
  const std::string document = Put(kUri, "x").document().name();
  v1::CommitReleasesRequest good;
  good.set_document(document);
  *good.add_releases() = MakeRelease(kUri, "T", "t");
  auto request = good;
  request.set_document("nothing");
  EXPECT_EQ(ErrorReason(Commit(request).status()), "INVALID_DOCUMENT");
  request = good;
  request.mutable_releases(0)->set_name("releases/x");
  EXPECT_EQ(ErrorReason(Commit(request).status()), "INVALID_RELEASE");
  request = good;
  request.mutable_releases(0)->clear_extractor();
  EXPECT_EQ(ErrorReason(Commit(request).status()), "INVALID_RELEASE");
  request = good;
  *request.add_releases() = good.releases(0);
  EXPECT_EQ(ErrorReason(Commit(request).status()), "INVALID_RELEASE");
  request = good;
  request.set_failure("both");
  EXPECT_EQ(ErrorReason(Commit(request).status()), "INVALID_RELEASE");
  EXPECT_TRUE(Commit(good).ok());
}

TEST_F(StorageServiceTest, PagesAreBoundToTheirRequest) {
  for (int i = 0; i < 5; ++i) PublishOne("https://example.org/" + std::to_string(i), std::to_string(i), "common words");
  v1::ListReleasesRequest request;
  request.set_page_size(2);
  std::string titles;
  v1::ListReleasesResponse response;
  do {
    ASSERT_TRUE(rpc::Call(*releases_, &v1::ReleaseService::StubInterface::ListReleases, request, &response).ok());
    for (const auto& release : response.releases()) titles += release.title();
    request.set_page_token(response.next_page_token());
    if (titles.size() == 2) {
      auto other = request;
      other.set_filter("language = \"en\"");
      const absl::Status refused =
          rpc::Call(*releases_, &v1::ReleaseService::StubInterface::ListReleases, other, &response);
      EXPECT_EQ(ErrorReason(refused), "INVALID_PAGE");
    }
  } while (!request.page_token().empty());
  EXPECT_EQ(titles, "43210");
}

TEST_F(StorageServiceTest, SearchesByWordsAndFilter) {
  PublishOne("https://example.org/a", "Harbour", "The harbour opened in spring.");
  PublishOne("https://example.org/b", "School", "The school by the harbour.");
  v1::SearchReleasesRequest request;
  request.set_query("harbour");
  auto found = Search(request);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->hits_size(), 2);
  EXPECT_EQ(found->total_size(), 2);
  EXPECT_EQ(found->hits(0).release().title(), "Harbour");
  ASSERT_GE(found->hits(1).highlights_size(), 1);
  const auto& span = found->hits(1).highlights(0);
  EXPECT_EQ(found->hits(1).snippet().substr(span.start(), span.end() - span.start()), "harbour");
  request.set_filter("title = \"School\"");
  found = Search(request);
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->hits_size(), 1);
  EXPECT_EQ(found->hits(0).release().title(), "School");
}

TEST_F(StorageServiceTest, RefusesBadQueriesFiltersAndOrders) {
  v1::SearchReleasesRequest request;
  request.set_query("ok \"open");
  const auto refused = Search(request);
  EXPECT_EQ(ErrorReason(refused.status()), "INVALID_QUERY");
  EXPECT_EQ(ErrorMetadataValue(refused.status(), "position"), "3");
  request.set_query("ok");
  request.set_filter("title = = x");
  EXPECT_EQ(ErrorReason(Search(request).status()), "INVALID_FILTER");
  request.clear_filter();
  request.set_order_by("title");
  EXPECT_EQ(Search(request).status().code(), absl::StatusCode::kInvalidArgument);
  request.clear_order_by();
  request.add_facets("sauce");
  EXPECT_EQ(ErrorReason(Search(request).status()), "INVALID_PAGE");
}

TEST_F(StorageServiceTest, AnswersReleasesRevisionsAndWithdrawals) {
  const std::string name = PublishOne(kUri, "T", "first");
  PublishOne(kUri, "T", "second");
  v1::GetReleaseRequest get;
  get.set_name(name + "/revisions/1");
  v1::GetReleaseResponse got;
  ASSERT_TRUE(rpc::Call(*releases_, &v1::ReleaseService::StubInterface::GetRelease, get, &got).ok());
  EXPECT_EQ(got.release().text(), "first");
  get.set_name(name + "/revisions/9");
  EXPECT_EQ(ErrorReason(rpc::Call(*releases_, &v1::ReleaseService::StubInterface::GetRelease, get, &got)),
            "REVISION_NOT_FOUND");
  get.set_name("releases/not-a-uuid");
  EXPECT_EQ(rpc::Call(*releases_, &v1::ReleaseService::StubInterface::GetRelease, get, &got).code(),
            absl::StatusCode::kInvalidArgument);
  v1::ListReleaseRevisionsRequest list;
  list.set_name(name);
  v1::ListReleaseRevisionsResponse revisions;
  ASSERT_TRUE(rpc::Call(*releases_, &v1::ReleaseService::StubInterface::ListReleaseRevisions, list, &revisions).ok());
  EXPECT_EQ(revisions.revisions_size(), 2);
  v1::WithdrawReleaseRequest withdraw;
  withdraw.set_name(name);
  v1::WithdrawReleaseResponse withdrawn;
  ASSERT_TRUE(rpc::Call(*releases_, &v1::ReleaseService::StubInterface::WithdrawRelease, withdraw, &withdrawn).ok());
  EXPECT_TRUE(withdrawn.release().has_withdraw_time());
}

TEST_F(StorageServiceTest, SaysWhatChangedBetweenRevisions) {
  const std::string name = PublishOne(kUri, "T", "Opened on Friday.");
  v1::DiffReleaseRevisionsRequest request;
  request.set_name(name);
  v1::DiffReleaseRevisionsResponse diff;
  const auto call = [&] {
    return rpc::Call(*releases_, &v1::ReleaseService::StubInterface::DiffReleaseRevisions, request, &diff);
  };
  EXPECT_EQ(ErrorReason(call()), "INVALID_REVISION");
  PublishOne(kUri, "T", "Opened on Monday.");
  PublishOne(kUri, "New", "Opened on Monday.");
  ASSERT_TRUE(call().ok());
  ASSERT_EQ(diff.changes_size(), 1);
  EXPECT_EQ(diff.changes(0).field(), "title");
  EXPECT_EQ(diff.change_class(), events::v1::CHANGE_CLASS_MATERIAL);
  request.set_to_revision(2);
  ASSERT_TRUE(call().ok());
  std::string marked;
  for (const auto& edit : diff.edits()) marked += std::to_string(edit.kind()) + edit.text() + "|";
  EXPECT_EQ(marked, "1Opened on |2Friday|3Monday|1.|");
  request.set_from_revision(2);
  EXPECT_EQ(ErrorReason(call()), "INVALID_REVISION");
  request.set_to_revision(9);
  EXPECT_EQ(ErrorReason(call()), "REVISION_NOT_FOUND");
}

TEST_F(StorageServiceTest, ExportsOldestFirstAndGoesOnByToken) {
  for (int i = 0; i < 250; ++i)
    PublishOne("https://example.org/" + std::to_string(i), std::to_string(i), i % 2 == 0 ? "even" : "odd");
  v1::ExportReleasesRequest request;
  request.set_query("even");
  std::vector<std::string> titles;
  const auto read = [&](size_t most) {
    grpc::ClientContext context;
    rpc::Prepare(context, {.deadline = std::chrono::seconds(20)});
    auto reader = releases_->ExportReleases(&context, request);
    v1::ExportReleasesResponse message;
    while (titles.size() < most && reader->Read(&message)) {
      titles.push_back(message.release().title());
      EXPECT_EQ(message.release().text(), "even");
      request.set_resume_token(message.resume_token());
    }
    context.TryCancel();
    reader->Finish();
  };
  read(60);
  read(1000);
  ASSERT_EQ(titles.size(), 125u);
  for (size_t i = 0; i < titles.size(); ++i) EXPECT_EQ(titles[i], std::to_string(2 * i));
}

TEST_F(StorageServiceTest, ServesTheEventLog) {
  PublishOne(kUri, "T", "t");
  const auto log = events::v1::EventLogService::NewStub(channel_);
  events::v1::GetHeadsResponse heads;
  ASSERT_TRUE(
      rpc::Call(*log, &events::v1::EventLogService::StubInterface::GetHeads, events::v1::GetHeadsRequest(), &heads)
          .ok());
  std::vector<std::string> topics;
  for (const auto& head : heads.heads()) topics.push_back(head.topic() + "=" + std::to_string(head.head_sequence()));
  EXPECT_THAT(topics, ElementsAre("document/=1", "release/=1"));
  events::v1::ReadEventsRequest request;
  request.set_topic("release/");
  events::v1::ReadEventsResponse events;
  ASSERT_TRUE(rpc::Call(*log, &events::v1::EventLogService::StubInterface::ReadEvents, request, &events).ok());
  ASSERT_EQ(events.events_size(), 1);
  EXPECT_EQ(events.events(0).event().type(), "org.dateline.release.published");
}

TEST_F(StorageServiceTest, CountsFacetsAndSuggestsASpelling) {
  PublishOne(kUri, "Harbour", "The ministry of water.");
  v1::SearchReleasesRequest request;
  request.set_query("minstry");
  request.add_facets("language");
  const auto found = Search(request);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->total_size(), 0);
  EXPECT_EQ(found->suggested_query(), "ministry");
  ASSERT_EQ(found->facets_size(), 1);
  EXPECT_EQ(found->facets(0).field(), "language");
}

TEST_F(StorageServiceTest, BacksUpVerifiesAndReprocessesByOperations) {
  PublishOne(kUri, "T", "t");
  const auto admin = v1::AdminService::NewStub(channel_);
  const auto operations = google::longrunning::Operations::NewStub(channel_);
  using Admin = v1::AdminService::StubInterface;
  using Operations = google::longrunning::Operations::StubInterface;
  const auto wait = [&](const std::string& name) {
    google::longrunning::WaitOperationRequest request;
    request.set_name(name);
    google::longrunning::Operation operation;
    for (int i = 0; i < 10 && !operation.done(); ++i) {
      EXPECT_TRUE(rpc::Call(*operations, &Operations::WaitOperation, request, &operation,
                            {.deadline = std::chrono::seconds(30)})
                      .ok());
    }
    EXPECT_TRUE(operation.has_response()) << operation.DebugString();
    return operation;
  };
  v1::BackupArchiveRequest backup;
  backup.set_file_name("../escape.db");
  v1::BackupArchiveResponse backing;
  EXPECT_EQ(ErrorReason(rpc::Call(*admin, &Admin::BackupArchive, backup, &backing)), "INVALID_BACKUP_NAME");
  backup.set_file_name("copy.db");
  ASSERT_TRUE(rpc::Call(*admin, &Admin::BackupArchive, backup, &backing).ok());
  v1::BackupArchiveReport copied;
  ASSERT_TRUE(wait(backing.operation().name()).response().UnpackTo(&copied));
  EXPECT_GT(copied.written_bytes(), 0u);
  EXPECT_EQ(ErrorReason(rpc::Call(*admin, &Admin::BackupArchive, backup, &backing)), "BACKUP_EXISTS");

  v1::VerifyArchiveRequest verify;
  verify.set_deep(true);
  v1::VerifyArchiveResponse verifying;
  ASSERT_TRUE(rpc::Call(*admin, &Admin::VerifyArchive, verify, &verifying).ok());
  v1::VerifyArchiveReport verified;
  ASSERT_TRUE(wait(verifying.operation().name()).response().UnpackTo(&verified));
  EXPECT_EQ(verified.finding_count(), 0u) << verified.DebugString();
  EXPECT_EQ(verified.revision_count(), 1u);

  v1::ReprocessDocumentsRequest reprocess;
  reprocess.set_filter("title = = x");
  v1::ReprocessDocumentsResponse reprocessing;
  EXPECT_EQ(ErrorReason(rpc::Call(*admin, &Admin::ReprocessDocuments, reprocess, &reprocessing)), "INVALID_FILTER");
  reprocess.set_filter("title = T");
  ASSERT_TRUE(rpc::Call(*admin, &Admin::ReprocessDocuments, reprocess, &reprocessing).ok());
  v1::ReprocessDocumentsReport reprocessed;
  ASSERT_TRUE(wait(reprocessing.operation().name()).response().UnpackTo(&reprocessed));
  EXPECT_EQ(reprocessed.document_count(), 1u);

  google::longrunning::ListOperationsResponse listed;
  ASSERT_TRUE(
      rpc::Call(*operations, &Operations::ListOperations, google::longrunning::ListOperationsRequest(), &listed).ok());
  EXPECT_EQ(listed.operations_size(), 3);

  v1::SetRetentionRuleRequest rule;
  v1::SetRetentionRuleResponse set;
  rule.mutable_rule()->set_source("*");
  rule.mutable_rule()->mutable_content_age()->set_seconds(60);
  EXPECT_EQ(ErrorReason(rpc::Call(*admin, &Admin::SetRetentionRule, rule, &set)), "INVALID_RETENTION");
  rule.mutable_rule()->mutable_content_age()->set_seconds(86'400);
  ASSERT_TRUE(rpc::Call(*admin, &Admin::SetRetentionRule, rule, &set).ok());
  v1::ApplyRetentionResponse applying;
  ASSERT_TRUE(rpc::Call(*admin, &Admin::ApplyRetention, v1::ApplyRetentionRequest(), &applying).ok());
  v1::ApplyRetentionReport applied;
  ASSERT_TRUE(wait(applying.operation().name()).response().UnpackTo(&applied));
  EXPECT_EQ(applied.content_count(), 0u) << "nothing is a day old";
}

TEST_F(StorageServiceTest, LinksReleasesBehindTheirCommits) {
  std::string text;
  for (int i = 0; i < 40; ++i)
    text += "The council number" + std::to_string(i) + " met on pier" + std::to_string(i) + ". ";
  const std::string first = PublishOne(kUri, "T", text);
  PublishOne("https://port.example/2", "T", text + "One more sentence stands here.");
  v1::ListSimilarReleasesRequest request;
  request.set_name(first);
  v1::ListSimilarReleasesResponse similar;
  ASSERT_TRUE(testing::WaitUntil([&] {
    return rpc::Call(*releases_, &v1::ReleaseService::StubInterface::ListSimilarReleases, request, &similar).ok() &&
           similar.releases_size() == 1;
  }));
  EXPECT_EQ(similar.releases(0).relation(), v1::SimilarRelease::RELATION_NEAR_DUPLICATE);
  v1::GetReleaseRequest get;
  get.set_name(first);
  v1::GetReleaseResponse got;
  ASSERT_TRUE(rpc::Call(*releases_, &v1::ReleaseService::StubInterface::GetRelease, get, &got).ok());
  EXPECT_THAT(got.release().cluster(), HasSubstr("clusters/"));
  request.set_name("releases/none");
  EXPECT_EQ(rpc::Call(*releases_, &v1::ReleaseService::StubInterface::ListSimilarReleases, request, &similar).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(StorageServiceTest, AnswersEntities) {
  const auto entities = v1::EntityService::NewStub(channel_);
  using Stub = v1::EntityService::StubInterface;
  v1::CommitReleasesRequest commit;
  commit.set_document(Put(kUri, "Ana Borg met Ivo Zahra.").document().name());
  *commit.add_releases() = MakeRelease(kUri, "T", "Ana Borg met Ivo Zahra.");
  commit.mutable_releases(0)->add_people()->set_display_name("Ana Borg");
  commit.mutable_releases(0)->add_people()->set_display_name("Ivo Zahra");
  ASSERT_TRUE(Commit(commit).ok());
  v1::ListEntitiesRequest list;
  list.set_page_size(1);
  v1::ListEntitiesResponse listed;
  ASSERT_TRUE(testing::WaitUntil(
      [&] { return rpc::Call(*entities, &Stub::ListEntities, list, &listed).ok() && listed.entities_size() == 1; }));
  EXPECT_NE(listed.next_page_token(), "");
  list.set_query("borg");
  EXPECT_EQ(ErrorReason(rpc::Call(
                *entities, &Stub::ListEntities,
                [&] {
                  v1::ListEntitiesRequest other = list;
                  other.set_page_token(listed.next_page_token());
                  return other;
                }(),
                &listed)),
            "INVALID_PAGE");
  ASSERT_TRUE(rpc::Call(*entities, &Stub::ListEntities, list, &listed).ok());
  ASSERT_EQ(listed.entities_size(), 1);
  const std::string borg = listed.entities(0).name();
  list.set_query("zahra");
  ASSERT_TRUE(rpc::Call(*entities, &Stub::ListEntities, list, &listed).ok());
  v1::ListEntityMentionsRequest mentions;
  mentions.set_name(borg);
  v1::ListEntityMentionsResponse mentioned;
  ASSERT_TRUE(rpc::Call(*entities, &Stub::ListEntityMentions, mentions, &mentioned).ok());
  EXPECT_EQ(mentioned.mentions_size(), 1);
  v1::ListFigureSeriesRequest figures;
  figures.set_name(borg);
  v1::ListFigureSeriesResponse series;
  EXPECT_TRUE(rpc::Call(*entities, &Stub::ListFigureSeries, figures, &series).ok());
  v1::MergeEntitiesRequest merge;
  merge.set_name(borg);
  merge.add_merged_names(listed.entities(0).name());
  v1::MergeEntitiesResponse merged;
  ASSERT_TRUE(rpc::Call(*entities, &Stub::MergeEntities, merge, &merged).ok());
  ASSERT_EQ(merged.entity().aliases_size(), 1);
  v1::SplitEntityRequest split;
  split.set_name(borg);
  split.add_aliases(merged.entity().aliases(0).display_name());
  v1::SplitEntityResponse parted;
  ASSERT_TRUE(rpc::Call(*entities, &Stub::SplitEntity, split, &parted).ok());
  EXPECT_NE(parted.split_entity().name(), borg);
  v1::RebuildEntitiesResponse rebuilt;
  ASSERT_TRUE(rpc::Call(*entities, &Stub::RebuildEntities, v1::RebuildEntitiesRequest(), &rebuilt).ok());
  EXPECT_EQ(rebuilt.release_count(), 1);
  v1::GetEntityRequest get;
  v1::GetEntityResponse got;
  get.set_name(parted.split_entity().name());
  EXPECT_TRUE(testing::WaitUntil([&] { return rpc::Call(*entities, &Stub::GetEntity, get, &got).ok(); }));
  get.set_name("people/00000000-0000-5000-8000-000000000000");
  EXPECT_EQ(ErrorReason(rpc::Call(*entities, &Stub::GetEntity, get, &got)), "ENTITY_NOT_FOUND");
  get.set_name("nobody");
  EXPECT_EQ(ErrorReason(rpc::Call(*entities, &Stub::GetEntity, get, &got)), "INVALID_ENTITY");
}

TEST_F(StorageServiceTest, CountsAndIsReady) {
  PublishOne(kUri, "T", "t");
  const auto admin = v1::AdminService::NewStub(channel_);
  v1::GetArchiveStatsResponse stats;
  ASSERT_TRUE(
      rpc::Call(*admin, &v1::AdminService::StubInterface::GetArchiveStats, v1::GetArchiveStatsRequest(), &stats).ok());
  EXPECT_EQ(stats.document_count(), 1u);
  EXPECT_EQ(stats.pending_document_count(), 0u);
  EXPECT_EQ(stats.release_count(), 1u);
  EXPECT_EQ(stats.revision_count(), 1u);
  EXPECT_GT(stats.database_bytes(), 0u);
  EXPECT_TRUE(stats.has_last_release_time());
  EXPECT_TRUE(readiness_.ready());
  EXPECT_THAT(readiness_.Missing(), IsEmpty());
  const std::string scrape = registry_.Scrape();
  EXPECT_THAT(scrape, HasSubstr("dateline_storage_releases 1"));
  EXPECT_THAT(scrape, HasSubstr("dateline_storage_documents{state=\"extracted\"} 1"));
  EXPECT_THAT(scrape, HasSubstr("dateline_storage_releases_committed_total{outcome=\"published\"} 1"));
  EXPECT_THAT(scrape, HasSubstr("dateline_sql_groups_total"));
  EXPECT_THAT(scrape, HasSubstr("dateline_eventlog_group_waiting_events"));
}

TEST(StorageApp, SaysWhatIsWrongWithItsFolder) {
  testing::TempDir folder;
  metrics::Registry registry("storage");
  metrics::Readiness readiness;
  rpc::Server server({}, registry);
  Options options;
  options.data_dir = folder.File("absent");
  auto app = MakeApp(options, {RealClock(), registry, readiness, &server, nullptr});
  const absl::Status started = app->Start();
  EXPECT_EQ(started.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(started), "DATA_DIR_MISSING");
  EXPECT_THAT(std::string(started.message()), HasSubstr(options.data_dir));
  app->Stop();
}

}  // namespace
}  // namespace dateline::storage
