// Proves what the door lets in, with which record, and that every refusal carries the reason that the contract lists.

#include "services/ingestion/intake.h"

#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/text/limits.h"
#include "services/ingestion/fake_fetcher.h"

namespace dateline::ingestion {
namespace {

using google::protobuf::util::TimeUtil;

const WallTime kNow = FromMicros(1'700'000'000'123'456);
constexpr char kPage[] = "<html><head><title>T</title></head><body><p>Some words stand here.</p></body></html>";

v1::IngestDocumentRequest Push(const std::string& uri, const std::string& content) {
  v1::IngestDocumentRequest request;
  request.set_uri(uri);
  request.set_content(content);
  return request;
}

TEST(PrepareDocument, MakesTheRecord) {
  v1::IngestDocumentRequest request = Push("HTTPS://Example.org:443/a?utm_source=x#y", kPage);
  request.set_content_type("Text/HTML; charset=ISO-8859-1");
  request.set_source("sources/example");
  request.set_guid("tag:1");
  request.set_request_id("a3bb189e-8bf9-4888-9912-ace4e6543002");
  request.mutable_feed_hints()->set_title("Hint");
  const auto put = PrepareDocument(request, kNow);
  ASSERT_TRUE(put.ok()) << put.status();
  const storage::v1::Document& document = put->document();
  EXPECT_EQ(document.uri(), "https://example.org/a");
  EXPECT_EQ(document.given_uri(), "HTTPS://Example.org:443/a?utm_source=x#y");
  EXPECT_EQ(document.content_type(), "text/html");
  EXPECT_EQ(document.charset(), "iso-8859-1");
  EXPECT_EQ(document.source(), "sources/example");
  EXPECT_EQ(document.guid(), "tag:1");
  EXPECT_EQ(document.content(), kPage);
  EXPECT_EQ(document.feed_hints().title(), "Hint");
  EXPECT_EQ(TimeUtil::TimestampToMicroseconds(document.fetch_time()), 1'700'000'000'123'456);
  EXPECT_EQ(put->request_id(), request.request_id());
}

TEST(PrepareDocument, KeepsTheFetchTimeThatIsGiven) {
  v1::IngestDocumentRequest request = Push("file:///srv/a.txt", "Some words.");
  *request.mutable_fetch_time() = TimeUtil::SecondsToTimestamp(5);
  const auto put = PrepareDocument(request, kNow);
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_EQ(put->document().fetch_time().seconds(), 5);
}

TEST(PrepareDocument, RefusesWithTheReasonsOfTheContract) {
  struct Row {
    v1::IngestDocumentRequest request;
    std::string reason;
  };
  const std::string good_uri = "https://example.org/a";
  std::vector<Row> rows = {
      {Push("", "words"), "INVALID_URI"},
      {Push("example.org/a", "words"), "INVALID_URI"},
      {Push("ftp://example.org/a", "words"), "INVALID_URI"},
      {Push("https://u:p@example.org/a", "words"), "INVALID_URI"},
      {Push(good_uri, ""), "EMPTY_DOCUMENT"},
      {Push(good_uri, " \n\t "), "EMPTY_DOCUMENT"},
      {Push(good_uri, "%PDF-1.7\n\x01\x02\x03"), "BINARY_CONTENT"},
      {Push(good_uri, std::string("a\0b\0c\0\1\2\3", 9)), "BINARY_CONTENT"},
      {Push(good_uri, "plain text with a bad byte \xff in it"), "INVALID_UTF8"},
      {Push(good_uri, std::string(text::kMaxDocumentBytes + 1, 'a')), "DOCUMENT_TOO_LARGE"},
  };
  rows.push_back({Push(good_uri, "words"), "UNKNOWN_CHARSET"});
  rows.back().request.set_charset("no-such-charset");
  for (const Row& row : rows) {
    const auto put = PrepareDocument(row.request, kNow);
    ASSERT_FALSE(put.ok()) << row.reason;
    EXPECT_EQ(put.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ErrorReason(put.status()), row.reason) << put.status();
    EXPECT_EQ(put.status().message().find('\n'), absl::string_view::npos);
  }
}

TEST(PreparePage, TakesTheFinalAddressAndHeaders) {
  v1::IngestUrlRequest request;
  request.set_url("https://example.org/old");
  http::Response page = Page(kPage, "text/html; charset=UTF-8");
  page.final_url = "https://example.org/new?gclid=1";
  const auto put = PreparePage(request, page, kNow);
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_EQ(put->document().uri(), "https://example.org/new");
  EXPECT_EQ(put->document().given_uri(), "https://example.org/old");
  EXPECT_EQ(put->document().content_type(), "text/html");
  EXPECT_EQ(put->document().charset(), "utf-8");
}

TEST(PreparePage, PassesOverACharsetThatNobodyKnows) {
  v1::IngestUrlRequest request;
  request.set_url("https://example.org/a");
  http::Response page = Page(kPage, "text/html; charset=none-such");
  page.final_url = request.url();
  const auto put = PreparePage(request, page, kNow);
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_EQ(put->document().charset(), "");
}

TEST(PreparePage, RefusesErrorPages) {
  v1::IngestUrlRequest request;
  request.set_url("https://example.org/a");
  http::Response page = Page("gone", "text/html", 410);
  page.final_url = request.url();
  const auto put = PreparePage(request, page, kNow);
  EXPECT_EQ(put.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(put.status()), "HTTP_STATUS");
  EXPECT_EQ(ErrorMetadataValue(put.status(), "http_status"), "410");
}

TEST(FetchableUrl, TakesHttpOnly) {
  const auto fetchable = [](const std::string& url) {
    v1::IngestUrlRequest request;
    request.set_url(url);
    return FetchableUrl(request);
  };
  EXPECT_EQ(*fetchable("HTTP://Example.org/a?utm_source=kept#gone"), "http://example.org/a?utm_source=kept");
  for (const char* bad : {"", "file:///etc/passwd", "javascript:1", "https://u@h/", "x"}) {
    EXPECT_EQ(ErrorReason(fetchable(bad).status()), "INVALID_URI") << bad;
  }
}

}  // namespace
}  // namespace dateline::ingestion
