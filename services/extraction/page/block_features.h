#pragma once
// What the block model sees of each block of a page: its own text, the elements around it, its neighbours, and the
// page. All are numbers with names, so that a verdict can be explained by them. Pure; linear in blocks (walks up are
// bounded).

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/page/block.h"
#include "services/extraction/page/element_signs.h"
#include "services/extraction/page/page_arena.h"

namespace dateline::extraction {

// A block with the element that it came from.
struct PlacedBlock {
  Block block;
  std::uint32_t node = 0;        // the innermost block element around it
  std::uint32_t link_bytes = 0;  // bytes of its text in links
  bool boxed = false;            // in a box that the rules would leave out
};

// The features by number; the bits of Sign follow behind the last one.
enum class Feature : std::uint8_t {
  kTextLog,
  kWordsLog,
  kLinkDensity,
  kCommas,
  kStops,
  kEndsSentence,
  kEndsColon,
  kDigits,
  kUppers,
  kTag,
  kHeadingLevel,
  kDepth,
  kChosenDepth,
  kAlike,
  kAlikeText,
  kGroupText,
  kGroupLinks,
  kOuterText,
  kOuterLinks,
  kInMarked,
  kInArticle,
  kInMain,
  kInScored,
  kInChosen,
  kRuleKeeps,
  kPosition,
  kIndex,
  kChosenPosition,
  kAfterTitle,
  kTitleLike,
  kPreviousText,
  kPreviousLinks,
  kPreviousHeading,
  kNextText,
  kNextLinks,
  kNextHeading,
  kSecondPreviousText,
  kSecondNextText,
  kWindowText,
  kWindowLinks,
  kSinceProse,
  kUntilProse,
  kRepeats,
  kCue,
  kHeadingCue,
  kSinceHeading,
  kPageText,
  kPageLinks,
  kPageBlocks,
  kPageProse,
  kChosenShare,
  kScoredShare,
  kArticles,
  kPageKind,
  kUrlKind,
  kCount,
};
inline constexpr std::size_t kPlainFeatures = static_cast<std::size_t>(Feature::kCount);
inline constexpr std::size_t kFeatureCount = kPlainFeatures + kSignCount;
using FeatureRow = std::array<float, kFeatureCount>;

// Its name, such as "link_density".
std::string_view FeatureName(std::size_t feature);

// One row for each block.
std::vector<FeatureRow> ComputeBlockFeatures(const HtmlTree& tree, const PageArena& arena,
                                             const std::vector<PlacedBlock>& blocks, std::string_view uri);

}  // namespace dateline::extraction
