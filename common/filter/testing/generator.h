#pragma once
// Releases and filters made from a seed, for tests that prove back ends equal: both draw on one small vocabulary in
// several scripts, so that filters match about as often as not, and they touch every kind of field and operator. Test
// code only; not thread-safe.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "dateline/release/v1/release.pb.h"

namespace dateline::filter {

class Generator {
 public:
  explicit Generator(uint64_t seed) : random_(seed) {}

  // A release with the `number`-th name and URI; the same number gives the same name.
  release::v1::Release NextRelease(int number);
  // A filter of releases that compiles.
  std::string NextFilter();
  // The fields of the changes of an event; often none.
  std::vector<std::string> NextChanges();

 private:
  int Below(int count) { return static_cast<int>(random_() % static_cast<uint64_t>(count)); }
  bool Chance(int percent) { return Below(100) < percent; }
  const std::string& Word();
  const std::string& Name();
  std::string Sentence(int words);
  void AddFacts(release::v1::Release* release);
  std::string Node(int depth);
  std::string Leaf();
  std::string WordValue();
  std::string Comparison();
  std::string Ordered();
  std::string Function();

  std::mt19937_64 random_;
};

}  // namespace dateline::filter
