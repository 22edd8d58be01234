#pragma once
// The attributes of elements that extraction reads. Each has a number, so that a parsed page keeps these alone and
// finds one without comparing names; whoever wants to read another adds its name to the table. A name that is not in
// the table does not compile. Constants and pure functions, thread-safe.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dateline::extraction {

inline constexpr auto kAttributeNames = std::to_array<std::string_view>(
    {"alt",      "aria-hidden",  "aria-label",     "charset",     "class",         "cite",
     "content",  "data-caption", "data-copyright", "data-credit", "data-lazy-src", "data-original",
     "data-src", "data-srcset",  "datetime",       "dir",         "hidden",        "href",
     "height",   "hreflang",     "http-equiv",     "id",          "itemprop",      "itemtype",
     "lang",     "name",         "property",       "pubdate",     "rel",           "role",
     "src",      "srcset",       "style",          "title",       "type",          "typeof",
     "value",    "width"});
inline constexpr std::size_t kAttributeCount = kAttributeNames.size();
static_assert(kAttributeCount <= 64, "the attributes of an element are the bits of one number");

constexpr std::optional<std::size_t> AttributeNumber(std::string_view name) {
  for (std::size_t i = 0; i < kAttributeCount; ++i) {
    if (kAttributeNames[i] == name) return i;
  }
  return std::nullopt;
}

// A name of the table, looked up while the program is compiled.
class AttributeName {
 public:
  // Implicit, so that a name can be given as it stands: Attribute(node, "href").
  consteval AttributeName(const char* name) : number_(static_cast<std::uint8_t>(AttributeNumber(name).value())) {}

  constexpr std::size_t number() const { return number_; }
  constexpr std::uint64_t bit() const { return std::uint64_t{1} << number_; }

 private:
  std::uint8_t number_;
};

// The same as AttributeNumber in constant time, for names as they come; kAttributeCount when it is none of the table.
std::size_t FindAttribute(std::string_view lower_name);

}  // namespace dateline::extraction
