#include "services/extraction/page/element_signs.h"

#include <array>

#include "common/base/word_index.h"
#include "services/extraction/page/html_vocabulary.h"

namespace dateline::extraction {
namespace {

struct Word {
  std::string_view word;
  Sign sign;
};

// The words are parts of class names and ids, split at punctuation and at capitals.
constexpr std::array kWords = std::to_array<Word>({
    {"accordion", Sign::kFoldName},
    {"ad", Sign::kAdName},
    {"ads", Sign::kAdName},
    {"advert", Sign::kAdName},
    {"advertisement", Sign::kAdName},
    {"answer", Sign::kForumName},
    {"article", Sign::kArticleName},
    {"aside", Sign::kSidebarName},
    {"author", Sign::kBylineName},
    {"authors", Sign::kBylineName},
    {"badge", Sign::kTagsName},
    {"banner", Sign::kNoticeName},
    {"basket", Sign::kPriceName},
    {"bbcode", Sign::kForumName},
    {"bio", Sign::kBylineName},
    {"blog", Sign::kArticleName},
    {"body", Sign::kContentName},
    {"bottom", Sign::kFooterName},
    {"breadcrumb", Sign::kMenuName},
    {"breadcrumbs", Sign::kMenuName},
    {"buy", Sign::kPriceName},
    {"byline", Sign::kBylineName},
    {"caption", Sign::kMediaName},
    {"card", Sign::kCardName},
    {"cards", Sign::kCardName},
    {"carousel", Sign::kCardName},
    {"cart", Sign::kPriceName},
    {"categories", Sign::kTagsName},
    {"category", Sign::kTagsName},
    {"collapse", Sign::kFoldName},
    {"comment", Sign::kCommentName},
    {"comments", Sign::kCommentName},
    {"consent", Sign::kNoticeName},
    {"content", Sign::kContentName},
    {"cookie", Sign::kNoticeName},
    {"cookies", Sign::kNoticeName},
    {"copy", Sign::kContentName},
    {"copyright", Sign::kFooterName},
    {"credit", Sign::kMediaName},
    {"credits", Sign::kMediaName},
    {"cta", Sign::kNoticeName},
    {"date", Sign::kBylineName},
    {"desc", Sign::kDescriptionName},
    {"description", Sign::kDescriptionName},
    {"detail", Sign::kDescriptionName},
    {"details", Sign::kDescriptionName},
    {"disclaimer", Sign::kFooterName},
    {"discussion", Sign::kForumName},
    {"disqus", Sign::kCommentName},
    {"drawer", Sign::kMenuName},
    {"dropdown", Sign::kMenuName},
    {"entry", Sign::kArticleName},
    {"excerpt", Sign::kCardName},
    {"expand", Sign::kFoldName},
    {"faq", Sign::kFoldName},
    {"faqs", Sign::kFoldName},
    {"feature", Sign::kDescriptionName},
    {"features", Sign::kDescriptionName},
    {"figcaption", Sign::kMediaName},
    {"figure", Sign::kMediaName},
    {"filter", Sign::kMenuName},
    {"filters", Sign::kMenuName},
    {"follow", Sign::kShareName},
    {"footer", Sign::kFooterName},
    {"footnote", Sign::kFooterName},
    {"forum", Sign::kForumName},
    {"gallery", Sign::kMediaName},
    {"grid", Sign::kCardName},
    {"header", Sign::kHeaderName},
    {"hero", Sign::kHeaderName},
    {"image", Sign::kMediaName},
    {"img", Sign::kMediaName},
    {"info", Sign::kDescriptionName},
    {"item", Sign::kCardName},
    {"items", Sign::kCardName},
    {"latest", Sign::kRelatedName},
    {"legal", Sign::kFooterName},
    {"links", Sign::kMenuName},
    {"listing", Sign::kCardName},
    {"login", Sign::kNoticeName},
    {"main", Sign::kContentName},
    {"markdown", Sign::kContentName},
    {"masthead", Sign::kHeaderName},
    {"menu", Sign::kMenuName},
    {"message", Sign::kForumName},
    {"meta", Sign::kBylineName},
    {"modal", Sign::kNoticeName},
    {"more", Sign::kRelatedName},
    {"nav", Sign::kMenuName},
    {"navbar", Sign::kMenuName},
    {"navigation", Sign::kMenuName},
    {"news", Sign::kArticleName},
    {"newsletter", Sign::kNoticeName},
    {"next", Sign::kMenuName},
    {"outbrain", Sign::kRelatedName},
    {"overlay", Sign::kNoticeName},
    {"pager", Sign::kMenuName},
    {"pagination", Sign::kMenuName},
    {"panel", Sign::kFoldName},
    {"popular", Sign::kRelatedName},
    {"popup", Sign::kNoticeName},
    {"post", Sign::kArticleName},
    {"postbody", Sign::kForumName},
    {"price", Sign::kPriceName},
    {"product", Sign::kDescriptionName},
    {"products", Sign::kCardName},
    {"profile", Sign::kBylineName},
    {"promo", Sign::kNoticeName},
    {"prose", Sign::kContentName},
    {"published", Sign::kBylineName},
    {"quantity", Sign::kPriceName},
    {"question", Sign::kForumName},
    {"rail", Sign::kSidebarName},
    {"rating", Sign::kReviewName},
    {"ratings", Sign::kReviewName},
    {"recommend", Sign::kRelatedName},
    {"recommendations", Sign::kRelatedName},
    {"recommended", Sign::kRelatedName},
    {"related", Sign::kRelatedName},
    {"replies", Sign::kCommentName},
    {"reply", Sign::kForumName},
    {"respond", Sign::kCommentName},
    {"result", Sign::kCardName},
    {"results", Sign::kCardName},
    {"review", Sign::kReviewName},
    {"reviews", Sign::kReviewName},
    {"rich", Sign::kContentName},
    {"richtext", Sign::kContentName},
    {"rte", Sign::kContentName},
    {"secondary", Sign::kSidebarName},
    {"share", Sign::kShareName},
    {"sharing", Sign::kShareName},
    {"shipping", Sign::kPriceName},
    {"sidebar", Sign::kSidebarName},
    {"signature", Sign::kCommentName},
    {"signup", Sign::kNoticeName},
    {"similar", Sign::kRelatedName},
    {"social", Sign::kShareName},
    {"socials", Sign::kShareName},
    {"spec", Sign::kDescriptionName},
    {"specs", Sign::kDescriptionName},
    {"sponsor", Sign::kAdName},
    {"sponsored", Sign::kAdName},
    {"stock", Sign::kPriceName},
    {"story", Sign::kArticleName},
    {"subscribe", Sign::kNoticeName},
    {"subscription", Sign::kNoticeName},
    {"summary", Sign::kDescriptionName},
    {"tab", Sign::kFoldName},
    {"taboola", Sign::kRelatedName},
    {"tabs", Sign::kFoldName},
    {"tag", Sign::kTagsName},
    {"tags", Sign::kTagsName},
    {"teaser", Sign::kCardName},
    {"teasers", Sign::kCardName},
    {"testimonial", Sign::kReviewName},
    {"testimonials", Sign::kReviewName},
    {"text", Sign::kContentName},
    {"thread", Sign::kForumName},
    {"tile", Sign::kCardName},
    {"time", Sign::kBylineName},
    {"timestamp", Sign::kBylineName},
    {"toc", Sign::kMenuName},
    {"toolbar", Sign::kMenuName},
    {"top", Sign::kHeaderName},
    {"topbar", Sign::kHeaderName},
    {"topic", Sign::kForumName},
    {"topics", Sign::kTagsName},
    {"trending", Sign::kRelatedName},
    {"user", Sign::kBylineName},
    {"widget", Sign::kSidebarName},
    {"wysiwyg", Sign::kContentName},
});
constexpr WordIndex kWordIndex([] {
  std::array<std::string_view, kWords.size()> words;
  for (std::size_t i = 0; i < kWords.size(); ++i) words[i] = kWords[i].word;
  return words;
}());

constexpr std::size_t kMaxWordBytes = 16;

constexpr std::array<std::string_view, kSignCount> kSignNames = {
    "in_nav",        "in_header",     "in_footer",    "in_aside",     "in_form",       "hidden",
    "in_article",    "in_main",       "in_dialog",    "in_link",      "named_share",   "named_related",
    "named_comment", "named_sidebar", "named_menu",   "named_notice", "named_ad",      "named_byline",
    "named_tags",    "named_media",   "named_header", "named_footer", "named_article", "named_content",
    "named_details", "named_card",    "named_forum",  "named_price",  "named_review",  "named_fold",
    "marked_body"};

bool IsUpper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || IsUpper(c);
}

std::uint32_t SignsOfName(std::string_view names) {
  std::uint32_t signs = 0;
  std::array<char, kMaxWordBytes> word{};
  for (std::size_t i = 0; i < names.size();) {
    if (!IsLetter(names[i])) {
      ++i;
      continue;
    }
    std::size_t length = 0;
    bool lower = false;
    for (; i < names.size() && IsLetter(names[i]) && !(lower && IsUpper(names[i])); ++i) {
      lower = lower || !IsUpper(names[i]);
      if (length < kMaxWordBytes) word[length] = static_cast<char>(names[i] | 0x20);
      ++length;
    }
    if (length < 2 || length > kMaxWordBytes) continue;
    const std::size_t found = kWordIndex.Find({word.data(), length});
    if (found != kWordIndex.kNone) signs |= Bit(kWords[found].sign);
  }
  return signs;
}

std::uint32_t SignsOfTag(Tag tag) {
  switch (tag) {
    case Tag::kNav:
    case Tag::kMenu:
      return Bit(Sign::kNav);
    case Tag::kHeader:
      return Bit(Sign::kHeader);
    case Tag::kFooter:
      return Bit(Sign::kFooter);
    case Tag::kAside:
      return Bit(Sign::kAside);
    case Tag::kForm:
    case Tag::kButton:
    case Tag::kLabel:
      return Bit(Sign::kForm);
    case Tag::kArticle:
      return Bit(Sign::kArticle);
    case Tag::kMain:
      return Bit(Sign::kMain);
    case Tag::kDialog:
      return Bit(Sign::kDialog);
    case Tag::kA:
      return Bit(Sign::kLink);
    default:
      return 0;
  }
}

bool IsHidden(const HtmlTree& tree, const HtmlNode& node) {
  constexpr std::uint64_t kHiding =
      AttributeName("hidden").bit() | AttributeName("aria-hidden").bit() | AttributeName("style").bit();
  if ((node.attributes & kHiding) == 0) return false;
  if (tree.HasAttribute(node, "hidden") || tree.Attribute(node, "aria-hidden") == "true") return true;
  const std::string_view style = tree.Attribute(node, "style");
  if (style.empty()) return false;
  const std::size_t display = style.find("display");
  return display != std::string_view::npos &&
         style.substr(display).substr(0, 16).find("none") != std::string_view::npos;
}

}  // namespace

std::string_view SignName(std::size_t sign) {
  return sign < kSignCount ? kSignNames[sign] : std::string_view();
}

std::vector<std::uint32_t> SignsOfNames(const HtmlTree& tree) {
  std::vector<std::uint32_t> signs;
  signs.reserve(tree.names().size());
  for (const std::string_view name : tree.names()) signs.push_back(SignsOfName(name.substr(0, kMaxClassBytes)));
  return signs;
}

std::uint32_t SignsOf(const HtmlTree& tree, const std::vector<std::uint32_t>& name_signs, const HtmlNode& node) {
  std::uint32_t signs = SignsOfTag(node.tag);
  if (node.attributes == 0) return signs;
  if (IsHidden(tree, node)) signs |= Bit(Sign::kHidden);
  // The names of the outermost elements tell of the layout, not of the text.
  if (node.tag == Tag::kBody || node.tag == Tag::kHtml) return signs;
  signs |= name_signs[node.class_name] | name_signs[node.id_name];
  constexpr std::uint64_t kMeaning = AttributeName("role").bit() | AttributeName("itemprop").bit();
  if ((node.attributes & kMeaning) == 0) return signs;
  const std::string_view role = tree.Attribute(node, "role");
  if (role == "navigation" || role == "search" || role == "menu" || role == "tablist") signs |= Bit(Sign::kNav);
  if (role == "banner") signs |= Bit(Sign::kHeader);
  if (role == "contentinfo") signs |= Bit(Sign::kFooter);
  if (role == "complementary") signs |= Bit(Sign::kAside);
  if (role == "dialog") signs |= Bit(Sign::kDialog);
  if (role == "main") signs |= Bit(Sign::kMain);
  const std::string_view itemprop = tree.Attribute(node, "itemprop");
  if (itemprop == "articleBody" || itemprop == "description" || itemprop == "text" || itemprop == "reviewBody")
    signs |= Bit(Sign::kBodyItemprop);
  return signs;
}

}  // namespace dateline::extraction
