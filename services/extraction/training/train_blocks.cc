// Trains the block model: boosted trees of fixed depth by logistic loss over histograms of the features. Reads the rows
// of label_blocks.py from standard input ("weight label page features ..."), writes
// services/extraction/page/block_model_data.cc to standard output and the loss to standard error. Deterministic: no
// randomness, one thread. usage: train_blocks TREES RATE MIN_WEIGHT PROVENANCE < rows > block_model_data.cc
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

namespace {

constexpr int kDepth = 5;
constexpr int kInner = (1 << kDepth) - 1;
constexpr int kAll = (1 << (kDepth + 1)) - 1;
constexpr int kBins = 64;

struct Tree {
  int feature[kInner];
  float threshold[kInner];
  double value[kAll];
};

struct Bin {
  double gradient = 0;
  double hessian = 0;
};

// A float literal.
std::string Literal(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.5g", value);
  std::string out(text);
  if (out.find_first_of(".e") == std::string::npos) out += ".0";
  return out + "F";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: train_blocks TREES RATE MIN_WEIGHT PROVENANCE < rows > block_model_data.cc\n");
    return 2;
  }
  const int trees = std::atoi(argv[1]);
  const double rate = std::atof(argv[2]);
  const double min_hessian = std::atof(argv[3]);
  const double lambda = 1.0;

  std::vector<float> x;
  std::vector<double> weight;
  std::vector<double> label;
  std::size_t features = 0;
  for (std::string line; std::getline(std::cin, line);) {
    char* at = line.data();
    weight.push_back(std::strtod(at, &at));
    label.push_back(std::strtod(at, &at));
    at = std::strchr(at + 1, ' ');
    std::size_t n = 0;
    for (char* end = nullptr;; at = end, ++n) {
      const float value = std::strtof(at, &end);
      if (end == at) break;
      x.push_back(value);
    }
    features = n;
  }
  const std::size_t rows = weight.size();
  if (rows == 0) return 1;

  // Bins at quantiles.
  std::vector<std::vector<float>> cuts(features);
  std::vector<std::uint8_t> bins(rows * features);
  for (std::size_t f = 0; f < features; ++f) {
    std::vector<float> values;
    for (std::size_t i = 0; i < rows; i += 1 + rows / 50000) values.push_back(x[i * features + f]);
    std::sort(values.begin(), values.end());
    for (int b = 1; b < kBins; ++b) {
      const float cut = values[values.size() * static_cast<std::size_t>(b) / kBins];
      if ((cuts[f].empty() || cut > cuts[f].back()) && cut < values.back()) cuts[f].push_back(cut);
    }
    if (cuts[f].empty() && values.front() < values.back()) cuts[f].push_back(values.front());
    for (std::size_t i = 0; i < rows; ++i) {
      bins[i * features + f] = static_cast<std::uint8_t>(
          std::lower_bound(cuts[f].begin(), cuts[f].end(), x[i * features + f]) - cuts[f].begin());
    }
  }

  double positive = 0;
  double total = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    positive += weight[i] * label[i];
    total += weight[i];
  }
  const double scale = static_cast<double>(rows) / total;  // mean weight 1
  const double base = std::log(positive / (total - positive));
  std::vector<double> score(rows, base);
  std::vector<Tree> model;
  std::vector<int> leaf(rows);
  std::vector<double> gradient(rows);
  std::vector<double> hessian(rows);
  for (int t = 0; t < trees; ++t) {
    double loss = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      const double p = 1 / (1 + std::exp(-score[i]));
      gradient[i] = weight[i] * scale * (label[i] - p);
      hessian[i] = weight[i] * scale * std::max(p * (1 - p), 1e-6);
      loss -= weight[i] * (label[i] * std::log(p + 1e-12) + (1 - label[i]) * std::log(1 - p + 1e-12));
    }
    if (t % 10 == 0) std::fprintf(stderr, "tree %d loss %.5f\n", t, loss / total);
    Tree tree{};
    std::fill(leaf.begin(), leaf.end(), 0);
    for (int depth = 0; depth < kDepth; ++depth) {
      const int first = (1 << depth) - 1;
      const int count = 1 << depth;
      std::vector<Bin> histogram(static_cast<std::size_t>(count) * features * kBins);
      for (std::size_t i = 0; i < rows; ++i) {
        Bin* at = &histogram[static_cast<std::size_t>(leaf[i] - first) * features * kBins];
        const std::uint8_t* row = &bins[i * features];
        for (std::size_t f = 0; f < features; ++f) {
          Bin& bin = at[f * kBins + row[f]];
          bin.gradient += gradient[i];
          bin.hessian += hessian[i];
        }
      }
      for (int k = 0; k < count; ++k) {
        const Bin* at = &histogram[static_cast<std::size_t>(k) * features * kBins];
        Bin sum;
        for (int b = 0; b < kBins; ++b) {
          sum.gradient += at[b].gradient;
          sum.hessian += at[b].hessian;
        }
        const int node = first + k;
        tree.value[node] = rate * sum.gradient / (sum.hessian + lambda);
        double best = 1e-6;
        tree.feature[node] = 0;
        tree.threshold[node] = 1e30F;  // everything left: no split
        for (std::size_t f = 0; f < features; ++f) {
          Bin left;
          for (std::size_t b = 0; b < cuts[f].size(); ++b) {
            left.gradient += at[f * kBins + b].gradient;
            left.hessian += at[f * kBins + b].hessian;
            const double right_g = sum.gradient - left.gradient;
            const double right_h = sum.hessian - left.hessian;
            if (left.hessian < min_hessian || right_h < min_hessian) continue;
            const double gain = left.gradient * left.gradient / (left.hessian + lambda) +
                                right_g * right_g / (right_h + lambda) -
                                sum.gradient * sum.gradient / (sum.hessian + lambda);
            if (gain > best) {
              best = gain;
              tree.feature[node] = static_cast<int>(f);
              tree.threshold[node] = cuts[f][b];
            }
          }
        }
      }
      for (std::size_t i = 0; i < rows; ++i) {
        const int node = leaf[i];
        const bool right = x[i * features + static_cast<std::size_t>(tree.feature[node])] > tree.threshold[node];
        leaf[i] = 2 * node + (right ? 2 : 1);
      }
    }
    std::vector<Bin> leaves(kAll);
    for (std::size_t i = 0; i < rows; ++i) {
      leaves[static_cast<std::size_t>(leaf[i])].gradient += gradient[i];
      leaves[static_cast<std::size_t>(leaf[i])].hessian += hessian[i];
    }
    for (int k = kInner; k < kAll; ++k) {
      const Bin& bin = leaves[static_cast<std::size_t>(k)];
      // A leaf that nothing reached says what its parent says.
      tree.value[k] = bin.hessian > 0 ? rate * bin.gradient / (bin.hessian + lambda) : tree.value[(k - 1) / 2];
    }
    for (std::size_t i = 0; i < rows; ++i) score[i] += tree.value[leaf[i]];
    model.push_back(tree);
  }

  std::printf("// Generated by services/extraction/training/train_blocks; do not edit. %s\n", argv[4]);
  std::printf("// %zu blocks, %zu features, %d trees.\n", rows, features, trees);
  std::printf("#include \"services/extraction/page/block_model.h\"\n\nnamespace dateline::extraction {\n\n");
  std::printf("const ModelTree kModelTrees[] = {\n");
  for (const Tree& tree : model) {
    std::printf("    {{");
    for (int k = 0; k < kInner; ++k) std::printf("{%d, %s}, ", tree.feature[k], Literal(tree.threshold[k]).c_str());
    std::printf("},\n     {");
    for (int k = 0; k < kAll; ++k) std::printf("%s, ", Literal(tree.value[k]).c_str());
    std::printf("}},\n");
  }
  std::printf("};\nconst std::size_t kModelTreeCount = %d;\nconst float kModelBase = %.4fF;\n\n", trees, base);
  std::printf("}  // namespace dateline::extraction\n");
  return 0;
}
