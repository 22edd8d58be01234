// Markup out of the flat list of nodes.
#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "services/ingestion/feeds/references.h"
#include "services/ingestion/html/page.h"

namespace dateline::html {
namespace {

bool IsVoid(std::string_view tag) {
  constexpr std::array<std::string_view, 8> kVoid = {"br", "img", "hr", "wbr", "col", "source", "input", "embed"};
  return std::find(kVoid.begin(), kVoid.end(), tag) != kVoid.end();
}

bool IsLeftOut(std::string_view tag) {
  constexpr std::array<std::string_view, 8> kLeftOut = {"script", "style",  "noscript", "template",
                                                        "svg",    "iframe", "object",   "form"};
  // The parser names comments "-comment" and document types "!doctype".
  return tag.starts_with('-') || tag.starts_with('!') ||
         std::find(kLeftOut.begin(), kLeftOut.end(), tag) != kLeftOut.end();
}

// Broken pages have elements called "script<b"; to some readers of the markup that would be a script.
bool IsName(std::string_view tag) {
  return std::all_of(tag.begin(), tag.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == ':' || c == '_';
  });
}

constexpr std::array<std::string_view, 6> kWords = {"lang", "dir", "alt", "datetime", "colspan", "rowspan"};
constexpr std::array<std::string_view, 2> kReferences = {"href", "src"};

std::string OpeningTag(const Page& page, std::uint32_t element) {
  std::string tag("<");
  tag += page.node(element).tag;
  const auto add = [&tag](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    tag.append(" ").append(name).append("=\"");
    feeds::AppendEscaped(value, tag);
    tag += "\"";
  };
  for (const std::string_view name : kWords) add(name, page.Attribute(element, name));
  for (const std::string_view name : kReferences) add(name, page.Absolute(page.Attribute(element, name)));
  return tag + ">";
}

}  // namespace

std::string Page::Markup(std::uint32_t element, const std::set<std::uint32_t>& left_out, std::size_t bytes_max) const {
  std::string out;
  // Elements that are open, with their ends and the bytes that closing them takes.
  std::vector<std::uint32_t> open;
  std::size_t closing = 0;
  const auto close_until = [&](std::uint32_t at) {
    while (!open.empty() && nodes_[open.back()].end <= at) {
      const std::string_view tag = nodes_[open.back()].tag;
      out.append("</").append(tag).append(">");
      closing -= tag.size() + 3;
      open.pop_back();
    }
  };
  for (std::uint32_t i = element; i < nodes_[element].end; ++i) {
    close_until(i);
    const PageNode& node = nodes_[i];
    if (left_out.contains(i) || (node.IsElement() && IsLeftOut(node.tag))) {
      i = node.end - 1;
      continue;
    }
    if (node.IsElement() && !IsName(node.tag)) continue;  // What stands in it stays.
    std::string piece;
    if (node.IsElement()) {
      piece = OpeningTag(*this, i);
    } else {
      feeds::AppendEscaped(node.text, piece);
    }
    const std::size_t ending = node.IsElement() && !IsVoid(node.tag) ? node.tag.size() + 3 : 0;
    if (out.size() + piece.size() + closing + ending > bytes_max) break;
    out += piece;
    if (ending > 0) {
      open.push_back(i);
      closing += ending;
    }
  }
  close_until(nodes_[element].end);
  return out;
}

}  // namespace dateline::html
