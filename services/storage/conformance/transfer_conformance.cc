// An archive as a file: what of it another archive has in the end, on every database. A copy has documents, revisions,
// what people decided and set, and a log of its own; a move has the other's log too, so that cursors and leases go on,
// and follows it as long as it is written.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/derivation.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Uri(int i) {
  return "https://example.org/a/" + std::to_string(i);
}

// Commits a release that names a person.
v1::CommittedRelease PublishPerson(Store& store, int i, std::string_view text, std::string_view person = "Li Ming") {
  Release release = MakeRelease(Uri(i), "Title " + std::to_string(i), std::string(person) + ": " + std::string(text));
  release.set_source("sources/iom");
  auto* named = release.add_people();
  named->set_display_name(std::string(person));
  named->add_mentions()->set_end(static_cast<uint32_t>(person.size()));
  v1::Document document = MakeDocument(Uri(i), "raw of " + std::string(text));
  document.set_source("sources/iom");
  v1::CommitReleasesRequest request;
  request.set_document(PutAndWait(store, document)->document.name());
  *request.add_releases() = release;
  const auto committed = CommitAndWait(store, request);
  EXPECT_TRUE(committed.ok()) << committed.status();
  return committed.ok() ? committed->releases(0) : v1::CommittedRelease();
}

// The names of the entities of this kind, the most frequent first.
std::vector<std::string> People(Store& store) {
  EntityQuery query;
  query.kind = v1::Entity::KIND_PERSON;
  const auto rows = store.derived().ListEntityRows(query);
  EXPECT_TRUE(rows.ok()) << rows.status();
  std::vector<std::string> names;
  for (const EntityRow& row : rows.value_or(std::vector<EntityRow>())) names.push_back(row.name);
  return names;
}

eventlog::LeaseResult Lease(Store& store, uint32_t most, std::string_view topic = kDocumentTopic) {
  auto leased =
      store.events().Lease({.group = "extraction", .topic = std::string(topic), .max = most, .holder = "a test"});
  EXPECT_TRUE(leased.ok()) << leased.status();
  return leased.ok() ? *std::move(leased) : eventlog::LeaseResult();
}

// Takes everything of one archive into another; how many records were stored.
uint64_t Copy(Store& from, Store& to, bool move = false) {
  std::string token;
  uint64_t imported = 0;
  while (true) {
    const auto records = from.admin()->Export(token, 1);
    EXPECT_TRUE(records.ok()) << records.status();
    if (!records.ok() || records->empty()) return imported;
    v1::ImportArchiveRequest request;
    request.set_move(move);
    for (const auto& record : *records) *request.add_records() = record.record();
    token = records->back().resume_token();
    const auto once = to.admin()->Import(request);
    EXPECT_TRUE(once.ok()) << once.status();
    if (!once.ok()) return imported;
    imported += once->imported_count();
    // A repeat changes nothing.
    EXPECT_EQ(to.admin()->Import(request)->skipped_count(), static_cast<uint64_t>(request.records_size()));
  }
}

bool IsOfLog(const v1::ArchiveRecord& record) {
  return record.has_log() || record.has_event() || record.has_group();
}

std::vector<std::string> Records(Store& store, bool with_log) {
  std::vector<std::string> records;
  std::string token;
  while (true) {
    const auto next = store.admin()->Export(token, size_t{1} << 20);
    EXPECT_TRUE(next.ok()) << next.status();
    if (!next.ok() || next->empty()) return records;
    for (const auto& record : *next) {
      if (with_log || !IsOfLog(record.record())) records.push_back(record.record().DebugString());
    }
    token = next->back().resume_token();
  }
}

TEST_P(AdminConformance, CopiesAnArchiveWithNamesRevisionsAndTimes) {
  for (int i = 0; i < 4; ++i) {
    PublishPerson(store_, i, "First words.");
    clock_.Advance(std::chrono::hours(5));
  }
  PublishPerson(store_, 2, "Second words.");
  ASSERT_TRUE(WithdrawAndWait(store_, {.name = All(store_)[1].name(), .cause = "gone", .time = clock_.Now()}).ok());
  v1::Document again = MakeDocument(Uri(3), "raw of First words.");
  again.set_source("sources/another");
  ASSERT_TRUE(PutAndWait(store_, again).ok());
  ASSERT_TRUE(PutAndWait(store_, MakeDocument("https://example.org/waits", "not extracted yet")).ok());
  const auto target = GetParam().make(clock_);
  clock_.Advance(std::chrono::hours(100));
  EXPECT_EQ(Copy(store_, *target), 11u) << "six documents and five revisions";
  const auto from = All(store_);
  const auto to = All(*target);
  ASSERT_EQ(from.size(), to.size());
  for (size_t i = 0; i < from.size(); ++i) EXPECT_EQ(from[i].DebugString(), to[i].DebugString());
  EXPECT_EQ(Records(store_, false), Records(*target, false));
  EXPECT_EQ(target->Stats().documents, 6u);
  EXPECT_EQ(target->Stats().pending_documents, 1u);
  EXPECT_EQ(target->Stats().releases, 4u);
  EXPECT_EQ(target->Stats().revisions, 5u);
  EXPECT_THAT(All(*target, "second"), SizeIs(1));
  EXPECT_THAT(Verified(*target).findings(), IsEmpty());
  EXPECT_THAT(EventsOf(*target, kReleaseTopic), IsEmpty()) << "its log begins anew";
  EXPECT_THAT(EventsOf(*target, kDocumentTopic), SizeIs(1)) << "what waits for extraction has to be told of";
  EXPECT_NE(target->events().epoch(), store_.events().epoch());
  // Both go on alike.
  PublishPerson(*target, 2, "Third words.");
  EXPECT_EQ(All(*target, "third").front().revision(), 3u);
  Derive(*target, clock_);
}

TEST_P(AdminConformance, RefusesRecordsThatDoNotBelong) {
  const auto refused = [&](const std::function<void(v1::ArchiveRecord*)>& fill) {
    v1::ImportArchiveRequest request;
    fill(request.add_records());
    return ErrorReason(store_.admin()->Import(request).status());
  };
  EXPECT_EQ(refused([](v1::ArchiveRecord*) {}), "INVALID_ARCHIVE_RECORD");
  EXPECT_EQ(refused([](v1::ArchiveRecord* record) {
              auto* release = record->mutable_revision()->mutable_release();
              *release = MakeRelease(Uri(1), "t", "t");
              release->set_revision(1);
              release->set_document("documents/00000000-0000-5000-8000-000000000000");
            }),
            "INVALID_ARCHIVE_RECORD");
  EXPECT_EQ(refused([&](v1::ArchiveRecord* record) {
              *record->mutable_document() = PutAndWait(store_, MakeDocument(Uri(1), "bytes"))->document;
              record->mutable_document()->set_name("documents/00000000-0000-5000-8000-000000000001");
              record->mutable_document()->set_content("other bytes");
            }),
            "INVALID_ARCHIVE_RECORD");
  EXPECT_EQ(ErrorReason(store_.admin()->Export("nonsense", 1).status()), "INVALID_PAGE");
  EXPECT_EQ(store_.Stats().releases, 0u);
}

TEST_P(AdminConformance, CarriesWhatPeopleDecidedAndSet) {
  PublishPerson(store_, 1, "One.", "William Swing");
  PublishPerson(store_, 2, "Two.", "Bill Swing");
  Derive(store_, clock_);
  auto people = People(store_);
  ASSERT_THAT(people, SizeIs(2));
  ASSERT_TRUE(Derivation(store_.derived(), clock_).Merge(people[0], {people[1]}, "").ok());
  v1::RetentionRule rule;
  rule.set_source("sources/iom");
  rule.mutable_content_age()->set_seconds(90 * 86'400);
  ASSERT_TRUE(store_.admin()->SetRetentionRule(rule).ok());
  ASSERT_TRUE(store_.admin()->Erase("nobody@example.org", false).ok());
  const auto target = GetParam().make(clock_);
  Copy(store_, *target);
  EXPECT_EQ(Records(store_, false), Records(*target, false));
  Derive(*target, clock_);
  EXPECT_THAT(People(*target), SizeIs(1)) << "the merge holds";
  EXPECT_EQ(People(*target), People(store_));
  EXPECT_EQ(target->admin()->RetentionRules()->front().SerializeAsString(), rule.SerializeAsString());
}

TEST_P(AdminConformance, ADecisionThatComesLateIsWorkedOut) {
  PublishPerson(store_, 1, "One.", "William Swing");
  PublishPerson(store_, 2, "Two.", "Bill Swing");
  const auto target = GetParam().make(clock_);
  Copy(store_, *target);
  Derive(*target, clock_);
  EXPECT_THAT(People(*target), SizeIs(2));
  Derive(store_, clock_);
  const auto people = People(store_);
  ASSERT_TRUE(Derivation(store_.derived(), clock_).Merge(people[0], {people[1]}, "").ok());
  Copy(store_, *target);
  Derive(*target, clock_);
  EXPECT_EQ(People(*target), People(store_));
}

TEST_P(AdminConformance, AMoveTakesTheLogWithItsCursorsAndLeases) {
  for (int i = 0; i < 4; ++i) PublishPerson(store_, i, "Words " + std::to_string(i));
  Derive(store_, clock_);
  auto leased = Lease(store_, 3);
  ASSERT_THAT(leased.events, SizeIs(3));
  const auto reference = [&](size_t i) {
    return eventlog::LeaseReference{.topic = std::string(kDocumentTopic),
                                    .group = "extraction",
                                    .sequence = leased.events[i].record.sequence,
                                    .token = leased.events[i].token};
  };
  ASSERT_TRUE(store_.events().Ack({reference(0), reference(2)}).ok());
  const auto target = GetParam().make(clock_);
  EXPECT_NE(target->events().epoch(), store_.events().epoch());
  Copy(store_, *target, true);
  EXPECT_EQ(target->events().epoch(), store_.events().epoch()) << "readers know it";
  EXPECT_EQ(Records(store_, true), Records(*target, true));
  Derive(*target, clock_);
  EXPECT_EQ(EventsOf(*target, kReleaseTopic).size(), EventsOf(store_, kReleaseTopic).size()) << "nothing is told anew";
  EXPECT_THAT(Verified(*target).findings(), IsEmpty());
  // What was leased and not done is given out again, then what comes next.
  const auto again = Lease(*target, 10);
  ASSERT_THAT(again.events, SizeIs(2));
  EXPECT_EQ(again.events[0].record.sequence.value(), 2u);
  EXPECT_EQ(again.events[1].record.sequence.value(), 4u);
  EXPECT_EQ(PublishPerson(*target, 9, "New words.").event_sequence(), 5u) << "the log goes on";
}

TEST_P(AdminConformance, AMoveFollowsWhatIsWrittenMeanwhile) {
  PublishPerson(store_, 1, "First words.");
  const auto pending = PutAndWait(store_, MakeDocument(Uri(2), "not extracted yet"));
  ASSERT_TRUE(pending.ok());
  const auto target = GetParam().make(clock_);
  Copy(store_, *target, true);
  EXPECT_EQ(target->Stats().pending_documents, 1u);
  EXPECT_THAT(EventsOf(*target, kDocumentTopic), SizeIs(2)) << "told by the other's log, and once";
  v1::CommitReleasesRequest request;
  request.set_document(pending->document.name());
  *request.add_releases() = MakeRelease(Uri(2), "Second", "Second words.");
  ASSERT_TRUE(CommitAndWait(store_, request).ok());
  ASSERT_TRUE(WithdrawAndWait(store_, {.name = All(store_)[0].name(), .cause = "", .time = clock_.Now()}).ok());
  v1::Document elsewhere = MakeDocument(Uri(1), "raw of First words.");
  elsewhere.set_source("sources/another");
  ASSERT_TRUE(PutAndWait(store_, elsewhere).ok());
  Copy(store_, *target, true);
  EXPECT_EQ(Records(store_, true), Records(*target, true));
  EXPECT_EQ(target->Stats().pending_documents, 0u);
  EXPECT_EQ(target->Stats().releases, 2u);
}

TEST_P(AdminConformance, AMoveNeedsALogWithoutEventsOfItsOwn) {
  PublishPerson(store_, 1, "First words.");
  const auto target = GetParam().make(clock_);
  PublishPerson(*target, 2, "Other words.");
  const auto records = store_.admin()->Export("", size_t{1} << 20);
  ASSERT_TRUE(records.ok());
  v1::ImportArchiveRequest request;
  request.set_move(true);
  for (const auto& record : *records) *request.add_records() = record.record();
  EXPECT_EQ(ErrorReason(target->admin()->Import(request).status()), "LOG_NOT_EMPTY");
  EXPECT_EQ(target->Stats().releases, 1u) << "nothing of it was kept";
  EXPECT_THAT(EventsOf(*target, kReleaseTopic), SizeIs(1));
}

}  // namespace
}  // namespace dateline::storage
