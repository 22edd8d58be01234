#pragma once
// Cuts a filter into tokens. Total: every input gives tokens or an INVALID_FILTER error that shows the place. Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/filter/ast.h"

namespace dateline::filter {

struct Token {
  enum class Kind { kEnd, kText, kString, kAnd, kOr, kNot, kMinus, kLeft, kRight, kComma, kComparator };
  Kind kind = Kind::kEnd;
  size_t position = 0;       // Byte offset of its first character.
  size_t length = 0;         // In bytes, quotation marks included.
  bool after_space = false;  // Whether white space stands before it.
  Comparator comparator = Comparator::kEqual;
  Pattern value;  // Of kText and kString.
};

// The tokens, ended by kEnd.
absl::StatusOr<std::vector<Token>> Tokenize(std::string_view filter);

// INVALID_ARGUMENT (INVALID_FILTER) with metadata "position", the byte offset, and the place shown in the message.
absl::Status FilterError(std::string_view filter, size_t position, std::string_view what);

}  // namespace dateline::filter
