#include "services/extraction/language/phrase_trie.h"

#include <xxhash.h>

#include <algorithm>
#include <bit>

namespace dateline::extraction {
namespace {

std::uint64_t KeyOf(std::uint32_t node, std::uint32_t word) {
  return std::uint64_t{node} << 32 | word;
}

std::uint64_t Mix(std::uint64_t key) {
  key *= 0x9E3779B97F4A7C15ULL;
  return key ^ key >> 29;
}

}  // namespace

std::uint32_t PhraseTrie::AddWord(std::string_view folded) {
  const auto [at, added] =
      new_words_.try_emplace(std::string(folded), static_cast<std::uint32_t>(new_words_.size() + 1));
  return at->second;
}

void PhraseTrie::AddPhrase(std::span<const std::uint32_t> words, std::uint32_t entry) {
  std::uint32_t node = kRoot;
  for (const std::uint32_t word : words) {
    const auto [at, added] =
        new_branches_.try_emplace(KeyOf(node, word), static_cast<std::uint32_t>(new_entries_.size()));
    if (added) new_entries_.emplace_back();
    node = at->second;
  }
  new_entries_[node].push_back(entry);
}

void PhraseTrie::Freeze() {
  std::vector<const std::string*> by_number(new_words_.size());
  for (const auto& [word, number] : new_words_) by_number[number - 1] = &word;
  word_begin_.assign(1, 0);
  for (const std::string* word : by_number) {
    word_bytes_ += *word;
    word_begin_.push_back(static_cast<std::uint32_t>(word_bytes_.size()));
  }
  word_table_.assign(std::bit_ceil(std::max<std::size_t>(new_words_.size() * 2, 16)), 0);
  for (std::uint32_t number = 1; number <= by_number.size(); ++number) {
    std::size_t slot = XXH3_64bits(by_number[number - 1]->data(), by_number[number - 1]->size());
    while (word_table_[slot & (word_table_.size() - 1)] != 0) ++slot;
    word_table_[slot & (word_table_.size() - 1)] = number;
  }
  branches_.assign(std::bit_ceil(std::max<std::size_t>(new_branches_.size() * 2, 16)), {});
  for (const auto& [key, node] : new_branches_) {
    std::size_t slot = Mix(key);
    while (branches_[slot & (branches_.size() - 1)].key != 0) ++slot;
    branches_[slot & (branches_.size() - 1)] = {key, node};
  }
  first_entry_.assign(1, 0);
  for (const std::vector<std::uint32_t>& ends : new_entries_) {
    entries_.insert(entries_.end(), ends.begin(), ends.end());
    first_entry_.push_back(static_cast<std::uint32_t>(entries_.size()));
  }
  new_words_.clear();
  new_branches_.clear();
  new_entries_.clear();
}

std::uint32_t PhraseTrie::Word(std::string_view folded) const {
  std::size_t slot = XXH3_64bits(folded.data(), folded.size());
  for (;; ++slot) {
    const std::uint32_t number = word_table_[slot & (word_table_.size() - 1)];
    if (number == 0) return 0;
    const std::string_view word =
        std::string_view(word_bytes_).substr(word_begin_[number - 1], word_begin_[number] - word_begin_[number - 1]);
    if (word == folded) return number;
  }
}

std::uint32_t PhraseTrie::Next(std::uint32_t node, std::uint32_t word) const {
  const std::uint64_t key = KeyOf(node, word);
  for (std::size_t slot = Mix(key);; ++slot) {
    const Branch& branch = branches_[slot & (branches_.size() - 1)];
    if (branch.key == key) return branch.node;
    if (branch.key == 0) return kNone;
  }
}

}  // namespace dateline::extraction
