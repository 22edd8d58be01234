#pragma once
// What was removed from a text and what was added, word by word: the shortest edit script (Myers, "An O(ND) Difference
// Algorithm and Its Variations", 1986) over paragraphs first and over the words of the replaced paragraphs then. Pure
// and thread-safe; time and memory are bounded by kDiffDistanceMax, beyond which a stretch counts as replaced whole.

#include <cstdint>
#include <string_view>
#include <vector>

namespace dateline::storage {

// How many words a stretch of replaced paragraphs may differ in before it is given as replaced whole. The edit script's
// trace takes the square of this times four bytes.
inline constexpr int kDiffDistanceMax = 1500;

// A stretch of both texts. What is kept stands in both with the same bytes; of what is removed only the range in the
// earlier text has a length, of what is added only the one in the later.
struct Edit {
  enum class Kind : uint8_t { kKept, kRemoved, kAdded };
  Kind kind = Kind::kKept;
  uint32_t before_begin = 0;
  uint32_t before_end = 0;
  uint32_t after_begin = 0;
  uint32_t after_end = 0;
};

// The edits in order. They cover both texts without gaps: joined, kept and removed stretches are `before`, kept and
// added ones `after`. Neighbours differ in kind, and what is removed stands before what is added in its place. Ranges
// lie on the boundaries of UTF-8 characters. Texts are shorter than 4 GiB.
std::vector<Edit> DiffWords(std::string_view before, std::string_view after);

// How many words a stretch holds; East Asian characters count as one each.
int CountWords(std::string_view text);

}  // namespace dateline::storage
