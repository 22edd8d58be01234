#include "common/export/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "common/export/parts.h"
#include "common/text/utf8.h"

namespace dateline::exporting {
namespace {

using release::v1::Image;
using release::v1::Release;
using release::v1::Section;

bool IsWordByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Bytes of what would open a block at the head of a line and where its sign is: "- ", "1. ", "# ". None: npos.
std::size_t BlockSignAt(std::string_view line) {
  std::size_t digits = 0;
  while (digits < line.size() && digits < 10 && line[digits] >= '0' && line[digits] <= '9') ++digits;
  if (digits > 0)
    return digits < line.size() && (line[digits] == '.' || line[digits] == ')') ? digits : std::string::npos;
  constexpr std::string_view kSigns = "#+-=";
  return !line.empty() && kSigns.find(line.front()) != std::string_view::npos ? 0 : std::string::npos;
}

// One line with everything escaped that Markdown or HTML would read. `head`: it stands where a block may open.
std::string EscapeLine(std::string_view line, bool head, bool cell) {
  constexpr std::string_view kAlways = "\\`*[]<>~";
  const std::size_t sign = head ? BlockSignAt(line) : std::string::npos;
  std::string out;
  out.reserve(line.size() + 8);
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool inside_word = i > 0 && i + 1 < line.size() && IsWordByte(line[i - 1]) && IsWordByte(line[i + 1]);
    const bool entity = c == '&' && i + 1 < line.size() && (line[i + 1] == '#' || IsWordByte(line[i + 1]));
    const bool escape = i == sign || kAlways.find(c) != std::string_view::npos || (c == '_' && !inside_word) ||
                        entity || (cell && c == '|');
    if (escape) out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

// A string as YAML writes it between double quotes; the escapes are those that JSON has too.
std::string YamlString(std::string_view value) {
  std::string out = "\"";
  for (std::size_t i = 0; i < value.size();) {
    const text::CodePoint c = text::CodePointAt(value, i);
    if (c.value == '"' || c.value == '\\') {
      out.push_back('\\');
      out.push_back(static_cast<char>(c.value));
    } else if (c.value < 0x20 || (c.value >= 0x7F && c.value < 0xA0) || c.value == 0x2028 || c.value == 0x2029 ||
               c.value == 0xFEFF) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c.value));
    } else {
      text::AppendUtf8(c.value, out);
    }
    i += c.length;
  }
  out.push_back('"');
  return out;
}

void YamlField(std::string_view key, std::string_view value, std::string& out) {
  if (!value.empty()) out += fmt::format("{}: {}\n", key, YamlString(value));
}

template <typename List, typename Text>
void YamlList(std::string_view key, const List& list, const Text& text, std::string& out) {
  if (list.empty()) return;
  out += fmt::format("{}:\n", key);
  for (const auto& item : list) out += fmt::format("  - {}\n", YamlString(text(item)));
}

std::string FrontMatter(const Release& release) {
  std::string out = "---\n";
  const auto itself = [](const std::string& value) -> const std::string& { return value; };
  YamlField("title", release.title(), out);
  YamlField("subtitle", release.subtitle(), out);
  YamlList(
      "authors", release.authors(), [](const auto& a) -> const std::string& { return a.display_name(); }, out);
  YamlField("date", PublishText(release), out);
  if (release.has_page_modified_time()) YamlField("modified", IsoTime(release.page_modified_time()), out);
  if (release.has_embargo_time()) YamlField("embargo_until", IsoTime(release.embargo_time()), out);
  YamlField("place", release.dateline().place(), out);
  YamlField("country", release.dateline().country_code(), out);
  YamlField("site", release.site_name(), out);
  YamlField("language", release.language(), out);
  YamlField("url", release.uri(), out);
  YamlField("license", release.license(), out);
  YamlList("reference_ids", release.reference_ids(), itself, out);
  YamlList("tags", release.topics(), itself, out);
  YamlField("record", release.name(), out);
  YamlList(
      "notices", release.notices(), [](const auto& n) -> const std::string& { return n.reason(); }, out);
  return out + "---\n";
}

class Writer {
 public:
  explicit Writer(const Release& release) : release_(release) {}

  std::string Body() {
    if (!release_.title().empty()) Block(fmt::format("# {}", EscapeLine(release_.title(), false, false)));
    if (!release_.subtitle().empty()) Block(fmt::format("*{}*", EscapeLine(release_.subtitle(), false, false)));
    for (const Part& part : PartsOf(release_)) Write(part);
    for (const Image& image : release_.images()) {
      if (IsWebUri(image.uri()) && Slice(release_.text(), image.span()).empty()) Block(Picture(image));
    }
    return std::move(out_);
  }

 private:
  void Write(const Part& part) {
    const std::string_view label = PartLabel(part.kind);
    // Neighbours of one kind share a heading, and items a list.
    const bool goes_on = part.kind == last_;
    last_ = part.kind;
    if (!label.empty() && !goes_on) Block(fmt::format("## {}", label));
    switch (part.kind) {
      case Section::HEADING:
        return Block(fmt::format("## {}", Inline(part.text, " ", false)));
      case Section::LIST:
        return List(part.text, goes_on);
      case Section::QUOTE:
        return Quote(part.text);
      case Section::TABLE:
        return Table(part.text);
      case Section::CAPTION:
        if (const Image* image = ImageOf(release_, part.text); image != nullptr) Block(Picture(*image));
        return Block(fmt::format("*{}*", Inline(part.text, " ", false)));
      default:
        // A backslash at the end of a line keeps the line, as in an address.
        for (const std::string_view paragraph : Paragraphs(part.text)) Block(Inline(paragraph, "\\\n", true));
    }
  }

  // Text with its links; `line_break` is set between its lines.
  std::string Inline(std::string_view text, std::string_view line_break, bool head) const {
    std::string out;
    bool at_head = head;
    for (const Run& run : RunsOf(release_, text)) {
      std::string words;
      for (std::size_t begin = 0; begin <= run.text.size();) {
        const std::size_t end = std::min(run.text.find('\n', begin), run.text.size());
        if (begin > 0) {
          words += line_break;
          at_head = head;
        }
        const std::string_view line = run.text.substr(begin, end - begin);
        words += EscapeLine(line, at_head, false);
        at_head = at_head && line.empty();
        begin = end + 1;
      }
      out += run.link == nullptr ? words : fmt::format("[{}]({})", words, LinkTarget(run.link->uri()));
    }
    return out;
  }

  static std::string LinkTarget(std::string_view uri) { return fmt::format("<{}>", EncodeUri(uri)); }

  static std::string Picture(const Image& image) {
    return fmt::format("![{}]({})", EscapeLine(image.alt_text(), false, false), LinkTarget(image.uri()));
  }

  void List(std::string_view text, bool goes_on) {
    std::string items;
    for (const std::string_view line : text::SplitLines(text)) {
      const std::string_view item = text::TrimSpace(line);
      if (!item.empty()) items += fmt::format("{}- {}", items.empty() ? "" : "\n", Inline(item, " ", true));
    }
    if (goes_on) {
      out_ += items + '\n';
    } else {
      Block(items);
    }
  }

  void Quote(std::string_view text) {
    std::string lines;
    const auto add = [&](std::string_view line) { lines += fmt::format("{}> {}", lines.empty() ? "" : "\n>\n", line); };
    for (const std::string_view paragraph : Paragraphs(text)) add(Inline(paragraph, " ", true));
    if (const std::string_view speaker = SpeakerOf(release_, text); !speaker.empty()) {
      add(fmt::format("\u2014 {}", EscapeLine(speaker, false, false)));
    }
    Block(lines);
  }

  // Pipe tables need a head and the same number of cells in every row: the first row is the head.
  void Table(std::string_view text) {
    const auto rows = TableRows(text);
    if (rows.empty()) return;
    // Rows far wider than the head would make rows times columns cells of nothing.
    const std::size_t columns = rows.front().size();
    std::string out;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      out += r == 0 ? "|" : "\n|";
      const std::size_t cells = std::min(rows[r].size(), columns);
      for (std::size_t c = 0; c < cells; ++c) {
        const bool last = c + 1 == columns;
        out += ' ' + EscapeLine(rows[r][c], false, true);
        // What the head has no column for stays readable in the last one.
        for (std::size_t more = columns; last && more < rows[r].size(); ++more) {
          out += ' ' + EscapeLine(rows[r][more], false, true);
        }
        out += " |";
      }
      if (r > 0) continue;
      out += "\n|";
      for (std::size_t c = 0; c < columns; ++c) out += " --- |";
    }
    Block(out);
  }

  void Block(std::string_view block) {
    if (block.empty()) return;
    out_ += '\n';
    out_ += block;
    out_ += '\n';
  }

  const Release& release_;
  std::string out_;
  Section::Kind last_ = Section::KIND_UNSPECIFIED;
};

}  // namespace

std::string Markdown(const Release& release) {
  return FrontMatter(release) + Writer(release).Body();
}

}  // namespace dateline::exporting
