#include "common/filter/functions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <string>
#include <vector>

#include "common/base/absl_compat.h"
#include "common/base/status_macros.h"
#include "common/filter/filter.h"
#include "common/filter/lexer.h"
#include "common/filter/places.h"

namespace dateline::filter {
namespace {

constexpr std::string_view kMentions = "mentions";
constexpr std::string_view kNear = "near";
constexpr std::string_view kChanged = "changed";

class FunctionBinder {
 public:
  FunctionBinder(const Expression& call, const Schema& schema, std::string_view filter)
      : call_(call), schema_(schema), filter_(filter) {}

  absl::StatusOr<Condition> Run() const {
    const std::string name = fmt::format("{}", fmt::join(call_.path, "."));
    if (schema_.name_paths.empty()) {
      return CallError(
          fmt::format("there is no function \"{}\"; filters of {} have none", name, schema_.descriptor->name()));
    }
    Condition condition;
    condition.kind = Expression::Kind::kFunction;
    if (name == kMentions) {
      DATELINE_ASSIGN_OR_RETURN(condition.operand, BindMentions());
    } else if (name == kNear) {
      condition.path = schema_.text_path;
      DATELINE_ASSIGN_OR_RETURN(condition.operand, BindNear());
    } else if (name == kChanged) {
      DATELINE_ASSIGN_OR_RETURN(condition.operand, BindChanged());
    } else {
      const std::string nearest =
          NearestName(name, {std::string(kMentions), std::string(kNear), std::string(kChanged)});
      return CallError(nearest.empty()
                           ? fmt::format("there is no function \"{}\"; there are mentions(name, kind), near(word, "
                                         "word, words) and changed(field)",
                                         name)
                           : fmt::format("there is no function \"{}\"; did you mean \"{}\"?", name, nearest));
    }
    return condition;
  }

 private:
  absl::Status CallError(std::string_view what) const { return FilterError(filter_, call_.position, what); }
  absl::Status ArgumentError(size_t index, std::string_view what) const {
    return FilterError(filter_, call_.children[index].position, what);
  }
  size_t count() const { return call_.children.size(); }

  absl::StatusOr<WordPattern> Words(size_t index) const {
    WordPattern words(call_.children[index].value);
    if (words.empty()) return ArgumentError(index, "expected a word with a letter or digit to look for");
    return words;
  }

  // Text without wildcard.
  absl::StatusOr<std::string> Plain(size_t index, std::string_view expected) const {
    const Pattern& value = call_.children[index].value;
    if (value.has_wildcard()) return ArgumentError(index, fmt::format("expected {}, without wildcards", expected));
    return value.pieces.front();
  }

  absl::StatusOr<Operand> BindMentions() const {
    if (count() < 1 || count() > 2) {
      return CallError(
          "mentions takes a name and, if wanted, a kind: mentions(\"Li Ming\") or mentions(\"Li Ming\", "
          "person)");
    }
    Mention mention;
    DATELINE_ASSIGN_OR_RETURN(mention.name, Words(0));
    std::string kind;
    if (count() == 2) {
      DATELINE_ASSIGN_OR_RETURN(kind, Plain(1, "a kind of name"));
    }
    std::vector<std::string> kinds;
    for (const NamePath& name : schema_.name_paths) {
      if (count() == 1 || name.kind == kind) mention.paths.push_back(name.path);
      if (std::find(kinds.begin(), kinds.end(), name.kind) == kinds.end()) kinds.push_back(name.kind);
    }
    if (mention.paths.empty()) {
      const std::string nearest = NearestName(kind, kinds);
      return ArgumentError(
          1, nearest.empty()
                 ? fmt::format("there is no kind of name \"{}\"; there are {}", kind, fmt::join(kinds, ", "))
                 : fmt::format("there is no kind of name \"{}\"; did you mean {}?", kind, nearest));
    }
    return mention;
  }

  absl::StatusOr<Operand> BindNear() const {
    if (count() != 3) {
      return CallError(
          "near takes two words or phrases and the words by which they may be apart: near(climate, "
          "\"migration policy\", 5)");
    }
    Nearness nearness;
    DATELINE_ASSIGN_OR_RETURN(nearness.first, Words(0));
    DATELINE_ASSIGN_OR_RETURN(nearness.second, Words(1));
    const std::string expected = fmt::format("a number of words from 1 to {}", kNearWordsMax);
    DATELINE_ASSIGN_OR_RETURN(const std::string number, Plain(2, expected));
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), nearness.words);
    if (error != std::errc() || end != number.data() + number.size() || nearness.words < 1 ||
        nearness.words > kNearWordsMax) {
      return ArgumentError(2, fmt::format("expected {}", expected));
    }
    return nearness;
  }

  absl::StatusOr<Operand> BindChanged() const {
    if (count() != 1) return CallError("changed takes the path of one field: changed(figures), or changed(*) for any");
    if (call_.children.front().value.is_anything()) return FieldChange{};
    DATELINE_ASSIGN_OR_RETURN(std::string field, Plain(0, "the path of a field"));
    const absl::StatusOr<FieldPath> path = ResolvePath(*schema_.descriptor, SplitPath(field));
    if (!path.ok()) return ArgumentError(0, ToStd(path.status().message()));
    return FieldChange{.field = std::move(field)};
  }

  const Expression& call_;
  const Schema& schema_;
  const std::string_view filter_;
};

Truth EvaluateMention(const Mention& mention, const Subject& subject) {
  Truth truth = Truth::kNo;
  for (const FieldPath& path : mention.paths) {
    const bool found = AnyPlace(path, subject.message(),
                                [&](const Place& place) { return mention.name.FoundIn(FoldWords(place.Text())); });
    if (found) return Truth::kYes;
    if (subject.MayLack(path)) truth = Truth::kUnknown;
  }
  return truth;
}

// As FindNear(), for two single words by their places.
bool AreNear(std::span<const uint32_t> first, std::span<const uint32_t> second, size_t words) {
  for (size_t i = 0, k = 0; i < first.size() && k < second.size();) {
    const uint32_t apart = first[i] < second[k] ? second[k] - first[i] : first[i] - second[k];
    if (apart > 0 && apart <= words) return true;
    // One word by itself is not near itself; the next of either may be.
    if (apart == 0) {
      if (k + 1 < second.size() && second[k + 1] - first[i] <= words) return true;
      if (i + 1 < first.size() && first[i + 1] - second[k] <= words) return true;
    }
    first[i] < second[k] ? ++i : ++k;
  }
  return false;
}

bool HasNear(const Nearness& nearness, const Subject& subject) {
  const auto first = nearness.first.AsWord();
  const auto second = nearness.second.AsWord();
  const WordList* const list = first && second ? subject.TextWordsList() : nullptr;
  if (list != nullptr) return AreNear(list->Places(*first), list->Places(*second), nearness.words);
  return FindNear(nearness, subject.TextWords()).has_value();
}

}  // namespace

absl::StatusOr<Condition> BindFunction(const Expression& expression, const Schema& schema, std::string_view filter) {
  return FunctionBinder(expression, schema, filter).Run();
}

bool Concerns(std::string_view changed, std::string_view field) {
  if (field.empty()) return true;
  return changed.starts_with(field) && (changed.size() == field.size() || changed[field.size()] == '.');
}

std::optional<std::pair<WordRange, WordRange>> FindNear(const Nearness& nearness, std::string_view words) {
  struct Match {
    WordRange range;
    size_t first_word = 0;   // How many words stand before it.
    size_t behind_word = 0;  // How many words begin before its end.
  };
  const WordPattern* patterns[2] = {&nearness.first, &nearness.second};
  std::optional<WordRange> next[2] = {nearness.first.Find(words, 0), nearness.second.Find(words, 0)};
  std::optional<Match> last[2];
  WordCounter starts(words);
  while (next[0].has_value() || next[1].has_value()) {
    const size_t begin = std::min(next[0].has_value() ? next[0]->begin : words.size() + 1,
                                  next[1].has_value() ? next[1]->begin : words.size() + 1);
    const size_t first_word = starts.Before(begin);
    std::optional<Match> now[2];
    for (size_t i = 0; i < 2; ++i) {
      if (!next[i].has_value() || next[i]->begin != begin) continue;
      now[i] = Match{.range = *next[i], .first_word = first_word};
      const std::optional<Match>& before = last[1 - i];
      if (before.has_value() && first_word < before->behind_word + nearness.words) {
        return std::pair(before->range, now[i]->range);
      }
      WordCounter within(words.substr(begin, next[i]->end - begin));
      now[i]->behind_word = first_word + within.Before(next[i]->end - begin);
      next[i] = patterns[i]->Find(words, begin + 1);
    }
    // Only now: where both patterns fit the same words, the one must not hide what stands before the other.
    for (size_t i = 0; i < 2; ++i) {
      if (now[i].has_value()) last[i] = now[i];
    }
  }
  return std::nullopt;
}

Truth EvaluateFunction(const Condition& condition, const Subject& subject) {
  if (const auto* mention = std::get_if<Mention>(&condition.operand)) return EvaluateMention(*mention, subject);
  if (const auto* nearness = std::get_if<Nearness>(&condition.operand)) {
    if (subject.MayLack(condition.path)) return Truth::kUnknown;
    return HasNear(*nearness, subject) ? Truth::kYes : Truth::kNo;
  }
  const auto& changed = subject.changed_fields();
  const std::string& field = std::get<FieldChange>(condition.operand).field;
  const bool concerns =
      std::any_of(changed.begin(), changed.end(), [&](const std::string& path) { return Concerns(path, field); });
  return concerns ? Truth::kYes : Truth::kNo;
}

}  // namespace dateline::filter
