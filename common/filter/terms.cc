#include "common/filter/terms.h"

#include <algorithm>

#include "common/filter/filter.h"
#include "common/filter/places.h"
#include "common/text/normalize.h"
#include "common/text/utf8.h"

namespace dateline::filter {
namespace {

using google::protobuf::FieldDescriptor;
using Kind = Term::Kind;

// The first characters of a word; empty when it has fewer.
std::string_view Prefix(std::string_view word) {
  // Most words begin with ASCII.
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (word.size() >= kPrefixCharacters && std::all_of(word.begin(), word.begin() + kPrefixCharacters, is_ascii)) {
    return word.substr(0, kPrefixCharacters);
  }
  size_t at = 0;
  for (size_t i = 0; i < kPrefixCharacters; ++i) {
    if (at >= word.size()) return {};
    at += std::max<size_t>(text::CodePointAt(word, at).length, 1);
  }
  return word.substr(0, at);
}

void Normalize(std::vector<Term>* terms) {
  std::sort(terms->begin(), terms->end());
  terms->erase(std::unique(terms->begin(), terms->end()), terms->end());
}

std::string Dotted(const FieldPath& path) {
  std::string out;
  for (const FieldDescriptor* field : path) {
    if (!out.empty()) out += '.';
    out += field->name();
  }
  return out;
}

ClauseTerms AllOf(std::vector<Term> terms, bool sufficient) {
  Normalize(&terms);
  return {.terms = std::move(terms), .sufficient = sufficient};
}
ClauseTerms OneOf(Term term, bool sufficient) {
  return {.terms = {std::move(term)}, .sufficient = sufficient};
}

// Whether one space separates two pieces of a folded text.
bool IsNextWord(std::string_view first, std::string_view second) {
  const char* const end = first.data() + first.size();
  return end + 1 == second.data() && *end == ' ';
}
// Neighbouring words of scripts with spaces.
bool IsPair(const WordSegment& first, const WordSegment& second) {
  return !first.unspaced && !second.unspaced && IsNextWord(first.text, second.text);
}
std::string_view PairText(std::string_view first, std::string_view second) {
  return {first.data(), first.size() + 1 + second.size()};
}

ClauseTerms WordsTerms(const WordPattern& pattern, const std::string& path) {
  if (pattern.pieces().size() != 1) return AllOf(PatternTerms(pattern, path), false);
  const std::vector<WordSegment> segments = SplitSegments(pattern.pieces().front());
  if (segments.size() == 1) return AllOf(PatternTerms(pattern, path), true);
  if (segments.size() == 2 && segments[0].unspaced && segments[1].unspaced && segments[1].joined) {
    return OneOf({Kind::kWord, path, pattern.pieces().front()}, true);
  }
  // A pair says more than its two words.
  std::vector<Term> pairs;
  for (size_t i = 1; i < segments.size(); ++i) {
    if (!IsPair(segments[i - 1], segments[i])) return AllOf(PatternTerms(pattern, path), false);
    pairs.push_back({Kind::kPair, path, std::string(PairText(segments[i - 1].text, segments[i].text))});
  }
  return AllOf(std::move(pairs), segments.size() == 2);
}

ClauseTerms ComparisonTerms(const Condition& condition) {
  const std::string path = Dotted(condition.path);
  if (const auto* words = std::get_if<WordPattern>(&condition.operand)) return WordsTerms(*words, path);
  if (condition.comparator == Comparator::kEqual || condition.comparator == Comparator::kHas) {
    if (const auto* value = std::get_if<EnumValue>(&condition.operand)) {
      return OneOf({Kind::kValue, path, std::to_string(value->number)}, true);
    }
    if (const auto* value = std::get_if<bool>(&condition.operand)) {
      return OneOf({Kind::kValue, path, *value ? "true" : "false"}, true);
    }
    const auto* exact = std::get_if<ExactPattern>(&condition.operand);
    if (exact != nullptr && exact->pieces().size() == 1) {
      return OneOf({Kind::kValue, path, exact->pieces().front()}, true);
    }
  }
  return OneOf({Kind::kPresent, path, {}}, false);
}

ClauseTerms FunctionTerms(const Condition& condition) {
  if (const auto* mention = std::get_if<Mention>(&condition.operand)) {
    std::string paths;
    for (const FieldPath& path : mention->paths) paths += (paths.empty() ? "" : "|") + Dotted(path);
    return WordsTerms(mention->name, paths);
  }
  if (const auto* nearness = std::get_if<Nearness>(&condition.operand)) {
    const std::string path = Dotted(condition.path);
    std::vector<Term> terms = WordsTerms(nearness->first, path).terms;
    for (Term& term : WordsTerms(nearness->second, path).terms) terms.push_back(std::move(term));
    return AllOf(std::move(terms), false);
  }
  const std::string& field = std::get<FieldChange>(condition.operand).field;
  return OneOf({Kind::kChanged, {}, field.empty() ? "*" : field}, true);
}

using Visitor = absl::FunctionRef<void(Kind, std::string_view)>;

void VisitPlace(const Place& place, TermKinds wanted, Visitor visit) {
  // Present in the sense of a comparison: there is something to compare with.
  visit(Kind::kPresent, {});
  switch (place.field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      if (place.field.type() == FieldDescriptor::TYPE_BYTES) return;
      const std::string text = place.Text();
      if (wanted.Has(Kind::kValue)) visit(Kind::kValue, text::FoldKey(text));
      if (wanted.HasWords()) VisitWordTerms(FoldWords(text), visit);
      return;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (!wanted.HasWords()) return;
      AnyText(place.Child(), [&](const Place& text) {
        VisitWordTerms(FoldWords(text.Text()), visit);
        return false;
      });
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      visit(Kind::kValue, place.Bool() ? "true" : "false");
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      visit(Kind::kValue, std::to_string(place.Enum()));
      return;
    default:
      return;
  }
}

void VisitChanges(const Subject& subject, Visitor visit) {
  if (subject.changed_fields().empty()) return;
  visit(Kind::kChanged, "*");
  for (const std::string& field : subject.changed_fields()) {
    for (size_t dot = field.find('.'); dot != std::string::npos; dot = field.find('.', dot + 1)) {
      visit(Kind::kChanged, std::string_view(field).substr(0, dot));
    }
    visit(Kind::kChanged, field);
  }
}

// The terms of words that are separated by spaces alone.
void VisitSpacedTerms(std::string_view words, Visitor visit) {
  std::string_view before;
  for (size_t at = 0; at < words.size();) {
    size_t end = at;
    while (end < words.size() && words[end] != ' ' && words[end] != '\n') ++end;
    const std::string_view word = words.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    visit(Kind::kWord, word);
    if (!before.empty() && IsNextWord(before, word)) visit(Kind::kPair, PairText(before, word));
    if (const std::string_view prefix = Prefix(word); !prefix.empty()) visit(Kind::kPrefix, prefix);
    before = word;
  }
}

}  // namespace

std::vector<Term> PatternTerms(const WordPattern& pattern, const std::string& path) {
  std::vector<Term> terms;
  const std::vector<std::string>& pieces = pattern.pieces();
  for (size_t i = 0; i < pieces.size(); ++i) {
    const std::vector<WordSegment> segments = SplitSegments(pieces[i]);
    for (size_t k = 0; k < segments.size(); ++k) {
      const WordSegment& segment = segments[k];
      if (segment.unspaced) {
        const bool pair = k > 0 && segments[k - 1].unspaced && segment.joined;
        terms.push_back({Kind::kWord, path, std::string(segment.text)});
        if (pair) terms.push_back({Kind::kWord, path, std::string(segments[k - 1].text) + std::string(segment.text)});
        continue;
      }
      // Beside a wildcard a word may go on: to the left of a piece that is not the first, to the right of one that is
      // not the last, unless a space or another script stands between.
      const bool open_left = i > 0 && k == 0 && !pieces[i].starts_with(' ');
      const bool open_right = i + 1 < pieces.size() && k + 1 == segments.size() && !pieces[i].ends_with(' ');
      if (open_left) continue;
      if (!open_right) {
        terms.push_back({Kind::kWord, path, std::string(segment.text)});
      } else if (const std::string_view prefix = Prefix(segment.text); !prefix.empty()) {
        terms.push_back({Kind::kPrefix, path, std::string(prefix)});
      }
    }
  }
  return terms;
}

void VisitWordTerms(std::string_view words, Visitor visit) {
  if (!MayHaveUnspaced(words)) return VisitSpacedTerms(words, visit);
  const std::vector<WordSegment> segments = SplitSegments(words);
  for (size_t i = 0; i < segments.size(); ++i) {
    const WordSegment& segment = segments[i];
    visit(Kind::kWord, segment.text);
    if (segment.unspaced) {
      // What is joined stands side by side in the text.
      if (segment.joined && i > 0 && segments[i - 1].unspaced) {
        visit(Kind::kWord, {segments[i - 1].text.data(), segments[i - 1].text.size() + segment.text.size()});
      }
      continue;
    }
    if (i > 0 && IsPair(segments[i - 1], segment)) visit(Kind::kPair, PairText(segments[i - 1].text, segment.text));
    if (const std::string_view prefix = Prefix(segment.text); !prefix.empty()) visit(Kind::kPrefix, prefix);
  }
}

ClauseTerms FindClauseTerms(const Condition& clause) {
  if (clause.kind == Expression::Kind::kWords) return WordsTerms(std::get<WordPattern>(clause.operand), {});
  return clause.kind == Expression::Kind::kComparison ? ComparisonTerms(clause) : FunctionTerms(clause);
}

TermPath ResolveTermPath(const Schema& schema, std::string_view path) {
  TermPath resolved;
  resolved.bare_words = path.empty();
  while (!path.empty()) {
    const size_t bar = path.find('|');
    absl::StatusOr<FieldPath> fields = ResolvePath(*schema.descriptor, SplitPath(path.substr(0, bar)));
    if (fields.ok()) resolved.fields.push_back(*std::move(fields));
    path = bar == std::string_view::npos ? std::string_view() : path.substr(bar + 1);
  }
  return resolved;
}

void VisitTerms(const Subject& subject, const TermPath& path, TermKinds wanted, Visitor visit) {
  if (path.bare_words) {
    if (wanted.HasWords()) VisitWordTerms(subject.Words(), visit);
    VisitChanges(subject, visit);
  }
  for (const FieldPath& fields : path.fields) {
    AnyPlace(fields, subject.message(), [&](const Place& place) {
      VisitPlace(place, wanted, visit);
      return false;
    });
  }
}

std::vector<Term> TermsOf(const Subject& subject, std::string_view path) {
  std::vector<Term> terms;
  VisitTerms(subject, ResolveTermPath(subject.schema(), path), TermKinds::All(), [&](Kind kind, std::string_view text) {
    terms.push_back({kind, std::string(path), std::string(text)});
  });
  Normalize(&terms);
  return terms;
}

}  // namespace dateline::filter
