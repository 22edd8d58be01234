#pragma once
// What kind of page it is: an article, a page that lists others, one whose text scripts draw, or something else. Lists
// are told by a learnt sum of signs over the page and what was kept of it; articles must practically never be taken for
// lists, so that the line is drawn on their side. Pure; linear.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/page/block_features.h"
#include "services/extraction/page/html_tree.h"
#include "services/extraction/page/page_arena.h"

namespace dateline::extraction {

struct HtmlContent;

// Signs by number; names of the same order: PageSignName.
enum class PageSign : std::uint8_t {
  kKeptText,
  kKeptShare,
  kKeptLinks,
  kKeptLongText,
  kKeptCards,
  kKeptList,
  kPageLinks,
  kPageProse,
  kHeadings,
  kLinkedHeadings,
  kDates,
  kBreaksOff,
  kLongestBlock,
  kLongestRun,
  kMeanBlock,
  kAlike,
  kArticles,
  kSaysArticle,
  kSaysProduct,
  kSaysList,
  kAnchor,
  kUrlDepth,
  kUrlWords,
  kUrlDate,
  kUrlHome,
  kAuthor,
  kUrlKind,    // the URL has a part like "category"
  kUrlList,    // it ends in a part like "news"
  kUrlNumber,  // or in one with a long number
  kTitleWords,
  kBodySingle,  // the classes of <body> say that it is a single post, as publishing systems do
  kBodyList,    // or an archive, a category, a search
  kPager,       // an element is called a pager
  kCount,
};
inline constexpr std::size_t kPageSignCount = static_cast<std::size_t>(PageSign::kCount);
using PageSigns = std::array<float, kPageSignCount>;

std::string_view PageSignName(std::size_t sign);

// The signs of a page of which the blocks with `kept` set are kept.
PageSigns ComputePageSigns(const HtmlTree& tree, const PageArena& arena, const std::vector<PlacedBlock>& blocks,
                           const BlockTable& table, const std::vector<bool>& kept, std::string_view uri,
                           const PageHints& hints);

// The generated table: what each sign adds to the score of a list, and from where on it is one.
extern const float kListWeights[kPageSignCount];
extern const float kListBase;
extern const float kListThreshold;

// The score of a list, a logit.
float ListScore(const PageSigns& signs);

// `tree` is the page that `content` was read from.
release::v1::PageType ChoosePageType(const HtmlContent& content, const HtmlTree& tree);

}  // namespace dateline::extraction
