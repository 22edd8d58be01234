#pragma once
// A vocabulary of folded words and a tree of phrases over it. Filled once, then read by any number of threads. Looking
// a word up and following a branch take constant time, so that matching is linear in the tokens (phrases have at most
// kMaxPhraseTokens words). Owns its strings.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace dateline::extraction {

inline constexpr std::size_t kMaxPhraseTokens = 12;

class PhraseTrie {
 public:
  static constexpr std::uint32_t kRoot = 0;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  // The number of a word, from 1, made if it is new.
  std::uint32_t AddWord(std::string_view folded);
  // Ends a phrase of these words with `entry`.
  void AddPhrase(std::span<const std::uint32_t> words, std::uint32_t entry);
  // Puts everything into flat arrays; nothing is added afterwards.
  void Freeze();

  // The number of a word; 0 when it is unknown.
  std::uint32_t Word(std::string_view folded) const;
  // The node behind `node` for a word; kNone when there is none.
  std::uint32_t Next(std::uint32_t node, std::uint32_t word) const;
  // The entries whose phrases end here.
  std::span<const std::uint32_t> Entries(std::uint32_t node) const {
    return {entries_.data() + first_entry_[node], first_entry_[node + 1] - first_entry_[node]};
  }
  std::size_t words() const { return word_begin_.empty() ? 0 : word_begin_.size() - 1; }

 private:
  struct Branch {
    std::uint64_t key = 0;  // node and word; 0 is no branch, since words count from 1
    std::uint32_t node = 0;
  };

  // While it is filled.
  std::unordered_map<std::string, std::uint32_t> new_words_;
  std::unordered_map<std::uint64_t, std::uint32_t> new_branches_;
  std::vector<std::vector<std::uint32_t>> new_entries_ = {{}};

  // Open addressing; the sizes are powers of two.
  std::vector<std::uint32_t> word_table_;
  std::string word_bytes_;
  std::vector<std::uint32_t> word_begin_;
  std::vector<Branch> branches_;
  std::vector<std::uint32_t> first_entry_;
  std::vector<std::uint32_t> entries_;
};

}  // namespace dateline::extraction
