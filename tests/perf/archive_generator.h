#pragma once
// Releases of a made-up archive from a seed, distributed like real ones: words by Zipf's law, names that come again and
// again beside many that come once, lengths with a long tail, a share of repeats. Words are made of syllables, so that
// no text of anybody's is needed. The same seed and number give the same release. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "dateline/release/v1/release.pb.h"

namespace dateline::perf {

class ArchiveGenerator {
 public:
  explicit ArchiveGenerator(uint64_t seed);

  release::v1::Release Make(size_t number);
  // The word of this rank: 0 is the most frequent.
  const std::string& Word(size_t rank) const { return words_[rank]; }
  const std::string& Country(size_t rank) const { return countries_[rank]; }
  const std::string& Person(size_t rank) const { return people_[rank]; }

 private:
  size_t Zipf(size_t count);
  std::string Sentences(size_t words);

  std::mt19937_64 random_;
  const uint64_t seed_;
  std::vector<std::string> words_;
  std::vector<std::string> people_;
  std::vector<std::string> organizations_;
  std::vector<std::string> places_;
  std::vector<std::string> countries_;
  std::vector<std::string> sources_;
};

}  // namespace dateline::perf
