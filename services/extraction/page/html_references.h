#pragma once
// Character references of HTML ("&eacute;", "&#233;", "&amp"), read as the HTML standard says. Pure, thread-safe,
// linear.

#include <cstddef>
#include <string_view>

namespace dateline::extraction {

// A name without "&", with its ";" where it has one, and the UTF-8 that it stands for. Sorted by name.
struct NamedReference {
  std::string_view name;
  std::string_view text;
};
extern const NamedReference kNamedReferences[];
extern const std::size_t kNamedReferenceCount;

// In the value of an attribute "&copy=1" stays what it is, since it is a part of an address more often than a sign.
enum class ReferencePlace : unsigned char { kText, kAttribute };

// How much longer than its source the replaced text can be.
inline constexpr std::size_t kReferenceGrowth = 2;

// Writes `source` with its references replaced to `out`, which has room for kReferenceGrowth times its size; returns
// how many bytes were written. NUL characters are left out.
std::size_t ReplaceReferences(std::string_view source, ReferencePlace place, char* out);

}  // namespace dateline::extraction
