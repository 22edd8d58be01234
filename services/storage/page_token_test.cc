// Proves that a page token comes back as it was made, and that a token which was tampered with, or which belongs to
// other arguments, is refused with INVALID_PAGE instead of being followed.

#include "services/storage/page_token.h"

#include <gtest/gtest.h>

#include <string>

#include "common/base/error.h"

namespace dateline::storage {
namespace {

PageFingerprint Arguments(std::string_view filter, int64_t order) {
  return PageFingerprint("ReleaseService.ListReleases").Add(filter).Add(order);
}

TEST(PageToken, ComesBackAsItWasMade) {
  const Position position{.score = -3.25, .id = 0xFFFF'FFFF'FFFFULL};
  const std::string token = MakePageToken(Arguments("language = \"en\"", 1), position);
  EXPECT_EQ(token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
  const auto read = ReadPageToken(Arguments("language = \"en\"", 1), token);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_TRUE(read->has_value());
  EXPECT_EQ(**read, position);
}

TEST(PageToken, IsEmptyOnTheLastPageAndReadsAsTheFirst) {
  EXPECT_EQ(MakePageToken(Arguments("", 0), std::nullopt), "");
  const auto read = ReadPageToken(Arguments("", 0), "");
  ASSERT_TRUE(read.ok());
  EXPECT_FALSE(read->has_value());
}

TEST(PageToken, RefusesOtherArguments) {
  const std::string token = MakePageToken(Arguments("a", 1), Position{.id = 7});
  for (const auto& other :
       {Arguments("b", 1), Arguments("a", 2), PageFingerprint("ReleaseService.SearchReleases").Add("a").Add(1)}) {
    const auto read = ReadPageToken(other, token);
    EXPECT_EQ(read.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ErrorReason(read.status()), "INVALID_PAGE");
  }
}

TEST(PageToken, DoesNotConfuseNeighbouringFields) {
  EXPECT_NE(PageFingerprint("m").Add("ab").Add("c").Value(), PageFingerprint("m").Add("a").Add("bc").Value());
}

TEST(PageToken, RefusesWhatIsNoToken) {
  const std::string token = MakePageToken(Arguments("a", 1), Position{.id = 7});
  for (const std::string& bad :
       {std::string("x"), std::string("!!!!"), token.substr(1), token + "AAAA", std::string(5000, 'A')}) {
    EXPECT_EQ(ErrorReason(ReadPageToken(Arguments("a", 1), bad).status()), "INVALID_PAGE") << bad;
  }
}

TEST(PageSize, HasADefaultAndABound) {
  EXPECT_EQ(*PageSize(0, 50, 1000), 50);
  EXPECT_EQ(*PageSize(7, 50, 1000), 7);
  EXPECT_EQ(*PageSize(5000, 50, 1000), 1000);
  EXPECT_EQ(ErrorReason(PageSize(-1, 50, 1000).status()), "INVALID_PAGE");
}

}  // namespace
}  // namespace dateline::storage
