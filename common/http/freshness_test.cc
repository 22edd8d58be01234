// Proves how waiting times are read out of answers: all forms of dates, precedence, and silence on nonsense.

#include "common/http/freshness.h"

#include <gtest/gtest.h>

namespace dateline::http {
namespace {

using std::chrono::milliseconds;
using std::chrono_literals::operator""s;

// 2023-11-14 22:13:20 UTC.
const WallTime kNow{std::chrono::seconds(1'700'000'000)};

Response With(std::initializer_list<std::pair<const std::string, std::string>> headers) {
  Response response;
  response.headers = headers;
  return response;
}

TEST(ParseHttpDate, ReadsAllThreeForms) {
  for (const char* text :
       {"Tue, 14 Nov 2023 22:13:20 GMT", "Tuesday, 14-Nov-23 22:13:20 GMT", "Tue Nov 14 22:13:20 2023"}) {
    EXPECT_EQ(ParseHttpDate(text), kNow) << text;
  }
  EXPECT_EQ(ParseHttpDate("soon"), std::nullopt);
  EXPECT_EQ(ParseHttpDate("20231114"), std::nullopt);
}

TEST(RetryAfter, IsSecondsOrADate) {
  EXPECT_EQ(RetryAfter(With({{"retry-after", "120"}}), kNow), milliseconds(120s));
  EXPECT_EQ(RetryAfter(With({{"retry-after", "Tue, 14 Nov 2023 22:14:20 GMT"}}), kNow), milliseconds(60s));
  EXPECT_EQ(RetryAfter(With({{"retry-after", "Tue, 14 Nov 2023 21:14:20 GMT"}}), kNow), milliseconds(0));
  EXPECT_EQ(RetryAfter(With({{"retry-after", "-5"}}), kNow), std::nullopt);
  EXPECT_EQ(RetryAfter(With({{"retry-after", "later"}}), kNow), std::nullopt);
  EXPECT_EQ(RetryAfter(With({}), kNow), std::nullopt);
  EXPECT_LT(*RetryAfter(With({{"retry-after", "99999999999999999999"}}), kNow), std::chrono::hours(24 * 4000));
}

TEST(FreshFor, PrefersMaxAgeLessAge) {
  EXPECT_EQ(FreshFor(With({{"cache-control", "public, Max-Age=600"}, {"age", "100"}}), kNow), milliseconds(500s));
  EXPECT_EQ(FreshFor(With({{"cache-control", "max-age=600"}, {"expires", "Tue, 14 Nov 2023 22:13:30 GMT"}}), kNow),
            milliseconds(600s));
  EXPECT_EQ(
      FreshFor(With({{"expires", "Tue, 14 Nov 2023 22:14:20 GMT"}, {"date", "Tue, 14 Nov 2023 22:13:00 GMT"}}), kNow),
      milliseconds(80s));
  EXPECT_EQ(FreshFor(With({{"expires", "Tue, 14 Nov 2023 22:00:00 GMT"}}), kNow), milliseconds(0));
  EXPECT_EQ(FreshFor(With({{"cache-control", "no-cache, max-age=600"}}), kNow), std::nullopt);
  EXPECT_EQ(FreshFor(With({{"cache-control", "max-age=x"}}), kNow), std::nullopt);
  EXPECT_EQ(FreshFor(With({{"expires", "0"}}), kNow), std::nullopt);
}

}  // namespace
}  // namespace dateline::http
