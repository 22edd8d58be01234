#include "services/extraction/page/headline_area.h"

#include <myhtml/api.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/page/author_names.h"
#include "services/extraction/page/markup_text.h"
#include "services/extraction/page/page_title.h"

namespace dateline::extraction {
namespace {

// How far from the headline a byline or date may stand, in bytes of text.
constexpr long kNearBefore = 400;
constexpr long kNearAfter = 1200;
constexpr long kDeckAfter = 300;
constexpr std::size_t kMaxClass = 300;
constexpr std::size_t kMaxDateText = 120;
constexpr std::size_t kMaxBylineText = 220;
constexpr std::size_t kMaxCandidates = 64;
constexpr std::size_t kMaxDates = 8;
constexpr std::size_t kMinDeckBytes = 25;
constexpr std::size_t kMaxDeckBytes = 400;

// What class and id of an element say.
enum Mark : std::uint32_t {
  kAuthorMark = 1,
  kDateMark = 2,
  kOtherMark = 4,  // comments, teasers, footers
  kDeckMark = 8,
  kModifiedMark = 16,
};

struct Needle {
  std::string_view text;
  std::uint32_t mark;
};
constexpr std::array<Needle, 40> kNeedles = {
    {{"author", kAuthorMark},      {"autor", kAuthorMark},      {"auteur", kAuthorMark},
     {"byline", kAuthorMark},      {"by-line", kAuthorMark},    {"writer", kAuthorMark},
     {"contributor", kAuthorMark}, {"vcard", kAuthorMark},      {"dateline", 0},
     {"update", kModifiedMark},    {"modified", kModifiedMark}, {"date", kDateMark},
     {"datum", kDateMark},         {"fecha", kDateMark},        {"time", kDateMark},
     {"publish", kDateMark},       {"posted", kDateMark},       {"pubdate", kDateMark},
     {"entry-meta", kDateMark},    {"post-meta", kDateMark},    {"comment", kOtherMark},
     {"related", kOtherMark},      {"recommend", kOtherMark},   {"footer", kOtherMark},
     {"sidebar", kOtherMark},      {"popular", kOtherMark},     {"latest", kOtherMark},
     {"recent", kOtherMark},       {"most-read", kOtherMark},   {"teaser-list", kOtherMark},
     {"cookie", kOtherMark},       {"next-post", kOtherMark},   {"breadcrumb", kOtherMark},
     {"subtitle", kDeckMark},      {"sub-title", kDeckMark},    {"subhead", kDeckMark},
     {"standfirst", kDeckMark},    {"deck", kDeckMark},         {"dek", kDeckMark},
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

constexpr std::array<bool, 256> kBeginsNeedle = [] {
  std::array<bool, 256> begins{};
  for (const Needle& needle : kNeedles) begins[static_cast<unsigned char>(needle.text[0])] = true;
  return begins;
}();

// One walk over the value; the first letter decides whether anything is compared at all.
std::uint32_t MarksOf(std::string_view value) {
  std::uint32_t marks = 0;
  value = value.substr(0, kMaxClass);
  for (std::size_t i = 0; i + 3 <= value.size(); ++i) {
    const char c = LowerAscii(value[i]);
    if (!kBeginsNeedle[static_cast<unsigned char>(c)]) continue;
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

bool EqualsFolded(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerAscii(x) == LowerAscii(y); });
}

bool HasDigit(std::string_view s) {
  return std::any_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Whether the words before a name say that it is not that of the author.
bool IsOtherRole(std::string_view label) {
  constexpr std::array<std::string_view, 14> kWords = {"review", "edited",  "fact",   "photo",        "foto",
                                                       "image",  "illustr", "bild",   "translat",     "traduc",
                                                       "check",  "approve", "expert", "\u00FCbersetz"};
  const std::string key = text::FoldKey(label);
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return key.find(word) != std::string::npos; });
}

// Whether the piece of text before a name is such a label: "Reviewed by", "Photo:".
bool IsOtherLabel(std::string_view label) {
  constexpr std::size_t kLongest = 40;
  if (label.size() > kLongest || label.empty()) return false;
  const std::string key = text::FoldKey(label);
  const bool is_label = key.ends_with(" by") || key.ends_with(':') || key.ends_with(" von") || key.ends_with(" par") ||
                        key.ends_with(" por");
  return is_label && IsOtherRole(key);
}

bool IsJoint(std::string_view segment) {
  const std::string key = text::FoldKey(segment);
  return key.empty() || key == "and" || key == "," || key == "&" || key == "und" || key == "et" || key == "y" ||
         key == "e" || key == ", and" || key == "og" || key == "och";
}

class AreaReader {
 public:
  AreaReader(const HtmlTree& tree, std::size_t headline, const std::vector<std::string>& site_keys)
      : tree_(tree),
        nodes_(tree.nodes()),
        headline_(headline),
        site_keys_(site_keys),
        name_marks_(tree.names().size(), kUnread) {}

  HeadlineArea Run() {
    for (std::size_t i = 0; i < nodes_.size();) {
      const HtmlNode& node = nodes_[i];
      // Some pages set the date into the heading itself.
      if (i == headline_) anchor_ = static_cast<long>(text_);
      if (node.tag == MyHTML_TAG__TEXT) {
        Text(i);
        ++i;
        continue;
      }
      if (IsPassedOver(node, i)) {
        i = node.end;
        continue;
      }
      if (node.tag != MyHTML_TAG__COMMENT) Element(node, i);
      ++i;
    }
    ChooseBylines();
    ChooseDates();
    return std::move(out_);
  }

 private:
  struct BylineAt {
    long at = 0;
    Byline byline;
    int kind = 0;
  };
  struct DateAt {
    long at = 0;
    DateSign sign;
  };

  bool HoldsHeadline(const HtmlNode& node, std::size_t i) const {
    return headline_ != kNoNode && headline_ >= i && headline_ < node.end;
  }

  bool IsPassedOver(const HtmlNode& node, std::size_t i) {
    switch (node.tag) {
      case MyHTML_TAG_SCRIPT:
      case MyHTML_TAG_STYLE:
      case MyHTML_TAG_HEAD:
      case MyHTML_TAG_NOSCRIPT:
      case MyHTML_TAG_TEMPLATE:
      case MyHTML_TAG_SELECT:
      case MyHTML_TAG_TEXTAREA:
      case MyHTML_TAG_SVG:
      case MyHTML_TAG_IFRAME:
        return true;
      case MyHTML_TAG_FOOTER:
      case MyHTML_TAG_NAV:
        // The footer of an article may hold its byline, that of the page does not.
        return !HoldsHeadline(node, i) && !(node.tag == MyHTML_TAG_FOOTER && InArticle(i));
      default:
        break;
    }
    marks_ = 0;
    if (node.tag == MyHTML_TAG_HTML || node.tag == MyHTML_TAG_BODY || node.tag == MyHTML_TAG_MAIN) return false;
    marks_ |= MarksOfName(node.class_name) | MarksOfName(node.id_name);
    if ((marks_ & kOtherMark) == 0 || HoldsHeadline(node, i)) return false;
    // A box that is most of the page is not set around it.
    return (node.end - i) * 2 < nodes_.size();
  }

  // What a class or id says, found out when it is first met.
  std::uint32_t MarksOfName(std::uint32_t name) const {
    std::uint32_t& marks = name_marks_[name];
    if (marks == kUnread) marks = MarksOf(tree_.names()[name]);
    return marks;
  }

  bool InArticle(std::size_t i) const {
    for (std::size_t at = nodes_[i].parent; at != 0; at = nodes_[at].parent) {
      if (nodes_[at].tag == MyHTML_TAG_ARTICLE) return true;
    }
    return false;
  }

  void Element(const HtmlNode& node, std::size_t i) {
    const std::string_view property = tree_.Attribute(node, "itemprop");
    const bool is_time = node.tag == MyHTML_TAG_TIME;
    if (is_time || property == "datePublished" || property == "dateCreated" || property == "dateModified") {
      Time(node, i, property);
      return;
    }
    const bool rel =
        (node.tag == MyHTML_TAG_A) && tree_.Attribute(node, "rel").find("author") != std::string_view::npos;
    const bool author_property = property == "author" || property == "creator";
    if (rel || author_property)
      AddByline(i, 3);
    else if ((marks_ & kAuthorMark) != 0)
      AddByline(i, 2);
    if ((marks_ & (kDateMark | kModifiedMark)) != 0 && ElementTextBytes(tree_, i, kMaxDateText) <= kMaxDateText) {
      std::string line = ElementLine(tree_, i);
      if (HasDigit(line)) {
        if ((marks_ & kModifiedMark) != 0 && (marks_ & kDateMark) == 0)
          SetModified(std::move(line));
        else
          AddDate("date_class", std::move(line));
      }
    }
    if ((marks_ & kDeckMark) != 0 && out_.subtitle.empty() && anchor_ >= 0 &&
        static_cast<long>(text_) - anchor_ < kDeckAfter + 400) {
      std::string line = ElementLine(tree_, i);
      if (line.size() >= kMinDeckBytes && line.size() <= kMaxDeckBytes) out_.subtitle = std::move(line);
    }
  }

  void SetModified(std::string raw) {
    if (out_.modified.empty()) out_.modified = std::move(raw);
  }

  void Time(const HtmlNode& node, std::size_t i, std::string_view property) {
    std::string raw = MarkupLine(tree_.Attribute(node, "datetime"));
    if (raw.empty()) raw = MarkupLine(tree_.Attribute(node, "content"));
    if (!HasDigit(raw)) raw = ElementLine(tree_, i);
    if (!HasDigit(raw)) return;
    const bool modified = property == "dateModified" || (marks_ & kModifiedMark) != 0 || ParentIsModified(i);
    if (modified && property != "datePublished") return SetModified(std::move(raw));
    AddDate(property.empty() && !tree_.HasAttribute(node, "pubdate") ? "time_element" : "microdata", std::move(raw));
  }

  bool ParentIsModified(std::size_t i) const {
    const HtmlNode& parent = nodes_[nodes_[i].parent];
    const std::uint32_t marks = MarksOfName(parent.class_name);
    return (marks & kModifiedMark) != 0 && (marks & kDateMark) == 0;
  }

  void Text(std::size_t i) {
    const std::string_view s = text::TrimSpace(nodes_[i].text);
    if (s.empty()) return;
    if (s.size() <= kMaxDateText && HasDigit(s) && s.size() >= 6) AddDate("near_title", MarkupLine(s));
    if (labelled_ && s.size() <= kMaxBylineText) NamedByLabel(s);
    labelled_ = false;
    if (s.size() <= kMaxBylineText) {
      const bool near = anchor_ < 0 || static_cast<long>(text_) - anchor_ < kNearAfter;
      const std::size_t label = BylineLabel(s);
      // Far below only what says that it is the author: "Author: Ada Quay", "Written by Ada Quay".
      constexpr std::size_t kShortLabel = 5;
      const bool plain = label > kShortLabel || s.substr(0, label).find(':') != std::string_view::npos;
      if (label > 0 && (near || plain)) TextByline(i, s);
    }
    text_ += s.size();
    label_.assign(s.substr(0, 60));
  }

  // "By Ada Quay", or "By" with the name in an element behind it.
  void TextByline(std::size_t i, std::string_view s) {
    if (IsOtherLabel(label_)) return;
    Byline byline;
    byline.rule = "author.text";
    const std::string line = MarkupLine(s);
    byline.names = NamesOfByline(line, BylineTrust::kLabel, site_keys_);
    if (byline.names.empty() && BylineLabel(line) >= line.size()) {
      const std::size_t parent = nodes_[i].parent;
      if (ElementTextBytes(tree_, parent, kMaxBylineText) <= kMaxBylineText)
        byline.names = NamesOfElement(parent, BylineTrust::kLabel);
      labelled_ = byline.names.empty();
    }
    if (!byline.names.empty() && bylines_.size() < kMaxCandidates)
      bylines_.push_back({static_cast<long>(text_), std::move(byline), 1});
  }

  // The piece of text behind a label that stands in an element of its own.
  void NamedByLabel(std::string_view s) {
    Byline byline;
    byline.rule = "author.text";
    byline.names = NamesOfByline(MarkupLine(s), BylineTrust::kLabel, site_keys_);
    if (!byline.names.empty() && bylines_.size() < kMaxCandidates)
      bylines_.push_back({static_cast<long>(text_), std::move(byline), 1});
  }

  void AddByline(std::size_t i, int kind) {
    if (bylines_.size() >= kMaxCandidates || IsOtherLabel(label_) ||
        ElementTextBytes(tree_, i, kMaxBylineText) > kMaxBylineText)
      return;
    Byline byline;
    byline.rule = kind == 3 ? "author.microdata" : "author.byline";
    byline.names = NamesOfElement(i, kind == 3 ? BylineTrust::kTyped : BylineTrust::kLabel);
    if (!byline.names.empty()) bylines_.push_back({static_cast<long>(text_), std::move(byline), kind});
  }

  // Names in the pieces of text of an element: what stands behind them is a role, a date, a share button.
  std::vector<std::string> NamesOfElement(std::size_t i, BylineTrust trust) const {
    std::vector<std::string> names;
    bool joint = true;
    for (std::size_t at = i; at < nodes_[i].end;) {
      const HtmlNode& node = nodes_[at];
      if (at != i && (node.tag == MyHTML_TAG_SCRIPT || node.tag == MyHTML_TAG_STYLE || node.tag == MyHTML_TAG_BUTTON ||
                      node.tag == MyHTML_TAG_SVG || node.tag == MyHTML_TAG_TIME)) {
        at = node.end;
        continue;
      }
      ++at;
      if (node.tag != MyHTML_TAG__TEXT) continue;
      const std::string segment = MarkupLine(node.text);
      if (segment.empty()) continue;
      const std::size_t label = BylineLabel(segment);
      if (label == 0 && segment.size() < 60 && IsOtherRole(segment)) break;
      if (IsJoint(segment) || (label > 0 && label >= segment.size())) {
        joint = true;
        continue;
      }
      if (!joint) break;
      const std::vector<std::string> found =
          NamesOfByline(segment, label > 0 ? BylineTrust::kLabel : trust, site_keys_);
      if (found.empty()) {
        if (!names.empty() || segment.size() > 60) break;
        continue;
      }
      for (const std::string& name : found) {
        if (std::find(names.begin(), names.end(), name) == names.end() && names.size() < kMaxBylineNames)
          names.push_back(name);
      }
      const char last = segment.back();
      joint = last == ',' || last == '&' || segment.ends_with(" and") || segment.ends_with(" und");
    }
    return names;
  }

  void AddDate(std::string_view basis, std::string raw) {
    if (dates_.size() >= 4 * kMaxCandidates) return;
    dates_.push_back({static_cast<long>(text_), {std::string(basis), std::move(raw), label_}});
  }

  // Distance from the headline; what stands before it counts double. Without a headline, from the top.
  long Distance(long at) const {
    if (anchor_ < 0) return at;
    return at >= anchor_ ? at - anchor_ : 2 * (anchor_ - at);
  }
  bool IsNear(long at) const {
    if (anchor_ < 0) return false;
    return at >= anchor_ ? at - anchor_ <= kNearAfter : anchor_ - at <= kNearBefore;
  }

  void ChooseBylines() {
    for (BylineAt& candidate : bylines_) candidate.byline.near = IsNear(candidate.at);
    std::stable_sort(bylines_.begin(), bylines_.end(), [&](const BylineAt& a, const BylineAt& b) {
      if (a.byline.near != b.byline.near) return a.byline.near;
      if (!a.byline.near && a.kind != b.kind) return a.kind > b.kind;
      if (!a.byline.near) return false;
      return Distance(a.at) < Distance(b.at);
    });
    if (bylines_.empty()) return;
    // Several authors are often set in an element each, right behind one another.
    constexpr long kBehind = 80;
    Byline first = bylines_.front().byline;
    const int kind = bylines_.front().kind;
    long at = bylines_.front().at;
    std::size_t bytes = first.names.back().size();
    for (const BylineAt& next : bylines_) {
      if (next.kind != kind || next.at < at || next.at - at > kBehind + static_cast<long>(bytes) || !first.near)
        continue;
      for (const std::string& name : next.byline.names) {
        if (std::find(first.names.begin(), first.names.end(), name) == first.names.end()) first.names.push_back(name);
      }
      at = next.at;
      bytes = next.byline.names.back().size();
    }
    // Several persons far from the headline are those of teasers or comments.
    if (!first.near) {
      for (const BylineAt& other : bylines_) {
        if (other.byline.names.front() != first.names.front()) return;
      }
    }
    out_.bylines.push_back(std::move(first));
    for (std::size_t i = 1; i < bylines_.size(); ++i) out_.bylines.push_back(std::move(bylines_[i].byline));
  }

  void ChooseDates() {
    std::stable_sort(dates_.begin(), dates_.end(),
                     [&](const DateAt& a, const DateAt& b) { return Distance(a.at) < Distance(b.at); });
    std::size_t near_title = 0;
    for (DateAt& date : dates_) {
      if (out_.dates.size() >= 3 * kMaxDates) break;
      const bool near = anchor_ < 0 ? date.at <= kNearAfter : IsNear(date.at);
      if (date.sign.basis == "near_title" && (!near || ++near_title > kMaxDates)) continue;
      out_.dates.push_back(std::move(date.sign));
    }
  }

  const HtmlTree& tree_;
  const std::vector<HtmlNode>& nodes_;
  std::size_t headline_;
  const std::vector<std::string>& site_keys_;
  static constexpr std::uint32_t kUnread = 0xFFFFFFFF;
  mutable std::vector<std::uint32_t> name_marks_;
  HeadlineArea out_;
  std::uint32_t marks_ = 0;  // of the element that is being read
  std::size_t text_ = 0;     // bytes of text so far
  long anchor_ = -1;         // where the headline stands
  std::string label_;        // the piece of text before
  bool labelled_ = false;    // and it was nothing but "By" or the like
  std::vector<BylineAt> bylines_;
  std::vector<DateAt> dates_;
};

}  // namespace

HeadlineArea ReadHeadlineArea(const HtmlTree& tree, std::size_t headline, const std::vector<std::string>& site_keys) {
  return AreaReader(tree, headline, site_keys).Run();
}

bool ShowsName(const HtmlTree& tree, std::string_view name) {
  const std::string_view last = name.substr(name.rfind(' ') + 1);
  if (last.empty()) return false;
  const std::vector<HtmlNode>& nodes = tree.nodes();
  for (std::size_t i = 0; i < nodes.size();) {
    const HtmlNode& node = nodes[i];
    if (node.tag == MyHTML_TAG_HEAD || node.tag == MyHTML_TAG_SCRIPT || node.tag == MyHTML_TAG_STYLE) {
      i = node.end;
      continue;
    }
    ++i;
    if (node.tag != MyHTML_TAG__TEXT || node.text.size() < last.size()) continue;
    // Pages set names in capitals too.
    const char first = LowerAscii(last[0]);
    for (std::size_t at = 0; at + last.size() <= node.text.size(); ++at) {
      if (LowerAscii(node.text[at]) == first && EqualsFolded(node.text.substr(at, last.size()), last)) return true;
    }
  }
  return false;
}

}  // namespace dateline::extraction
