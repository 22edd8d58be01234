// Proves that lines a site repeats are recognised whatever their case, and are marked as zoning expects.
#include "services/extraction/page/site_boilerplate.h"

#include <gtest/gtest.h>

#include <array>

namespace dateline::extraction {
namespace {

TEST(MarkSiteBoilerplate, MarksOnlyTheLinesOfTheSite) {
  const std::array<std::uint64_t, 1> hashes = {LineHash("HARBOUR TRUST: leading the way since 1951")};
  std::vector<Block> blocks(2);
  blocks[0].text = "Harbour Trust: Leading the way since 1951";
  blocks[1].text = "The northern basin reopened on Tuesday.";
  MarkSiteBoilerplate(hashes, true, &blocks);
  EXPECT_TRUE(blocks[0].left);
  EXPECT_FALSE(blocks[1].left);
  MarkSiteBoilerplate(hashes, false, &blocks);
  EXPECT_TRUE(blocks[0].fused);
  EXPECT_FALSE(blocks[1].fused);
}

TEST(MarkSiteBoilerplate, LeavesAllWithoutHashes) {
  std::vector<Block> blocks(1);
  blocks[0].text = "The northern basin reopened on Tuesday.";
  MarkSiteBoilerplate({}, true, &blocks);
  EXPECT_FALSE(blocks[0].left);
}

}  // namespace
}  // namespace dateline::extraction
