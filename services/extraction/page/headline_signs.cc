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
constexpr std::array<Needle, 43> kNeedles = {{{"author", kAuthorMark},
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
                                              {"subtitle", kDeckMark},
                                              {"sub-title", kDeckMark},
                                              {"subhead", kDeckMark},
                                              {"standfirst", kDeckMark},
                                              {"deck", kDeckMark},
                                              {"dek", kDeckMark},
                                              {"strapline", kDeckMark}}};

char LowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool StartsFolded(std::string_view s, std::string_view lower) {
  if (s.size() < lower.size()) return false;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    if (LowerAscii(s[i]) != lower[i]) return false;
  }
  return true;
}

// Which two letters begin a needle; every other place of a name is passed over.
constexpr std::size_t PairOf(char first, char second) {
  return static_cast<std::size_t>(static_cast<unsigned char>(first) % 32 * 32 +
                                  static_cast<unsigned char>(second) % 32);
}
constexpr std::array<bool, 1024> kBeginsNeedle = [] {
  std::array<bool, 1024> begins{};
  for (const Needle& needle : kNeedles) begins[PairOf(needle.text[0], needle.text[1])] = true;
  return begins;
}();

}  // namespace

std::uint32_t MarksOf(std::string_view value) {
  std::uint32_t marks = 0;
  value = value.substr(0, kMaxClass);
  for (std::size_t i = 0; i + 3 <= value.size(); ++i) {
    if (!kBeginsNeedle[PairOf(value[i], value[i + 1])]) continue;
    const char c = LowerAscii(value[i]);
    for (const Needle& needle : kNeedles) {
      if (needle.text[0] != c || !StartsFolded(value.substr(i), needle.text)) continue;
      // "date" stands inside "update" and "dateline".
      if (needle.text == "date" && i >= 2 && StartsFolded(value.substr(i - 2), "update")) continue;
      if (needle.text == "dek" && (i > 0 && value[i - 1] != '-' && value[i - 1] != '_' && value[i - 1] != ' '))
        continue;
      marks |= needle.mark;
      break;
    }
  }
  return marks;
}

bool HasDigit(std::string_view s) {
  return std::any_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool HasClock(std::string_view s) {
  const std::size_t colon = s.find(':');
  return colon != std::string_view::npos && colon > 0 && colon + 2 < s.size() && HasDigit(s.substr(colon - 1, 1)) &&
         HasDigit(s.substr(colon + 1, 1)) && HasDigit(s.substr(colon + 2, 1));
}

bool IsOtherRole(std::string_view label) {
  constexpr std::array<std::string_view, 14> kWords = {"review", "edited",  "fact",   "photo",        "foto",
                                                       "image",  "illustr", "bild",   "translat",     "traduc",
                                                       "check",  "approve", "expert", "\u00FCbersetz"};
  constexpr NeedleSet kRoles(kWords);
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
  constexpr std::array<std::string_view, 18> kPaths = {
      "author", "autor",       "auteur",     "user",   "profil",   "people/", "person", "staff/",   "team/",
      "writer", "contributor", "journalist", "member", "mitglied", "u/",      "@",      "experts/", "redakt"};
  constexpr std::array<std::string_view, 4> kParts = {"viewprofile", "profile&", "author=", "linkedin.com/in/"};
  bool profile = false;
  for (std::size_t at = href.find('/'); at != std::string_view::npos && !profile; at = href.find('/', at + 1)) {
    const std::string_view rest = href.substr(at + 1);
    profile = !rest.empty() && std::any_of(kPaths.begin(), kPaths.end(), [&](std::string_view path) {
      return path[0] == rest[0] && rest.starts_with(path);
    });
  }
  const auto holds = [&](std::string_view part) { return href.find(part) != std::string_view::npos; };
  if (!profile && std::none_of(kParts.begin(), kParts.end(), holds)) return false;
  // Accounts at networks are those of the site as often.
  constexpr std::array<std::string_view, 9> kNetworks = {
      "twitter.", "facebook.", "instagram.", "plus.google.", "youtube.", "pinterest.", "tiktok.", "//t.me", "//x.com"};
  return std::none_of(kNetworks.begin(), kNetworks.end(), holds);
}

bool IsJoint(std::string_view segment) {
  const std::string key = text::FoldKey(segment);
  return key.empty() || key == "and" || key == "," || key == "&" || key == "und" || key == "et" || key == "y" ||
         key == "e" || key == ", and" || key == "og" || key == "och";
}

}  // namespace dateline::extraction
