// What every store does with releases: publish, revise only for material changes, keep every revision, let no late work
// bring old words back, acknowledge leases together with the effect. Each test states one rule of store.h and runs on
// every back end.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "dateline/events/v1/event_data.pb.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/release_record.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kUri = "https://example.org/news/1";
using Committed = v1::CommittedRelease;

ReleaseKey Latest(std::string_view name) {
  return {.name = std::string(name), .revision = 0};
}

v1::CommitReleasesRequest CommitOf(const std::string& document, const Release& release) {
  v1::CommitReleasesRequest request;
  request.set_document(document);
  *request.add_releases() = release;
  return request;
}

events::v1::ReleaseEvent DataOf(const io::cloudevents::v1::CloudEvent& event) {
  events::v1::ReleaseEvent data;
  EXPECT_TRUE(event.proto_data().UnpackTo(&data));
  return data;
}

// Puts a document and leases its event for the group "extraction".
struct Leased {
  std::string document;
  events::v1::LeaseReference lease;
};
Leased PutAndLease(Store& store, std::string_view uri, std::string_view content) {
  Leased leased;
  leased.document = PutAndWait(store, MakeDocument(uri, content))->document.name();
  const auto taken = store.events().Lease({.group = "extraction",
                                           .topic = std::string(kDocumentTopic),
                                           .max = 1,
                                           .duration = std::chrono::seconds(30),
                                           .holder = "test"});
  EXPECT_TRUE(taken.ok() && taken->events.size() == 1) << taken.status();
  leased.lease.set_topic(std::string(kDocumentTopic));
  leased.lease.set_group("extraction");
  leased.lease.set_sequence(taken->events[0].record.sequence.value());
  leased.lease.set_lease_token(taken->events[0].token);
  return leased;
}

uint64_t OpenEvents(Store& store) {
  const auto lag = store.events().Lag("extraction", kDocumentTopic);
  EXPECT_TRUE(lag.ok());
  return lag->waiting + lag->open;
}

TEST_P(StoreConformance, PublishesANewRelease) {
  v1::Document document = MakeDocument(kUri, "raw");
  document.set_source("sources/a");
  document.mutable_fetch_time()->set_seconds(1'600'000'000);
  const auto put = PutAndWait(store_, document);
  Release release = MakeRelease(kUri, "Port opens", "The port opened.");
  release.set_source("sources/a");
  release.set_revision(99);
  release.set_etag("forged");
  release.mutable_withdraw_time()->set_seconds(1);
  release.add_people()->set_display_name("Ana Lima");
  const auto committed = CommitAndWait(store_, CommitOf(put->document.name(), release));
  ASSERT_TRUE(committed.ok()) << committed.status();
  ASSERT_EQ(committed->releases_size(), 1);
  EXPECT_EQ(committed->releases(0).name(), release.name());
  EXPECT_EQ(committed->releases(0).outcome(), Committed::OUTCOME_PUBLISHED);
  EXPECT_EQ(committed->releases(0).revision(), 1u);
  EXPECT_EQ(committed->releases(0).event_sequence(), 1u);

  const auto got = store_.GetRelease(Latest(release.name()), View::kFull);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->revision(), 1u);
  EXPECT_EQ(got->text(), "The port opened.");
  EXPECT_EQ(got->people(0).display_name(), "Ana Lima");
  EXPECT_EQ(got->document(), put->document.name());
  EXPECT_FALSE(got->has_withdraw_time());
  EXPECT_NE(got->etag(), "forged");
  EXPECT_FALSE(got->etag().empty());
  EXPECT_EQ(FromTimestamp(got->create_time()), FromMicros(ToMicros(clock_.Now())));
  ASSERT_EQ(got->sightings_size(), 1);
  EXPECT_EQ(got->sightings(0).source(), "sources/a");
  EXPECT_EQ(got->sightings(0).time().seconds(), 1'600'000'000);

  const auto stored = store_.GetDocument(put->document.name(), false);
  EXPECT_EQ(stored->state(), v1::Document::STATE_EXTRACTED);
  EXPECT_THAT(stored->releases(), ElementsAre(release.name()));
  // Putting the same content again tells what it gave.
  EXPECT_THAT(PutAndWait(store_, document)->document.releases(), ElementsAre(release.name()));
}

TEST_P(StoreConformance, TheEventHasTheReleaseWithoutItsText) {
  Release release = MakeRelease(kUri, "Port opens", "The port opened.");
  release.add_figures()->set_text("14 million");
  const auto put = PutAndWait(store_, MakeDocument(kUri, "raw"));
  ASSERT_TRUE(CommitAndWait(store_, CommitOf(put->document.name(), release)).ok());
  const auto events = EventsOf(store_, kReleaseTopic);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].type(), "org.dateline.release.published");
  EXPECT_EQ(events[0].attributes().at("subject").ce_string(), release.name());
  EXPECT_EQ(events[0].attributes().at("sequence").ce_string(), "00000000000000000001");
  EXPECT_EQ(events[0].attributes().at("partitionkey").ce_string(), "example.org");
  EXPECT_TRUE(events[0].attributes().contains("dataref"));
  const auto data = DataOf(events[0]);
  EXPECT_EQ(data.release().title(), "Port opens");
  EXPECT_EQ(data.release().text(), "");
  EXPECT_EQ(data.release().revision(), 1u);
  EXPECT_EQ(data.release().figures(0).text(), "14 million");
  EXPECT_TRUE(data.release().has_create_time());
  EXPECT_FALSE(data.thinned());
}

TEST_P(StoreConformance, ThinsAnEventThatWouldBeTooLarge) {
  Release release = MakeRelease(kUri, "Port opens", std::string(100'000, 'x'));
  for (int i = 0; i < 5'000; ++i)
    release.add_people()->set_display_name("Somebody with a long name " + std::to_string(i));
  const auto put = PutAndWait(store_, MakeDocument(kUri, "raw"));
  ASSERT_TRUE(CommitAndWait(store_, CommitOf(put->document.name(), release)).ok());
  const auto events = EventsOf(store_, kReleaseTopic);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_LE(events[0].ByteSizeLong(), size_t{64} * 1024);
  const auto data = DataOf(events[0]);
  EXPECT_TRUE(data.thinned());
  EXPECT_EQ(data.release().title(), "Port opens");
  EXPECT_EQ(data.release().people_size(), 0);
  EXPECT_EQ(store_.GetRelease(Latest(release.name()), View::kFull)->people_size(), 5'000);
}

TEST_P(StoreConformance, RevisesForAMaterialChangeAndKeepsTheOldRevision) {
  Publish(store_, kUri, "Port opens", "The port opened on Friday.");
  clock_.Advance(std::chrono::minutes(1));
  const auto second = Publish(store_, kUri, "Port opens", "The port opened on Monday.");
  EXPECT_EQ(second.outcome(), Committed::OUTCOME_REVISED);
  EXPECT_EQ(second.revision(), 2u);
  EXPECT_EQ(second.event_sequence(), 2u);

  const auto latest = store_.GetRelease(Latest(second.name()), View::kFull);
  EXPECT_EQ(latest->text(), "The port opened on Monday.");
  EXPECT_EQ(latest->revision(), 2u);
  EXPECT_EQ(FromTimestamp(latest->update_time()) - FromTimestamp(latest->create_time()), std::chrono::minutes(1));
  const auto first = store_.GetRelease({.name = second.name(), .revision = 1}, View::kFull);
  EXPECT_EQ(first->text(), "The port opened on Friday.");
  EXPECT_EQ(first->revision(), 1u);
  EXPECT_NE(first->document(), latest->document());

  const auto data = DataOf(EventsOf(store_, kReleaseTopic)[1]);
  EXPECT_EQ(data.change_class(), events::v1::CHANGE_CLASS_MATERIAL);
  ASSERT_EQ(data.changes_size(), 1);
  EXPECT_EQ(data.changes(0).field(), "text");
  EXPECT_THAT(data.changes(0).description(), HasSubstr("1 words added, 1 removed"));

  const auto revisions = store_.ListRevisions(second.name(), View::kFull, 10, std::nullopt);
  ASSERT_TRUE(revisions.ok());
  ASSERT_THAT(revisions->revisions, SizeIs(2));
  EXPECT_EQ(revisions->revisions[0].name(), second.name() + "/revisions/2");
  EXPECT_EQ(revisions->revisions[0].change_class(), events::v1::CHANGE_CLASS_MATERIAL);
  EXPECT_EQ(revisions->revisions[1].change_class(), events::v1::CHANGE_CLASS_UNSPECIFIED);
  EXPECT_EQ(revisions->revisions[1].snapshot().text(), "The port opened on Friday.");
  const auto page = store_.ListRevisions(second.name(), View::kBasic, 1, std::nullopt);
  ASSERT_TRUE(page->next.has_value());
  const auto rest = store_.ListRevisions(second.name(), View::kBasic, 1, page->next);
  ASSERT_THAT(rest->revisions, SizeIs(1));
  EXPECT_EQ(rest->revisions[0].name(), second.name() + "/revisions/1");
  EXPECT_FALSE(rest->next.has_value());
}

TEST_P(StoreConformance, TypesettingMakesNoRevisionAndNoEvent) {
  Publish(store_, kUri, "Port \"opens\"", "The port opened.");
  const auto second = Publish(store_, kUri, "Port “opens”", "The  port\nopened.");
  EXPECT_EQ(second.outcome(), Committed::OUTCOME_UNCHANGED);
  EXPECT_EQ(second.revision(), 1u);
  EXPECT_EQ(second.event_sequence(), 0u);
  EXPECT_THAT(EventsOf(store_, kReleaseTopic), SizeIs(1));
  EXPECT_EQ(store_.GetRelease(Latest(second.name()), View::kFull)->title(), "Port \"opens\"");
}

TEST_P(StoreConformance, LateWorkOnAnOldDocumentChangesNothing) {
  const auto first = PutAndWait(store_, MakeDocument(kUri, "A"));
  const auto second = PutAndWait(store_, MakeDocument(kUri, "B"));
  const auto third = PutAndWait(store_, MakeDocument(kUri, "A"));
  const Release a = MakeRelease(kUri, "Title", "A");
  const Release b = MakeRelease(kUri, "Title", "B");
  EXPECT_EQ(CommitAndWait(store_, CommitOf(first->document.name(), a))->releases(0).outcome(),
            Committed::OUTCOME_PUBLISHED);
  EXPECT_EQ(CommitAndWait(store_, CommitOf(third->document.name(), a))->releases(0).outcome(),
            Committed::OUTCOME_UNCHANGED);
  // The second document comes last: its words were gone again when the third was fetched.
  const auto late = CommitAndWait(store_, CommitOf(second->document.name(), b));
  ASSERT_TRUE(late.ok());
  EXPECT_EQ(late->releases(0).outcome(), Committed::OUTCOME_UNCHANGED);
  EXPECT_EQ(store_.GetRelease(Latest(a.name()), View::kFull)->text(), "A");
  EXPECT_EQ(store_.GetDocument(second->document.name(), false)->state(), v1::Document::STATE_EXTRACTED);
}

TEST_P(StoreConformance, OneDocumentMayGiveSeveralReleasesOrNone) {
  const auto put = PutAndWait(store_, MakeDocument(kUri, "two"));
  v1::CommitReleasesRequest request = CommitOf(put->document.name(), MakeRelease("https://example.org/a", "A", "a"));
  *request.add_releases() = MakeRelease("https://example.org/b", "B", "b");
  const auto committed = CommitAndWait(store_, request);
  ASSERT_EQ(committed->releases_size(), 2);
  EXPECT_EQ(committed->releases(1).event_sequence(), 2u);
  EXPECT_EQ(store_.GetDocument(put->document.name(), false)->releases_size(), 2);

  const auto empty = PutAndWait(store_, MakeDocument("https://example.org/list", "none"));
  v1::CommitReleasesRequest none;
  none.set_document(empty->document.name());
  ASSERT_TRUE(CommitAndWait(store_, none).ok());
  EXPECT_EQ(store_.GetDocument(empty->document.name(), false)->state(), v1::Document::STATE_EXTRACTED);
  EXPECT_EQ(store_.Stats().releases, 2u);
  EXPECT_EQ(store_.Stats().pending_documents, 0u);
}

TEST_P(StoreConformance, CommitOfAnUnknownDocumentIsNotFound) {
  const auto committed = CommitAndWait(store_, CommitOf(DocumentName(kUri, 1), MakeRelease(kUri, "T", "t")));
  EXPECT_EQ(ErrorReason(committed.status()), "DOCUMENT_NOT_FOUND");
  EXPECT_THAT(EventsOf(store_, kReleaseTopic), IsEmpty());
}

TEST_P(StoreConformance, CommitAcknowledgesItsLease) {
  const Leased leased = PutAndLease(store_, kUri, "raw");
  EXPECT_EQ(OpenEvents(store_), 1u);
  auto request = CommitOf(leased.document, MakeRelease(kUri, "T", "t"));
  *request.mutable_lease() = leased.lease;
  ASSERT_TRUE(CommitAndWait(store_, request).ok());
  EXPECT_EQ(OpenEvents(store_), 0u);
}

TEST_P(StoreConformance, ARepeatedCommitAnswersTheStoredOutcome) {
  const Leased leased = PutAndLease(store_, kUri, "raw");
  auto request = CommitOf(leased.document, MakeRelease(kUri, "T", "t"));
  *request.mutable_lease() = leased.lease;
  const auto first = CommitAndWait(store_, request);
  const auto again = CommitAndWait(store_, request);
  ASSERT_TRUE(first.ok() && again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(again->releases(0).outcome(), Committed::OUTCOME_PUBLISHED);
  EXPECT_THAT(EventsOf(store_, kReleaseTopic), SizeIs(1));
  EXPECT_EQ(store_.Stats().revisions, 1u);
}

TEST_P(StoreConformance, ALostLeaseWritesNothing) {
  const Leased leased = PutAndLease(store_, kUri, "raw");
  clock_.Advance(std::chrono::minutes(5));
  const auto other = store_.events().Lease({.group = "extraction",
                                            .topic = std::string(kDocumentTopic),
                                            .max = 1,
                                            .duration = std::chrono::seconds(30),
                                            .holder = "other"});
  ASSERT_EQ(other->events.size(), 1u);
  auto request = CommitOf(leased.document, MakeRelease(kUri, "T", "t"));
  *request.mutable_lease() = leased.lease;
  const auto committed = CommitAndWait(store_, request);
  EXPECT_EQ(committed.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(committed.status()), "LEASE_LOST");
  EXPECT_THAT(EventsOf(store_, kReleaseTopic), IsEmpty());
  EXPECT_EQ(store_.GetDocument(leased.document, false)->state(), v1::Document::STATE_PENDING);
  EXPECT_EQ(ErrorReason(store_.GetRelease(Latest(request.releases(0).name()), View::kFull).status()),
            "RELEASE_NOT_FOUND");

  // The one that took over commits; then the first one's repeat is harmless.
  auto taken_over = request;
  taken_over.mutable_lease()->set_lease_token(other->events[0].token);
  const auto winner = CommitAndWait(store_, taken_over);
  ASSERT_TRUE(winner.ok()) << winner.status();
  const auto loser = CommitAndWait(store_, request);
  ASSERT_TRUE(loser.ok()) << loser.status();
  EXPECT_EQ(loser->SerializeAsString(), winner->SerializeAsString());
  EXPECT_THAT(EventsOf(store_, kReleaseTopic), SizeIs(1));
}

TEST_P(StoreConformance, AFailureIsKeptAndAcknowledged) {
  const Leased leased = PutAndLease(store_, kUri, "raw");
  v1::CommitReleasesRequest request;
  request.set_document(leased.document);
  request.set_failure("the text is drawn by scripts");
  *request.mutable_lease() = leased.lease;
  const auto committed = CommitAndWait(store_, request);
  ASSERT_TRUE(committed.ok()) << committed.status();
  EXPECT_EQ(committed->releases_size(), 0);
  const auto document = store_.GetDocument(leased.document, false);
  EXPECT_EQ(document->state(), v1::Document::STATE_FAILED);
  EXPECT_EQ(document->failure(), "the text is drawn by scripts");
  EXPECT_EQ(OpenEvents(store_), 0u);
  EXPECT_EQ(store_.Stats().failed_documents, 1u);
  EXPECT_EQ(store_.Stats().pending_documents, 0u);
  // Better rules may succeed later.
  ASSERT_TRUE(CommitAndWait(store_, CommitOf(leased.document, MakeRelease(kUri, "T", "t"))).ok());
  EXPECT_EQ(store_.GetDocument(leased.document, false)->state(), v1::Document::STATE_EXTRACTED);
  EXPECT_EQ(store_.GetDocument(leased.document, false)->failure(), "");
  EXPECT_EQ(store_.Stats().failed_documents, 0u);
}

TEST_P(StoreConformance, ConcurrentCommitsOfOneReleaseGiveDenseRevisions) {
  constexpr int kThreads = 6;
  std::vector<std::string> documents;
  for (int i = 0; i < kThreads; ++i) {
    documents.push_back(PutAndWait(store_, MakeDocument(kUri, std::to_string(i)))->document.name());
  }
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const auto committed = CommitAndWait(
          store_, CommitOf(documents[static_cast<size_t>(i)], MakeRelease(kUri, "T", "text " + std::to_string(i))));
      if (!committed.ok()) ++failures;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  const auto latest = store_.GetRelease(Latest(MakeRelease(kUri, "", "").name()), View::kFull);
  ASSERT_TRUE(latest.ok());
  // Whatever the order was, the words of the newest document stand at the end.
  EXPECT_EQ(latest->text(), "text " + std::to_string(kThreads - 1));
  EXPECT_EQ(EventsOf(store_, kReleaseTopic).size(), latest->revision());
  const auto revisions = store_.ListRevisions(latest->name(), View::kBasic, 100, std::nullopt);
  EXPECT_EQ(revisions->revisions.size(), latest->revision());
}

TEST_P(StoreConformance, UnknownReleasesAndRevisionsAreNotFound) {
  const auto known = Publish(store_, kUri, "T", "t");
  const std::string unknown = MakeRelease("https://example.org/none", "", "").name();
  EXPECT_EQ(ErrorReason(store_.GetRelease(Latest(unknown), View::kFull).status()), "RELEASE_NOT_FOUND");
  EXPECT_EQ(ErrorReason(store_.GetRelease({.name = unknown, .revision = 1}, View::kFull).status()),
            "RELEASE_NOT_FOUND");
  EXPECT_EQ(ErrorReason(store_.GetRelease({.name = known.name(), .revision = 2}, View::kFull).status()),
            "REVISION_NOT_FOUND");
  EXPECT_EQ(ErrorReason(store_.ListRevisions(unknown, View::kBasic, 10, std::nullopt).status()), "RELEASE_NOT_FOUND");
}

TEST_P(StoreConformance, BatchKeepsTheOrderAndLeavesOutTheUnknown) {
  const auto a = Publish(store_, "https://example.org/a", "A", "a");
  const auto b = Publish(store_, "https://example.org/b", "B", "b");
  const std::string unknown = MakeRelease("https://example.org/none", "", "").name();
  const auto batch =
      store_.BatchGetReleases({Latest(b.name()), Latest(unknown), Latest(a.name()), Latest(b.name())}, View::kBasic);
  ASSERT_TRUE(batch.ok());
  std::vector<std::string> titles;
  for (const Release& release : *batch) titles.push_back(release.title());
  EXPECT_THAT(titles, ElementsAre("B", "A", "B"));
}

TEST_P(StoreConformance, TheBasicViewLeavesTextAndFactsOut) {
  Release release = MakeRelease(kUri, "Title", "text");
  release.set_subtitle("Deck");
  release.mutable_dateline()->set_place("Sanya");
  release.mutable_publish()->mutable_date()->set_year(2026);
  release.mutable_publish()->add_candidates()->set_raw("11 March");
  release.add_people()->set_display_name("Ana");
  const auto put = PutAndWait(store_, MakeDocument(kUri, "raw"));
  ASSERT_TRUE(CommitAndWait(store_, CommitOf(put->document.name(), release)).ok());
  const auto basic = store_.GetRelease(Latest(release.name()), View::kBasic);
  ASSERT_TRUE(basic.ok());
  EXPECT_EQ(basic->title(), "Title");
  EXPECT_EQ(basic->subtitle(), "Deck");
  EXPECT_EQ(basic->dateline().place(), "Sanya");
  EXPECT_EQ(basic->publish().date().year(), 2026);
  EXPECT_EQ(basic->publish().candidates_size(), 0);
  EXPECT_EQ(basic->revision(), 1u);
  EXPECT_TRUE(basic->has_create_time());
  EXPECT_EQ(basic->text(), "");
  EXPECT_EQ(basic->people_size(), 0);
  const auto of_revision = store_.GetRelease({.name = release.name(), .revision = 1}, View::kBasic);
  EXPECT_EQ(of_revision->SerializeAsString(), basic->SerializeAsString());
}

TEST_P(StoreConformance, FurtherSightingsAreKept) {
  const auto first = Publish(store_, kUri, "T", "t");
  v1::Document again = MakeDocument(kUri, "T\n\nt");
  again.set_source("sources/mirror");
  again.set_given_uri("https://example.org/news/1?ref=feed");
  again.mutable_fetch_time()->set_seconds(1'900'000'000);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(PutAndWait(store_, again)->outcome, v1::PutDocumentResponse::OUTCOME_UNCHANGED);
  }
  const auto release = store_.GetRelease(Latest(first.name()), View::kFull);
  ASSERT_EQ(release->sightings_size(), 2);
  EXPECT_EQ(release->sightings(1).source(), "sources/mirror");
  EXPECT_EQ(release->sightings(1).uri(), "https://example.org/news/1?ref=feed");
}

TEST_P(StoreConformance, WithdrawsOnceAndKeepsTheRecord) {
  const auto published = Publish(store_, kUri, "T", "t");
  const std::string etag = store_.GetRelease(Latest(published.name()), View::kFull)->etag();
  const WithdrawParams params{
      .name = published.name(), .cause = "404 for three days", .time = FromMicros(1'800'000'000'000'000)};
  const auto withdrawn = WithdrawAndWait(store_, params);
  ASSERT_TRUE(withdrawn.ok()) << withdrawn.status();
  EXPECT_EQ(withdrawn->withdraw_time().seconds(), 1'800'000'000);
  ASSERT_TRUE(WithdrawAndWait(store_, params).ok());
  const auto events = EventsOf(store_, kReleaseTopic);
  ASSERT_THAT(events, SizeIs(2));
  EXPECT_EQ(events[1].type(), "org.dateline.release.withdrawn");
  EXPECT_EQ(DataOf(events[1]).release().withdraw_time().seconds(), 1'800'000'000);
  const auto got = store_.GetRelease(Latest(published.name()), View::kFull);
  EXPECT_EQ(got->text(), "t");
  EXPECT_NE(got->etag(), etag);
  EXPECT_EQ(ErrorReason(
                WithdrawAndWait(store_, {.name = MakeRelease("https://x.org/", "", "").name(), .cause = {}, .time = {}})
                    .status()),
            "RELEASE_NOT_FOUND");
  // New words at the source: it stands there again.
  EXPECT_EQ(Publish(store_, kUri, "T", "back again").outcome(), Committed::OUTCOME_REVISED);
  EXPECT_FALSE(store_.GetRelease(Latest(published.name()), View::kFull)->has_withdraw_time());
}

TEST_P(StoreConformance, CountsWhatItHolds) {
  EXPECT_FALSE(store_.Stats().last_release_time.has_value());
  Publish(store_, kUri, "T", "1");
  Publish(store_, kUri, "T", "2");
  ASSERT_TRUE(PutAndWait(store_, MakeDocument("https://example.org/x", "pending")).ok());
  const StoreStats stats = store_.Stats();
  EXPECT_EQ(stats.documents, 3u);
  EXPECT_EQ(stats.pending_documents, 1u);
  EXPECT_EQ(stats.releases, 1u);
  EXPECT_EQ(stats.revisions, 2u);
  ASSERT_TRUE(stats.last_release_time.has_value());
}

}  // namespace
}  // namespace dateline::storage
