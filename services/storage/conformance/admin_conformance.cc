// What administration does on every database but moves (transfer_conformance.cc): a contact is gone from every place;
// documents are given to extraction again and refresh their facts; retention removes what is too old and nothing else;
// checks find what is wrong; operations survive the process and end when they are asked to.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/error.h"
#include "services/storage/administration/operation_runner.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/derivation.h"

namespace dateline::storage {
namespace {

using release::v1::Release;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string Uri(int i) {
  return "https://example.org/a/" + std::to_string(i);
}

// Commits a release with a contact.
void PublishContact(Store& store, int i, std::string_view text, std::string_view email, std::string_view rules = "1") {
  Release release = MakeRelease(Uri(i), "Title " + std::to_string(i), text);
  release.set_source("sources/iom");
  release.mutable_extractor()->set_rules(std::string(rules));
  auto* contact = release.add_contacts();
  contact->set_email(std::string(email));
  contact->set_display_name("Li Ming");
  contact->mutable_span()->set_start(0);
  contact->mutable_span()->set_end(3);
  v1::Document document = MakeDocument(Uri(i), "raw of " + std::string(text) + " " + std::string(email));
  document.set_source("sources/iom");
  v1::CommitReleasesRequest request;
  request.set_document(PutAndWait(store, document)->document.name());
  *request.add_releases() = release;
  const auto committed = CommitAndWait(store, request);
  ASSERT_TRUE(committed.ok()) << committed.status();
}

// All that an export says, of the event log or without it.
std::vector<std::string> Records(Store& store, bool with_events) {
  std::vector<std::string> records;
  std::string token;
  while (true) {
    const auto next = store.admin()->Export(token, size_t{1} << 20);
    EXPECT_TRUE(next.ok()) << next.status();
    if (!next.ok() || next->empty()) return records;
    for (const auto& record : *next) {
      if (with_events || !record.record().has_event()) records.push_back(record.record().DebugString());
    }
    token = next->back().resume_token();
  }
}

TEST_P(AdminConformance, ErasesAContactFromEveryPlace) {
  PublishContact(store_, 1, "Ask li@iom.int about water.", "li@iom.int");
  PublishContact(store_, 1, "Ask li@iom.int about more water.", "li@iom.int");
  PublishContact(store_, 2, "Ask somebody else.", "press@iom.int");
  Derive(store_, clock_);
  const auto counted = store_.admin()->Erase("li@iom.int", true);
  ASSERT_TRUE(counted.ok()) << counted.status();
  EXPECT_EQ(counted->release_count(), 1);
  EXPECT_EQ(counted->revision_count(), 2);
  EXPECT_THAT(All(store_, "contacts.email = li@iom.int"), SizeIs(1)) << "only counted";
  const auto erased = store_.admin()->Erase("li@iom.int", false);
  ASSERT_TRUE(erased.ok()) << erased.status();
  EXPECT_EQ(erased->release_count(), 1);
  EXPECT_EQ(erased->revision_count(), 2);
  EXPECT_EQ(erased->event_count(), 2);
  EXPECT_EQ(erased->content_count(), 2);
  EXPECT_EQ(erased->proof_sha256().size(), 64u);
  EXPECT_EQ(erased->proof_salt().size(), 32u);
  EXPECT_THAT(All(store_, "contacts.email = li@iom.int"), IsEmpty());
  EXPECT_THAT(All(store_, "\"li iom int\""), IsEmpty());
  EXPECT_THAT(All(store_, "contacts.email = press@iom.int"), SizeIs(1));
  EXPECT_EQ(All(store_, "\"about more water\"").front().text(), "Ask ********** about more water.");
  EXPECT_EQ(*store_.derived().CountUnderived(), 1u) << "links and entities are worked out without it";
  Derive(store_, clock_);
  EXPECT_THAT(Verified(store_).findings(), IsEmpty());
  for (const std::string& record : Records(store_, true))
    EXPECT_EQ(record.find("li@iom.int"), std::string::npos) << record;
  const auto nothing = store_.admin()->Erase("li@iom.int", false);
  EXPECT_EQ(nothing->release_count() + nothing->event_count() + nothing->content_count(), 0);
  EXPECT_EQ(ErrorReason(store_.admin()->Erase("nobody", false).status()), "INVALID_CONTACT");
}

TEST_P(AdminConformance, GivesDocumentsToExtractionAgainAndTakesTheirFacts) {
  PublishContact(store_, 1, "Water came.", "press@iom.int", "old");
  PublishContact(store_, 2, "Other words.", "press@iom.int", "new");
  Derive(store_, clock_);
  const auto preview = store_.admin()->Requeue(filter::Filter(), 0, true);
  ASSERT_TRUE(preview.ok()) << preview.status();
  EXPECT_EQ(preview->documents, 2u);
  EXPECT_EQ(preview->outdated, 1u);
  EXPECT_THAT(preview->found, SizeIs(2));
  const size_t events = EventsOf(store_, kDocumentTopic).size();
  const auto queued = store_.admin()->Requeue(*filter::Compile("water"), 0, false);
  ASSERT_TRUE(queued.ok()) << queued.status();
  EXPECT_EQ(queued->documents, 1u);
  EXPECT_TRUE(queued->ended);
  EXPECT_EQ(EventsOf(store_, kDocumentTopic).size(), events + 1);
  EXPECT_EQ(*store_.admin()->RequeuedDocuments(), 1u);
  EXPECT_EQ(store_.admin()->Requeue(*filter::Compile("water"), 0, false)->documents, 0u) << "once is enough";
  Release release = All(store_, "water").front();
  release.mutable_extractor()->set_rules("newer");
  release.add_people()->set_display_name("Li Ming");
  v1::CommitReleasesRequest request;
  request.set_document(release.document());
  *request.add_releases() = release;
  const size_t release_events = EventsOf(store_, kReleaseTopic).size();
  const auto committed = CommitAndWait(store_, request);
  ASSERT_TRUE(committed.ok()) << committed.status();
  EXPECT_EQ(committed->releases(0).outcome(), v1::CommittedRelease::OUTCOME_UNCHANGED);
  EXPECT_EQ(*store_.admin()->RequeuedDocuments(), 0u);
  EXPECT_EQ(EventsOf(store_, kReleaseTopic).size(), release_events) << "better rules are no edit of the newsroom";
  const auto refreshed = All(store_, "mentions(\"li ming\")");
  ASSERT_THAT(refreshed, SizeIs(1));
  EXPECT_EQ(refreshed[0].revision(), 1u);
  EXPECT_EQ(refreshed[0].extractor().rules(), "newer");
  EXPECT_EQ(*store_.derived().CountUnderived(), 1u);
  EXPECT_THAT(Verified(store_).findings(), IsEmpty());
  // Without the mark the same commit would change nothing.
  release.mutable_extractor()->set_rules("newest");
  request.clear_releases();
  *request.add_releases() = release;
  ASSERT_TRUE(CommitAndWait(store_, request).ok());
  EXPECT_EQ(All(store_, "mentions(\"li ming\")").front().extractor().rules(), "newer");
}

v1::RetentionRule Rule(std::string_view source, int content_days, int release_days) {
  v1::RetentionRule rule;
  rule.set_source(std::string(source));
  if (content_days > 0) rule.mutable_content_age()->set_seconds(int64_t{86'400} * content_days);
  if (release_days > 0) rule.mutable_release_age()->set_seconds(int64_t{86'400} * release_days);
  return rule;
}

TEST_P(AdminConformance, RemovesContentsThatAreTooOld) {
  PublishContact(store_, 1, "Old words.", "press@iom.int");
  clock_.Advance(std::chrono::hours(24 * 20));
  PublishContact(store_, 2, "New words.", "press@iom.int");
  ASSERT_TRUE(store_.admin()->SetRetentionRule(Rule("*", 1, 0)).ok());
  ASSERT_TRUE(store_.admin()->SetRetentionRule(Rule("sources/iom", 10, 0)).ok());
  EXPECT_THAT(*store_.admin()->RetentionRules(), SizeIs(2));
  EXPECT_EQ(store_.admin()->ExpireContents(0, true)->removed.content_count(), 1u);
  EXPECT_TRUE(store_.GetDocument(All(store_, "old").front().document(), true).ok()) << "only counted";
  const auto removed = store_.admin()->ExpireContents(0, false);
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_EQ(removed->removed.content_count(), 1u);
  EXPECT_EQ(removed->removed.content_bytes(), std::string("raw of Old words. press@iom.int").size());
  EXPECT_EQ(store_.admin()->ExpireContents(0, false)->removed.content_count(), 0u);
  const std::string old = All(store_, "old").front().document();
  EXPECT_EQ(ErrorReason(store_.GetDocument(old, true).status()), "CONTENT_REMOVED");
  EXPECT_TRUE(store_.GetDocument(old, false).ok());
  EXPECT_TRUE(store_.GetDocument(All(store_, "new").front().document(), true).ok());
  EXPECT_EQ(store_.admin()->Requeue(filter::Filter(), 0, false)->documents, 1u) << "there is nothing to extract";
  EXPECT_THAT(Verified(store_).findings(), IsEmpty());
  // The same page again is no news; the same bytes elsewhere are kept again.
  v1::Document same = MakeDocument(Uri(1), "raw of Old words. press@iom.int");
  EXPECT_EQ(PutAndWait(store_, same)->outcome, v1::PutDocumentResponse::OUTCOME_UNCHANGED);
  same.mutable_feed_hints()->mutable_recipe()->set_body_html("<p>Old words.</p>");
  EXPECT_EQ(PutAndWait(store_, same)->outcome, v1::PutDocumentResponse::OUTCOME_UNCHANGED) << "nor by another recipe";
  same.mutable_feed_hints()->clear_recipe();
  same.set_uri("https://example.org/elsewhere");
  const auto elsewhere = PutAndWait(store_, same);
  ASSERT_TRUE(elsewhere.ok()) << elsewhere.status();
  EXPECT_EQ(store_.GetDocument(elsewhere->document.name(), true)->content(), same.content());
  ASSERT_TRUE(store_.admin()->SetRetentionRule(Rule("*", 0, 0)).ok());
  EXPECT_THAT(*store_.admin()->RetentionRules(), SizeIs(1));
}

TEST_P(AdminConformance, RemovesReleasesThatAreTooOldFromEveryIndex) {
  PublishContact(store_, 1, "Old words.", "old@iom.int");
  PublishContact(store_, 1, "Old words again.", "old@iom.int");
  clock_.Advance(std::chrono::hours(24 * 20));
  PublishContact(store_, 2, "New words.", "press@iom.int");
  Derive(store_, clock_);
  const std::string old = All(store_, "old").front().name();
  ASSERT_TRUE(store_.admin()->SetRetentionRule(Rule("sources/iom", 0, 10)).ok());
  EXPECT_EQ(store_.admin()->ExpireReleases(0, true)->removed.revision_count(), 2u);
  const auto removed = store_.admin()->ExpireReleases(0, false);
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_EQ(removed->removed.release_count(), 1u);
  EXPECT_EQ(removed->removed.revision_count(), 2u);
  EXPECT_EQ(removed->removed.content_count(), 2u);
  EXPECT_THAT(All(store_, "old"), IsEmpty());
  EXPECT_EQ(*store_.admin()->RemoveEmptied(), 1u) << "links and entities hold it still";
  Derive(store_, clock_);
  EXPECT_EQ(*store_.admin()->RemoveEmptied(), 0u);
  EXPECT_EQ(ErrorReason(store_.GetRelease({.name = old, .revision = 0}, View::kFull).status()), "RELEASE_NOT_FOUND");
  EXPECT_THAT(All(store_), SizeIs(1));
  SearchParams with_facets;
  with_facets.query = *ParseSearchQuery("words");
  with_facets.facets = {FacetField::kSource};
  const auto page = store_.SearchReleases(with_facets);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_THAT(page->facets[0], SizeIs(1)) << "what others have as well stays";
  EXPECT_EQ(page->facets[0][0].value, "sources/iom");
  EXPECT_EQ(store_.Stats().releases, 1u);
  EXPECT_EQ(store_.Stats().revisions, 1u);
  EXPECT_THAT(Verified(store_).findings(), IsEmpty());
  for (const std::string& record : Records(store_, false))
    EXPECT_EQ(record.find("old@iom.int"), std::string::npos) << record;
  // What comes back is published anew.
  PublishContact(store_, 1, "Words after a long time.", "press@iom.int");
  EXPECT_EQ(store_.GetRelease({.name = old, .revision = 0}, View::kFull)->revision(), 1u);
}

TEST_P(AdminConformance, OperationsSurviveTheProcessAndEndWhenAsked) {
  v1::ReprocessDocumentsReport report;
  std::string name;
  const auto until_asked = [&](OperationStep& step, google::protobuf::Any*) {
    report.set_document_count(step.cursor() + 1);
    absl::Status saved = step.Save(report, step.cursor() + 1);
    while (saved.ok() && !step.stopping()) step.Wait(std::chrono::milliseconds(50));
    return step.Save(report, step.cursor());
  };
  {
    OperationRunner runner(*store_.admin(), nullptr);
    runner.Register("count", until_asked);
    runner.Start();
    const auto begun = runner.Begin("count", v1::ReprocessDocumentsRequest(), report);
    ASSERT_TRUE(begun.ok()) << begun.status();
    name = begun->name();
    EXPECT_EQ(ErrorReason(runner.Begin("count", v1::ReprocessDocumentsRequest(), report).status()),
              "OPERATION_RUNNING");
    while (store_.admin()->GetOperation(name)->cursor == 0) {
      ASSERT_TRUE(runner.Wait(name, std::chrono::milliseconds(20)).ok());
    }
  }
  ASSERT_FALSE(store_.admin()->GetOperation(name)->operation.done());
  {
    OperationRunner runner(*store_.admin(), nullptr);
    runner.Register("count", [&](OperationStep& step, google::protobuf::Any* response) {
      EXPECT_EQ(step.cursor(), 1u) << "it goes on where it was";
      response->PackFrom(report);
      return absl::OkStatus();
    });
    runner.Start();
    const auto done = runner.Wait(name, std::chrono::seconds(30));
    ASSERT_TRUE(done.ok()) << done.status();
    EXPECT_TRUE(done->has_response());
    EXPECT_THAT(*store_.admin()->ListOperations(true, 1'000, 10), SizeIs(1));
    EXPECT_TRUE(store_.admin()->DeleteOperation(name).ok());
    EXPECT_EQ(ErrorReason(runner.Wait(name, std::chrono::seconds(0)).status()), "OPERATION_NOT_FOUND");
  }
  OperationRunner runner(*store_.admin(), nullptr);
  runner.Register("count", until_asked);
  runner.Start();
  name = runner.Begin("count", v1::ReprocessDocumentsRequest(), report)->name();
  ASSERT_TRUE(runner.Cancel(name).ok());
  const auto ended = runner.Wait(name, std::chrono::seconds(30));
  EXPECT_TRUE(ended->done());
  EXPECT_EQ(ended->error().code(), static_cast<int>(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace dateline::storage
