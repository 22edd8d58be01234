#include "services/extraction/page/markup_text.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/text/utf8.h"
#include "services/extraction/page/block.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMaxReference = 10;

bool IsHidden(Tag tag) {
  return tag == Tag::kScript || tag == Tag::kStyle || tag == Tag::kNoscript || tag == Tag::kTemplate ||
         tag == Tag::kSvg || tag == Tag::kSelect || tag == Tag::kButton;
}

bool IsInline(Tag tag) {
  return tag == Tag::kB || tag == Tag::kI || tag == Tag::kEm || tag == Tag::kStrong || tag == Tag::kFont ||
         tag == Tag::kSup || tag == Tag::kSub || tag == Tag::kU || tag == Tag::kWbr || tag == Tag::kAbbr ||
         tag == Tag::kMark;
}

// The character that "&name;" or "&#number;" stands for (`name` without both signs); 0 for none that is known here.
char32_t ReferencedCharacter(std::string_view name) {
  if (name.starts_with('#')) {
    const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
    char32_t value = 0;
    for (const char c : name.substr(hex ? 2 : 1)) {
      const int digit = c >= '0' && c <= '9'          ? c - '0'
                        : hex && c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : hex && c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                      : -1;
      if (digit < 0) return 0;
      value = value * (hex ? 16 : 10) + static_cast<char32_t>(digit);
    }
    return value;
  }
  static constexpr std::array<std::pair<std::string_view, char32_t>, 26> kNames = {
      {{"amp", U'&'},         {"quot", U'"'},        {"apos", U'\''},       {"lt", U'<'},
       {"gt", U'>'},          {"nbsp", U' '},        {"ndash", U'\u2013'},  {"mdash", U'\u2014'},
       {"lsquo", U'\u2018'},  {"rsquo", U'\u2019'},  {"ldquo", U'\u201C'},  {"rdquo", U'\u201D'},
       {"auml", U'\u00E4'},   {"ouml", U'\u00F6'},   {"uuml", U'\u00FC'},   {"eacute", U'\u00E9'},
       {"aacute", U'\u00E1'}, {"iacute", U'\u00ED'}, {"oacute", U'\u00F3'}, {"uacute", U'\u00FA'},
       {"ntilde", U'\u00F1'}, {"egrave", U'\u00E8'}, {"agrave", U'\u00E0'}, {"ccedil", U'\u00E7'},
       {"szlig", U'\u00DF'},  {"hellip", U'\u2026'}}};
  for (const auto& [known, value] : kNames) {
    if (known == name) return value;
  }
  return 0;
}

// The nodes [i, end) in one line.
std::string Line(const HtmlTree& tree, std::size_t i, std::size_t end) {
  std::string raw;
  const std::vector<HtmlNode>& nodes = tree.nodes();
  for (std::size_t at = i; at < end && raw.size() < kMaxMarkupLineBytes;) {
    const HtmlNode& node = nodes[at];
    if (IsHidden(node.tag) && at != i) {
      at = node.end;
      continue;
    }
    if (node.tag == Tag::kText)
      raw.append(node.text.substr(0, kMaxMarkupLineBytes));
    else if (!IsInline(node.tag) && node.tag != Tag::kComment)
      raw.push_back(' ');
    ++at;
  }
  return CleanLine(text::TruncateUtf8(raw, kMaxMarkupLineBytes));
}

// Where a heading ends: behind its element, or before a paragraph or time that is set inside it.
std::size_t EndOfHeading(const HtmlTree& tree, std::size_t i) {
  const std::vector<HtmlNode>& nodes = tree.nodes();
  std::size_t end = nodes[i].end;
  std::size_t bytes = 0;
  for (std::size_t at = i + 1; at < end; ++at) {
    const Tag tag = nodes[at].tag;
    if (tag == Tag::kText) bytes += text::TrimSpace(nodes[at].text).size();
    const bool block = tag == Tag::kDiv || tag == Tag::kP || tag == Tag::kUl || tag == Tag::kTime;
    if (block && bytes > 0) end = at;
  }
  return end;
}

}  // namespace

std::string MarkupLine(std::string_view raw) {
  raw = text::TruncateUtf8(raw, kMaxMarkupLineBytes);
  if (raw.find_first_of("&<") == std::string_view::npos) return CleanLine(raw);
  std::string out;
  for (std::size_t i = 0; i < raw.size();) {
    if (raw[i] == '&') {
      const std::size_t end = raw.find(';', i);
      if (end != std::string_view::npos && end - i <= kMaxReference) {
        if (const char32_t point = ReferencedCharacter(raw.substr(i + 1, end - i - 1)); point != 0) {
          text::AppendUtf8(point, out);
          i = end + 1;
          continue;
        }
      }
    } else if (raw[i] == '<' && i + 1 < raw.size() && (raw[i + 1] == '/' || (raw[i + 1] | 0x20) >= 'a')) {
      const std::size_t end = raw.find('>', i);
      if (end != std::string_view::npos) {
        i = end + 1;
        continue;
      }
    }
    out.push_back(raw[i++]);
  }
  return CleanLine(out);
}

std::string ElementLine(const HtmlTree& tree, std::size_t i) {
  return Line(tree, i, tree.nodes()[i].end);
}

std::string HeadingLine(const HtmlTree& tree, std::size_t i) {
  return Line(tree, i, EndOfHeading(tree, i));
}

std::vector<HeadingPart> HeadingParts(const HtmlTree& tree, std::size_t i) {
  constexpr std::size_t kMaxTexts = 8;
  const std::size_t end = EndOfHeading(tree, i);
  std::vector<std::size_t> texts;  // that something stands before
  bool before = false;
  for (std::size_t at = i + 1; at < end && texts.size() < kMaxTexts; ++at) {
    const HtmlNode& node = tree.nodes()[at];
    if (node.tag != Tag::kText || text::TrimSpace(node.text).empty()) continue;
    if (before) texts.push_back(at);
    before = true;
  }
  std::vector<HeadingPart> parts;
  for (const std::size_t at : texts) parts.push_back({Line(tree, at, end), true});
  std::reverse(texts.begin(), texts.end());
  for (const std::size_t at : texts) parts.push_back({Line(tree, i, at), false});
  return parts;
}

std::size_t ElementTextBytes(const HtmlTree& tree, std::size_t i, std::size_t limit) {
  // Boxes of so many nodes are no byline or date, and nested ones would each be walked through.
  constexpr std::size_t kMaxWalk = 2000;
  std::size_t bytes = 0;
  const std::vector<HtmlNode>& nodes = tree.nodes();
  if (nodes[i].end - i > kMaxWalk) return limit + 1;
  for (std::size_t at = i; at < nodes[i].end && bytes <= limit; ++at) {
    if (nodes[at].tag == Tag::kText) bytes += text::TrimSpace(nodes[at].text).size();
  }
  return bytes;
}

}  // namespace dateline::extraction
