#pragma once
// The key under which names stand in the compact tables: a 64-bit hash of the folded letters and digits, so that "São
// Paulo", "SAO PAULO" and "Sao-Paulo" meet. Accents, apostrophes and full stops are dropped, all else between words is
// one break. The tables keep 40 bits of it and no text; a wrong hit has odds of about one in four million. Value type,
// no state shared, cannot fail: ill-formed bytes are skipped.

#include <cstdint>
#include <string_view>

namespace dateline::extraction {

// Computes a key piece by piece, so that runs of one, two, three words cost one pass.
class NameKey {
 public:
  // Adds the letters and digits of `text`; what stands between them counts as a break.
  void Append(std::string_view text);
  // Ends the word at hand.
  void Break() { gap_ = !empty_; }
  // The key of what was added so far.
  std::uint64_t value() const;
  bool empty() const { return empty_; }

 private:
  void Put(std::uint32_t unit);

  std::uint64_t hash_ = 0xcbf29ce484222325ULL;
  bool gap_ = false;
  bool empty_ = true;
};

// The key of a whole name.
std::uint64_t NameKeyOf(std::string_view name);

}  // namespace dateline::extraction
