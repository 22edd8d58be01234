#include "services/extraction/page/text_blocks.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

#include "common/base/byte_words.h"
#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/page/sentence_marks.h"

namespace dateline::extraction {
namespace {

// A run of so many spaces or tabs inside a line parts columns, not words.
constexpr std::size_t kColumnGap = 8;
// Mail and wire services wrap within this many characters.
constexpr std::size_t kMaxWrapColumns = 120;
// A line that a wrap ended is at least this long, if the next one does not go on in lower case.
constexpr std::size_t kMinWrapColumns = 40;
// So many lines that end in mid-sentence for want of room are no chance.
constexpr std::size_t kFullLinesMin = 2;
// The longest label that is looked for at the head of the next line.
constexpr std::size_t kMaxLabelBytes = 60;

struct Line {
  std::string text;
  bool gap_before = false;
  bool indented = false;
  bool bullet = false;
};

char32_t FirstChar(std::string_view s) {
  return text::CodePointAt(s, 0).value;
}

// Whether the line ends like a sentence; closing quotation marks and brackets do not hide the stop.
bool EndsSentence(std::string_view s) {
  while (!s.empty()) {
    const text::CodePoint c = text::CodePointBefore(s, s.size());
    // What a colon or semicolon announces is not the same sentence wrapped.
    if (IsSentenceStop(c.value) || c.value == ':' || c.value == ';' || c.value == 0xFF1A) return true;
    if (!IsClosingMark(c.value)) return false;
    s.remove_suffix(c.length);
  }
  return false;
}

bool OpensBracket(std::string_view s) {
  int depth = 0;
  for (std::size_t i = 0; i < s.size();) {
    const text::CodePoint c = text::CodePointAt(s, i);
    if (c.value == '(' || c.value == 0xFF08) ++depth;
    if ((c.value == ')' || c.value == 0xFF09) && depth > 0) --depth;
    i += c.length;
  }
  return depth > 0;
}

// Bytes of the bullet or list number at the head of `s`, with the space behind it; 0 when there is none.
std::size_t BulletLength(std::string_view s) {
  const text::CodePoint first = text::CodePointAt(s, 0);
  std::size_t length = 0;
  switch (first.value) {
    case '*':
    case '-':
    case 0x2022:
    case 0x2023:
    case 0x25AA:
    case 0x25CF:
    case 0x25E6:
    case 0x25A0:
    case 0xB7:
    case 0x2013:
    case 0x2043:
    case 0x27A2:
    case 0x2192:
    case '>':
      length = first.length;
      break;
    default:
      return 0;
  }
  const text::CodePoint next = text::CodePointAt(s, length);
  if (next.length == 0) return length;
  return text::IsSpace(next.value) ? length + next.length : 0;
}

// Cuts a line where columns were set beside each other and cleans the pieces.
void AppendLine(std::string_view raw, bool gap_before, std::vector<Line>& lines) {
  const bool indented = !raw.empty() && (raw[0] == ' ' || raw[0] == '\t');
  std::size_t begin = 0;
  bool gap = gap_before;
  while (begin <= raw.size()) {
    std::size_t end = begin;
    std::size_t next = raw.size() + 1;
    bool words = false;
    for (std::size_t i = begin; i < raw.size(); ++i) {
      if (raw[i] != ' ' && raw[i] != '\t') {
        words = true;
        end = i + 1;
      } else if (words && i + 1 - end >= kColumnGap) {
        next = i;
        break;
      }
    }
    std::string text = CleanLine(raw.substr(begin, end - begin));
    if (!text.empty()) {
      Line line;
      line.indented = indented && begin == 0;
      const std::size_t bullet = BulletLength(text);
      line.bullet = bullet > 0;
      line.text = bullet > 0 ? std::string(text::TrimSpace(std::string_view(text).substr(bullet))) : std::move(text);
      line.gap_before = gap;
      if (!line.text.empty()) {
        lines.push_back(std::move(line));
        gap = true;
      }
    }
    begin = next;
  }
}

// Whether the paragraph goes on from `a` to `b` for sure: nothing ended, and the next line goes on in lower case or
// inside a bracket.
bool ClearlyContinues(const Line& a, const Line& b) {
  if (b.gap_before || b.bullet || EndsSentence(a.text)) return false;
  const char32_t c = FirstChar(b.text);
  return u_islower(static_cast<UChar32>(c)) != 0 || OpensBracket(a.text);
}

// How a stretch of lines without an empty line between them is set.
struct Setting {
  bool wrapped = false;  // most lines go on in the next
  std::size_t columns = 0;
};

// How wide the whole text is wrapped; 0 when it is not.
using WrapWidth = std::size_t;

std::size_t FirstWordColumns(std::string_view s) {
  return text::CountCodePoints(s.substr(0, s.find(' ')));
}

// Whether the line ends where it does because the next word had no room.
bool IsFull(const Line& a, const Line& b, std::size_t columns) {
  const std::size_t length = text::CountCodePoints(a.text);
  return length >= kMinWrapColumns && length + 1 + FirstWordColumns(b.text) > columns;
}

// A paragraph of two lines shows nothing by itself when the second happens to begin with a name or a number; the other
// lines of the text do: in wrapped text those that end in mid-sentence are all full.
WrapWidth WrapWidthOf(const std::vector<Line>& lines) {
  std::size_t columns = 0;
  for (const Line& line : lines) columns = std::max(columns, text::CountCodePoints(line.text));
  if (columns > kMaxWrapColumns) return 0;
  std::size_t joints = 0, full = 0, continued = 0;
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    const Line& next = lines[i + 1];
    if (next.gap_before || next.bullet || next.indented || EndsSentence(lines[i].text)) continue;
    // Short lines are headings and addresses; they tell nothing.
    if (text::CountCodePoints(lines[i].text) < kMinWrapColumns) continue;
    ++joints;
    full += IsFull(lines[i], next, columns) ? 1 : 0;
    continued += ClearlyContinues(lines[i], next) ? 1 : 0;
  }
  const bool by_sight = full >= kFullLinesMin && full * 5 >= joints * 4;
  const bool by_words = continued > 0 && full > 0 && full * 2 >= joints;
  return by_sight || by_words ? columns : 0;
}

Setting SettingOf(const std::vector<Line>& lines, std::size_t begin, std::size_t end) {
  Setting setting;
  std::size_t joints = 0;
  std::size_t continued = 0;
  for (std::size_t i = begin; i < end; ++i) {
    setting.columns = std::max(setting.columns, text::CountCodePoints(lines[i].text));
    if (i + 1 < end && !EndsSentence(lines[i].text)) {
      ++joints;
      continued += ClearlyContinues(lines[i], lines[i + 1]) ? 1 : 0;
    }
  }
  setting.wrapped = continued > 0 && continued * 2 >= joints;
  return setting;
}

// "… announced with U.S. Sen.": a title of address whose name stands on the next line.
bool EndsWithTitle(std::string_view line) {
  constexpr std::array<std::string_view, 16> kTitles = {"Sen.", "Sens.", "Rep.", "Reps.", "Gov.", "Mr.",
                                                        "Mrs.", "Ms.",   "Dr.",  "Prof.", "Gen.", "Lt.",
                                                        "Col.", "Capt.", "Maj.", "Sgt."};
  const std::string_view last = line.substr(line.rfind(' ') + 1);
  return std::find(kTitles.begin(), kTitles.end(), last) != kTitles.end();
}

bool Joins(const Line& a, const Line& b, const Setting& setting, WrapWidth width) {
  if (b.gap_before || b.bullet) return false;
  if (ClearlyContinues(a, b) || EndsWithTitle(a.text)) return true;
  if (width > 0 && !b.indented && IsFull(a, b, width)) return true;
  if (!setting.wrapped || b.indented) return false;
  const std::size_t length = text::CountCodePoints(a.text);
  if (!EndsSentence(a.text)) return length >= kMinWrapColumns;
  return setting.columns <= kMaxWrapColumns && length * 4 >= setting.columns * 3;
}

void AppendJoined(std::string_view next, std::string& text) {
  const bool hyphen = text.size() > 1 && text.back() == '-' && text[text.size() - 2] != ' ';
  const auto last = static_cast<UChar32>(text::CodePointBefore(text, text.size()).value);
  // Han characters are set without spaces.
  const bool han = u_hasBinaryProperty(last, UCHAR_IDEOGRAPHIC) != 0 &&
                   u_hasBinaryProperty(static_cast<UChar32>(FirstChar(next)), UCHAR_IDEOGRAPHIC) != 0;
  if (!hyphen && !han) text.push_back(' ');
  text.append(next);
}

// Parts "Our WorkAs the leading ..." below the line "Our Work": the label was set in an element of its own.
void PartFusedLabel(std::vector<Block>& blocks) {
  if (blocks.size() < 2) return;
  Block& label = blocks[blocks.size() - 2];
  const std::string& line = blocks.back().text;
  const std::size_t length = label.text.size();
  if (length < 3 || length > kMaxLabelBytes || line.size() < length + 8) return;
  if (!text::IsBoundary(line, length)) return;
  const char32_t before = text::CodePointBefore(line, length).value;
  const char32_t after = text::CodePointAt(line, length).value;
  if (text::IsSpace(before) || u_isupper(static_cast<UChar32>(after)) == 0) return;
  if (text::FoldKey(std::string_view(line).substr(0, length)) != text::FoldKey(label.text)) return;
  label.fused = true;
  blocks.back().fused = true;
  blocks.back().text.erase(0, length);
}

}  // namespace

std::string CleanLine(std::string_view raw) {
  std::string line;
  line.reserve(raw.size());
  bool pending = false;
  for (std::size_t i = 0; i < raw.size();) {
    const text::CodePoint c = text::CodePointAt(raw, i);
    const bool control = c.value < 0x20 || (c.value >= 0x7F && c.value < 0xA0);
    if (control || text::IsSpace(c.value)) {
      // A zero-width space and a byte order mark count as white space elsewhere; here they are nothing.
      if (c.value != 0x200B && c.value != 0xFEFF) pending = !line.empty();
    } else if (c.value != 0xAD && c.value != 0x2060) {
      if (pending) line.push_back(' ');
      pending = false;
      if (c.length == 1)
        line.push_back(raw[i]);
      else
        line.append(raw.substr(i, c.length));
    }
    i += c.length;
  }
  return text::IsNfc(line) ? line : text::CollapseSpace(text::ToNfc(line));
}

bool IsCleanLine(std::string_view text) {
  if (text.starts_with(' ') || text.ends_with(' ')) return false;
  std::size_t i = 0;
  // Stretches of ASCII without control characters and two spaces in a row; most lines are nothing else.
  for (; i + kWordBytes < text.size(); i += kWordBytes) {
    const std::uint64_t word = WordAt(text, i);
    const std::uint64_t doubtful = WideBytes(word) | BytesBelow(word, ' ') | BytesEqual(word, '\x7F') |
                                   (BytesEqual(word, ' ') & BytesEqual(WordAt(text, i + 1), ' '));
    if (doubtful != 0) break;
  }
  bool ascii = true;
  while (i < text.size()) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      if (byte < ' ' || byte == 0x7F || (byte == ' ' && text[i + 1] == ' ')) return false;
      ++i;
      continue;
    }
    ascii = false;
    const text::CodePoint c = text::CodePointAt(text, i);
    if (c.value < 0xA0 || c.value == 0xAD || c.value == 0x2060 || text::IsSpace(c.value)) return false;
    i += c.length;
  }
  return ascii || text::IsNfc(text);
}

std::vector<Block> BlocksOfText(std::string_view text, bool* truncated) {
  std::vector<Line> lines;
  bool gap = true;
  for (const std::string_view raw : text::SplitLines(text)) {
    if (text::TrimSpace(raw).empty()) {
      gap = true;
      continue;
    }
    if (lines.size() >= kMaxBlocks) {
      *truncated = true;
      break;
    }
    const std::size_t before = lines.size();
    AppendLine(raw, gap, lines);
    // A line that holds nothing but a bullet parts what is around it.
    gap = lines.size() == before;
  }
  if (lines.size() > kMaxBlocks) lines.resize(kMaxBlocks);

  const WrapWidth width = WrapWidthOf(lines);
  std::vector<Block> blocks;
  for (std::size_t begin = 0; begin < lines.size();) {
    std::size_t end = begin + 1;
    while (end < lines.size() && !lines[end].gap_before) ++end;
    const Setting setting = SettingOf(lines, begin, end);
    for (std::size_t i = begin; i < end; ++i) {
      if (i > begin && Joins(lines[i - 1], lines[i], setting, width)) {
        AppendJoined(lines[i].text, blocks.back().text);
        continue;
      }
      Block block;
      block.text = lines[i].text;
      block.gap_before = lines[i].gap_before;
      block.bullet = lines[i].bullet;
      block.shape = block.bullet ? Shape::kListItem : Shape::kParagraph;
      blocks.push_back(std::move(block));
      PartFusedLabel(blocks);
    }
    begin = end;
  }
  return blocks;
}

}  // namespace dateline::extraction
