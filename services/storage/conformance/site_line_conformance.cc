// What every store does with the lines of a site's documents: counts each document once, answers the lines of most
// pages with the document's content, and keeps sites apart. Each test states one rule of store.h and runs on every back
// end.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/storage/conformance/store_under_test.h"
#include "services/storage/site_lines.h"

namespace dateline::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Stores a page and commits what extraction saw of it; the document's name.
std::string Commit(Store& store, const std::string& uri, const std::string& content,
                   const std::vector<uint64_t>& lines) {
  const auto put = PutAndWait(store, MakeDocument(uri, content));
  EXPECT_TRUE(put.ok()) << put.status();
  v1::CommitReleasesRequest request;
  request.set_document(put->document.name());
  for (const uint64_t line : lines) request.add_line_hashes(line);
  EXPECT_TRUE(CommitAndWait(store, request).ok());
  return put->document.name();
}

std::vector<uint64_t> BoilerplateOf(Store& store, const std::string& document) {
  const auto got = store.GetDocument(document, true);
  EXPECT_TRUE(got.ok()) << got.status();
  return {got->site_boilerplate().begin(), got->site_boilerplate().end()};
}

std::string Uri(uint32_t page) {
  return "https://www.harbour.example/news/" + std::to_string(page);
}

TEST_P(StoreConformance, AnswersTheLinesOfMostPagesWithTheContent) {
  std::string document;
  for (uint32_t page = 0; page < kSiteDocumentsMin; ++page) {
    if (page > 0) {
      EXPECT_THAT(BoilerplateOf(store_, document), IsEmpty()) << page;
    }
    document = Commit(store_, Uri(page), "page", {42, 1000 + page, uint64_t{1} << 63U});
  }
  EXPECT_THAT(BoilerplateOf(store_, document), ElementsAre(42U, uint64_t{1} << 63U));
  const auto bare = store_.GetDocument(document, false);
  ASSERT_TRUE(bare.ok());
  EXPECT_EQ(bare->site_boilerplate_size(), 0);
}

TEST_P(StoreConformance, KeepsTheLinesOfSitesApart) {
  for (uint32_t page = 0; page < kSiteDocumentsMin; ++page) Commit(store_, Uri(page), "page", {42});
  const auto other = PutAndWait(store_, MakeDocument("https://port.example/1", "page"));
  ASSERT_TRUE(other.ok());
  EXPECT_THAT(BoilerplateOf(store_, other->document.name()), IsEmpty());
  const auto same = PutAndWait(store_, MakeDocument("https://harbour.example/fresh", "page"));
  ASSERT_TRUE(same.ok());
  EXPECT_THAT(BoilerplateOf(store_, same->document.name()), ElementsAre(42U));
}

TEST_P(StoreConformance, CountsTheLinesOfADocumentOnce) {
  const std::string document = Commit(store_, Uri(0), "page", {42});
  v1::CommitReleasesRequest again;
  again.set_document(document);
  again.add_line_hashes(42);
  for (uint32_t i = 0; i < 2 * kSiteDocumentsMin; ++i) ASSERT_TRUE(CommitAndWait(store_, again).ok());
  // Another version of the page is the same page.
  for (uint32_t i = 0; i < 2 * kSiteDocumentsMin; ++i) Commit(store_, Uri(0), "version " + std::to_string(i), {42});
  EXPECT_THAT(BoilerplateOf(store_, document), IsEmpty());
}

TEST_P(StoreConformance, RefusesMoreLinesThanADocumentMayHave) {
  v1::CommitReleasesRequest request;
  request.set_document("documents/00000000-0000-5000-8000-000000000000");
  for (int i = 0; i <= kDocumentLinesMax; ++i) request.add_line_hashes(static_cast<uint64_t>(i));
  EXPECT_EQ(CheckCommit(request).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace dateline::storage
