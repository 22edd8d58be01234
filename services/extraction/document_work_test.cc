// Proves how a release is named and what is committed for every kind of answer of the library.

#include "services/extraction/document_work.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "services/extraction/page/site_boilerplate.h"

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
  const auto extraction = ExtractDocument(**extractor, document);
  ASSERT_TRUE(extraction.ok()) << extraction.status();
  EXPECT_TRUE(extraction->items.empty());
  EXPECT_FALSE(extraction->line_hashes.empty());
  const release::v1::Release* release = &extraction->release;
  EXPECT_EQ(release->name(), "releases/" + UuidV5("https://example.org/a"));
  EXPECT_EQ(release->uri(), "https://example.org/a");
  EXPECT_EQ(release->extractor().version(), DATELINE_VERSION);
  EXPECT_EQ(release->extractor().rules(), kRulesVersion);
  EXPECT_FALSE(release->text().empty());
}

TEST(ExtractDocument, LeavesOutTheLinesThatTheArchiveHandsOver) {
  const auto extractor = Extractor::Create();
  ASSERT_TRUE(extractor.ok()) << extractor.status();
  const std::string line = "The survey of the northern channel is paid for by the fund of the Harbour Trust.";
  storage::v1::Document document;
  document.set_uri("https://example.org/a");
  document.set_content_type("text/plain");
  document.set_content(std::string(kText) + "\n" + line +
                       "\n\nShips of more than 80 metres still need a pilot, whatever their cargo is, he added.\n");
  const auto before = ExtractDocument(**extractor, document);
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_NE(before->release.text().find(line), std::string::npos);
  document.add_site_boilerplate(LineHash(line));
  const auto after = ExtractDocument(**extractor, document);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->release.text().find(line), std::string::npos);
  EXPECT_EQ(after->line_hashes, before->line_hashes) << "what is counted does not depend on what was found";
}

TEST(ExtractRequest, TakesAnyUriAndLeavesFactsOut) {
  const auto extractor = Extractor::Create();
  ASSERT_TRUE(extractor.ok()) << extractor.status();
  v1::ExtractReleasesRequest request;
  request.set_content(kText);
  const auto nameless = ExtractRequest(**extractor, request);
  ASSERT_TRUE(nameless.ok()) << nameless.status();
  EXPECT_EQ(nameless->release.name(), "");
  EXPECT_TRUE(nameless->line_hashes.empty());
  request.set_uri("HTTPS://Example.org/a#x");
  request.set_omit_facts(true);
  const auto named = ExtractRequest(**extractor, request);
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_EQ(named->release.name(), ReleaseName("https://example.org/a"));
  EXPECT_EQ(named->release.text(), nameless->release.text());
  EXPECT_EQ(named->release.contacts_size() + named->release.dates_size(), 0);
  EXPECT_FALSE(named->release.has_dateline());
}

Extraction OfType(release::v1::PageType type) {
  Extraction extraction;
  extraction.release.set_title("T");
  extraction.release.set_page_type(type);
  extraction.line_hashes = {42};
  return extraction;
}

TEST(MakeCommit, HoldsTheReleaseOfAnArticle) {
  const auto commit = MakeCommit("documents/1", Lease(), OfType(release::v1::ARTICLE));
  EXPECT_EQ(commit.document(), "documents/1");
  EXPECT_EQ(commit.lease().sequence(), 7U);
  ASSERT_EQ(commit.releases_size(), 1);
  EXPECT_EQ(commit.releases(0).title(), "T");
  EXPECT_EQ(commit.failure(), "");
  ASSERT_EQ(commit.line_hashes_size(), 1);
  EXPECT_EQ(commit.line_hashes(0), 42U);
}

TEST(MakeCommit, HoldsTheItemsOfABulletinInsteadOfTheWhole) {
  Extraction bulletin = OfType(release::v1::ARTICLE);
  for (const std::string title : {"A", "B", "C"}) {
    bulletin.items.push_back(bulletin.release);
    bulletin.items.back().set_title(title);
  }
  const auto commit = MakeCommit("documents/1", Lease(), bulletin);
  ASSERT_EQ(commit.releases_size(), 3);
  EXPECT_EQ(commit.releases(0).title(), "A");
  EXPECT_EQ(commit.releases(2).title(), "C");
}

TEST(MakeCommit, HoldsNoReleaseForPagesWithoutArticle) {
  for (const auto type : {release::v1::LISTING, release::v1::OTHER}) {
    const auto commit = MakeCommit("documents/1", Lease(), OfType(type));
    EXPECT_EQ(commit.releases_size(), 0);
    EXPECT_EQ(commit.failure(), "");
    // Such pages show the site's lines as well.
    EXPECT_EQ(commit.line_hashes_size(), 1);
  }
  EXPECT_TRUE(MakeCommit("documents/1", Lease(), OfType(release::v1::NEEDS_RENDERING))
                  .failure()
                  .starts_with("NEEDS_RENDERING: "));
}

TEST(ExtractDocument, NamesTheItemsOfABulletinByTheirFragments) {
  const auto extractor = Extractor::Create();
  ASSERT_TRUE(extractor.ok()) << extractor.status();
  std::string html = "<html><head><title>Daily News</title></head><body><article><h1>Daily News</h1>";
  for (const std::string item : {"Basin", "Lock", "Ferry"}) {
    html += "<h2 id=" + item + ">" + item + " opens again in the north</h2><p>The harbour office said that the " +
            item +
            " can be used again from Monday on, after the divers had looked at every gate and every wall of it.</p>"
            "<p>Ships of more than 80 metres still need a pilot, whatever their cargo is, the office added.</p>";
  }
  storage::v1::Document document;
  document.set_uri("https://harbour.example/daily/1");
  document.set_content_type("text/html");
  document.set_content(html + "</article></body></html>");
  const auto extraction = ExtractDocument(**extractor, document);
  ASSERT_TRUE(extraction.ok()) << extraction.status();
  EXPECT_EQ(extraction->release.uri(), "https://harbour.example/daily/1");
  ASSERT_EQ(extraction->items.size(), 3U);
  EXPECT_EQ(extraction->items[1].uri(), "https://harbour.example/daily/1#Lock");
  EXPECT_EQ(extraction->items[1].name(), "releases/" + UuidV5("https://harbour.example/daily/1#Lock"));
  EXPECT_EQ(extraction->items[1].title(), "Lock opens again in the north");
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
