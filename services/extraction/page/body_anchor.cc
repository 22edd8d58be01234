#include "services/extraction/page/body_anchor.h"

#include <bit>
#include <string>

#include "services/extraction/page/word_hashes.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMinWords = 20;

std::uint64_t Mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = (a ^ (b * 0x9E3779B97F4A7C15U)) * 0xBF58476D1CE4E5B9U;
  x ^= x >> 31U;
  return x | 1U;
}

// Runs of one, two and three words have keys of their own.
std::uint64_t Key(std::uint64_t a) {
  return Mix(a, 1);
}
std::uint64_t Key(std::uint64_t a, std::uint64_t b) {
  return Mix(Mix(a, 2), b);
}
std::uint64_t Key(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
  return Mix(Key(a, b), c);
}

std::string WithoutTags(std::string_view body) {
  std::string out;
  out.reserve(body.size());
  bool tag = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (c == '<' && i + 1 < body.size() && (body[i + 1] == '/' || (body[i + 1] | 0x20) >= 'a')) tag = true;
    if (!tag) out.push_back(c);
    if (c == '>' && tag) {
      tag = false;
      out.push_back(' ');
    }
  }
  return out;
}

}  // namespace

BodyAnchor::BodyAnchor(std::string_view body) {
  body = body.substr(0, kMaxAnchorBytes);
  std::string plain;
  if (body.find('<') != std::string_view::npos) {
    plain = WithoutTags(body);
    body = plain;
  }
  std::vector<std::uint64_t> words;
  ForEachWordHash(body, [&](std::uint64_t hash) { words.push_back(hash); });
  if (words.size() < kMinWords) return;
  // At most half of the slots are taken by the three keys that begin at each word.
  slots_.assign(std::bit_ceil(words.size() * 6), 0);
  mask_ = slots_.size() - 1;
  size_ = words.size() - 2;
  for (std::size_t i = 0; i < words.size(); ++i) {
    Insert(Key(words[i]));
    if (i + 1 < words.size()) Insert(Key(words[i], words[i + 1]));
    if (i + 2 < words.size()) Insert(Key(words[i], words[i + 1], words[i + 2]));
  }
}

void BodyAnchor::Insert(std::uint64_t key) {
  std::size_t at = (key >> 1U) & mask_;
  while (slots_[at] != 0 && slots_[at] != key) at = (at + 1) & mask_;
  slots_[at] = key;
}

bool BodyAnchor::Has(std::uint64_t key) const {
  std::size_t at = (key >> 1U) & mask_;
  while (slots_[at] != 0 && slots_[at] != key) at = (at + 1) & mask_;
  return slots_[at] == key;
}

float BodyAnchor::Share(std::string_view text) const {
  if (empty()) return 0;
  std::uint64_t first = 0;
  std::uint64_t second = 0;
  std::size_t words = 0;
  std::size_t found = 0;
  ForEachWordHash(text, [&](std::uint64_t hash) {
    ++words;
    if (words >= 3) found += Has(Key(first, second, hash)) ? 1 : 0;
    first = second;
    second = hash;
  });
  if (words == 0) return 0;
  if (words == 1) return Has(Key(second)) ? 0.5F : 0.0F;
  if (words == 2) return Has(Key(first, second)) ? 0.5F : 0.0F;
  return static_cast<float>(found) / static_cast<float>(words - 2);
}

}  // namespace dateline::extraction
