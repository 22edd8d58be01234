#include "common/filter/places.h"

#include <limits>

namespace dateline::filter {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

template <class Single, class Repeated>
auto Get(const Place& place, Single single, Repeated repeated) {
  const Reflection& reflection = *place.message.GetReflection();
  return place.index < 0 ? (reflection.*single)(place.message, &place.field)
                         : (reflection.*repeated)(place.message, &place.field, place.index);
}

}  // namespace

std::string Place::Text() const {
  return Get(*this, &Reflection::GetString, &Reflection::GetRepeatedString);
}

const Message& Place::Child() const {
  const Reflection& reflection = *message.GetReflection();
  return index < 0 ? reflection.GetMessage(message, &field) : reflection.GetRepeatedMessage(message, &field, index);
}

int64_t Place::Integer() const {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return Get(*this, &Reflection::GetInt32, &Reflection::GetRepeatedInt32);
    case FieldDescriptor::CPPTYPE_UINT32:
      return Get(*this, &Reflection::GetUInt32, &Reflection::GetRepeatedUInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return Get(*this, &Reflection::GetInt64, &Reflection::GetRepeatedInt64);
    default: {
      const uint64_t value = Get(*this, &Reflection::GetUInt64, &Reflection::GetRepeatedUInt64);
      constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
      return static_cast<int64_t>(value < kMax ? value : kMax);
    }
  }
}

double Place::Number() const {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
    return Get(*this, &Reflection::GetDouble, &Reflection::GetRepeatedDouble);
  }
  return static_cast<double>(Get(*this, &Reflection::GetFloat, &Reflection::GetRepeatedFloat));
}

bool Place::Bool() const {
  return Get(*this, &Reflection::GetBool, &Reflection::GetRepeatedBool);
}

int Place::Enum() const {
  return Get(*this, &Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue);
}

bool IsBookkeeping(const FieldDescriptor& field) {
  return field.name() == "rule" || field.name() == "entity";
}

}  // namespace dateline::filter
