#pragma once
// The syntax tree of a filter (AIP-160), as the parser makes it: names are not resolved yet, values are text. It is
// public so that other back ends (SQL, an inverted index) can be made from it. Plain values: copy, compare and print
// them freely. Two trees are equal when they mean the same by syntax; positions do not count.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dateline::filter {

// The limits of one filter. What exceeds one is refused with INVALID_FILTER.
inline constexpr size_t kFilterBytesMax = 4096;
inline constexpr size_t kDepthMax = 32;     // Nested parentheses.
inline constexpr size_t kTermsMax = 128;    // Words, comparisons and functions.
inline constexpr size_t kPathPartsMax = 8;  // Parts of "people.display_name".
inline constexpr size_t kPiecesMax = 8;     // One more than the wildcards of a value.

// Text in which an asterisk stands for anything: "Inter*" has the pieces "Inter" and "". Without wildcard there is one
// piece. Pieces between two others are never empty.
struct Pattern {
  std::vector<std::string> pieces{std::string()};

  bool has_wildcard() const { return pieces.size() > 1; }
  // True for a lone asterisk.
  bool is_anything() const { return pieces.size() == 2 && pieces[0].empty() && pieces[1].empty(); }
  // The text, wildcards as asterisks.
  std::string ToString() const;
  bool operator==(const Pattern&) const = default;
};

enum class Comparator { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual, kHas };
std::string_view ComparatorText(Comparator comparator);

struct Expression {
  enum class Kind {
    kAll,         // The empty filter: everything matches.
    kAnd,         // All children; at least two, none of them kAnd.
    kOr,          // Any child; at least two, none of them kOr.
    kNot,         // Not its one child.
    kWords,       // `value` occurs in the record, whatever the field.
    kComparison,  // `path` `comparator` `value`.
    kFunction,    // `path` is the name; the arguments are kWords children.
  };
  Kind kind = Kind::kAll;
  std::vector<Expression> children;
  std::vector<std::string> path;
  Comparator comparator = Comparator::kEqual;
  Pattern value;
  size_t position = 0;        // Byte offset in the filter where it begins.
  size_t value_position = 0;  // Byte offset of `value`.

  bool operator==(const Expression& other) const;
};

// A filter that parses to an equal tree. The depth of the tree is at most kDepthMax when it came from the parser.
std::string Print(const Expression& expression);

}  // namespace dateline::filter
