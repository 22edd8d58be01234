#include "common/filter/normal_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace dateline::filter {
namespace {

using Kind = Expression::Kind;

// Texts carry their length, so that no two lists of texts are written alike.
void Append(const std::string& text, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "{}:{}", text.size(), text);
}
void Append(const std::vector<std::string>& pieces, std::string* out) {
  *out += fmt::format("{}[", pieces.size());
  for (const std::string& piece : pieces) Append(piece, out);
}
void Append(const FieldPath& path, std::string* out) {
  for (const auto* field : path) *out += '.' + field->name();
  *out += ' ';
}

struct OperandWriter {
  std::string* out;

  void operator()(const AnyValue& /*any*/) const { *out += '*'; }
  void operator()(const WordPattern& words) const { Append(words.pieces(), out); }
  void operator()(const ExactPattern& exact) const { Append(exact.pieces(), out); }
  void operator()(int64_t number) const { *out += std::to_string(number); }
  // The shortest form that reads back as the same number.
  void operator()(double number) const { *out += fmt::format("{}", number); }
  void operator()(bool truth) const { *out += truth ? '1' : '0'; }
  void operator()(const EnumValue& value) const { *out += std::to_string(value.number); }
  void operator()(const Stretch& stretch) const { *out += fmt::format("{}..{}", stretch.first, stretch.last); }
  void operator()(const Mention& mention) const {
    Append(mention.name.pieces(), out);
    for (const FieldPath& path : mention.paths) Append(path, out);
  }
  void operator()(const Nearness& nearness) const {
    Append(nearness.first.pieces(), out);
    Append(nearness.second.pieces(), out);
    *out += std::to_string(nearness.words);
  }
  void operator()(const FieldChange& change) const { Append(change.field, out); }
};

void AppendKey(const Condition& condition, std::string* out) {
  *out += static_cast<char>('a' + static_cast<int>(condition.kind));
  if (!condition.children.empty() || condition.kind == Kind::kAll) {
    *out += fmt::format("{}(", condition.children.size());
    for (const Condition& child : condition.children) AppendKey(child, out);
    return;
  }
  Append(condition.path, out);
  *out += fmt::format("{} {} ", static_cast<int>(condition.comparator), condition.operand.index());
  std::visit(OperandWriter{out}, condition.operand);
  *out += ';';
}

// The parts of AND or OR, in one order and each once.
Condition Combine(Kind kind, std::vector<Condition> parts) {
  std::vector<std::pair<std::string, Condition>> keyed;
  for (Condition& part : parts) {
    if (part.kind == kind) {
      for (Condition& inner : part.children) {
        std::string key = ConditionKey(inner);
        keyed.emplace_back(std::move(key), std::move(inner));
      }
      continue;
    }
    std::string key = ConditionKey(part);
    keyed.emplace_back(std::move(key), std::move(part));
  }
  std::sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  keyed.erase(std::unique(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.first == b.first; }),
              keyed.end());
  if (keyed.size() == 1) return std::move(keyed.front().second);
  Condition all;
  all.kind = kind;
  for (auto& [key, part] : keyed) all.children.push_back(std::move(part));
  return all;
}

}  // namespace

Condition Normalize(const Condition& condition) {
  switch (condition.kind) {
    case Kind::kAll:
    case Kind::kWords:
    case Kind::kComparison:
    case Kind::kFunction:
      return condition;
    case Kind::kNot: {
      Condition inner = Normalize(condition.children.front());
      if (inner.kind == Kind::kNot) return std::move(inner.children.front());
      Condition negated;
      negated.kind = Kind::kNot;
      negated.children.push_back(std::move(inner));
      return negated;
    }
    case Kind::kAnd:
    case Kind::kOr:
      break;
  }
  std::vector<Condition> parts;
  for (const Condition& child : condition.children) parts.push_back(Normalize(child));
  return Combine(condition.kind, std::move(parts));
}

std::string ConditionKey(const Condition& condition) {
  std::string key;
  AppendKey(condition, &key);
  return key;
}

}  // namespace dateline::filter
