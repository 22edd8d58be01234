#pragma once
// What the rules of tree building ask of an element by its name, as the HTML standard groups them. Constants,
// thread-safe.

#include <array>
#include <cstdint>

#include "services/extraction/page/html_tags.h"

namespace dateline::extraction {

// Stops misnested end tags.
inline constexpr std::uint32_t kSpecial = 1;
// Ends the walk that asks whether an element is in scope: in any but table scope, in list item scope, in button scope,
// in table scope.
inline constexpr std::uint32_t kScopeStop = 2;
inline constexpr std::uint32_t kListStop = 4;
inline constexpr std::uint32_t kButtonStop = 8;
inline constexpr std::uint32_t kTableStop = 16;
// Ends by itself where an element around it ends; the second ones where a template ends.
inline constexpr std::uint32_t kImpliedEnd = 32;
inline constexpr std::uint32_t kThoroughEnd = 64;
// The text in it stands before the table.
inline constexpr std::uint32_t kTablePart = 128;
inline constexpr std::uint32_t kTableBody = 256;  // tbody, thead, tfoot
inline constexpr std::uint32_t kCell = 512;       // td, th
inline constexpr std::uint32_t kHeading = 1024;   // h1 to h6
// An SVG or MathML element whose content is HTML.
inline constexpr std::uint32_t kIntegration = 2048;

inline constexpr auto kTraits = [] {
  std::array<std::uint32_t, kTagCount> traits{};
  const auto add = [&](std::uint32_t bits, auto... tags) { ((traits[Number(tags)] |= bits), ...); };
  using enum Tag;
  add(kSpecial, kAddress, kApplet, kArea, kArticle, kAside, kBase, kBasefont, kBgsound, kBlockquote, kBody, kBr,
      kButton, kCaption, kCenter, kCol, kColgroup, kDd, kDetails, kDir, kDiv, kDl, kDt, kEmbed, kFieldset, kFigcaption,
      kFigure, kFooter, kForm, kFrame, kFrameset, kH1, kH2, kH3, kH4, kH5, kH6, kHead, kHeader, kHgroup, kHr, kHtml,
      kIframe, kImg, kInput, kKeygen, kLi, kLink, kListing, kMain, kMarquee, kMenu, kMeta, kNav, kNoembed, kNoframes,
      kNoscript, kObject, kOl, kP, kParam, kPlaintext, kPre, kScript, kSearch, kSection, kSelect, kSource, kStyle,
      kSummary, kTable, kTbody, kTd, kTemplate, kTextarea, kTfoot, kTh, kThead, kTitle, kTr, kTrack, kUl, kWbr, kXmp);
  add(kScopeStop, kApplet, kCaption, kHtml, kTable, kTd, kTh, kMarquee, kObject, kTemplate);
  add(kListStop, kOl, kUl);
  add(kButtonStop, kButton);
  add(kTableStop, kHtml, kTable, kTemplate);
  add(kImpliedEnd, kDd, kDt, kLi, kOptgroup, kOption, kP, kRb, kRp, kRt, kRtc);
  add(kThoroughEnd, kDd, kDt, kLi, kOptgroup, kOption, kP, kRb, kRp, kRt, kRtc, kCaption, kColgroup, kTbody, kTd,
      kTfoot, kTh, kThead, kTr);
  add(kTablePart, kTable, kTbody, kTfoot, kThead, kTr);
  add(kTableBody, kTbody, kTfoot, kThead);
  add(kCell, kTd, kTh);
  add(kHeading, kH1, kH2, kH3, kH4, kH5, kH6);
  return traits;
}();

constexpr std::uint32_t TraitsOf(Tag tag) {
  return Number(tag) < kTagCount ? kTraits[Number(tag)] : 0;
}
constexpr bool Has(Tag tag, std::uint32_t traits) {
  return (TraitsOf(tag) & traits) != 0;
}

template <typename... Tags>
constexpr bool IsOneOf(Tag tag, Tags... tags) {
  return ((tag == tags) || ...);
}

// White space as HTML has it.
constexpr bool IsHtmlSpace(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

}  // namespace dateline::extraction
