// Proves how a release is named and what is committed for every kind of answer of the library.

#include "services/extraction/document_work.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/error.h"
#include "common/base/ids.h"

namespace dateline::extraction {
namespace {

constexpr char kText[] =
    "Agency opens new office\n\nGeneva, 3 March 2026 - The agency opened its new office in Geneva today. It will serve "
    "the "
    "whole region, said the director at the opening.\n";

events::v1::LeaseReference Lease() {
  events::v1::LeaseReference lease;
  lease.set_sequence(7);
  lease.set_lease_token("t");
  return lease;
}

TEST(ExtractDocument, NamesTheReleaseByItsUri) {
  const auto extractor = Extractor::Create();
  ASSERT_TRUE(extractor.ok()) << extractor.status();
  storage::v1::Document document;
  document.set_uri("https://example.org/a");
  document.set_content_type("text/plain");
  document.set_content(kText);
  const auto release = ExtractDocument(**extractor, document);
  ASSERT_TRUE(release.ok()) << release.status();
  EXPECT_EQ(release->name(), "releases/" + UuidV5("https://example.org/a"));
  EXPECT_EQ(release->uri(), "https://example.org/a");
  EXPECT_EQ(release->extractor().version(), DATELINE_VERSION);
  EXPECT_EQ(release->extractor().rules(), kRulesVersion);
  EXPECT_FALSE(release->text().empty());
}

TEST(ExtractRequest, TakesAnyUriAndLeavesFactsOut) {
  const auto extractor = Extractor::Create();
  ASSERT_TRUE(extractor.ok()) << extractor.status();
  v1::ExtractReleasesRequest request;
  request.set_content(kText);
  const auto nameless = ExtractRequest(**extractor, request);
  ASSERT_TRUE(nameless.ok()) << nameless.status();
  EXPECT_EQ(nameless->name(), "");
  request.set_uri("HTTPS://Example.org/a#x");
  request.set_omit_facts(true);
  const auto named = ExtractRequest(**extractor, request);
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_EQ(named->name(), ReleaseName("https://example.org/a"));
  EXPECT_EQ(named->text(), nameless->text());
  EXPECT_EQ(named->contacts_size() + named->dates_size(), 0);
  EXPECT_FALSE(named->has_dateline());
}

TEST(MakeCommit, HoldsTheReleaseOfAnArticle) {
  release::v1::Release release;
  release.set_title("T");
  release.set_page_type(release::v1::ARTICLE);
  const auto commit = MakeCommit("documents/1", Lease(), release);
  EXPECT_EQ(commit.document(), "documents/1");
  EXPECT_EQ(commit.lease().sequence(), 7U);
  ASSERT_EQ(commit.releases_size(), 1);
  EXPECT_EQ(commit.releases(0).title(), "T");
  EXPECT_EQ(commit.failure(), "");
}

TEST(MakeCommit, HoldsNothingForPagesWithoutArticle) {
  for (const auto type : {release::v1::LISTING, release::v1::OTHER}) {
    release::v1::Release release;
    release.set_page_type(type);
    const auto commit = MakeCommit("documents/1", Lease(), release);
    EXPECT_EQ(commit.releases_size(), 0);
    EXPECT_EQ(commit.failure(), "");
  }
  release::v1::Release scripted;
  scripted.set_page_type(release::v1::NEEDS_RENDERING);
  EXPECT_TRUE(MakeCommit("documents/1", Lease(), scripted).failure().starts_with("NEEDS_RENDERING: "));
}

TEST(MakeCommit, SaysWhyADocumentFailed) {
  const auto commit =
      MakeCommit("documents/1", Lease(), Error(absl::StatusCode::kInvalidArgument, "NO_TEXT", std::string(5000, 'x')));
  EXPECT_TRUE(commit.failure().starts_with("NO_TEXT: xxx"));
  EXPECT_LE(commit.failure().size(), 1024U);
  EXPECT_EQ(commit.releases_size(), 0);
}

TEST(IsPermanent, TellsTheDocumentsFaultFromOurs) {
  EXPECT_TRUE(IsPermanent(Error(absl::StatusCode::kInvalidArgument, "INVALID_UTF8", "x")));
  EXPECT_TRUE(IsPermanent(Error(absl::StatusCode::kDeadlineExceeded, "EXTRACTION_TIMEOUT", "x")));
  EXPECT_FALSE(IsPermanent(Error(absl::StatusCode::kInternal, "EXTRACTION_FAILED", "x")));
  EXPECT_FALSE(IsPermanent(Error(absl::StatusCode::kCancelled, "STOPPING", "x")));
}

}  // namespace
}  // namespace dateline::extraction
