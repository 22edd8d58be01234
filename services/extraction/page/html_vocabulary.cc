#include "services/extraction/page/html_vocabulary.h"

#include <myhtml/api.h>

#include <algorithm>
#include <string>

namespace dateline::extraction {

constinit const std::array<std::uint8_t, 256> kTagKinds = [] {
  std::array<std::uint8_t, 256> kinds{};
  for (const std::uint32_t tag :
       {MyHTML_TAG_P,        MyHTML_TAG_DIV,        MyHTML_TAG_SECTION, MyHTML_TAG_ARTICLE,    MyHTML_TAG_MAIN,
        MyHTML_TAG_UL,       MyHTML_TAG_OL,         MyHTML_TAG_LI,      MyHTML_TAG_DL,         MyHTML_TAG_DT,
        MyHTML_TAG_DD,       MyHTML_TAG_BLOCKQUOTE, MyHTML_TAG_PRE,     MyHTML_TAG_TABLE,      MyHTML_TAG_TR,
        MyHTML_TAG_TD,       MyHTML_TAG_TH,         MyHTML_TAG_FIGURE,  MyHTML_TAG_FIGCAPTION, MyHTML_TAG_HEADER,
        MyHTML_TAG_FOOTER,   MyHTML_TAG_ADDRESS,    MyHTML_TAG_HR,      MyHTML_TAG_BODY,       MyHTML_TAG_HTML,
        MyHTML_TAG_TBODY,    MyHTML_TAG_THEAD,      MyHTML_TAG_DETAILS, MyHTML_TAG_SUMMARY,    MyHTML_TAG_CENTER,
        MyHTML_TAG_FIELDSET, MyHTML_TAG_CAPTION})
    kinds[tag] = kBlockTag;
  std::uint8_t level = 0;
  for (const std::uint32_t tag :
       {MyHTML_TAG_H1, MyHTML_TAG_H2, MyHTML_TAG_H3, MyHTML_TAG_H4, MyHTML_TAG_H5, MyHTML_TAG_H6})
    kinds[tag] = static_cast<std::uint8_t>(kBlockTag | ++level);
  return kinds;
}();

bool IsBodyName(std::string_view name) {
  constexpr std::array<std::string_view, 20> kNames = {
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
