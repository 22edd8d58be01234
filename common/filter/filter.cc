#include "common/filter/filter.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/filter/parser.h"

namespace dateline::filter {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

void AppendWords(const Message& message, const FieldPath& path, size_t depth, std::string* out) {
  const FieldDescriptor* field = path[depth];
  const Reflection& reflection = *message.GetReflection();
  const bool last = depth + 1 == path.size();
  const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
  for (int i = 0; i < count; ++i) {
    if (!last) {
      const Message& child = field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                                  : reflection.GetMessage(message, field);
      AppendWords(child, path, depth + 1, out);
      continue;
    }
    const std::string words = FoldWords(field->is_repeated() ? reflection.GetRepeatedString(message, field, i)
                                                             : reflection.GetString(message, field));
    if (words.empty()) continue;
    if (!out->empty()) *out += '\n';
    *out += words;
  }
}

// Whether the field that `path` begins with may have a value that the record at hand lacks.
bool MayLack(const Subject& subject, const FieldPath& path) {
  const Missing& missing = subject.missing();
  if (!missing.text && !missing.facts) return false;
  const FieldDescriptor* root = path.front();
  const Reflection& reflection = *subject.message().GetReflection();
  const bool set = root->is_repeated() ? reflection.FieldSize(subject.message(), root) > 0
                                       : reflection.HasField(subject.message(), root);
  if (set) return false;
  return missing.facts || (missing.text && root->name() == "text");
}

Truth Decide(const Condition& condition, const Subject& subject);

Truth Not(Truth truth) {
  switch (truth) {
    case Truth::kNo:
      return Truth::kYes;
    case Truth::kYes:
      return Truth::kNo;
    case Truth::kUnknown:
      break;
  }
  return Truth::kUnknown;
}

Truth DecideAll(const Condition& condition, const Subject& subject) {
  Truth all = Truth::kYes;
  for (const Condition& child : condition.children) {
    const Truth truth = Decide(child, subject);
    if (truth == Truth::kNo) return truth;
    if (truth == Truth::kUnknown) all = truth;
  }
  return all;
}

Truth DecideAny(const Condition& condition, const Subject& subject) {
  Truth any = Truth::kNo;
  for (const Condition& child : condition.children) {
    const Truth truth = Decide(child, subject);
    if (truth == Truth::kYes) return truth;
    if (truth == Truth::kUnknown) any = truth;
  }
  return any;
}

Truth Decide(const Condition& condition, const Subject& subject) {
  switch (condition.kind) {
    case Expression::Kind::kAll:
      return Truth::kYes;
    case Expression::Kind::kAnd:
      return DecideAll(condition, subject);
    case Expression::Kind::kOr:
      return DecideAny(condition, subject);
    case Expression::Kind::kNot:
      return Not(Decide(condition.children.front(), subject));
    case Expression::Kind::kFunction:
      break;  // Refused when the filter was compiled.
    case Expression::Kind::kWords:
      if (std::get<WordPattern>(condition.operand).FoundIn(subject.Words())) return Truth::kYes;
      return subject.missing().text || subject.missing().facts ? Truth::kUnknown : Truth::kNo;
    case Expression::Kind::kComparison:
      if (MayLack(subject, condition.path)) return Truth::kUnknown;
      return AnyValueHolds(condition, subject.message()) ? Truth::kYes : Truth::kNo;
  }
  return Truth::kNo;
}

}  // namespace

Subject::Subject(const release::v1::Release& release, Missing missing) : Subject(release, ReleaseSchema(), missing) {}

Subject::Subject(const google::protobuf::Message& message, const Schema& schema, Missing missing)
    : message_(message), schema_(schema), missing_(missing) {}

const std::string& Subject::Words() const {
  std::call_once(once_, [this] {
    for (const FieldPath& path : schema_.word_paths) AppendWords(message_, path, 0, &words_);
  });
  return words_;
}

Filter::Filter() : parts_(std::make_shared<const Parts>()) {}

Truth Filter::Evaluate(const Subject& subject) const {
  return Decide(parts_->condition, subject);
}

absl::StatusOr<Filter> Compile(std::string_view text, const Schema& schema) {
  Filter::Parts parts;
  parts.text = std::string(text);
  DATELINE_ASSIGN_OR_RETURN(parts.expression, Parse(text));
  DATELINE_ASSIGN_OR_RETURN(parts.condition, Bind(parts.expression, schema, text));
  Filter filter;
  filter.parts_ = std::make_shared<const Filter::Parts>(std::move(parts));
  return filter;
}

}  // namespace dateline::filter
