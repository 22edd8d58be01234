#pragma once
// The words of a folded text, for records that very many filters look at: whether a word begins so, and where a word
// stands, are found without reading the text again. Immutable, so thread-safe; refers to the text.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace dateline::filter {

class WordList {
 public:
  // `words` is made by FoldWords(), outlives the list unchanged, and may be several such texts joined by line feeds.
  explicit WordList(std::string_view words);

  // Whether a word of a script with spaces begins with `prefix`, which is not empty.
  bool HasPrefix(std::string_view prefix) const;
  // The places of a word of a script with spaces, rising: how many words stand before it, counted as WordCounter does.
  std::span<const uint32_t> Places(std::string_view word) const;

 private:
  struct Word {
    std::string_view text;
    uint32_t begin = 0;  // Of its places.
    uint32_t end = 0;
  };
  // Where the word stands in table_, or the free slot where it would.
  size_t SlotOf(std::string_view word) const;

  std::vector<Word> words_;      // Each once, in the order of the text.
  std::vector<uint64_t> heads_;  // The first eight bytes of each, so that most comparisons are of numbers.
  std::vector<uint32_t> table_;  // The number of a word and 1, by hash, open addressing; 0 where there is none.
  std::vector<uint32_t> places_;
};

}  // namespace dateline::filter
