#include "common/filter/filter.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/filter/functions.h"
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

bool HasWords(const WordPattern& pattern, const Subject& subject) {
  if (const auto prefix = pattern.AsPrefix()) {
    if (const WordList* const list = subject.WordsList()) return list->HasPrefix(*prefix);
  }
  return pattern.FoundIn(subject.Words());
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
      return EvaluateFunction(condition, subject);
    case Expression::Kind::kWords:
      if (HasWords(std::get<WordPattern>(condition.operand), subject)) return Truth::kYes;
      return subject.missing().text || subject.missing().facts ? Truth::kUnknown : Truth::kNo;
    case Expression::Kind::kComparison:
      if (subject.MayLack(condition.path)) return Truth::kUnknown;
      return AnyValueHolds(condition, subject.message()) ? Truth::kYes : Truth::kNo;
  }
  return Truth::kNo;
}

}  // namespace

Subject::Subject(const release::v1::Release& release, Missing missing, std::vector<std::string> changed_fields)
    : message_(release), schema_(ReleaseSchema()), missing_(missing), changed_fields_(std::move(changed_fields)) {}

Subject::Subject(const google::protobuf::Message& message, const Schema& schema, Missing missing)
    : message_(message), schema_(schema), missing_(missing) {}

bool Subject::MayLack(const FieldPath& path) const {
  if (!missing_.text && !missing_.facts) return false;
  const FieldDescriptor* root = path.front();
  const Reflection& reflection = *message_.GetReflection();
  const bool set = root->is_repeated() ? reflection.FieldSize(message_, root) > 0 : reflection.HasField(message_, root);
  if (set) return false;
  return missing_.facts || (missing_.text && root->name() == "text");
}

const std::string& Subject::TextWords() const {
  std::call_once(text_once_, [this] {
    if (schema_.text_path.empty()) return;
    text_words_ = FoldWords(message_.GetReflection()->GetString(message_, schema_.text_path.front()));
  });
  return text_words_;
}

const std::string& Subject::Words() const {
  std::call_once(once_, [this] {
    for (const FieldPath& path : schema_.word_paths) AppendWords(message_, path, 0, &words_);
  });
  return words_;
}

const WordList* Subject::Ask(List& list, const std::string& words) {
  // To look through the text once costs about a third of making its list.
  constexpr int kFirst = 2;
  if (list.asked.load(std::memory_order_relaxed) < kFirst && list.asked.fetch_add(1) < kFirst) return nullptr;
  std::call_once(list.once, [&] { list.list.emplace(words); });
  return &*list.list;
}

const WordList* Subject::WordsList() const {
  return Ask(words_list_, Words());
}

const WordList* Subject::TextWordsList() const {
  return Ask(text_words_list_, TextWords());
}

Filter::Filter() : parts_(std::make_shared<const Parts>()) {}

Truth Filter::Evaluate(const Subject& subject) const {
  return Decide(parts_->condition, subject);
}

std::vector<MatchReason> Filter::Reasons(const Subject& subject) const {
  if (!Matches(subject)) return {};
  return ReasonFinder(subject).Find(parts_->expression, parts_->condition);
}

Truth Evaluate(const Condition& condition, const Subject& subject) {
  return Decide(condition, subject);
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
