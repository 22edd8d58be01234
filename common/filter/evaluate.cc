#include "common/filter/condition.h"
#include "common/filter/places.h"

namespace dateline::filter {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

bool IsDateType(const Message& message) {
  return message.GetDescriptor() == google::type::Date::descriptor();
}

template <class Number>
bool Compare(Number field, Comparator comparator, Number value) {
  switch (comparator) {
    case Comparator::kEqual:
    case Comparator::kHas:
      return field == value;
    case Comparator::kNotEqual:
      return field != value;
    case Comparator::kLess:
      return field < value;
    case Comparator::kLessOrEqual:
      return field <= value;
    case Comparator::kGreater:
      return field > value;
    case Comparator::kGreaterOrEqual:
      return field >= value;
  }
  return false;
}

bool TextHolds(const Condition& condition, const std::string& text) {
  if (const auto* words = std::get_if<WordPattern>(&condition.operand)) return words->FoundIn(FoldWords(text));
  if (std::holds_alternative<AnyValue>(condition.operand)) return !text.empty();
  const auto* exact = std::get_if<ExactPattern>(&condition.operand);
  if (exact == nullptr) return false;
  if (condition.comparator == Comparator::kEqual) return exact->Matches(text);
  return Compare(exact->Compare(text), condition.comparator, 0);
}

bool MessageHolds(const Condition& condition, const Message& message) {
  if (std::holds_alternative<AnyValue>(condition.operand)) return true;
  if (const auto* stretch = std::get_if<Stretch>(&condition.operand)) {
    if (!IsDateType(message)) {
      return Holds(MomentOf(static_cast<const google::protobuf::Timestamp&>(message)), condition.comparator, *stretch);
    }
    const auto days = DaysOf(static_cast<const google::type::Date&>(message));
    return days.has_value() && Holds(*days, condition.comparator, *stretch);
  }
  return AnyText(message, [&](const Place& place) { return TextHolds(condition, place.Text()); });
}

}  // namespace

bool PlaceHolds(const Condition& condition, const Place& place) {
  switch (place.field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return TextHolds(condition, place.Text());
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageHolds(condition, place.Child());
    default:
      break;
  }
  if (std::holds_alternative<AnyValue>(condition.operand)) {
    return place.index >= 0 || place.message.GetReflection()->HasField(place.message, &place.field);
  }
  switch (place.field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return place.Bool() == std::get<bool>(condition.operand);
    case FieldDescriptor::CPPTYPE_ENUM:
      return place.Enum() == std::get<EnumValue>(condition.operand).number;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Compare(place.Number(), condition.comparator, std::get<double>(condition.operand));
    default:
      return Compare(place.Integer(), condition.comparator, std::get<int64_t>(condition.operand));
  }
}

bool AnyValueHolds(const Condition& condition, const google::protobuf::Message& message) {
  return AnyPlace(condition.path, message, [&](const Place& place) { return PlaceHolds(condition, place); });
}

}  // namespace dateline::filter
