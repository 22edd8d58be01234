#include "services/extraction/page/html_vocabulary.h"

#include <myhtml/api.h>

#include <algorithm>
#include <array>

namespace dateline::extraction {
namespace {

// Whether one of the words of class and id, parted at spaces and hyphens, is `word`.
bool HasToken(std::string_view names, std::string_view word) {
  const auto edge = [](char c) { return c == ' ' || c == '-' || c == '_'; };
  for (std::size_t at = names.find(word); at != std::string_view::npos; at = names.find(word, at + 1)) {
    if (at > 0 && edge(names[at - 1]) && at + word.size() < names.size() && edge(names[at + word.size()])) return true;
  }
  return false;
}

}  // namespace

bool IsSkippedTag(std::uint32_t tag) {
  switch (tag) {
    case MyHTML_TAG_SCRIPT:
    case MyHTML_TAG_STYLE:
    case MyHTML_TAG_NAV:
    case MyHTML_TAG_ASIDE:
    case MyHTML_TAG_FORM:
    case MyHTML_TAG_NOSCRIPT:
    case MyHTML_TAG_TEMPLATE:
    case MyHTML_TAG_IFRAME:
    case MyHTML_TAG_OBJECT:
    case MyHTML_TAG_SVG:
    case MyHTML_TAG_MATH:
    case MyHTML_TAG_BUTTON:
    case MyHTML_TAG_SELECT:
    case MyHTML_TAG_INPUT:
    case MyHTML_TAG_TEXTAREA:
    case MyHTML_TAG_HEAD:
    case MyHTML_TAG_AUDIO:
    case MyHTML_TAG_VIDEO:
    case MyHTML_TAG_CANVAS:
    case MyHTML_TAG_DIALOG:
    case MyHTML_TAG_MENU:
    case MyHTML_TAG__COMMENT:
      return true;
    default:
      return false;
  }
}

bool IsBlockTag(std::uint32_t tag) {
  switch (tag) {
    case MyHTML_TAG_P:
    case MyHTML_TAG_DIV:
    case MyHTML_TAG_SECTION:
    case MyHTML_TAG_ARTICLE:
    case MyHTML_TAG_MAIN:
    case MyHTML_TAG_H1:
    case MyHTML_TAG_H2:
    case MyHTML_TAG_H3:
    case MyHTML_TAG_H4:
    case MyHTML_TAG_H5:
    case MyHTML_TAG_H6:
    case MyHTML_TAG_UL:
    case MyHTML_TAG_OL:
    case MyHTML_TAG_LI:
    case MyHTML_TAG_DL:
    case MyHTML_TAG_DT:
    case MyHTML_TAG_DD:
    case MyHTML_TAG_BLOCKQUOTE:
    case MyHTML_TAG_PRE:
    case MyHTML_TAG_TABLE:
    case MyHTML_TAG_TR:
    case MyHTML_TAG_TD:
    case MyHTML_TAG_TH:
    case MyHTML_TAG_FIGURE:
    case MyHTML_TAG_FIGCAPTION:
    case MyHTML_TAG_HEADER:
    case MyHTML_TAG_FOOTER:
    case MyHTML_TAG_ADDRESS:
    case MyHTML_TAG_HR:
    case MyHTML_TAG_BODY:
    case MyHTML_TAG_HTML:
    case MyHTML_TAG_TBODY:
    case MyHTML_TAG_THEAD:
    case MyHTML_TAG_DETAILS:
    case MyHTML_TAG_SUMMARY:
    case MyHTML_TAG_CENTER:
    case MyHTML_TAG_FIELDSET:
    case MyHTML_TAG_CAPTION:
      return true;
    default:
      return false;
  }
}

int HeadingLevel(std::uint32_t tag) {
  switch (tag) {
    case MyHTML_TAG_H1:
      return 1;
    case MyHTML_TAG_H2:
      return 2;
    case MyHTML_TAG_H3:
      return 3;
    case MyHTML_TAG_H4:
      return 4;
    case MyHTML_TAG_H5:
      return 5;
    case MyHTML_TAG_H6:
      return 6;
    default:
      return 0;
  }
}

std::string Names(const HtmlTree& tree, const HtmlNode& node) {
  std::string names = " ";
  for (const std::string_view key : {"class", "id"}) {
    for (const char c : tree.Attribute(node, key).substr(0, kMaxClassBytes)) {
      names.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
    names.push_back(' ');
  }
  return names;
}

bool IsAsideName(std::string_view names) {
  constexpr std::array<std::string_view, 36> kWords = {
      "share",     "sharing",    "social",      "socials",    "related",     "cookie",  "cookies", "newsletter",
      "subscribe", "breadcrumb", "breadcrumbs", "comments",   "comment",     "respond", "sidebar", "menu",
      "nav",       "navigation", "navbar",      "pagination", "pager",       "promo",   "advert",  "advertisement",
      "ads",       "sponsored",  "outbrain",    "taboola",    "recommended", "popup",   "modal",   "toolbar",
      "skip",      "login",      "footer",      "hidden"};
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) { return HasToken(names, word); });
}

bool IsBodyName(std::string_view names) {
  constexpr std::array<std::string_view, 20> kNames = {
      "article-body",     "articlebody",     "article__body", "article-content",    "article__content",
      "entry-content",    "post-content",    "post-body",     "story-body",         "news-body",
      "field--name-body", "field-name-body", "body-content",  "press-release-body", "release-body",
      "content-body",     "rich-text",       "richtext",      "article-text",       "main-content-body"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view word) { return names.find(word) != std::string_view::npos; });
}

}  // namespace dateline::extraction
