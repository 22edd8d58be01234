#include "services/cli/render/explanation_text.h"

#include <fmt/format.h>

#include <string_view>

namespace dateline::cli {
namespace {

constexpr size_t kKindColumns = 8;
constexpr size_t kFieldColumns = 9;

std::string OneLine(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (c == '\n' || c == '\t') c = ' ';
  }
  return line;
}

}  // namespace

absl::StatusOr<std::string> ExplanationText(const extraction::Explanation& explanation, const Style& style) {
  std::string out;
  for (const auto& field : explanation.fields) {
    const std::string verdict = field.chosen ? style.Good("keep") : style.Bad("left");
    const std::string probability =
        field.probability.has_value() ? fmt::format("  probability={:.2f}", *field.probability) : std::string();
    out += fmt::format("{}  {:<{}}  {}{}\n", verdict, field.field, kFieldColumns, field.rule, style.Dim(probability));
    out += fmt::format("      {}\n", OneLine(field.value));
  }
  if (!explanation.container_rule.empty()) out += fmt::format("container  {}\n", explanation.container_rule);
  for (const auto& block : explanation.blocks) {
    const std::string verdict = block.kept ? style.Good("keep") : style.Bad("left");
    const std::string kind = block.kind == release::v1::Section::KIND_UNSPECIFIED
                                 ? std::string("-")
                                 : release::v1::Section::Kind_Name(block.kind);
    std::string signals;
    for (const std::string& signal : block.signals) signals += "  " + signal;
    out += fmt::format("{}  {:<{}}  {}{}\n", verdict, kind, kKindColumns, block.rule, style.Dim(signals));
    out += fmt::format("      {}\n", OneLine(block.text));
  }
  return out;
}

}  // namespace dateline::cli
