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
  size_t at = 0;
  for (size_t i = 0; i < kPrefixCharacters; ++i) {
    if (at >= word.size()) return {};
    at += std::max<size_t>(text::CodePointAt(word, at).length, 1);
  }
  return word.substr(0, at);
}

void Normalize(TermGroup* group) {
  std::sort(group->begin(), group->end());
  group->erase(std::unique(group->begin(), group->end()), group->end());
}

std::string Dotted(const FieldPath& path) {
  std::string out;
  for (const FieldDescriptor* field : path) {
    if (!out.empty()) out += '.';
    out += field->name();
  }
  return out;
}

// One group for each term: all of them are required.
std::vector<TermGroup> Each(std::vector<Term> terms) {
  std::vector<TermGroup> groups;
  for (Term& term : terms) groups.push_back({std::move(term)});
  return groups;
}

std::vector<TermGroup> ComparisonTerms(const Condition& condition) {
  const std::string path = Dotted(condition.path);
  if (const auto* words = std::get_if<WordPattern>(&condition.operand)) return Each(PatternTerms(*words, path));
  if (condition.comparator == Comparator::kEqual || condition.comparator == Comparator::kHas) {
    if (const auto* value = std::get_if<EnumValue>(&condition.operand)) {
      return {{Term{Kind::kValue, path, std::to_string(value->number)}}};
    }
    if (const auto* value = std::get_if<bool>(&condition.operand)) {
      return {{Term{Kind::kValue, path, *value ? "true" : "false"}}};
    }
    const auto* exact = std::get_if<ExactPattern>(&condition.operand);
    if (exact != nullptr && exact->pieces().size() == 1) return {{Term{Kind::kValue, path, exact->pieces().front()}}};
  }
  return {{Term{Kind::kPresent, path, {}}}};
}

std::vector<TermGroup> FunctionTerms(const Condition& condition) {
  if (const auto* mention = std::get_if<Mention>(&condition.operand)) {
    // The same words under each path: a group for each word over all paths.
    std::vector<TermGroup> groups;
    for (const FieldPath& path : mention->paths) {
      const std::vector<Term> terms = PatternTerms(mention->name, Dotted(path));
      groups.resize(terms.size());
      for (size_t i = 0; i < terms.size(); ++i) groups[i].push_back(terms[i]);
    }
    return groups;
  }
  if (const auto* nearness = std::get_if<Nearness>(&condition.operand)) {
    std::vector<Term> terms = PatternTerms(nearness->first, Dotted(condition.path));
    for (Term& term : PatternTerms(nearness->second, Dotted(condition.path))) terms.push_back(std::move(term));
    return Each(std::move(terms));
  }
  const std::string& field = std::get<FieldChange>(condition.operand).field;
  return {{Term{Kind::kChanged, {}, field.empty() ? "*" : field}}};
}

// How much a term says: a guess for choosing among the groups of one side of an OR.
int Weight(const Term& term) {
  switch (term.kind) {
    case Kind::kValue:
      return term.text.empty() ? 1 : 8;
    case Kind::kChanged:
      return 8;
    case Kind::kWord:
      return static_cast<int>(std::min<size_t>(term.text.size(), 12));
    case Kind::kPrefix:
      return 2;
    case Kind::kPresent:
      return 1;
  }
  return 0;
}

int Weight(const TermGroup& group) {
  int least = 100;
  for (const Term& term : group) least = std::min(least, Weight(term));
  return least;
}

// One group that holds for any of the children: the best group of each, together.
std::vector<TermGroup> AnyTerms(const Condition& condition) {
  TermGroup any;
  for (const Condition& child : condition.children) {
    const std::vector<TermGroup> groups = FindRequiredTerms(child);
    const auto best = std::max_element(groups.begin(), groups.end(),
                                       [](const TermGroup& a, const TermGroup& b) { return Weight(a) < Weight(b); });
    if (best == groups.end()) return {};
    any.insert(any.end(), best->begin(), best->end());
  }
  Normalize(&any);
  if (any.size() > kGroupTermsMax) return {};
  return {any};
}

std::vector<TermGroup> AllTerms(const Condition& condition) {
  std::vector<TermGroup> all;
  for (const Condition& child : condition.children) {
    for (TermGroup& group : FindRequiredTerms(child)) all.push_back(std::move(group));
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

void AppendTextTerms(const Place& place, const std::string& path, std::vector<Term>* out) {
  AppendWordTerms(FoldWords(place.Text()), path, out);
}

void AppendPlaceTerms(const Place& place, const std::string& path, std::vector<Term>* out) {
  // Present in the sense of a comparison: there is something to compare with.
  out->push_back({Kind::kPresent, path, {}});
  switch (place.field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (place.field.type() == FieldDescriptor::TYPE_BYTES) return;
      out->push_back({Kind::kValue, path, text::FoldKey(place.Text())});
      AppendTextTerms(place, path, out);
      return;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      AnyText(place.Child(), [&](const Place& text) {
        AppendTextTerms(text, path, out);
        return false;
      });
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      out->push_back({Kind::kValue, path, place.Bool() ? "true" : "false"});
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      out->push_back({Kind::kValue, path, std::to_string(place.Enum())});
      return;
    default:
      return;
  }
}

void AppendChanges(const Subject& subject, std::vector<Term>* out) {
  if (subject.changed_fields().empty()) return;
  out->push_back({Kind::kChanged, {}, "*"});
  for (const std::string& field : subject.changed_fields()) {
    for (size_t dot = field.find('.'); dot != std::string::npos; dot = field.find('.', dot + 1)) {
      out->push_back({Kind::kChanged, {}, field.substr(0, dot)});
    }
    out->push_back({Kind::kChanged, {}, field});
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

void AppendWordTerms(std::string_view words, const std::string& path, std::vector<Term>* out) {
  std::string_view before;
  for (const WordSegment& segment : SplitSegments(words)) {
    out->push_back({Kind::kWord, path, std::string(segment.text)});
    if (segment.unspaced) {
      if (segment.joined && !before.empty()) {
        out->push_back({Kind::kWord, path, std::string(before) + std::string(segment.text)});
      }
      before = segment.text;
      continue;
    }
    before = {};
    if (const std::string_view prefix = Prefix(segment.text); !prefix.empty()) {
      out->push_back({Kind::kPrefix, path, std::string(prefix)});
    }
  }
}

std::vector<TermGroup> FindRequiredTerms(const Condition& condition) {
  switch (condition.kind) {
    case Expression::Kind::kAll:
    case Expression::Kind::kNot:
      return {};
    case Expression::Kind::kAnd:
      return AllTerms(condition);
    case Expression::Kind::kOr:
      return AnyTerms(condition);
    case Expression::Kind::kWords:
      return Each(PatternTerms(std::get<WordPattern>(condition.operand), {}));
    case Expression::Kind::kComparison:
      return ComparisonTerms(condition);
    case Expression::Kind::kFunction:
      return FunctionTerms(condition);
  }
  return {};
}

std::vector<Term> TermsOf(const Subject& subject, std::string_view path) {
  std::vector<Term> terms;
  if (path.empty()) {
    AppendWordTerms(subject.Words(), {}, &terms);
    AppendChanges(subject, &terms);
  } else {
    const absl::StatusOr<FieldPath> fields = ResolvePath(*subject.schema().descriptor, SplitPath(path));
    if (!fields.ok()) return {};
    AnyPlace(*fields, subject.message(), [&](const Place& place) {
      AppendPlaceTerms(place, std::string(path), &terms);
      return false;
    });
  }
  Normalize(&terms);
  return terms;
}

}  // namespace dateline::filter
