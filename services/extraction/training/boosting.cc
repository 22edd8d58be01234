#include "services/extraction/training/boosting.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

namespace dateline::extraction::training {
namespace {

constexpr std::size_t kBins = 64;
constexpr std::size_t kNodes = kModelInner + kModelLeaves;
// Quantiles are taken over about so many rows.
constexpr std::size_t kSample = 50'000;

struct Bin {
  float gradient = 0;
  float hessian = 0;
};

// Grows one tree after the other.
class Grower {
 public:
  Grower(const Table& table, std::span<const float> weights, std::span<const float> labels,
         const std::vector<std::uint32_t>& learn, const std::vector<bool>& usable, const Settings& settings)
      : table_(table),
        weights_(weights),
        labels_(labels),
        learn_(learn),
        usable_(usable),
        settings_(settings),
        gradient_(learn.size()),
        hessian_(learn.size()),
        order_(learn.size()),
        right_(learn.size()) {}

  Model Run() {
    double positive = 0;
    double total = 0;
    for (const std::uint32_t row : learn_) {
      positive += static_cast<double>(weights_[row]) * static_cast<double>(labels_[row]);
      total += static_cast<double>(weights_[row]);
    }
    scale_ = static_cast<float>(static_cast<double>(learn_.size()) / total);
    Model model;
    model.base = static_cast<float>(std::log(positive / (total - positive)));
    scores_.assign(learn_.size(), model.base);
    for (int t = 0; t < settings_.trees; ++t) {
      const double loss = Gradients() / total;
      if (t % 20 == 0) std::fprintf(stderr, "tree %d loss %.5f\n", t, loss);
      model.trees.push_back(Grow());
    }
    return model;
  }

 private:
  double Gradients() {
    double loss = 0;
    for (std::size_t i = 0; i < learn_.size(); ++i) {
      const float p = 1.0F / (1.0F + std::exp(-scores_[i]));
      const float weight = weights_[learn_[i]];
      const float label = labels_[learn_[i]];
      gradient_[i] = weight * scale_ * (label - p);
      hessian_[i] = weight * scale_ * std::max(p * (1 - p), 1e-6F);
      order_[i] = static_cast<std::uint32_t>(i);
      loss -= static_cast<double>(weight) *
              (static_cast<double>(label) * std::log(static_cast<double>(p) + 1e-12) +
               (1.0 - static_cast<double>(label)) * std::log(1.0 - static_cast<double>(p) + 1e-12));
    }
    return loss;
  }

  void Draw() {
    drawn_.clear();
    for (std::size_t f = 0; f < kFeatureCount; ++f) {
      random_ ^= random_ << 13U;
      random_ ^= random_ >> 7U;
      random_ ^= random_ << 17U;
      if (usable_[f] && !table_.cuts(f).empty() &&
          static_cast<double>(random_ % 1000) < settings_.features_share * 1000)
        drawn_.push_back(f);
    }
  }

  ModelTree Grow() {
    Draw();
    ModelTree tree{};
    begin_.assign(kNodes, 0);
    end_.assign(kNodes, 0);
    end_[0] = learn_.size();
    histograms_.assign(kNodes, {});
    Count(0);
    for (std::size_t k = 0; k < kNodes; ++k) {
      double gradient = 0;
      double hessian = 0;
      for (std::size_t i = begin_[k]; i < end_[k]; ++i) {
        gradient += static_cast<double>(gradient_[order_[i]]);
        hessian += static_cast<double>(hessian_[order_[i]]);
      }
      // A leaf that nothing reached says what its parent says.
      tree.value[k] = begin_[k] < end_[k] || k == 0
                          ? static_cast<float>(settings_.rate * gradient / (hessian + settings_.lambda))
                          : tree.value[(k - 1) / 2];
      if (k < kModelInner) Split(k, gradient, hessian, tree);
    }
    for (std::size_t k = kModelInner; k < kNodes; ++k) {
      for (std::size_t i = begin_[k]; i < end_[k]; ++i) scores_[order_[i]] += tree.value[k];
    }
    return tree;
  }

  void Count(std::size_t k) {
    std::vector<Bin>& histogram = histograms_[k];
    histogram.assign(kFeatureCount * kBins, {});
    for (std::size_t i = begin_[k]; i < end_[k]; ++i) {
      const std::uint32_t at = order_[i];
      for (const std::size_t f : drawn_) {
        Bin& bin = histogram[f * kBins + table_.bin(learn_[at], f)];
        bin.gradient += gradient_[at];
        bin.hessian += hessian_[at];
      }
    }
  }

  // Parts the rows of node k by the best feature; without one all go left.
  void Split(std::size_t k, double gradient, double hessian, ModelTree& tree) {
    const std::size_t left = 2 * k + 1;
    const std::size_t right = left + 1;
    const auto [feature, cut] = Best(k, gradient, hessian);
    tree.inner[k] = {static_cast<std::uint16_t>(feature), 1e30F};
    std::size_t middle = end_[k];
    if (cut < kBins) {
      tree.inner[k].threshold = table_.cuts(feature)[cut];
      middle = begin_[k];
      std::size_t others = 0;
      for (std::size_t i = begin_[k]; i < end_[k]; ++i) {
        const std::uint32_t at = order_[i];
        if (table_.bin(learn_[at], feature) <= cut)
          order_[middle++] = at;
        else
          right_[others++] = at;
      }
      std::copy_n(right_.begin(), others, order_.begin() + static_cast<std::ptrdiff_t>(middle));
    }
    begin_[left] = begin_[k];
    end_[left] = begin_[right] = middle;
    end_[right] = end_[k];
    if (left < kModelInner) {
      // The larger child is what the smaller one leaves.
      const std::size_t small = middle - begin_[k] < end_[k] - middle ? left : right;
      const std::size_t large = small == left ? right : left;
      Count(small);
      histograms_[large] = std::move(histograms_[k]);
      for (std::size_t b = 0; b < histograms_[large].size(); ++b) {
        histograms_[large][b].gradient -= histograms_[small][b].gradient;
        histograms_[large][b].hessian -= histograms_[small][b].hessian;
      }
    }
    histograms_[k].clear();
  }

  std::pair<std::size_t, std::size_t> Best(std::size_t k, double gradient, double hessian) const {
    std::pair<std::size_t, std::size_t> found{0, kBins};
    double best = 1e-6;
    const double whole = gradient * gradient / (hessian + settings_.lambda);
    for (const std::size_t f : drawn_) {
      double left_g = 0;
      double left_h = 0;
      for (std::size_t b = 0; b < table_.cuts(f).size(); ++b) {
        const Bin& bin = histograms_[k][f * kBins + b];
        left_g += static_cast<double>(bin.gradient);
        left_h += static_cast<double>(bin.hessian);
        const double right_h = hessian - left_h;
        if (left_h < settings_.min_hessian) continue;
        if (right_h < settings_.min_hessian) break;
        const double right_g = gradient - left_g;
        const double gain =
            left_g * left_g / (left_h + settings_.lambda) + right_g * right_g / (right_h + settings_.lambda) - whole;
        if (gain <= best) continue;
        best = gain;
        found = {f, b};
      }
    }
    return found;
  }

  const Table& table_;
  std::span<const float> weights_;
  std::span<const float> labels_;
  const std::vector<std::uint32_t>& learn_;
  const std::vector<bool>& usable_;
  const Settings& settings_;
  float scale_ = 1;
  std::uint64_t random_ = 88172645463325252U;
  std::vector<std::size_t> drawn_;
  std::vector<float> scores_;
  std::vector<float> gradient_;
  std::vector<float> hessian_;
  std::vector<std::uint32_t> order_;  // of learn_, by node
  std::vector<std::uint32_t> right_;
  std::vector<std::size_t> begin_;
  std::vector<std::size_t> end_;
  std::vector<std::vector<Bin>> histograms_;
};

}  // namespace

Table::Table(const std::vector<FeatureRow>& rows)
    : rows_(rows.size()), cuts_(kFeatureCount), bins_(rows.size() * kFeatureCount) {
  for (std::size_t f = 0; f < kFeatureCount; ++f) {
    std::vector<float> values;
    for (std::size_t i = 0; i < rows_; i += 1 + rows_ / kSample) values.push_back(rows[i][f]);
    std::sort(values.begin(), values.end());
    std::vector<float>& cuts = cuts_[f];
    for (std::size_t b = 1; b < kBins; ++b) {
      const float cut = values[values.size() * b / kBins];
      if ((cuts.empty() || cut > cuts.back()) && cut < values.back()) cuts.push_back(cut);
    }
    if (cuts.empty() && values.front() < values.back()) cuts.push_back(values.front());
    for (std::size_t i = 0; i < rows_; ++i) {
      bins_[i * kFeatureCount + f] =
          static_cast<std::uint8_t>(std::lower_bound(cuts.begin(), cuts.end(), rows[i][f]) - cuts.begin());
    }
  }
}

Model Train(const Table& table, std::span<const float> weights, std::span<const float> labels,
            const std::vector<std::uint32_t>& learn, const std::vector<bool>& usable, const Settings& settings) {
  return Grower(table, weights, labels, learn, usable, settings).Run();
}

}  // namespace dateline::extraction::training
