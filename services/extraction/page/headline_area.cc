#include "services/extraction/page/headline_area.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/page/author_names.h"
#include "services/extraction/page/byline_labels.h"
#include "services/extraction/page/date_labels.h"
#include "services/extraction/page/desk_names.h"
#include "services/extraction/page/foot_dates.h"
#include "services/extraction/page/headline_signs.h"
#include "services/extraction/page/html_vocabulary.h"
#include "services/extraction/page/markup_text.h"
#include "services/extraction/page/page_title.h"

namespace dateline::extraction {
namespace {

// How far from the headline a byline or date may stand, in bytes of text.
constexpr long kNearBefore = 400;
constexpr long kNearAfter = 1200;
constexpr long kDeckAfter = 300;
constexpr std::size_t kMaxDateText = 120;
// The same with the white space of the markup.
constexpr std::size_t kMaxDateSource = 400;
constexpr std::size_t kMaxBylineText = 220;
constexpr std::size_t kMaxCandidates = 64;
constexpr std::size_t kMaxDateSigns = 256;
constexpr std::size_t kMaxBox = 300;
constexpr long kBoxAfter = 400;
constexpr long kLineAfter = 500;
constexpr std::size_t kMaxDates = 8;
constexpr std::size_t kMaxFarLines = 12;
constexpr std::size_t kMinDeckBytes = 25;
constexpr std::size_t kMaxDeckBytes = 400;

class AreaReader {
 public:
  AreaReader(const HtmlTree& tree, std::size_t headline)
      : tree_(tree), nodes_(tree.nodes()), headline_(headline), name_marks_(tree.names().size(), kUnread) {}

  HeadlineArea Run() {
    for (std::size_t i = 0; i < nodes_.size();) {
      const HtmlNode& node = nodes_[i];
      current_ = i;
      // Some pages set the date into the heading itself.
      if (i == headline_) anchor_ = static_cast<long>(text_);
      if (node.tag == Tag::kText) {
        Text(i);
        ++i;
        continue;
      }
      if (IsPassedOver(node, i)) {
        if (node.tag == Tag::kFooter || (marks_ & kBoxMark) != 0) feet_.push_back(i);
        i = node.end;
        continue;
      }
      if (node.tag != Tag::kComment) Element(node, i);
      ++i;
    }
    PlaceBylines();
    ChooseDates();
    if (!DatesAnElement()) {
      if (std::optional<DateSign> sign = ReadFootDate(tree_, feet_))
        out_.foot_dates.insert(out_.foot_dates.begin(), std::move(*sign));
    }
    return std::move(out_);
  }

 private:
  struct BylineAt {
    long at = 0;
    AuthorSign sign;
  };
  struct DateAt {
    long at = 0;
    DateSign sign;
  };

  // Whether an element is there for a date; a short text with a digit need not be one.
  bool DatesAnElement() const {
    return std::any_of(out_.dates.begin(), out_.dates.end(), [](const DateSign& sign) {
      return sign.basis == "microdata" || sign.basis == "time_element" || sign.basis == "date_class";
    });
  }

  bool HoldsHeadline(const HtmlNode& node, std::size_t i) const {
    return headline_ != kNoNode && headline_ >= i && headline_ < node.end;
  }

  bool IsPassedOver(const HtmlNode& node, std::size_t i) {
    marks_ = 0;
    switch (node.tag) {
      case Tag::kScript:
      case Tag::kStyle:
      case Tag::kHead:
      case Tag::kNoscript:
      case Tag::kTemplate:
      case Tag::kSelect:
      case Tag::kTextarea:
      case Tag::kSvg:
      case Tag::kIframe:
        return true;
      case Tag::kFooter:
      case Tag::kNav:
        // The footer of an article may hold its byline, that of the page does not.
        return !HoldsHeadline(node, i) && !(node.tag == Tag::kFooter && InArticle(i));
      default:
        break;
    }
    if (node.tag == Tag::kHtml || node.tag == Tag::kBody || node.tag == Tag::kMain) return false;
    marks_ |= MarksOfName(node.class_name) | MarksOfName(node.id_name);
    if ((marks_ & (kOtherMark | kBoxMark)) == 0 || HoldsHeadline(node, i)) return false;
    // The foot of an article may hold its byline and date, and so may what is called so right behind the headline.
    const bool close = anchor_ >= 0 && static_cast<long>(text_) - anchor_ < kBoxAfter;
    if ((marks_ & kOtherMark) == 0 && (close || InArticle(i)) && ElementTextBytes(tree_, i, kMaxBox) <= kMaxBox)
      return false;
    // A box that is most of the page, or holds most of its text, is not set around it.
    return (node.end - i) * 2 < nodes_.size() && TextBetween(i, node.end) * 2 < TextBetween(0, nodes_.size());
  }

  // Bytes of the visible text of nodes [begin, end).
  std::size_t TextBetween(std::size_t begin, std::size_t end) {
    if (text_before_.empty()) {
      text_before_.reserve(nodes_.size() + 1);
      std::size_t bytes = 0;
      for (const HtmlNode& node : nodes_) {
        text_before_.push_back(bytes);
        const Tag parent = nodes_[node.parent].tag;
        if (node.tag == Tag::kText && parent != Tag::kScript && parent != Tag::kStyle) bytes += node.text.size();
      }
      text_before_.push_back(bytes);
    }
    return text_before_[end] - text_before_[begin];
  }

  // What a class or id says, found out when it is first met.
  std::uint32_t MarksOfName(std::uint32_t name) const {
    std::uint32_t& marks = name_marks_[name];
    if (marks == kUnread) marks = MarksOf(tree_.names()[name]);
    return marks;
  }

  bool InArticle(std::size_t i) const {
    for (std::size_t at = nodes_[i].parent; at != 0; at = nodes_[at].parent) {
      if (nodes_[at].tag == Tag::kArticle || nodes_[at].tag == Tag::kMain) return true;
    }
    return false;
  }

  void Element(const HtmlNode& node, std::size_t i) {
    // Most elements have nothing to say.
    constexpr std::uint64_t kTelling =
        AttributeName("itemprop").bit() | AttributeName("itemtype").bit() | AttributeName("datetime").bit();
    const bool is_time = IsTime(tree_, node);
    if (marks_ == 0 && (node.attributes & kTelling) == 0 && !is_time && node.tag != Tag::kA) return;
    const std::string_view property = tree_.Attribute(node, "itemprop");
    if (IsReply(tree_.Attribute(node, "itemtype"))) reply_end_ = std::max<std::size_t>(reply_end_, node.end);
    if (is_time || property == "datePublished" || property == "dateCreated" || property == "dateModified") {
      Time(node, i, property);
      return;
    }
    const bool rel = (node.tag == Tag::kA) && tree_.Attribute(node, "rel").find("author") != std::string_view::npos;
    const bool author_property = property == "author" || property == "creator";
    if (rel || author_property)
      AddByline(i, AuthorSource::kMicrodata);
    else if ((marks_ & kAuthorMark) != 0 || tree_.Attribute(node, "itemtype").ends_with("/Person"))
      AddByline(i, AuthorSource::kByline);
    else if (node.tag == Tag::kA && LeadsToProfile(tree_.Attribute(node, "href")))
      AddByline(i, AuthorSource::kProfile);
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
    if (current_ >= reply_end_ && out_.modified.empty()) out_.modified = std::move(raw);
  }

  void Time(const HtmlNode& node, std::size_t i, std::string_view property) {
    std::string raw = MarkupLine(tree_.Attribute(node, "datetime"));
    if (raw.empty()) raw = MarkupLine(tree_.Attribute(node, "content"));
    if (raw.empty() && node.tag != Tag::kTime) raw = MarkupLine(tree_.Attribute(node, "title"));
    if (!HasDigit(raw)) raw = ElementLine(tree_, i);
    if (!HasDigit(raw)) return;
    const bool modified = property == "dateModified" || (marks_ & kModifiedMark) != 0 || ParentIsModified(i);
    if (modified && property != "datePublished") {
      changed_end_ = node.end;
      return SetModified(std::move(raw));
    }
    if (NamesItsZone(raw)) {
      zoned_end_ = node.end;
      zoned_time_ = raw;
    }
    AddDate(property.empty() && !tree_.HasAttribute(node, "pubdate") ? "time_element" : "microdata", std::move(raw),
            IsChangeLabel(LineBefore(tree_, i)));
  }

  bool ParentIsModified(std::size_t i) const {
    const HtmlNode& parent = nodes_[nodes_[i].parent];
    const std::uint32_t marks = MarksOfName(parent.class_name);
    return (marks & kModifiedMark) != 0 && (marks & kDateMark) == 0;
  }

  void Text(std::size_t i) {
    const std::string_view s = text::TrimSpace(nodes_[i].text);
    if (s.empty()) return;
    if (s.size() <= kMaxDateSource && s.size() >= 6 && dates_.size() < kMaxDateSigns && MayHoldDate(s)) {
      std::string line = MarkupLine(s);
      if (line.size() <= kMaxDateText) DateLine(i, std::move(line));
    }
    if (labelled_ && s.size() <= kMaxBylineText) NamedByLabel(i, s);
    labelled_ = false;
    if (s.size() <= kMaxBylineText) {
      const bool near = anchor_ < 0 || static_cast<long>(text_) - anchor_ < kNearAfter;
      const std::size_t label = BylineLabel(s);
      // Far below only what says that it is the author: "Author: Ada Quay", "Written by Ada Quay".
      constexpr std::size_t kShortLabel = 5;
      const bool plain = label > kShortLabel || s.substr(0, label).find(':') != std::string_view::npos;
      if (label > 0 && (near || plain || IsWholeParagraph(i, s)))
        TextByline(i, s, plain ? AuthorSource::kLabelled : AuthorSource::kText);
      if (label == 0 && anchor_ >= 0 && static_cast<long>(text_) - anchor_ < kLineAfter) NameLine(i, s);
    }
    text_ += s.size();
    // A paragraph is no label of what stands behind it.
    constexpr std::size_t kMaxLabel = 60;
    label_.assign(s.size() <= kMaxLabel ? s : std::string_view());
  }

  // A short text with a digit, which may be a date.
  void DateLine(std::size_t i, std::string line) {
    // A headline tells what happened when, and only seldom when it was published: by a date set into it.
    constexpr std::size_t kDateBytes = 30;
    if (headline_ != kNoNode && i > headline_ && i < nodes_[headline_].end && line.size() > kDateBytes) return;
    const std::string before = LineBefore(tree_, i);
    const bool labelled = IsLabelled(before, line);
    const bool changed = i < changed_end_ || IsChangeLabel(before) || (i < zoned_end_ && IsChangeLine(line));
    // Readers may be told the day of another zone than that of the page.
    if (i < zoned_end_) line = zoned_time_;
    if (labelled) AddDate("labelled", line, changed);
    AddDate("near_title", std::move(line), changed);
  }

  // Whether a line, or what stands before it, says of what its date is.
  bool IsLabelled(std::string_view before, std::string_view line) const {
    return IsDateLabel(label_) || IsPublishLabel(line) || IsChangeLine(line) || (anchor_ < 0 && HasClock(line)) ||
           IsDateLabel(before);
  }

  void Add(AuthorSource source, std::vector<std::string> names, std::size_t node) {
    if (names.empty() || bylines_.size() >= kMaxCandidates) return;
    bylines_.push_back({static_cast<long>(text_), {std::move(names), source, LinkOf(node)}});
  }

  // Where the element at `i`, one around it or the first link in it leads.
  std::string LinkOf(std::size_t i) const {
    const auto link = [&](std::size_t at) {
      const std::string_view href = tree_.Attribute(nodes_[at], "href");
      const bool page = !href.empty() && href[0] != '#' && href.find("mailto:") == std::string_view::npos &&
                        href.find("javascript:") == std::string_view::npos;
      return page ? std::string(href.substr(0, kMaxProfileHref)) : std::string();
    };
    if (nodes_[i].tag == Tag::kA) return link(i);
    if (nodes_[nodes_[i].parent].tag == Tag::kA) return link(nodes_[i].parent);
    constexpr std::size_t kReach = 40;
    for (std::size_t at = i + 1; at < std::min<std::size_t>(nodes_[i].end, i + kReach); ++at) {
      if (nodes_[at].tag == Tag::kA) return link(at);
    }
    return {};
  }

  // "By Ada Quay", or "By" with the name in an element behind it.
  void TextByline(std::size_t i, std::string_view s, AuthorSource source) {
    if (IsOtherLabel(label_)) return;
    const std::string line = MarkupLine(s);
    const bool bare = BylineLabel(line) >= line.size();
    std::vector<std::string> names;
    if (!bare) names = NamesOfByline(line, BylineTrust::kLabel, {});
    // "Posted by adaquay on 5 March 2024": an account.
    if (!bare && names.empty() && (source == AuthorSource::kLabelled || HasDigit(line)))
      names = NamesOfByline(line, BylineTrust::kTyped, {});
    std::size_t node = i;
    if (bare) {
      node = nodes_[i].parent;
      if (ElementTextBytes(tree_, node, kMaxBylineText) <= kMaxBylineText)
        names = NamesOfElement(node, BylineTrust::kLabel);
      labelled_ = names.empty();
      label_source_ = source;
    }
    Add(source, std::move(names), node);
  }

  // Whether nothing else stands in the paragraph around a short text but a name behind it: "Von Ada Quay".
  bool IsWholeParagraph(std::size_t i, std::string_view s) const {
    constexpr std::size_t kLongest = 60;
    std::size_t at = nodes_[i].parent;
    for (int up = 0; up < 2 && nodes_[at].tag != Tag::kP && nodes_[at].tag != Tag::kDiv; ++up) at = nodes_[at].parent;
    return s.size() <= kLongest && nodes_[at].tag == Tag::kP && ElementTextBytes(tree_, at, kLongest) <= kLongest;
  }

  // A line at the headline that holds a name without any label.
  void NameLine(std::size_t i, std::string_view s) {
    constexpr std::size_t kLongest = 120;
    bool dated = false;
    std::vector<std::string> names = NamesOfLine(MarkupLine(s), &dated);
    if (names.empty()) return;
    // A name that is linked or set bold within a sentence is no line.
    std::size_t at = nodes_[i].parent;
    for (int up = 0; up < 3 && !IsBlockTag(nodes_[at].tag); ++up) at = nodes_[at].parent;
    if (ElementTextBytes(tree_, at, kLongest) > kLongest) return;
    Add(dated ? AuthorSource::kDatedLine : AuthorSource::kNameLine, std::move(names), i);
  }

  // The piece of text behind a label that stands in an element of its own.
  void NamedByLabel(std::size_t i, std::string_view s) {
    // A linked word behind "By" is an account, and so is any behind "Posted by".
    const std::uint32_t parent = nodes_[i].parent;
    const bool linked = nodes_[parent].tag == Tag::kA || nodes_[nodes_[parent].parent].tag == Tag::kA;
    const bool account = linked || label_source_ == AuthorSource::kLabelled;
    Add(label_source_, NamesOfByline(MarkupLine(s), account ? BylineTrust::kTyped : BylineTrust::kLabel, {}), i);
  }

  void AddByline(std::size_t i, AuthorSource source) {
    if (bylines_.size() >= kMaxCandidates || IsOtherLabel(label_) ||
        ElementTextBytes(tree_, i, kMaxBylineText) > kMaxBylineText)
      return;
    const bool typed = source == AuthorSource::kMicrodata || source == AuthorSource::kProfile ||
                       (source == AuthorSource::kByline && (marks_ & kAccountMark) != 0);
    Add(source, NamesOfElement(i, typed ? BylineTrust::kTyped : BylineTrust::kLabel), i);
  }

  // Names in the pieces of text of an element: what stands behind them is a role, a date, a share button.
  std::vector<std::string> NamesOfElement(std::size_t i, BylineTrust trust) const {
    std::vector<std::string> names;
    std::string desk;  // a label that is a name where no other follows
    bool joint = true;
    for (std::size_t at = i; at < nodes_[i].end;) {
      const HtmlNode& node = nodes_[at];
      if (at != i && (node.tag == Tag::kScript || node.tag == Tag::kStyle || node.tag == Tag::kButton ||
                      node.tag == Tag::kSvg || node.tag == Tag::kTime)) {
        at = node.end;
        continue;
      }
      ++at;
      if (node.tag != Tag::kText) continue;
      const std::string segment = MarkupLine(node.text);
      if (segment.empty()) continue;
      const std::size_t label = BylineLabel(segment);
      if (label == 0 && segment.size() < 60 && IsOtherRole(segment)) break;
      if (IsJoint(segment) || (label > 0 && label >= segment.size())) {
        if (desk.empty() && IsDeskName(segment)) desk = segment;
        joint = true;
        continue;
      }
      if (!joint) break;
      const std::vector<std::string> found = NamesOfByline(segment, label > 0 ? BylineTrust::kLabel : trust, {});
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
    if (names.empty() && !desk.empty()) names.push_back(std::move(desk));
    return names;
  }

  void AddDate(std::string_view basis, std::string raw, bool changed = false) {
    if (dates_.size() >= kMaxDateSigns) return;
    dates_.push_back({static_cast<long>(text_),
                      {.basis = std::string(basis),
                       .raw = std::move(raw),
                       .label = label_,
                       .changed = changed,
                       .of_reply = current_ < reply_end_}});
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

  // Several authors are often set in an element each, right behind one another: then all of them together are a
  // candidate too.
  void PlaceBylines() {
    constexpr long kBehind = 80;
    for (BylineAt& byline : bylines_) {
      byline.sign.near = IsNear(byline.at);
      byline.sign.distance = Distance(byline.at);
    }
    const std::size_t count = bylines_.size();
    for (std::size_t i = 0; i < count; ++i) {
      if (!bylines_[i].sign.near) continue;
      AuthorSign all = bylines_[i].sign;
      long end = bylines_[i].at + static_cast<long>(all.names.back().size());
      for (std::size_t next = i + 1; next < count && bylines_[next].at <= end + kBehind; ++next) {
        const AuthorSign& other = bylines_[next].sign;
        if (other.source != all.source ||
            std::find(all.names.begin(), all.names.end(), other.names.front()) != all.names.end())
          continue;
        all.names.insert(all.names.end(), other.names.begin(), other.names.end());
        end = bylines_[next].at + static_cast<long>(other.names.back().size());
      }
      if (all.names.size() == bylines_[i].sign.names.size() || all.names.size() > kMaxBylineNames) continue;
      out_.authors.push_back(std::move(all));
      break;
    }
    for (BylineAt& byline : bylines_) out_.authors.push_back(std::move(byline.sign));
  }

  void ChooseDates() {
    std::stable_sort(dates_.begin(), dates_.end(),
                     [&](const DateAt& a, const DateAt& b) { return Distance(a.at) < Distance(b.at); });
    std::size_t near_title = 0;
    for (DateAt& date : dates_) {
      if (out_.dates.size() >= 3 * kMaxDates) break;
      const bool near = anchor_ < 0 ? date.at <= kNearAfter : IsNear(date.at);
      if (date.sign.basis == "near_title" && !near) KeepFarLine(date.sign);
      if (date.sign.basis == "near_title" && (!near || ++near_title > kMaxDates)) continue;
      date.sign.above = anchor_ >= 0 && date.at < anchor_;
      date.sign.far = !near;
      out_.dates.push_back(std::move(date.sign));
    }
  }

  // A line far from the headline that is hardly more than a date: at the end of an article, say.
  void KeepFarLine(const DateSign& sign) {
    constexpr std::size_t kLongest = 24;
    if (sign.raw.size() > kLongest || sign.of_reply || out_.foot_dates.size() >= kMaxFarLines) return;
    out_.foot_dates.push_back(sign);
    out_.foot_dates.back().basis = "far_line";
    out_.foot_dates.back().far = out_.foot_dates.back().foot = true;
  }

  const HtmlTree& tree_;
  const std::vector<HtmlNode>& nodes_;
  std::size_t headline_;
  static constexpr std::uint32_t kUnread = 0xFFFFFFFF;
  mutable std::vector<std::uint32_t> name_marks_;
  HeadlineArea out_;
  std::vector<std::size_t> text_before_;  // each node, filled when it is first asked for
  std::vector<std::size_t> feet_;         // footers and boxes that were passed over
  std::uint32_t marks_ = 0;               // of the element that is being read
  std::size_t text_ = 0;                  // bytes of text so far
  long anchor_ = -1;                      // where the headline stands
  std::size_t current_ = 0;               // the node that is being read
  std::size_t zoned_end_ = 0;             // behind the last element for a time that names its zone
  std::string zoned_time_;                // and what it says
  std::size_t reply_end_ = 0;             // behind the last comment or answer
  std::size_t changed_end_ = 0;           // behind the last element that says when the page was changed
  std::string label_;                     // the piece of text before
  bool labelled_ = false;                 // and it was nothing but "By" or the like
  AuthorSource label_source_ = AuthorSource::kText;
  std::vector<BylineAt> bylines_;
  std::vector<DateAt> dates_;
};

}  // namespace

HeadlineArea ReadHeadlineArea(const HtmlTree& tree, std::size_t headline) {
  return AreaReader(tree, headline).Run();
}

}  // namespace dateline::extraction
