#include "services/extraction/facts/references.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace dateline::extraction {
namespace {

constexpr std::size_t kMaxReferenceBytes = 40;
constexpr int kMinDigits = 3;

bool IsClose(const Analysis& analysis, std::uint32_t token) {
  return token < analysis.size() && !analysis.token(token).Has(kSpaceBefore);
}

// "S. 403": the label's first token begins the reference, the number ends it. Empty when no label stands before.
TokenRange Labelled(const Analysis& analysis, std::uint32_t number, std::uint32_t line_begin) {
  if (number == line_begin || analysis.token(number).kind != TokenKind::kNumber) return {};
  std::uint32_t before = number - 1;
  const LexiconHit* label = analysis.HitEndingAt(before, Lexicon::kNumberLabels);
  if (label == nullptr && analysis.Text(before) == "." && before > line_begin)
    label = analysis.HitEndingAt(before - 1, Lexicon::kNumberLabels);
  if (label == nullptr || label->begin < line_begin || analysis.Entry(*label).code != "reference") return {};
  return {label->begin, number + 1};
}

// "IP/24/123": capitals, strokes and numbers without white space.
TokenRange Stroked(const Analysis& analysis, std::uint32_t token, std::uint32_t line_end) {
  const Token& first = analysis.token(token);
  if (first.kind != TokenKind::kWord || !first.Has(kCapital) || (first.size() > 1 && !first.Has(kUpper))) return {};
  if (!IsClose(analysis, token + 1) || analysis.Text(token + 1) != "/") return {};
  int digits = 0;
  std::uint32_t end = token + 1;
  while (end < line_end && IsClose(analysis, end)) {
    const Token& t = analysis.token(end);
    const bool part =
        t.kind == TokenKind::kNumber || (t.kind == TokenKind::kWord && (t.Has(kUpper) || t.Has(kHasDigit)));
    const bool sign = analysis.Text(end) == "/" || analysis.Text(end) == "-";
    if (!part && !sign) break;
    if (t.kind == TokenKind::kNumber) digits += static_cast<int>(t.size());
    ++end;
  }
  while (end > token + 1 && analysis.token(end - 1).kind == TokenKind::kPunctuation) --end;
  return digits >= kMinDigits ? TokenRange{token, end} : TokenRange{};
}

}  // namespace

void FindReferences(const FactContext& context, release::v1::Release* release) {
  const Analysis& analysis = context.analysis;
  for (const Line& line : analysis.lines()) {
    if (!Analysis::IsMainText(line.section) && line.section != release::v1::Section::NOTES) continue;
    for (std::uint32_t i = line.tokens.begin; i < line.tokens.end; ++i) {
      if (release->reference_ids_size() >= kMaxTextReferences) return;
      TokenRange found = Labelled(analysis, i, line.tokens.begin);
      if (found.empty()) found = Stroked(analysis, i, line.tokens.end);
      if (found.empty()) continue;
      const std::string_view words = analysis.Text(found);
      i = found.end - 1;
      const auto& known = release->reference_ids();
      if (words.size() <= kMaxReferenceBytes && std::find(known.begin(), known.end(), words) == known.end())
        release->add_reference_ids(std::string(words));
    }
  }
}

}  // namespace dateline::extraction
