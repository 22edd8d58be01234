// Proves how answers for robots.txt are understood over time (RFC 9309 section 2.3.1): what a refresh that fails leaves
// in force, what a month without an answer means, and how many origins are kept.

#include "services/ingestion/polling/robots_book.h"

#include <gtest/gtest.h>

#include "common/base/error.h"

namespace dateline::ingestion {
namespace {

using Answer = RobotsBook::Answer;
using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

constexpr char kOrigin[] = "https://example.org";

http::Response Reply(int status, std::string body = "") {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

class RobotsBookTest : public ::testing::Test {
 protected:
  Answer Ask(const std::string& path) { return book_.Ask(kOrigin, path, now_); }
  void Learn(const absl::StatusOr<http::Response>& answer) { book_.Learn(kOrigin, answer, now_); }

  MonotonicTime now_{std::chrono::hours(1)};
  RobotsBook book_{RobotsBook::Options{}};
};

TEST_F(RobotsBookTest, KeepsRulesForADayAndDelay) {
  EXPECT_EQ(Ask("/a"), Answer::kFetch);
  Learn(Reply(200, "User-agent: *\nDisallow: /b\nCrawl-delay: 7\n"));
  EXPECT_EQ(Ask("/a"), Answer::kAllowed);
  EXPECT_EQ(Ask("/b"), Answer::kDisallowed);
  EXPECT_EQ(book_.CrawlDelay(kOrigin), std::chrono::milliseconds(7'000));
  now_ += 24h;
  EXPECT_EQ(Ask("/a"), Answer::kFetch);
}

TEST_F(RobotsBookTest, KnownRulesHoldWhileTheSiteCannotBeRead) {
  Learn(Reply(200, "User-agent: *\nDisallow: /b"));
  now_ += 25h;
  Learn(Reply(503));
  EXPECT_EQ(Ask("/a"), Answer::kAllowed);
  EXPECT_EQ(Ask("/b"), Answer::kUnreachable);
  now_ += 5min;
  EXPECT_EQ(Ask("/a"), Answer::kFetch) << "it is soon asked for again";
  Learn(Reply(200, ""));
  EXPECT_EQ(Ask("/b"), Answer::kAllowed);
}

TEST_F(RobotsBookTest, WithoutKnownRulesNothingIsAllowedForAMonth) {
  Learn(absl::UnavailableError("no connection"));
  EXPECT_EQ(Ask("/a"), Answer::kUnreachable);
  now_ += 24h * 29;
  Learn(Reply(500));
  EXPECT_EQ(Ask("/a"), Answer::kUnreachable);
  now_ += 24h;
  Learn(Reply(500));
  EXPECT_EQ(Ask("/a"), Answer::kAllowed);
}

TEST_F(RobotsBookTest, TellsMissingFromTooLarge) {
  Learn(Reply(404));
  EXPECT_EQ(Ask("/a"), Answer::kAllowed);
  Learn(Error(absl::StatusCode::kInvalidArgument, "TOO_LARGE", "too large"));
  EXPECT_EQ(Ask("/a"), Answer::kDisallowed);
  Learn(Reply(429));
  EXPECT_EQ(book_.LastStatus(kOrigin), 429) << "too many requests is no statement that there are no rules";
  EXPECT_EQ(Ask("/a"), Answer::kUnreachable);
}

TEST_F(RobotsBookTest, KeepsABoundedNumberOfOrigins) {
  for (size_t i = 0; i < kRobotsOriginsMax + 10; ++i) {
    now_ += 1s;
    book_.Learn("https://h" + std::to_string(i) + ".example", Reply(404), now_);
  }
  EXPECT_EQ(book_.Ask("https://h" + std::to_string(kRobotsOriginsMax) + ".example", "/", now_), Answer::kAllowed);
  EXPECT_EQ(book_.Ask("https://h0.example", "/", now_), Answer::kFetch) << "the oldest went";
}

}  // namespace
}  // namespace dateline::ingestion
