#pragma once
// What an element's tag, class, id and role say about the text inside it, as bits that pass down to its descendants:
// "somewhere above stands a navigation", "a class speaks of comments". Single words of class names mean little, so that
// nothing is decided here; the block model weighs the bits with everything else. Tables and pure functions,
// thread-safe.

#include <cstdint>
#include <string_view>
#include <vector>

#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

// The bits, by their number. Names of the same order: SignName.
enum class Sign : std::uint8_t {
  kNav,
  kHeader,
  kFooter,
  kAside,
  kForm,
  kHidden,
  kArticle,
  kMain,
  kDialog,
  kLink,
  kShareName,
  kRelatedName,
  kCommentName,
  kSidebarName,
  kMenuName,
  kNoticeName,
  kAdName,
  kBylineName,
  kTagsName,
  kMediaName,
  kHeaderName,
  kFooterName,
  kArticleName,
  kContentName,
  kDescriptionName,
  kCardName,
  kForumName,
  kPriceName,
  kReviewName,
  kFoldName,
  kBodyItemprop,
  kCount,
};
inline constexpr std::size_t kSignCount = static_cast<std::size_t>(Sign::kCount);

inline constexpr std::uint32_t Bit(Sign sign) {
  return std::uint32_t{1} << static_cast<unsigned>(sign);
}

// A short name for explanations, such as "in_nav", "named_comment".
std::string_view SignName(std::size_t sign);

// The bits of each class and id, one for each of tree.names(). Looks at no more than kMaxClassBytes of them.
std::vector<std::uint32_t> SignsOfNames(const HtmlTree& tree);

// The bits of one element, without those of its ancestors. `name_signs` are SignsOfNames of its tree.
std::uint32_t SignsOf(const HtmlTree& tree, const std::vector<std::uint32_t>& name_signs, const HtmlNode& node);

}  // namespace dateline::extraction
