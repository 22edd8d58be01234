// Writes the days that the signs of pages give with their features, for training: "id<TAB>url<TAB>path" on each line of
// standard input; each page gives a line "#<TAB>id" and then, for every day, its features as digits, a tab, and the
// day.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "services/extraction/extract.h"
#include "services/extraction/facts/day_choice.h"

int main() {
  using namespace dateline::extraction;  // NOLINT: a program of one file
  const auto extractor = Extractor::Create();
  if (!extractor.ok()) return 1;
  std::string line;
  while (std::getline(std::cin, line)) {
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string url = line.substr(first + 1, second - first - 1);
    std::ifstream file(line.substr(second + 1), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto release =
        (*extractor)->Extract({.bytes = bytes, .uri = url, .content_type = "text/html", .omit_facts = true});
    if (!release.ok()) continue;
    std::cout << "#\t" << line.substr(0, first) << '\n';
    for (const DayCandidate& candidate : WeighDays(*release)) {
      // Those that are never chosen.
      if (candidate.probability == 0) continue;
      for (const bool feature : candidate.features) std::cout << (feature ? '1' : '0');
      std::cout << fmt::format("\t{:04}-{:02}-{:02}\n", candidate.day.year, candidate.day.month, candidate.day.day);
    }
  }
  return 0;
}
