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
#include "services/extraction/page/page_hints.h"

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
  kLinkCount,
  kLinksHome,
  kLinkKind,
  kLinkFirst,
  kYears,
  kClocks,
  kBars,
  kBreaksOff,
  kOpening,
  kImageBefore,
  kImageAfter,
  kFormBlocks,
  kFormText,
  kFormLinks,
  kFormScored,
  kParentProse,
  kProseLift,
  kProseDrop,
  kTitleShare,
  kAfterHeadline,
  kAuthorShare,
  kAnchorSize,
  kAnchorShare,
  kSinceAnchor,
  kUntilAnchor,
  kScore,
  kScorePrevious,
  kScorePrevious2,
  kScorePrevious3,
  kScoreNext,
  kScoreNext2,
  kScoreNext3,
  kScoreBefore5,
  kScoreAfter5,
  kScoreBefore12,
  kScoreAfter12,
  kKeptBefore,
  kKeptAfter,
  kKeptText,
  kKeptShare,
  kKeptOwn,
  kFormScore,
  kParentScore,
  kOuterScore,
  kParentText,
  kOuterKept,
  kSinceKept,
  kSinceKeptText,
  kUntilKeptText,
  kScorePreviousText,
  kScoreNextText,
  kCount,
};
// From here on the features are about the scores that the first stage of the model gave (block_scores.h).
inline constexpr std::size_t kFirstScoreFeature = static_cast<std::size_t>(Feature::kScore);
inline constexpr std::size_t kPlainFeatures = static_cast<std::size_t>(Feature::kCount);
inline constexpr std::size_t kFeatureCount = kPlainFeatures + kSignCount;
using FeatureRow = std::array<float, kFeatureCount>;

// Its name, such as "link_density".
std::string_view FeatureName(std::size_t feature);

// Where a block stands among its kin.
struct BlockPlace {
  std::uint32_t bytes = 0;   // of its text
  std::uint32_t form = 0;    // blocks of the same form have the same number, from 0 (block_kin.h)
  std::uint32_t parent = 0;  // node around its element
  std::uint32_t outer = 0;   // node around that
};

// One row and one place for each block.
struct BlockTable {
  std::vector<FeatureRow> rows;
  std::vector<BlockPlace> places;
};
BlockTable ComputeBlockFeatures(const HtmlTree& tree, const PageArena& arena, const std::vector<PlacedBlock>& blocks,
                                std::string_view uri, const PageHints& hints);

}  // namespace dateline::extraction
