#pragma once
// Taking a person's address or number out of records and texts. What is erased from a text is written over with
// asterisks, byte for byte, so that every span keeps its place. Pure; an Eraser is immutable.

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"

namespace dateline::storage {

class Eraser {
 public:
  // An e-mail address or a telephone number in E.164 form. INVALID_ARGUMENT (INVALID_CONTACT).
  static absl::StatusOr<Eraser> For(std::string_view value);

  const std::string& value() const { return value_; }
  // How often it stands in bytes of any kind: an address in whatever case; a number with whatever signs between its
  // digits, with "+", "00" or nothing before them.
  size_t Count(std::string_view bytes) const;
  // Whether it may stand in a serialised message, whose bytes around it mean nothing.
  bool MayStandIn(std::string_view message) const;
  // Writes over each. How many.
  size_t Erase(std::string* bytes) const;
  // Erases it from all strings of a message, and takes the contacts out that had it. In how many strings it stood.
  size_t Erase(google::protobuf::Message* message) const;

 private:
  Eraser() = default;
  // The next place at or behind `from`; npos at the end. `alone`: not as a part of a longer address or number.
  size_t Find(std::string_view bytes, size_t from, size_t* length, bool alone = true) const;
  size_t FindNumber(std::string_view bytes, size_t from, size_t* length, bool alone) const;

  std::string value_;   // Folded address, or "+" and digits.
  std::string digits_;  // Of a number.
};

}  // namespace dateline::storage
