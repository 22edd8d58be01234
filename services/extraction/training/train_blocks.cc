// Trains both stages of the block model. Reads the rows of label_blocks.py from standard input ("weight label page
// bytes form parent outer features ..."), writes services/extraction/page/block_model_data.cc to standard output and
// the loss to standard error. The second stage learns from scores that trees gave which had not seen the page: the
// pages are parted into folds, and each fold is scored by trees learnt from the others. Deterministic. usage:
// dateline-train-blocks PROVENANCE < rows > block_model_data.cc
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "services/extraction/page/block_scores.h"
#include "services/extraction/training/boosting.h"

namespace {

using namespace dateline::extraction;            // NOLINT: a program of one file
using namespace dateline::extraction::training;  // NOLINT

constexpr std::size_t kFolds = 4;
constexpr Settings kFirst{.trees = 100};
constexpr Settings kSecond{.trees = 150};

struct Page {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t fold = 0;
};

struct Pages {
  std::vector<Page> pages;
  std::vector<FeatureRow> rows;
  std::vector<BlockPlace> places;
  std::vector<float> weights;
  std::vector<float> labels;
};

std::size_t FoldOf(const std::string& page) {
  std::uint64_t hash = 1469598103934665603U;
  for (const char c : page) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return (hash >> 20U) % kFolds;
}

Pages ReadPages(std::istream& in) {
  Pages out;
  std::string last;
  for (std::string line; std::getline(in, line);) {
    char* at = line.data();
    out.weights.push_back(std::strtof(at, &at));
    out.labels.push_back(std::strtof(at, &at));
    char* const name = at + 1;
    at = std::strchr(name, ' ');
    if (at == nullptr) continue;
    if (const std::string page(name, at); out.pages.empty() || page != last) {
      out.pages.push_back({out.rows.size(), out.rows.size(), FoldOf(page)});
      last = page;
    }
    const auto number = [&] { return static_cast<std::uint32_t>(std::strtoul(at, &at, 10)); };
    BlockPlace place;
    place.bytes = number();
    place.form = number();
    place.parent = number();
    place.outer = number();
    out.places.push_back(place);
    FeatureRow row{};
    for (float& value : row) value = std::strtof(at, &at);
    out.rows.push_back(row);
    out.pages.back().end = out.rows.size();
  }
  return out;
}

// Scores as the program that uses the trees would have them: those of clear blocks are cut off early.
float Score(const Model& model, const FeatureRow& row) {
  float score = model.base;
  for (std::size_t t = 0; t < model.trees.size(); ++t) {
    std::size_t at = 0;
    while (at < kModelInner) {
      const ModelNode& node = model.trees[t].inner[at];
      at = 2 * at + (row[node.feature] > node.threshold ? 2 : 1);
    }
    score += model.trees[t].value[at];
    if (t % kTreesBetweenLooks == kTreesBetweenLooks - 1 && std::abs(score) > kScoreBound) break;
  }
  return score;
}

template <typename Wanted>
std::vector<std::uint32_t> LabelledRows(const Pages& pages, Wanted wanted) {
  std::vector<std::uint32_t> rows;
  for (const Page& page : pages.pages) {
    for (std::size_t i = page.begin; i < page.end && wanted(page); ++i) {
      if (pages.weights[i] > 0) rows.push_back(static_cast<std::uint32_t>(i));
    }
  }
  return rows;
}

std::string Literal(float value) {
  std::string out = fmt::format("{:.5g}", value);
  if (out.find_first_of(".e") == std::string::npos) out += ".0";
  return out + "F";
}

void WriteTrees(std::string_view name, const Model& model) {
  std::string out = fmt::format("const ModelTree k{}Trees[] = {{\n", name);
  for (const ModelTree& tree : model.trees) {
    out += "    {{";
    for (const ModelNode& node : tree.inner) out += fmt::format("{{{}, {}}}, ", node.feature, Literal(node.threshold));
    out += "},\n     {";
    for (const float value : tree.value) out += Literal(value) + ", ";
    out += "}},\n";
  }
  out += fmt::format("}};\nconst std::size_t k{0}TreeCount = {1};\nconst float k{0}Base = {2};\n\n", name,
                     model.trees.size(), Literal(model.base));
  std::cout << out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: dateline-train-blocks PROVENANCE < rows > block_model_data.cc\n";
    return 2;
  }
  Pages pages = ReadPages(std::cin);
  if (pages.rows.empty()) return 1;
  std::vector<bool> usable(kFeatureCount, true);
  for (std::size_t f = kFirstScoreFeature; f < kPlainFeatures; ++f) usable[f] = false;
  const auto everything = LabelledRows(pages, [](const Page&) { return true; });
  Model first;
  {
    const Table table(pages.rows);
    first = Train(table, pages.weights, pages.labels, everything, usable, kFirst);
    for (std::size_t fold = 0; fold < kFolds; ++fold) {
      const auto others = LabelledRows(pages, [&](const Page& page) { return page.fold != fold; });
      const Model model = Train(table, pages.weights, pages.labels, others, usable, kFirst);
      for (const Page& page : pages.pages) {
        if (page.fold != fold) continue;
        const std::size_t count = page.end - page.begin;
        std::vector<float> scores(count);
        for (std::size_t i = 0; i < count; ++i) scores[i] = Score(model, pages.rows[page.begin + i]);
        FillScoreFeatures({&pages.places[page.begin], count}, scores, {&pages.rows[page.begin], count});
      }
    }
  }
  const Table table(pages.rows);
  const Model second =
      Train(table, pages.weights, pages.labels, everything, std::vector<bool>(kFeatureCount, true), kSecond);

  std::cout << fmt::format(
      "// Generated by services/extraction/training/train_blocks.cc; do not edit. {}\n"
      "// {} labelled blocks of {} pages, {} features, {} and {} trees.\n"
      "#include \"services/extraction/page/block_model.h\"\n\nnamespace dateline::extraction {{\n\n",
      argv[1], everything.size(), pages.pages.size(), kFeatureCount, first.trees.size(), second.trees.size());
  WriteTrees("Model", first);
  WriteTrees("Refine", second);
  std::cout << "}  // namespace dateline::extraction\n";
  return 0;
}
