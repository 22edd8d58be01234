#include <limits>

#include "common/filter/condition.h"

namespace dateline::filter {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Fields whose text describes the record and not the world; ":" on a message passes them over.
bool IsBookkeeping(const FieldDescriptor& field) {
  return field.name() == "rule" || field.name() == "entity";
}

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

// One value of a field: the index of a repeated one, or -1.
struct Place {
  const Message& message;
  const FieldDescriptor& field;
  int index = -1;

  template <class Single, class Repeated>
  auto Get(Single single, Repeated repeated) const {
    const Reflection& reflection = *message.GetReflection();
    return index < 0 ? (reflection.*single)(message, &field) : (reflection.*repeated)(message, &field, index);
  }
  std::string Text() const {
    const Reflection& reflection = *message.GetReflection();
    return index < 0 ? reflection.GetString(message, &field) : reflection.GetRepeatedString(message, &field, index);
  }
  const Message& Child() const {
    const Reflection& reflection = *message.GetReflection();
    return index < 0 ? reflection.GetMessage(message, &field) : reflection.GetRepeatedMessage(message, &field, index);
  }
  int64_t Integer() const {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return Get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32);
      case FieldDescriptor::CPPTYPE_UINT32:
        return Get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32);
      case FieldDescriptor::CPPTYPE_INT64:
        return Get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64);
      default: {
        const uint64_t value = Get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64);
        constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
        return static_cast<int64_t>(value < kMax ? value : kMax);
      }
    }
  }
};

bool MessageHolds(const Condition& condition, const Message& message) {
  if (std::holds_alternative<AnyValue>(condition.operand)) return true;
  if (const auto* stretch = std::get_if<Stretch>(&condition.operand)) {
    if (!IsDateType(message)) {
      return Holds(MomentOf(static_cast<const google::protobuf::Timestamp&>(message)), condition.comparator, *stretch);
    }
    const auto days = DaysOf(static_cast<const google::type::Date&>(message));
    return days.has_value() && Holds(*days, condition.comparator, *stretch);
  }
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.type() != FieldDescriptor::TYPE_STRING || IsBookkeeping(field)) continue;
    const int count = field.is_repeated() ? message.GetReflection()->FieldSize(message, &field) : 1;
    for (int k = 0; k < count; ++k) {
      if (TextHolds(condition, Place{message, field, field.is_repeated() ? k : -1}.Text())) return true;
    }
  }
  return false;
}

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
      return place.Get(&Reflection::GetBool, &Reflection::GetRepeatedBool) == std::get<bool>(condition.operand);
    case FieldDescriptor::CPPTYPE_ENUM:
      return place.Get(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue) ==
             std::get<EnumValue>(condition.operand).number;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Compare(place.Get(&Reflection::GetDouble, &Reflection::GetRepeatedDouble), condition.comparator,
                     std::get<double>(condition.operand));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Compare(static_cast<double>(place.Get(&Reflection::GetFloat, &Reflection::GetRepeatedFloat)),
                     condition.comparator, std::get<double>(condition.operand));
    default:
      return Compare(place.Integer(), condition.comparator, std::get<int64_t>(condition.operand));
  }
}

// Follows the path from its part `depth` on; recursion is bounded by kPathPartsMax.
bool Follow(const Condition& condition, const Message& message, size_t depth) {
  const FieldDescriptor& field = *condition.path[depth];
  const Reflection& reflection = *message.GetReflection();
  const bool last = depth + 1 == condition.path.size();
  const auto at = [&](const Place& place) {
    return last ? PlaceHolds(condition, place) : Follow(condition, place.Child(), depth + 1);
  };
  if (field.is_repeated()) {
    const int size = reflection.FieldSize(message, &field);
    for (int i = 0; i < size; ++i) {
      if (at(Place{message, field, i})) return true;
    }
    return false;
  }
  // A value that is not there is neither more nor less than anything.
  if (field.has_presence() && !reflection.HasField(message, &field)) return false;
  return at(Place{message, field, -1});
}

}  // namespace

bool AnyValueHolds(const Condition& condition, const google::protobuf::Message& message) {
  return Follow(condition, message, 0);
}

}  // namespace dateline::filter
