// Writes the blocks of pages with their features, for training: JSON lines {"id", "url", "path"} are read from standard
// input as "id<TAB>url<TAB>path"; each page gives a line "#<TAB>id", a line "@" with the signs of its type
// (page_type.h), and then, for every block, its place and its features parted by spaces, a tab, and its text on one
// line.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "common/text/decode.h"
#include "services/extraction/page/html_content.h"
#include "services/extraction/page/html_metadata.h"

int main() {
  using namespace dateline::extraction;  // NOLINT: a program of one file
  std::string line;
  while (std::getline(std::cin, line)) {
    const std::size_t first = line.find('\t');
    const std::size_t second = line.find('\t', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string id = line.substr(0, first);
    const std::string url = line.substr(first + 1, second - first - 1);
    std::ifstream file(line.substr(second + 1), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto decoded = dateline::text::Decode(bytes, {.content_type = "text/html"});
    if (!decoded.ok()) continue;
    const HtmlTree tree = HtmlTree::Parse(decoded->text());
    const HtmlMetadata metadata = ReadMetadata(tree, url);
    const PageArena arena(tree);
    const PageBlocks page = ReadBlocks(tree, arena, url);
    const BlockTable table = ComputeBlockFeatures(tree, arena, page.blocks, url, HintsOf(metadata));
    std::string out = "#\t" + id + "\n@";
    for (const float sign : ReadContent(tree, url, HintsOf(metadata)).signs)
      fmt::format_to(std::back_inserter(out), " {:.4g}", sign);
    out.push_back('\n');
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      const BlockPlace& place = table.places[i];
      fmt::format_to(std::back_inserter(out), "{} {} {} {}", place.bytes, place.form, place.parent, place.outer);
      for (const float value : table.rows[i]) fmt::format_to(std::back_inserter(out), " {:.4g}", value);
      out.push_back('\t');
      for (const char c : page.blocks[i].block.text) out.push_back(c == '\n' || c == '\t' ? ' ' : c);
      out.push_back('\n');
    }
    std::cout << out;
  }
  return 0;
}
