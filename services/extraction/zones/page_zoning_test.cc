// Proves how zoning treats blocks that were judged before: what is no text of a page becomes no main text, what is its
// text is not dropped, and a note in the middle of a page does not swallow what follows.
#include <gtest/gtest.h>

#include <string>

#include "services/extraction/gazetteer/gazetteer.h"
#include "services/extraction/zones/zoning.h"

namespace dateline::extraction {
namespace {

constexpr const char* kSentence =
    "Pilots will guide every ship of more than 80 metres, the harbour office said, until the channel has been dredged.";

Block Make(Shape shape, std::string text, bool left = false) {
  Block block;
  block.shape = shape;
  block.text = std::move(text);
  block.left = left;
  return block;
}

Zoning Zones(const std::vector<Block>& blocks) {
  static const Calendar calendar;
  static const Gazetteer gazetteer;
  return ZonePage(blocks, ComputeFeatures(blocks, calendar), {calendar, gazetteer}, "Basin reopens");
}

TEST(ZonePage, MakesNoMainTextOfWhatWasLeft) {
  const Zoning zoning = Zones({Make(Shape::kParagraph, kSentence), Make(Shape::kParagraph, kSentence, true),
                               Make(Shape::kCaption, "The crane on pier four", true)});
  EXPECT_EQ(zoning.zones[0], Zone::kLead);
  EXPECT_EQ(zoning.zones[1], Zone::kDrop);
  EXPECT_EQ(zoning.zones[2], Zone::kCaption);
}

TEST(ZonePage, KeepsShortBlocksThatAreText) {
  const Zoning zoning = Zones({Make(Shape::kParagraph, kSentence), Make(Shape::kListItem, "Home"),
                               Make(Shape::kListItem, "Share"), Make(Shape::kTable, "A\t12 m")});
  EXPECT_EQ(zoning.zones[1], Zone::kList);
  EXPECT_EQ(zoning.zones[2], Zone::kList);
  EXPECT_EQ(zoning.zones[3], Zone::kTable);
}

TEST(ZonePage, GoesOnBehindANoteInTheText) {
  std::vector<Block> blocks = {Make(Shape::kParagraph, kSentence), Make(Shape::kHeading, "Note")};
  for (int i = 0; i < 8; ++i) blocks.push_back(Make(Shape::kParagraph, kSentence));
  const Zoning zoning = Zones(blocks);
  EXPECT_EQ(zoning.zones[5], Zone::kBody);
}

TEST(ZonePage, KnowsNotesAtTheEnd) {
  std::vector<Block> blocks;
  for (int i = 0; i < 5; ++i) blocks.push_back(Make(Shape::kParagraph, kSentence));
  blocks.push_back(Make(Shape::kHeading, "Notes to editors"));
  blocks.push_back(Make(Shape::kParagraph, kSentence));
  const Zoning zoning = Zones(blocks);
  EXPECT_EQ(zoning.zones[3], Zone::kBody);
  EXPECT_EQ(zoning.zones[6], Zone::kNotes);
}

}  // namespace
}  // namespace dateline::extraction
