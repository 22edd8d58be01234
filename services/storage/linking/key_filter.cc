#include "services/storage/linking/key_filter.h"

#include <algorithm>

namespace dateline::storage {
namespace {

constexpr size_t kBitsPerKey = 12;
constexpr int kProbes = 6;

}  // namespace

KeyFilter::KeyFilter(size_t keys)
    : words_(kWords * std::max<size_t>(1, (keys * kBitsPerKey + 64 * kWords - 1) / (64 * kWords))) {}

size_t KeyFilter::LineOf(uint32_t key) const {
  // The upper half of the product is even over all lines.
  const uint64_t lines = words_.size() / kWords;
  return static_cast<size_t>(((SpreadKey(key) >> 32U) * lines) >> 32U) * kWords;
}

void KeyFilter::Add(uint32_t key) {
  const size_t line = LineOf(key);
  uint64_t bits = SpreadKey(~key);
  for (int i = 0; i < kProbes; ++i, bits >>= 9U) words_[line + ((bits >> 6U) & 7U)] |= 1ULL << (bits & 63U);
}

bool KeyFilter::MayHold(uint32_t key) const {
  const size_t line = LineOf(key);
  uint64_t bits = SpreadKey(~key);
  for (int i = 0; i < kProbes; ++i, bits >>= 9U) {
    if ((words_[line + ((bits >> 6U) & 7U)] & (1ULL << (bits & 63U))) == 0) return false;
  }
  return true;
}

}  // namespace dateline::storage
