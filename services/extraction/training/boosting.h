#pragma once
// Boosted trees of fixed depth by logistic loss over histograms of the features. Deterministic: one thread, and the
// features that each tree may use are drawn by a generator with a fixed seed. Part of the training program only.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "services/extraction/page/block_model.h"

namespace dateline::extraction::training {

// What is learnt from: features row by row, put into bins at quantiles.
class Table {
 public:
  // `values` holds rows of kFeatureCount values.
  explicit Table(const std::vector<FeatureRow>& rows);

  std::size_t rows() const { return rows_; }
  std::uint8_t bin(std::size_t row, std::size_t feature) const { return bins_[row * kFeatureCount + feature]; }
  // Bin b holds values up to cuts(feature)[b].
  const std::vector<float>& cuts(std::size_t feature) const { return cuts_[feature]; }

 private:
  std::size_t rows_;
  std::vector<std::vector<float>> cuts_;
  std::vector<std::uint8_t> bins_;
};

struct Settings {
  int trees = 100;
  double rate = 0.12;
  double min_hessian = 3;  // of a leaf, where the mean weight of a row is 1
  double lambda = 1;
  double features_share = 0.4;  // so many of the features may be used by each tree
};

struct Model {
  float base = 0;
  std::vector<ModelTree> trees;
};

// `weights` and `labels` (0 to 1) are those of the table's rows; `learn` are the rows to learn from, `usable` the
// features that may be used.
Model Train(const Table& table, std::span<const float> weights, std::span<const float> labels,
            const std::vector<std::uint32_t>& learn, const std::vector<bool>& usable, const Settings& settings);

}  // namespace dateline::extraction::training
