#pragma once
// Random changes to an input, for builds without libFuzzer. Deterministic for a seed; not thread-safe.

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace dateline::testing {

class Mutator {
 public:
  // Results are at most `bytes_max` long.
  Mutator(uint64_t seed, size_t bytes_max) : random_(seed), bytes_max_(bytes_max) {}

  // `input` after one to four changes: bits flipped, bytes set, ranges erased, repeated or inserted, numbers at the
  // edges of their types written, or a piece of `other` spliced in.
  std::string Mutate(std::string_view input, std::string_view other);
  // A number in [0, bound); bound > 0.
  size_t Below(size_t bound);

 private:
  void ChangeOnce(std::string* input, std::string_view other);

  std::mt19937_64 random_;
  size_t bytes_max_;
};

}  // namespace dateline::testing
