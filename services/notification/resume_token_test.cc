// Proves that tokens come back as they were made, are opaque text of bounded length, and that anything else is refused.

#include "services/notification/resume_token.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "common/base/error.h"

namespace dateline::notification {
namespace {

TEST(ResumeToken, ReadsBackWhatItWrote) {
  for (const uint64_t sequence : {uint64_t{0}, uint64_t{1}, uint64_t{77'000}, std::numeric_limits<uint64_t>::max()}) {
    const StreamPosition position{RandomEpoch(), sequence};
    const std::string token = EncodeToken(position);
    EXPECT_LE(token.size(), 256u);
    EXPECT_TRUE(std::all_of(token.begin(), token.end(), [](char c) { return isalnum(c) || c == '-' || c == '_'; }))
        << token;
    const auto decoded = DecodeToken(token);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, position);
  }
}

TEST(ResumeToken, RefusesEveryDamage) {
  const std::string token = EncodeToken({RandomEpoch(), 4711});
  for (size_t i = 0; i < token.size(); ++i) {
    std::string damaged = token;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(ErrorReason(DecodeToken(damaged).status()), "INVALID_RESUME_TOKEN") << i;
  }
  for (const std::string& wrong : {std::string(), std::string("x"), token + "A", token.substr(1), token + "=",
                                   std::string(token.size(), '*'), std::string(1 << 20, 'A')}) {
    EXPECT_EQ(ErrorReason(DecodeToken(wrong).status()), "INVALID_RESUME_TOKEN") << wrong.substr(0, 60);
  }
}

}  // namespace
}  // namespace dateline::notification
