#pragma once
// A filter whose names are resolved and whose values are typed against a schema: what can be evaluated. Binding reports
// every mistake that the grammar cannot see, with its place. Immutable after binding, so thread-safe.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "common/filter/ast.h"
#include "common/filter/schema.h"
#include "common/filter/times.h"
#include "common/filter/words.h"
#include "google/protobuf/message.h"

namespace dateline::filter {

// The answer to a question about a record of which parts may be missing.
enum class Truth { kNo, kUnknown, kYes };

// What the record at hand lacks, so that an empty field says nothing about the real one.
struct Missing {
  bool text = false;   // The field "text".
  bool facts = false;  // Every field that is not set.
};

// Asks for a value. Each alternative is compared in its own way.
struct AnyValue {};  // Whether there is a value at all.
struct EnumValue {
  int number = 0;
};
// What the functions ask for.
struct Mention {
  WordPattern name;
  std::vector<FieldPath> paths;  // Of the names to look at.
};
struct Nearness {
  WordPattern first;
  WordPattern second;
  size_t words = 0;
};
struct FieldChange {
  std::string field;  // Dotted; empty: any field.
};
using Operand = std::variant<AnyValue, WordPattern, ExactPattern, int64_t, double, bool, EnumValue, Stretch, Mention,
                             Nearness, FieldChange>;

struct Condition {
  Expression::Kind kind = Expression::Kind::kAll;
  std::vector<Condition> children;
  FieldPath path;                              // Of kComparison; the text of a Nearness.
  Comparator comparator = Comparator::kEqual;  // Never kNotEqual: that is kNot of kEqual.
  Operand operand;                             // WordPattern for kWords; one of the last three for kFunction.
};

// Types `expression`. INVALID_ARGUMENT (INVALID_FILTER; metadata "position"); `filter` is its text, for messages.
absl::StatusOr<Condition> Bind(const Expression& expression, const Schema& schema, std::string_view filter);

class Subject;
Truth Evaluate(const Condition& condition, const Subject& subject);

struct Place;
// Whether a comparison holds for this value.
bool PlaceHolds(const Condition& condition, const Place& place);
// Whether it holds for any of the values that `condition.path` leads to.
bool AnyValueHolds(const Condition& condition, const google::protobuf::Message& message);

}  // namespace dateline::filter
