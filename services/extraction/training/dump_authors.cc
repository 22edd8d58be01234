// Writes the candidates for the authors of pages with their features, for training: "id<TAB>url<TAB>path" on each line
// of standard input; each page gives a line "#<TAB>id" and then, for every candidate, its features as digits, a tab,
// and its names parted by "; ".
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "common/text/decode.h"
#include "services/extraction/page/html_metadata.h"

int main() {
  using namespace dateline::extraction;  // NOLINT: a program of one file
  std::string line;
  while (std::getline(std::cin, line)) {
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string url = line.substr(first + 1, second - first - 1);
    std::ifstream file(line.substr(second + 1), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto decoded = dateline::text::Decode(bytes, {.content_type = "text/html"});
    if (!decoded.ok()) continue;
    const HtmlTree tree = HtmlTree::Parse(decoded->text());
    std::cout << "#\t" << line.substr(0, first) << '\n';
    for (const AuthorCandidate& candidate : ReadMetadata(tree, url).author_candidates) {
      // Those that are never chosen.
      if (candidate.probability == 0) continue;
      for (const bool feature : candidate.features) std::cout << (feature ? '1' : '0');
      std::cout << '\t' << fmt::format("{}", fmt::join(candidate.names, "; ")) << '\n';
    }
  }
  return 0;
}
