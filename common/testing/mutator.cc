#include "common/testing/mutator.h"

#include <algorithm>
#include <array>

namespace dateline::testing {
namespace {

constexpr size_t kChangesMax = 4;
constexpr size_t kPieceBytesMax = 64;

// Bytes at which parsers tend to err: edges of numbers, separators, ends of texts, pieces of UTF-8.
constexpr std::array<std::string_view, 20> kPieces = {std::string_view("\0", 1),
                                                      std::string_view("\0\0\0\0\0\0\0\0", 8),
                                                      "\xff",
                                                      "\xff\xff\xff\xff",
                                                      "\x7f\xff\xff\xff",
                                                      "\x80",
                                                      "\r\n",
                                                      "\"",
                                                      "'",
                                                      "<",
                                                      ">",
                                                      "&",
                                                      "\\",
                                                      "%",
                                                      "0",
                                                      "-1",
                                                      "4294967296",
                                                      "\xef\xbb\xbf",
                                                      "\xed\xa0\x80",
                                                      "\xc3"};

}  // namespace

size_t Mutator::Below(size_t bound) {
  return static_cast<size_t>(random_() % bound);
}

std::string Mutator::Mutate(std::string_view input, std::string_view other) {
  std::string changed(input.substr(0, bytes_max_));
  const size_t changes = 1 + Below(kChangesMax);
  for (size_t i = 0; i < changes; ++i) ChangeOnce(&changed, other);
  if (changed.size() > bytes_max_) changed.resize(bytes_max_);
  return changed;
}

void Mutator::ChangeOnce(std::string* input, std::string_view other) {
  const size_t at = Below(input->size() + 1);
  const size_t length = std::min(input->size() - at, 1 + Below(kPieceBytesMax));
  switch (input->empty() ? 3 + Below(2) : Below(8)) {
    case 0:
      (*input)[Below(input->size())] ^= static_cast<char>(1 << Below(8));
      break;
    case 1:
      (*input)[Below(input->size())] = static_cast<char>(Below(256));
      break;
    case 2:
      input->erase(at, length);
      break;
    case 3:
      input->insert(at, kPieces[Below(kPieces.size())]);
      break;
    case 4: {
      if (other.empty()) break;
      const size_t from = Below(other.size());
      input->insert(at, other.substr(from, 1 + Below(other.size() - from)));
      break;
    }
    case 5:
      input->insert(at, input->substr(at, length));
      break;
    case 6:
      input->resize(at);
      break;
    default: {
      const std::string_view piece = kPieces[Below(kPieces.size())];
      input->replace(at, std::min(piece.size(), input->size() - at), piece);
      break;
    }
  }
}

}  // namespace dateline::testing
