// What every store does with documents: identity by URI and version, content kept byte for byte, one event for each
// version, lists that page without loss. Each test states one rule of store.h and runs on every back end.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "dateline/events/v1/event_data.pb.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/release_record.h"

namespace dateline::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kUri = "https://example.org/news/1";

using Outcome = v1::PutDocumentResponse;

TEST_P(StoreConformance, PutGivesNameVersionHashAndEvent) {
  v1::Document document = MakeDocument(kUri, "first");
  document.set_source("sources/a");
  document.set_guid("guid-1");
  document.mutable_feed_hints()->set_title("A hint");
  document.mutable_fetch_time()->set_seconds(1'600'000'000);
  const auto put = PutAndWait(store_, document);
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_EQ(put->outcome, Outcome::OUTCOME_CREATED);
  EXPECT_EQ(put->document.name(), "documents/" + UuidV5(std::string(kUri) + "\n1"));
  EXPECT_EQ(put->document.version(), 1u);
  EXPECT_EQ(put->document.content_sha256(), Sha256Hex("first"));
  EXPECT_EQ(put->document.content_bytes(), 5u);
  EXPECT_EQ(put->document.state(), v1::Document::STATE_PENDING);
  EXPECT_TRUE(put->document.content().empty());
  EXPECT_EQ(FromTimestamp(put->document.create_time()), FromMicros(ToMicros(clock_.Now())));

  const auto events = EventsOf(store_, kDocumentTopic);
  ASSERT_THAT(events, SizeIs(1));
  EXPECT_EQ(events[0].type(), "org.dateline.document.stored");
  EXPECT_EQ(events[0].source(), kEventSource);
  EXPECT_EQ(events[0].attributes().at("partitionkey").ce_string(), "sources/a");
  events::v1::DocumentEvent data;
  ASSERT_TRUE(events[0].proto_data().UnpackTo(&data));
  EXPECT_EQ(data.document(), put->document.name());
  EXPECT_EQ(data.uri(), kUri);
  EXPECT_EQ(data.content_sha256(), Sha256Hex("first"));
  EXPECT_EQ(data.content_bytes(), 5u);
  EXPECT_EQ(data.content_type(), "text/plain");
}

TEST_P(StoreConformance, GetAnswersAllThatWasPut) {
  v1::Document document = MakeDocument(kUri, std::string("a\0b\xFF\xFE", 5));
  document.set_source("sources/a");
  document.set_charset("utf-16");
  document.set_guid("guid-1");
  document.mutable_feed_hints()->add_authors("Ana");
  document.mutable_fetch_time()->set_seconds(1'600'000'000);
  const auto put = PutAndWait(store_, document);
  ASSERT_TRUE(put.ok());
  const auto got = store_.GetDocument(put->document.name(), true);
  ASSERT_TRUE(got.ok()) << got.status();
  EXPECT_EQ(got->content(), document.content());
  EXPECT_EQ(got->source(), "sources/a");
  EXPECT_EQ(got->charset(), "utf-16");
  EXPECT_EQ(got->guid(), "guid-1");
  EXPECT_EQ(got->given_uri(), kUri);
  EXPECT_EQ(got->fetch_time().seconds(), 1'600'000'000);
  ASSERT_EQ(got->feed_hints().authors_size(), 1);
  EXPECT_EQ(got->feed_hints().authors(0), "Ana");
  EXPECT_TRUE(store_.GetDocument(put->document.name(), false)->content().empty());
}

TEST_P(StoreConformance, KeepsLargeContent) {
  std::string content;
  for (unsigned i = 0; content.size() < (size_t{3} << 20); ++i) content += std::to_string(i * 2'654'435'761U);
  const auto put = PutAndWait(store_, MakeDocument(kUri, content));
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_EQ(store_.GetDocument(put->document.name(), true)->content(), content);
  EXPECT_EQ(PutAndWait(store_, MakeDocument(kUri, content))->outcome, Outcome::OUTCOME_UNCHANGED);
  const auto changed = PutAndWait(store_, MakeDocument(kUri, content + "!"));
  EXPECT_EQ(changed->outcome, Outcome::OUTCOME_CHANGED);
  EXPECT_EQ(changed->document.version(), 2u);
  EXPECT_EQ(changed->document.name(), DocumentName(kUri, 2));
}

TEST_P(StoreConformance, GetOfAnUnknownDocumentIsNotFound) {
  const auto got = store_.GetDocument(DocumentName("https://example.org/none", 1), true);
  EXPECT_EQ(got.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrorReason(got.status()), "DOCUMENT_NOT_FOUND");
}

TEST_P(StoreConformance, TheSameContentAgainChangesNothing) {
  const auto first = PutAndWait(store_, MakeDocument(kUri, "same"));
  clock_.Advance(std::chrono::seconds(5));
  const auto again = PutAndWait(store_, MakeDocument(kUri, "same"));
  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(again->outcome, Outcome::OUTCOME_UNCHANGED);
  EXPECT_EQ(again->document.SerializeAsString(), first->document.SerializeAsString());
  EXPECT_THAT(EventsOf(store_, kDocumentTopic), SizeIs(1));
  EXPECT_EQ(store_.Stats().documents, 1u);
}

// Somebody wrote a recipe, corrected it, and removed it again; the site's page is the same all the time.
TEST_P(StoreConformance, TheSameContentReadByAnotherRecipeIsANewVersion) {
  v1::Document document = MakeDocument(kUri, "same");
  const auto put = [&](const std::string& body) {
    document.mutable_feed_hints()->mutable_recipe()->set_body_html(body);
    return PutAndWait(store_, document)->outcome;
  };
  EXPECT_EQ(PutAndWait(store_, document)->outcome, Outcome::OUTCOME_CREATED);
  document.mutable_feed_hints()->mutable_recipe()->set_version(1);
  EXPECT_EQ(put("<p>one</p>"), Outcome::OUTCOME_CHANGED);
  EXPECT_EQ(put("<p>one</p>"), Outcome::OUTCOME_UNCHANGED);
  document.mutable_feed_hints()->mutable_recipe()->set_version(2);
  EXPECT_EQ(put("<p>one</p>"), Outcome::OUTCOME_UNCHANGED) << "it finds what the one before found";
  EXPECT_EQ(put("<p>two</p>"), Outcome::OUTCOME_CHANGED);
  // Whoever knows nothing of the recipe does not undo it.
  EXPECT_EQ(PutAndWait(store_, MakeDocument(kUri, "same"))->outcome, Outcome::OUTCOME_UNCHANGED);
  document.mutable_feed_hints()->mutable_recipe()->Clear();
  const auto without = PutAndWait(store_, document);
  EXPECT_EQ(without->outcome, Outcome::OUTCOME_CHANGED);
  EXPECT_EQ(without->document.version(), 4U);
  EXPECT_EQ(store_.GetDocument(without->document.name(), true)->content(), "same");
  EXPECT_EQ(PutAndWait(store_, document)->outcome, Outcome::OUTCOME_UNCHANGED);
  EXPECT_THAT(EventsOf(store_, kDocumentTopic), SizeIs(4));
}

// The same for content that is looked up before it is compressed.
TEST_P(StoreConformance, LargeContentReadByAnotherRecipeIsANewVersion) {
  v1::Document document = MakeDocument(kUri, std::string(size_t{1} << 20, 'x'));
  EXPECT_EQ(PutAndWait(store_, document)->outcome, Outcome::OUTCOME_CREATED);
  document.mutable_feed_hints()->mutable_recipe()->set_title("Title");
  EXPECT_EQ(PutAndWait(store_, document)->outcome, Outcome::OUTCOME_CHANGED);
  EXPECT_EQ(PutAndWait(store_, document)->outcome, Outcome::OUTCOME_UNCHANGED);
}

TEST_P(StoreConformance, ContentThatComesBackIsANewVersion) {
  const auto first = PutAndWait(store_, MakeDocument(kUri, "A"));
  const auto second = PutAndWait(store_, MakeDocument(kUri, "B"));
  const auto third = PutAndWait(store_, MakeDocument(kUri, "A"));
  ASSERT_TRUE(first.ok() && second.ok() && third.ok());
  EXPECT_EQ(first->outcome, Outcome::OUTCOME_CREATED);
  EXPECT_EQ(second->outcome, Outcome::OUTCOME_CHANGED);
  EXPECT_EQ(third->outcome, Outcome::OUTCOME_CHANGED);
  EXPECT_EQ(third->document.version(), 3u);
  EXPECT_NE(first->document.name(), third->document.name());
  EXPECT_EQ(store_.GetDocument(first->document.name(), true)->content(), "A");
  EXPECT_EQ(store_.GetDocument(second->document.name(), true)->content(), "B");
  EXPECT_EQ(store_.GetDocument(third->document.name(), true)->content(), "A");
  EXPECT_THAT(EventsOf(store_, kDocumentTopic), SizeIs(3));
}

TEST_P(StoreConformance, TheSameContentAtTwoUrisIsTwoDocuments) {
  const auto first = PutAndWait(store_, MakeDocument("https://example.org/a", "same"));
  const auto second = PutAndWait(store_, MakeDocument("https://example.org/b", "same"));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(second->outcome, Outcome::OUTCOME_CREATED);
  EXPECT_NE(first->document.name(), second->document.name());
}

TEST_P(StoreConformance, IgnoresWhatOnlyStorageSets) {
  v1::Document document = MakeDocument(kUri, "x");
  document.set_name("documents/" + UuidV4());
  document.set_version(77);
  document.set_state(v1::Document::STATE_FAILED);
  document.set_failure("forged");
  document.add_releases("releases/" + UuidV4());
  const auto put = PutAndWait(store_, document);
  ASSERT_TRUE(put.ok());
  EXPECT_EQ(put->document.version(), 1u);
  const auto got = store_.GetDocument(put->document.name(), false);
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->state(), v1::Document::STATE_PENDING);
  EXPECT_EQ(got->failure(), "");
  EXPECT_EQ(got->releases_size(), 0);
}

TEST_P(StoreConformance, ListsDocumentsNewestFirstPageByPage) {
  std::vector<std::string> expected;
  for (int i = 0; i < 7; ++i) {
    const auto put = PutAndWait(store_, MakeDocument("https://example.org/" + std::to_string(i), "x"));
    expected.insert(expected.begin(), put->document.name());
  }
  std::vector<std::string> seen;
  DocumentQuery query{.uri = {}, .state = v1::Document::STATE_UNSPECIFIED, .start_time = {}, .limit = 3, .after = {}};
  int pages = 0;
  do {
    const auto page = store_.ListDocuments(query);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->documents.size(), 3u);
    for (const auto& document : page->documents) seen.push_back(document.name());
    query.after = page->next;
    // What comes in between belongs to no later page.
    PutAndWait(store_, MakeDocument("https://example.org/later" + std::to_string(pages), "x")).IgnoreError();
  } while (query.after.has_value() && ++pages < 10);
  EXPECT_EQ(seen, expected);
}

TEST_P(StoreConformance, APageOfDocumentsEndsBeforeItIsTooLargeForAMessage) {
  for (int i = 0; i < 3; ++i) {
    v1::Document document = MakeDocument("https://example.org/" + std::to_string(i), "x");
    document.set_guid(std::string(5'000, 'g'));
    PutAndWait(store_, document).IgnoreError();
  }
  std::vector<size_t> sizes;
  DocumentQuery query;
  query.bytes_max = 12'000;
  do {
    const auto page = store_.ListDocuments(query);
    ASSERT_TRUE(page.ok()) << page.status();
    sizes.push_back(page->documents.size());
    query.after = page->next;
  } while (query.after.has_value() && sizes.size() < 10);
  EXPECT_THAT(sizes, ElementsAre(2, 1));
  query = {};
  query.bytes_max = 1;
  EXPECT_THAT(store_.ListDocuments(query)->documents, SizeIs(1)) << "never empty because of its size";
}

TEST_P(StoreConformance, ATimeBeyondTheClocksRangeStaysInOrder) {
  v1::Document document = MakeDocument(kUri, "from the far future");
  document.mutable_fetch_time()->set_seconds(253'402'300'799);
  const auto put = PutAndWait(store_, document);
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_GT(store_.GetDocument(put->document.name(), false)->fetch_time().seconds(), 9'000'000'000);
  DocumentQuery query;
  google::protobuf::Timestamp end_of_time;
  end_of_time.set_seconds(253'402'300'799);
  query.start_time = FromTimestamp(end_of_time);
  EXPECT_THAT(store_.ListDocuments(query)->documents, IsEmpty()) << "nothing was stored after the year 9999";
}

TEST_P(StoreConformance, ListsDocumentsByUriStateAndTime) {
  PutAndWait(store_, MakeDocument(kUri, "1")).IgnoreError();
  clock_.Advance(std::chrono::hours(1));
  const WallTime later = clock_.Now();
  PutAndWait(store_, MakeDocument(kUri, "2")).IgnoreError();
  const auto other = PutAndWait(store_, MakeDocument("https://example.org/other", "3"));
  v1::CommitReleasesRequest failed;
  failed.set_document(other->document.name());
  failed.set_failure("no text");
  ASSERT_TRUE(CommitAndWait(store_, failed).ok());

  const auto versions = [this](const DocumentQuery& query) {
    std::vector<std::string> found;
    const auto page = store_.ListDocuments(query);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) return found;
    for (const auto& document : page->documents) {
      found.push_back(document.uri() + "#" + std::to_string(document.version()));
    }
    return found;
  };
  const std::string uri(kUri);
  DocumentQuery query;
  query.uri = uri;
  EXPECT_THAT(versions(query), ElementsAre(uri + "#2", uri + "#1"));
  query.start_time = later;
  EXPECT_THAT(versions(query), ElementsAre(uri + "#2"));
  query = {};
  query.state = v1::Document::STATE_FAILED;
  EXPECT_THAT(versions(query), ElementsAre("https://example.org/other#1"));
  query.state = v1::Document::STATE_PENDING;
  EXPECT_THAT(versions(query), ElementsAre(uri + "#2", uri + "#1"));
  query.state = v1::Document::STATE_EXTRACTED;
  EXPECT_THAT(versions(query), IsEmpty());
}

TEST_P(StoreConformance, ConcurrentPutsGiveDenseVersionsAndEvents) {
  constexpr int kThreads = 8;
  constexpr int kEach = 20;
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t, &failures] {
      for (int i = 0; i < kEach; ++i) {
        const std::string content = std::to_string(t) + "/" + std::to_string(i);
        if (!PutAndWait(store_, MakeDocument(kUri, content)).ok()) ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  DocumentQuery query;
  query.limit = 1000;
  const auto page = store_.ListDocuments(query);
  ASSERT_TRUE(page.ok());
  std::set<uint32_t> versions;
  for (const auto& document : page->documents) {
    versions.insert(document.version());
    EXPECT_EQ(document.name(), DocumentName(kUri, document.version()));
  }
  EXPECT_EQ(versions.size(), static_cast<size_t>(kThreads * kEach));
  EXPECT_EQ(*versions.rbegin(), static_cast<uint32_t>(kThreads * kEach));
  EXPECT_THAT(EventsOf(store_, kDocumentTopic), SizeIs(kThreads * kEach));
  EXPECT_EQ(store_.Stats().documents, static_cast<uint64_t>(kThreads * kEach));
}

TEST_P(StoreConformance, ConcurrentPutsOfOneContentMakeOneVersion) {
  std::vector<std::thread> threads;
  std::atomic<int> created{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([this, &created] {
      const auto put = PutAndWait(store_, MakeDocument(kUri, "one"));
      if (put.ok() && put->outcome == Outcome::OUTCOME_CREATED) ++created;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
  EXPECT_THAT(EventsOf(store_, kDocumentTopic), SizeIs(1));
}

TEST_P(StoreConformance, TellsTheListenerOfEveryCommit) {
  std::atomic<int> told{0};
  store_.SetCommitListener([&told] { ++told; });
  ASSERT_TRUE(PutAndWait(store_, MakeDocument(kUri, "x")).ok());
  EXPECT_GE(told, 1);
  store_.SetCommitListener(nullptr);
  const int before = told;
  ASSERT_TRUE(PutAndWait(store_, MakeDocument(kUri, "y")).ok());
  EXPECT_EQ(told, before);
}

}  // namespace
}  // namespace dateline::storage
