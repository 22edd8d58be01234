// Proves that lines a site repeats are recognised whatever their case, and are marked as zoning expects.
#include "services/extraction/page/site_boilerplate.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

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
  EXPECT_TRUE(blocks[0].site);
  EXPECT_FALSE(blocks[1].site);
}

TEST(MarkSiteBoilerplate, LeavesAllWithoutHashes) {
  std::vector<Block> blocks(1);
  blocks[0].text = "The northern basin reopened on Tuesday.";
  MarkSiteBoilerplate({}, true, &blocks);
  EXPECT_FALSE(blocks[0].left);
}

TEST(LineCollector, GivesEachLineOnceAndKeepsHeadAndEnd) {
  LineCollector lines;
  lines.Add("Ships");
  lines.Add("SHIPS");
  lines.Add("");
  lines.Add(std::string(kMaxSiteLineBytes + 1, 'a'));
  EXPECT_EQ(lines.Take(), std::vector<std::uint64_t>{LineHash("ships")});
  for (std::size_t i = 0; i < 2 * kMaxCollectedLines; ++i) lines.Add("line " + std::to_string(i));
  const std::vector<std::uint64_t> taken = lines.Take();
  ASSERT_EQ(taken.size(), kMaxCollectedLines);
  EXPECT_EQ(taken.front(), LineHash("line 0"));
  EXPECT_EQ(taken.back(), LineHash("line " + std::to_string(2 * kMaxCollectedLines - 1)));
}

}  // namespace
}  // namespace dateline::extraction
