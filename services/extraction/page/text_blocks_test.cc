// Proves how lines of plain text become paragraphs: wrapped lines join, flattened menus stay apart, bullets come off,
// and labels that were fused to a sentence are parted from it.
#include "services/extraction/page/text_blocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dateline::extraction {
namespace {

using testing::ElementsAre;

std::vector<std::string> Texts(std::string_view text) {
  bool truncated = false;
  std::vector<std::string> texts;
  for (const Block& block : BlocksOfText(text, &truncated)) texts.push_back(block.text);
  return texts;
}

TEST(BlocksOfText, KeepsOneLineParagraphsApart) {
  EXPECT_THAT(Texts("The harbour reopened today.\nShips may enter from noon.\n\nPilots are on duty."),
              ElementsAre("The harbour reopened today.", "Ships may enter from noon.", "Pilots are on duty."));
}

TEST(BlocksOfText, JoinsTwoLinesWhereTheWholeTextIsWrapped) {
  // Neither second line begins in lower case; that the first ones are full shows it.
  EXPECT_THAT(
      Texts("More than 240 river guards from 14 towns began a course on 12 March, the Harbour\nAuthority said.\n\n"
            "The water comes earlier every year, said Marta Olsen, director of the Harbour\nAuthority. She "
            "spoke at the opening.\n\nPress Office\nHarbour Authority\nTel: 555 0100"),
      ElementsAre("More than 240 river guards from 14 towns began a course on 12 March, the Harbour Authority said.",
                  "The water comes earlier every year, said Marta Olsen, director of the Harbour Authority. She "
                  "spoke at the opening.",
                  "Press Office", "Harbour Authority", "Tel: 555 0100"));
}

TEST(BlocksOfText, KeepsLinesThatHadRoomForMore) {
  EXPECT_THAT(
      Texts("Minister Opens the New Northern Basin of the Harbour\nMayor Olsen Calls It a Great Day for the Town\n\n"
            "The basin was opened on Monday in the presence of many people from the whole coast.\n\n"
            "Ferries Sail Again From Montenero to the Islands of the Bay\nTickets Are Sold at the Harbour"),
      ElementsAre("Minister Opens the New Northern Basin of the Harbour",
                  "Mayor Olsen Calls It a Great Day for the Town",
                  "The basin was opened on Monday in the presence of many people from the whole coast.",
                  "Ferries Sail Again From Montenero to the Islands of the Bay", "Tickets Are Sold at the Harbour"));
}

TEST(BlocksOfText, JoinsHardWrappedLines) {
  EXPECT_THAT(
      Texts("The harbour authority said on Monday that the\nnorthern basin would reopen before the end of\nthe month. "
            "Pilots have been asked to register with\nthe Harbour Office in advance.\n\nNext paragraph."),
      ElementsAre("The harbour authority said on Monday that the northern basin would reopen before the end of the "
                  "month. Pilots have been "
                  "asked to register with the Harbour Office in advance.",
                  "Next paragraph."));
  EXPECT_THAT(Texts("Although\nno damage was found, the quay stays closed."),
              ElementsAre("Although no damage was found, the quay stays closed."));
}

TEST(BlocksOfText, JoinsATitleOfAddressWithItsName) {
  EXPECT_THAT(Texts("The bill was written by U.S. Sen.\n Ada Quay, who spoke first.\nIt passed."),
              ElementsAre("The bill was written by U.S. Sen. Ada Quay, who spoke first.", "It passed."));
}

TEST(BlocksOfText, JoinsInsideAnOpenBracket) {
  EXPECT_THAT(Texts("海港集团（Harbour Group, 简称\nHG）今日宣布开放。"),
              ElementsAre("海港集团（Harbour Group, 简称 HG）今日宣布开放。"));
}

TEST(BlocksOfText, DoesNotJoinMenus) {
  EXPECT_THAT(Texts("Home\nNews\nAbout us\nContact"), ElementsAre("Home", "News", "About us", "Contact"));
}

TEST(BlocksOfText, TakesBulletsOff) {
  bool truncated = false;
  const std::vector<Block> blocks = BlocksOfText("- First point\n\u2022 Second point\n-\n- 14 ships", &truncated);
  ASSERT_EQ(blocks.size(), 3U);
  EXPECT_EQ(blocks[0].text, "First point");
  EXPECT_TRUE(blocks[1].bullet);
  EXPECT_EQ(blocks[1].shape, Shape::kListItem);
  EXPECT_EQ(blocks[2].text, "14 ships");
}

TEST(BlocksOfText, PartsAFusedLabel) {
  bool truncated = false;
  const std::vector<Block> blocks =
      BlocksOfText("Our Mission\nOUR MISSIONThe Harbour Trust keeps the basin open.", &truncated);
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(blocks[1].text, "The Harbour Trust keeps the basin open.");
  EXPECT_TRUE(blocks[0].fused);
  EXPECT_TRUE(blocks[1].fused);
  // A sentence that merely begins like the line before it is none.
  EXPECT_FALSE(BlocksOfText("Harbour\nHarbours reopened after the storm today.", &truncated)[1].fused);
}

TEST(BlocksOfText, CutsColumnsSetBesideEachOther) {
  EXPECT_THAT(Texts("Port Reopens After Storm                    For Immediate Release"),
              ElementsAre("Port Reopens After Storm", "For Immediate Release"));
}

TEST(BlocksOfText, CleansInvisibleCharacters) {
  EXPECT_THAT(Texts("a\u200Bb\u00ADc \u00A0 d\x01"), ElementsAre("abc d"));
}

TEST(BlocksOfText, StopsAtTheLimit) {
  std::string text;
  for (std::size_t i = 0; i < kMaxBlocks + 10; ++i) text += "x.\n";
  bool truncated = false;
  EXPECT_EQ(BlocksOfText(text, &truncated).size(), kMaxBlocks);
  EXPECT_TRUE(truncated);
}

TEST(CleanLine, LeavesAloneWhatIsCleanAlready) {
  for (const std::string_view line : {"", "a b", "caf\u00E9 \u2013 \u4E2D\u6587", "e\u0301", "a  b", " a", "a ", "a\tb",
                                      "a\u00A0b", "a\u00ADb", "a\u200Bb", "a\u0085b", "a\u2060b", "\xFF", "a\x7F"}) {
    if (IsCleanLine(line)) {
      EXPECT_EQ(CleanLine(line), line);
    }
  }
  EXPECT_TRUE(IsCleanLine("caf\u00E9 \u2013 \u4E2D\u6587"));
  EXPECT_EQ(CleanLine("  a\u00AD\u200Bb \u0301 \t c\u2028 "), "ab \u0301 c");
}

}  // namespace
}  // namespace dateline::extraction
