#include "services/extraction/page/html_vocabulary.h"

#include <algorithm>
#include <string>

namespace dateline::extraction {

constinit const std::array<std::uint8_t, kTagCount> kTagKinds = [] {
  std::array<std::uint8_t, kTagCount> kinds{};
  for (const Tag tag :
       {Tag::kP,       Tag::kDiv,    Tag::kSection,  Tag::kArticle, Tag::kMain,       Tag::kUl,     Tag::kOl,
        Tag::kLi,      Tag::kDl,     Tag::kDt,       Tag::kDd,      Tag::kBlockquote, Tag::kPre,    Tag::kTable,
        Tag::kTr,      Tag::kTd,     Tag::kTh,       Tag::kFigure,  Tag::kFigcaption, Tag::kHeader, Tag::kFooter,
        Tag::kAddress, Tag::kHr,     Tag::kBody,     Tag::kHtml,    Tag::kTbody,      Tag::kThead,  Tag::kDetails,
        Tag::kSummary, Tag::kCenter, Tag::kFieldset, Tag::kCaption})
    kinds[Number(tag)] = kBlockTag;
  std::uint8_t level = 0;
  for (const Tag tag : {Tag::kH1, Tag::kH2, Tag::kH3, Tag::kH4, Tag::kH5, Tag::kH6})
    kinds[Number(tag)] = static_cast<std::uint8_t>(kBlockTag | ++level);
  return kinds;
}();

bool IsBodyName(std::string_view name) {
  static constexpr std::array<std::string_view, 20> kNames = {
      "article-body",     "articlebody",     "article__body", "article-content",    "article__content",
      "entry-content",    "post-content",    "post-body",     "story-body",         "news-body",
      "field--name-body", "field-name-body", "body-content",  "press-release-body", "release-body",
      "content-body",     "rich-text",       "richtext",      "article-text",       "main-content-body"};
  std::string lower(name.substr(0, kMaxClassBytes));
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace dateline::extraction
