// Proves how answers for robots.txt are understood (RFC 9309 section 2.3.1) and how long they are remembered, on a fake
// network and a fake clock.

#include "services/ingestion/robots_gate.h"

#include <gtest/gtest.h>

#include <chrono>

#include "services/ingestion/fake_fetcher.h"

namespace dateline::ingestion {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

constexpr char kRobots[] = "https://example.org/robots.txt";

class RobotsGateTest : public ::testing::Test {
 protected:
  absl::Status Check(const std::string& url) { return gate_.Check(url, {}); }

  FakeClock clock_;
  FakeFetcher fetcher_;
  RobotsBook book_{RobotsBook::Options{}};
  RobotsGate gate_{book_, fetcher_, clock_};
};

TEST_F(RobotsGateTest, AppliesTheRulesAndRemembersThemForADay) {
  fetcher_.Answer(kRobots, Page("User-agent: dateline\nDisallow: /private", "text/plain"));
  EXPECT_TRUE(Check("https://example.org/news?a").ok());
  const absl::Status refused = Check("https://example.org/private/a");
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(ErrorReason(refused), "ROBOTS_DISALLOWED");
  EXPECT_EQ(fetcher_.asked().size(), 1U);
  clock_.Advance(23h);
  fetcher_.Answer(kRobots, Page("User-agent: *\nDisallow: /", "text/plain"));
  EXPECT_TRUE(Check("https://example.org/news").ok());
  clock_.Advance(2h);
  EXPECT_FALSE(Check("https://example.org/news").ok());
  EXPECT_EQ(fetcher_.asked().size(), 2U);
}

TEST_F(RobotsGateTest, AsksEachOriginForItself) {
  EXPECT_TRUE(Check("https://example.org/a").ok());
  EXPECT_TRUE(Check("http://example.org/a").ok());
  EXPECT_TRUE(Check("https://example.org:8443/a").ok());
  const std::vector<std::string> want = {kRobots, "http://example.org/robots.txt",
                                         "https://example.org:8443/robots.txt"};
  EXPECT_EQ(fetcher_.asked(), want);
}

TEST_F(RobotsGateTest, AllowsAllWhenThereIsNone) {
  fetcher_.Answer(kRobots, Page("", "text/html", 403));
  EXPECT_TRUE(Check("https://example.org/a").ok());
}

TEST_F(RobotsGateTest, ForbidsAllWhileItCannotBeRead) {
  fetcher_.Answer(kRobots, Page("", "text/html", 503));
  EXPECT_EQ(ErrorReason(Check("https://example.org/a")), "ROBOTS_DISALLOWED");
  fetcher_.Answer(kRobots, Page("", "text/plain"));
  EXPECT_FALSE(Check("https://example.org/a").ok());
  clock_.Advance(6min);
  EXPECT_TRUE(Check("https://example.org/a").ok());
}

TEST_F(RobotsGateTest, GivesTheErrorOfASiteThatCannotBeReached) {
  fetcher_.Fail(kRobots, Error(absl::StatusCode::kUnavailable, "FETCH_FAILED",
                               "cannot fetch https://example.org/robots.txt: no connection"));
  const absl::Status failed = Check("https://example.org/a");
  EXPECT_EQ(ErrorReason(failed), "FETCH_FAILED");
  EXPECT_EQ(failed.message(), "https://example.org/a: cannot fetch https://example.org/robots.txt: no connection")
      << "it begins with what was asked for";
  fetcher_.Answer(kRobots, Page("", "text/plain"));
  EXPECT_TRUE(Check("https://example.org/a").ok()) << "a failure is not remembered";
}

}  // namespace
}  // namespace dateline::ingestion
