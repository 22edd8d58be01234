#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "common/base/status_macros.h"
#include "common/filter/condition.h"
#include "common/filter/functions.h"
#include "common/filter/lexer.h"

namespace dateline::filter {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

std::string UpperSnake(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !out.empty()) out += '_';
    out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

// The names of an enumeration's values, without the prefix that repeats its own name.
std::vector<std::string> ShortNames(const EnumDescriptor& type) {
  const std::string prefix = UpperSnake(type.name()) + "_";
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string& name = type.value(i)->name();
    names.push_back(name.starts_with(prefix) ? name.substr(prefix.size()) : name);
  }
  return names;
}

bool IsDate(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type()->full_name() == "google.type.Date";
}
bool IsTimestamp(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field.message_type()->full_name() == "google.protobuf.Timestamp";
}

template <class Number>
std::optional<Number> ParseNumber(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class Binder {
 public:
  Binder(const Schema& schema, std::string_view filter) : schema_(schema), filter_(filter) {}

  absl::StatusOr<Condition> Run(const Expression& expression) const {
    Condition condition;
    condition.kind = expression.kind;
    switch (expression.kind) {
      case Expression::Kind::kAll:
        return condition;
      case Expression::Kind::kWords:
        return BindWords(expression);
      case Expression::Kind::kComparison:
        return BindComparison(expression);
      case Expression::Kind::kFunction:
        return BindFunction(expression, schema_, filter_);
      default:
        break;
    }
    for (const Expression& child : expression.children) {
      DATELINE_ASSIGN_OR_RETURN(Condition bound, Run(child));
      condition.children.push_back(std::move(bound));
    }
    return condition;
  }

 private:
  absl::Status ValueError(const Expression& expression, std::string_view what) const {
    return FilterError(filter_, expression.value_position, what);
  }

  absl::StatusOr<WordPattern> Words(const Expression& expression) const {
    WordPattern words(expression.value);
    if (words.empty()) return ValueError(expression, "expected a word with a letter or digit to look for");
    return words;
  }

  absl::StatusOr<Condition> BindWords(const Expression& expression) const {
    Condition condition;
    if (expression.value.is_anything()) return condition;  // Everything matches.
    condition.kind = Expression::Kind::kWords;
    DATELINE_ASSIGN_OR_RETURN(condition.operand, Words(expression));
    return condition;
  }

  absl::StatusOr<Condition> BindComparison(const Expression& expression) const {
    Condition condition;
    condition.kind = Expression::Kind::kComparison;
    condition.comparator = expression.comparator;
    absl::StatusOr<FieldPath> path = ResolvePath(*schema_.descriptor, expression.path);
    if (!path.ok()) {
      return FilterError(filter_, expression.position,
                         std::string(path.status().message().data(), path.status().message().size()));
    }
    condition.path = *std::move(path);
    DATELINE_ASSIGN_OR_RETURN(condition.operand, BindOperand(expression, *condition.path.back()));
    if (condition.comparator != Comparator::kNotEqual) return condition;
    condition.comparator = Comparator::kEqual;
    Condition negation;
    negation.kind = Expression::Kind::kNot;
    negation.children.push_back(std::move(condition));
    return negation;
  }

  absl::StatusOr<Operand> BindOperand(const Expression& expression, const FieldDescriptor& field) const {
    const bool ordered = expression.comparator != Comparator::kEqual &&
                         expression.comparator != Comparator::kNotEqual && expression.comparator != Comparator::kHas;
    if (expression.value.is_anything()) {
      if (ordered) return ValueError(expression, "an asterisk can be compared with =, != and : only");
      return AnyValue{};
    }
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) return BindString(expression, field, ordered);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !IsDate(field) && !IsTimestamp(field)) {
      return BindMessage(expression, field);
    }
    if (expression.value.has_wildcard()) {
      return ValueError(expression, fmt::format("\"{}\" holds no text, so its value has no wildcards", field.name()));
    }
    const std::string& value = expression.value.pieces.front();
    if (IsDate(field)) return BindTime(expression, ParseDays(value), "a date such as 2018-01-05, 2018-01 or 2018");
    if (IsTimestamp(field)) {
      return BindTime(expression, ParseMoments(value), "a time such as 2018-01-05T11:30:00Z, 2018-01-05 or 2018");
    }
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_BOOL:
        return BindBool(expression, value, ordered);
      case FieldDescriptor::CPPTYPE_ENUM:
        return BindEnum(expression, *field.enum_type(), ordered);
      case FieldDescriptor::CPPTYPE_DOUBLE:
      case FieldDescriptor::CPPTYPE_FLOAT: {
        const std::optional<double> number = ParseNumber<double>(value);
        if (!number.has_value() || !std::isfinite(*number))
          return ValueError(expression, "expected a number such as 14.5");
        return *number;
      }
      default: {
        const std::optional<int64_t> number = ParseNumber<int64_t>(value);
        if (!number.has_value()) return ValueError(expression, "expected a whole number");
        return *number;
      }
    }
  }

  absl::StatusOr<Operand> BindString(const Expression& expression, const FieldDescriptor& field, bool ordered) const {
    if (field.type() == FieldDescriptor::TYPE_BYTES) {
      return FilterError(filter_, expression.position,
                         fmt::format("\"{}\" holds bytes and cannot be compared", field.name()));
    }
    if (expression.comparator == Comparator::kHas) return Words(expression);
    if (ordered && expression.value.has_wildcard()) {
      return ValueError(expression, "wildcards can be compared with =, != and : only");
    }
    return ExactPattern(expression.value);
  }

  absl::StatusOr<Operand> BindMessage(const Expression& expression, const FieldDescriptor& field) const {
    if (expression.comparator == Comparator::kHas) return Words(expression);
    std::vector<std::string> names;
    for (int i = 0; i < field.message_type()->field_count(); ++i)
      names.push_back(field.message_type()->field(i)->name());
    return FilterError(
        filter_, expression.position,
        fmt::format("\"{0}\" is a record and cannot be compared as a whole; write {0}:word, or compare one "
                    "of its fields: {1}",
                    fmt::join(expression.path, "."), fmt::join(names, ", ")));
  }

  absl::StatusOr<Operand> BindTime(const Expression& expression, std::optional<Stretch> stretch,
                                   std::string_view expected) const {
    if (!stretch.has_value()) return ValueError(expression, fmt::format("expected {}", expected));
    return *stretch;
  }

  absl::StatusOr<Operand> BindBool(const Expression& expression, std::string_view value, bool ordered) const {
    if (ordered) return ValueError(expression, "true and false can be compared with =, != and : only");
    if (value != "true" && value != "false") return ValueError(expression, "expected true or false");
    return value == "true";
  }

  absl::StatusOr<Operand> BindEnum(const Expression& expression, const EnumDescriptor& type, bool ordered) const {
    const std::string& value = expression.value.pieces.front();
    const std::vector<std::string> names = ShortNames(type);
    if (ordered)
      return ValueError(expression, fmt::format("{} can be compared with =, != and : only", fmt::join(names, ", ")));
    for (int i = 0; i < type.value_count(); ++i) {
      if (value == names[static_cast<size_t>(i)] || value == type.value(i)->name())
        return EnumValue{type.value(i)->number()};
    }
    const std::string nearest = NearestName(value, names);
    return ValueError(expression, nearest.empty() ? fmt::format("expected one of {}", fmt::join(names, ", "))
                                                  : fmt::format("expected one of {}; did you mean {}?",
                                                                fmt::join(names, ", "), nearest));
  }

  const Schema& schema_;
  const std::string_view filter_;
};

}  // namespace

absl::StatusOr<Condition> Bind(const Expression& expression, const Schema& schema, std::string_view filter) {
  return Binder(schema, filter).Run(expression);
}

}  // namespace dateline::filter
