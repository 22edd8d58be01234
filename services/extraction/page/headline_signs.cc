#include "services/extraction/page/headline_signs.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/base/needle_set.h"
#include "common/text/normalize.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMaxClass = 300;

struct Needle {
  std::string_view text;
  std::uint32_t mark;
};
constexpr std::array<Needle, 45> kNeedles = {{{"author", kAuthorMark},
                                              {"autor", kAuthorMark},
                                              {"auteur", kAuthorMark},
                                              {"byline", kAuthorMark},
                                              {"by-line", kAuthorMark},
                                              {"writer", kAuthorMark},
                                              {"contributor", kAuthorMark},
                                              {"vcard", kAuthorMark | kAccountMark},
                                              {"username", kAuthorMark | kAccountMark},
                                              {"nickname", kAuthorMark | kAccountMark},
                                              {"redakteur", kAuthorMark},
                                              {"dateline", 0},
                                              {"update", kModifiedMark},
                                              {"modified", kModifiedMark},
                                              {"date", kDateMark},
                                              {"datum", kDateMark},
                                              {"fecha", kDateMark},
                                              {"time", kDateMark},
                                              {"publish", kDateMark},
                                              {"posted", kDateMark},
                                              {"pubdate", kDateMark},
                                              {"entry-meta", kDateMark},
                                              {"post-meta", kDateMark},
                                              {"comment", kOtherMark},
                                              {"related", kOtherMark},
                                              {"recommend", kOtherMark},
                                              {"footer", kBoxMark},
                                              {"sidebar", kBoxMark},
                                              {"popular", kBoxMark},
                                              {"latest", kBoxMark},
                                              {"recent", kBoxMark},
                                              {"most-read", kOtherMark},
                                              {"teaser-list", kOtherMark},
                                              {"cookie", kOtherMark},
                                              {"next-post", kOtherMark},
                                              {"breadcrumb", kOtherMark},
                                              {"twitter-tweet", kOtherMark},
                                              {"instagram-media", kOtherMark},
                                              {"subtitle", kDeckMark},
                                              {"sub-title", kDeckMark},
                                              {"subhead", kDeckMark},
                                              {"standfirst", kDeckMark},
                                              {"deck", kDeckMark},
                                              {"dek", kDeckMark},
                                              {"strapline", kDeckMark}}};

constexpr NeedleSet kNeedleSet([] {
  std::array<std::string_view, kNeedles.size()> texts;
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = kNeedles[i].text;
  return texts;
}());

}  // namespace

std::uint32_t MarksOf(std::string_view value) {
  std::array<char, kMaxClass> buffer;
  const std::size_t size = std::min(value.size(), kMaxClass);
  for (std::size_t i = 0; i < size; ++i)
    buffer[i] = value[i] >= 'A' && value[i] <= 'Z' ? static_cast<char>(value[i] | 0x20) : value[i];
  const std::string_view lower(buffer.data(), size);
  std::uint32_t marks = 0;
  for (std::size_t at = 0; at < size; ++at) {
    kNeedleSet.VisitAt(lower, at, [&](std::size_t i) {
      const std::string_view needle = kNeedles[i].text;
      // "date" stands inside "update" and "dateline".
      if (needle == "date" && at >= 2 && lower.substr(at - 2).starts_with("update")) return false;
      if (needle == "dek" && at > 0 && lower[at - 1] != '-' && lower[at - 1] != '_' && lower[at - 1] != ' ')
        return false;
      // The foot of a post holds its byline and date.
      if (needle == "footer" && at > 0 && (lower[at - 1] == '-' || lower[at - 1] == '_') &&
          (lower.substr(0, at - 1).ends_with("post") || lower.substr(0, at - 1).ends_with("entry") ||
           lower.substr(0, at - 1).ends_with("article") || lower.substr(0, at - 1).ends_with("story")))
        return false;
      marks |= kNeedles[i].mark;
      return true;
    });
  }
  return marks;
}

bool HasDigit(std::string_view s) {
  return std::any_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool MayHoldDate(std::string_view s) {
  constexpr std::ptrdiff_t kFewestDigits = 4;
  return std::count_if(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; }) >= kFewestDigits;
}

bool HasClock(std::string_view s) {
  const std::size_t colon = s.find(':');
  return colon != std::string_view::npos && colon > 0 && colon + 2 < s.size() && HasDigit(s.substr(colon - 1, 1)) &&
         HasDigit(s.substr(colon + 1, 1)) && HasDigit(s.substr(colon + 2, 1));
}

bool IsTime(const HtmlTree& tree, const HtmlNode& node) {
  if (node.tag == Tag::kTime) return true;
  if (tree.HasAttribute(node, "datetime")) return node.tag != Tag::kIns && node.tag != Tag::kDel;
  if (node.tag != Tag::kAbbr && node.tag != Tag::kSpan) return false;
  // "2024-03-05T10:00"
  constexpr std::size_t kDayBytes = 10;
  const std::string_view title = tree.Attribute(node, "title");
  return title.size() > kDayBytes && title[4] == '-' && title[7] == '-' && title[kDayBytes] == 'T' &&
         HasDigit(title.substr(0, 1));
}

bool IsReply(std::string_view itemtype) {
  return itemtype.ends_with("/Comment") || itemtype.ends_with("/Answer") || itemtype.ends_with("/UserComments");
}

bool IsOtherRole(std::string_view label) {
  static constexpr std::array<std::string_view, 14> kWords = {"review", "edited",  "fact",   "photo",        "foto",
                                                              "image",  "illustr", "bild",   "translat",     "traduc",
                                                              "check",  "approve", "expert", "\u00FCbersetz"};
  static constexpr NeedleSet kRoles(kWords);
  return kRoles.AnyIn(text::FoldKey(label));
}

bool IsOtherLabel(std::string_view label) {
  constexpr std::size_t kLongest = 40;
  if (label.size() > kLongest || label.empty()) return false;
  const std::string key = text::FoldKey(label);
  const bool is_label = key.ends_with(" by") || key.ends_with(':') || key.ends_with(" von") || key.ends_with(" par") ||
                        key.ends_with(" por");
  return is_label && IsOtherRole(key);
}

bool LeadsToProfile(std::string_view href) {
  if (href.size() >= kMaxProfileHref) return false;
  static constexpr std::array<std::string_view, 21> kParts = {
      "/author", "/autor",    "/auteur", "/user",   "/profil",   "/people/",     "/person",
      "/staff/", "/team/",    "/writer", "/member", "/mitglied", "/contributor", "/journalist",
      "/u/",     "/experts/", "/redakt", "author=", "profile&",  "viewprofile",  "linkedin.com/in/"};
  static constexpr NeedleSet kProfiles(kParts);
  if (!kProfiles.AnyIn(href) && href.find("/@") == std::string_view::npos) return false;
  // Accounts at networks are those of the site as often.
  static constexpr std::array<std::string_view, 9> kNetworks = {
      "twitter.", "facebook.", "instagram.", "plus.google.", "youtube.", "pinterest.", "tiktok.", "//t.me", "//x.com"};
  return std::none_of(kNetworks.begin(), kNetworks.end(),
                      [&](std::string_view network) { return href.find(network) != std::string_view::npos; });
}

bool IsJoint(std::string_view segment) {
  const std::string key = text::FoldKey(segment);
  return key.empty() || key == "and" || key == "," || key == "&" || key == "und" || key == "et" || key == "y" ||
         key == "e" || key == ", and" || key == "og" || key == "och";
}

}  // namespace dateline::extraction
