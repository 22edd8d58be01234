#include "services/cli/render/diff_text.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "services/cli/render/wrap.h"

namespace dateline::cli {
namespace {

using storage::v1::TextEdit;

// A paragraph of both texts together.
struct Paragraph {
  std::string text;
  bool edited = false;
};

std::string_view ClassName(events::v1::ChangeClass change_class) {
  switch (change_class) {
    case events::v1::CHANGE_CLASS_COSMETIC:
      return "cosmetic: typesetting only";
    case events::v1::CHANGE_CLASS_RETRACTION:
      return "retraction: a statement was taken back";
    case events::v1::CHANGE_CLASS_MATERIAL:
      return "material";
    default:
      return "not judged";
  }
}

std::string Mark(const TextEdit& edit, std::string_view words, const Style& style) {
  if (words.empty()) return {};
  if (edit.kind() == TextEdit::KIND_REMOVED) return style.Bad(fmt::format("[-{}-]", words));
  if (edit.kind() == TextEdit::KIND_ADDED) return style.Good(fmt::format("{{+{}+}}", words));
  return std::string(words);
}

// The empty lines between paragraphs part them, also those that were removed or added.
std::vector<Paragraph> ParagraphsOf(const storage::v1::DiffReleaseRevisionsResponse& diff, const Style& style) {
  std::vector<Paragraph> paragraphs(1);
  for (const TextEdit& edit : diff.edits()) {
    std::string_view rest = edit.text();
    while (!rest.empty()) {
      const size_t end = rest.find("\n\n");
      const std::string_view words = rest.substr(0, end);
      paragraphs.back().text += Mark(edit, words, style);
      paragraphs.back().edited |= edit.kind() != TextEdit::KIND_KEPT && !words.empty();
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end);
      while (rest.starts_with('\n')) rest.remove_prefix(1);
      if (!paragraphs.back().text.empty()) paragraphs.emplace_back();
    }
  }
  return paragraphs;
}

}  // namespace

std::string DiffText(const storage::v1::DiffReleaseRevisionsResponse& diff, const Style& style, size_t columns,
                     bool whole) {
  std::string out = fmt::format("{} {}\n", style.Dim("Change"), ClassName(diff.change_class()));
  for (const auto& change : diff.changes()) out += Wrap("- " + change.description(), columns, 2);
  for (const Paragraph& paragraph : ParagraphsOf(diff, style)) {
    if (paragraph.text.empty() || (!paragraph.edited && !whole)) continue;
    out += '\n' + Wrap(paragraph.text, columns, 0);
  }
  return out;
}

}  // namespace dateline::cli
