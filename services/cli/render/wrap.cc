#include "services/cli/render/wrap.h"

#include <vector>

#include "common/text/utf8.h"

namespace dateline::cli {
namespace {

// Han, kana, Hangul and full-width forms: a line may break on either side of them.
bool BreaksAnywhere(char32_t c) {
  return (c >= 0x2E80 && c <= 0x9FFF) || (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
         (c >= 0xFF00 && c <= 0xFF60);
}

// Splits a line into pieces that stay whole: words, or single East Asian characters.
std::vector<std::string_view> Pieces(std::string_view line) {
  std::vector<std::string_view> pieces;
  size_t begin = 0;
  for (size_t at = 0; at < line.size();) {
    const text::CodePoint c = text::CodePointAt(line, at);
    if (line[at] == ' ') {
      if (at > begin) pieces.push_back(line.substr(begin, at - begin));
      begin = at + 1;
    } else if (BreaksAnywhere(c.value)) {
      if (at > begin) pieces.push_back(line.substr(begin, at - begin));
      pieces.push_back(line.substr(at, c.length));
      begin = at + c.length;
    }
    at += c.length;
  }
  if (begin < line.size()) pieces.push_back(line.substr(begin));
  return pieces;
}

void WrapLine(std::string_view line, size_t columns, size_t indent, const Painter& painter, std::string& out) {
  if (line.empty()) {
    out += '\n';
    return;
  }
  const std::string margin(indent, ' ');
  out += margin;
  size_t width = indent;
  const char* previous_end = nullptr;
  for (const std::string_view piece : Pieces(line)) {
    const size_t piece_width = text::DisplayWidth(piece);
    // Pieces that touch in the source (East Asian text) are joined without a space.
    const bool spaced = previous_end != nullptr && previous_end != piece.data();
    if (width > indent && width + (spaced ? 1 : 0) + piece_width > columns) {
      out += '\n';
      out += margin;
      width = indent;
    } else if (spaced) {
      out += ' ';
      ++width;
    }
    painter(piece, out);
    width += piece_width;
    previous_end = piece.data() + piece.size();
  }
  out += '\n';
}

}  // namespace

std::string Wrap(std::string_view text, size_t columns, size_t indent, const Painter& painter) {
  std::string out;
  for (const std::string_view line : text::SplitLines(text)) WrapLine(line, columns, indent, painter, out);
  return out;
}

std::string Wrap(std::string_view text, size_t columns, size_t indent) {
  return Wrap(text, columns, indent, [](std::string_view word, std::string& out) { out += word; });
}

}  // namespace dateline::cli
