#pragma once
// How a field path is followed through a record: to one place for each value that it leads to. For the parts of this
// module that read records. Pure.

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/filter/schema.h"
#include "google/protobuf/message.h"

namespace dateline::filter {

// One value of a field: the index of a repeated one, or -1. Refers to the message.
struct Place {
  const google::protobuf::Message& message;
  const google::protobuf::FieldDescriptor& field;
  int index = -1;

  // Of a string field.
  std::string Text() const;
  // Of a message field.
  const google::protobuf::Message& Child() const;
  // Of an integer field; what exceeds int64 is cut.
  int64_t Integer() const;
  // Of a double or float field.
  double Number() const;
  bool Bool() const;
  // The number of an enumeration's value.
  int Enum() const;
};

// Fields whose text describes the record and not the world; ":" on a message passes them over.
bool IsBookkeeping(const google::protobuf::FieldDescriptor& field);

// Calls `visit(Place)` for each value that the path leads to, in order, until it answers true; answers whether it did.
// A field that is not set and could be is no value. Recursion is bounded by kPathPartsMax.
template <class Visit>
bool AnyPlace(const FieldPath& path, const google::protobuf::Message& message, const Visit& visit, size_t depth = 0) {
  const google::protobuf::FieldDescriptor& field = *path[depth];
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const bool last = depth + 1 == path.size();
  const auto at = [&](const Place& place) {
    return last ? visit(place) : AnyPlace(path, place.Child(), visit, depth + 1);
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

// Calls `visit(Place)` for the texts of a message in which ":" looks: its strings, bookkeeping left out. As AnyPlace().
template <class Visit>
bool AnyText(const google::protobuf::Message& message, const Visit& visit) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *type.field(i);
    if (field.type() != google::protobuf::FieldDescriptor::TYPE_STRING || IsBookkeeping(field)) continue;
    const int count = field.is_repeated() ? message.GetReflection()->FieldSize(message, &field) : 1;
    for (int k = 0; k < count; ++k) {
      if (visit(Place{message, field, field.is_repeated() ? k : -1})) return true;
    }
  }
  return false;
}

}  // namespace dateline::filter
