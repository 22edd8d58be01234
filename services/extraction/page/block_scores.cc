#include "services/extraction/page/block_scores.h"

#include <algorithm>
#include <cmath>

#include "services/extraction/page/key_numbers.h"

namespace dateline::extraction {
namespace {

constexpr int kFar = 40;
// A block of so much text is more than a label.
constexpr std::uint32_t kTextBytes = 60;
// How far such a block is looked for.
constexpr std::size_t kReach = 12;

struct Sum {
  float kept = 0;  // bytes times the probability that they are content
  float all = 0;
};

class Filler {
 public:
  Filler(std::span<const BlockPlace> places, std::span<const float> scores, std::span<FeatureRow> rows)
      : places_(places), rows_(rows), count_(places.size()), score_(count_), kept_(count_), before_(count_ + 1) {
    for (std::size_t i = 0; i < count_; ++i) {
      score_[i] = std::clamp(scores[i], -kScoreBound, kScoreBound);
      const auto bytes = static_cast<float>(places[i].bytes);
      kept_[i] = bytes / (1.0F + std::exp(-score_[i]));
      before_[i + 1] = {before_[i].kept + kept_[i], before_[i].all + bytes};
    }
  }

  void Neighbours() {
    for (std::size_t i = 0; i < count_; ++i) {
      At(i, Feature::kScore) = score_[i];
      At(i, Feature::kScorePrevious) = ScoreAt(i, -1);
      At(i, Feature::kScorePrevious2) = ScoreAt(i, -2);
      At(i, Feature::kScorePrevious3) = ScoreAt(i, -3);
      At(i, Feature::kScoreNext) = ScoreAt(i, 1);
      At(i, Feature::kScoreNext2) = ScoreAt(i, 2);
      At(i, Feature::kScoreNext3) = ScoreAt(i, 3);
      At(i, Feature::kScoreBefore5) = Mean(i > 5 ? i - 5 : 0, i);
      At(i, Feature::kScoreAfter5) = Mean(i + 1, i + 6);
      At(i, Feature::kScoreBefore12) = Mean(i > 12 ? i - 12 : 0, i);
      At(i, Feature::kScoreAfter12) = Mean(i + 1, i + 13);
    }
    NextText();
  }

  void Page() {
    const Sum all = before_[count_];
    for (std::size_t i = 0; i < count_; ++i) {
      At(i, Feature::kKeptBefore) = all.kept > 0 ? before_[i].kept / all.kept : 0;
      At(i, Feature::kKeptAfter) = all.kept > 0 ? (all.kept - before_[i + 1].kept) / all.kept : 0;
      At(i, Feature::kKeptText) = std::log2(all.kept + 1.0F);
      At(i, Feature::kKeptShare) = all.all > 0 ? all.kept / all.all : 0;
      At(i, Feature::kKeptOwn) = all.kept > 0 ? kept_[i] / all.kept : 0;
    }
  }

  void Elements() {
    KeyNumbers nodes(2 * count_);
    struct Numbers {
      std::uint32_t parent;
      std::uint32_t outer;
    };
    std::vector<Numbers> numbers(count_);
    std::vector<Sum> parents(2 * count_);
    std::vector<Sum> outers(2 * count_);
    std::vector<Sum> forms(count_);
    const auto add = [&](std::size_t i, Sum& sum) {
      sum.kept += kept_[i];
      sum.all += static_cast<float>(places_[i].bytes);
    };
    for (std::size_t i = 0; i < count_; ++i) {
      numbers[i] = {nodes.Add(places_[i].parent), nodes.Add(places_[i].outer)};
      add(i, parents[numbers[i].parent]);
      add(i, outers[numbers[i].outer]);
      add(i, forms[places_[i].form]);
    }
    const auto others = [&](std::size_t i, const Sum& sum) {
      const float rest = sum.all - static_cast<float>(places_[i].bytes);
      return rest > 0 ? (sum.kept - kept_[i]) / rest : -1.0F;
    };
    for (std::size_t i = 0; i < count_; ++i) {
      const Sum& parent = parents[numbers[i].parent];
      const Sum& outer = outers[numbers[i].outer];
      At(i, Feature::kFormScore) = others(i, forms[places_[i].form]);
      At(i, Feature::kParentScore) = others(i, parent);
      At(i, Feature::kOuterScore) = others(i, outer);
      At(i, Feature::kParentText) = std::log2(parent.all + 1.0F);
      At(i, Feature::kOuterKept) = std::log2(outer.kept + 1.0F);
    }
  }

 private:
  float& At(std::size_t i, Feature f) { return rows_[i][static_cast<std::size_t>(f)]; }

  float ScoreAt(std::size_t i, int step) const {
    const auto at = static_cast<std::ptrdiff_t>(i) + step;
    return at < 0 || at >= static_cast<std::ptrdiff_t>(count_) ? -kScoreBound : score_[static_cast<std::size_t>(at)];
  }

  // The share of the text in [begin, end) that would be kept.
  float Mean(std::size_t begin, std::size_t end) const {
    end = std::min(end, count_);
    begin = std::min(begin, end);
    const float all = before_[end].all - before_[begin].all;
    return all > 0 ? (before_[end].kept - before_[begin].kept) / all : 0;
  }

  bool IsText(std::size_t i) const { return places_[i].bytes >= kTextBytes; }

  // The nearest blocks that are kept, and the nearest that are more than labels.
  void NextText() {
    int since_kept = kFar;
    int since_text = kFar;
    float score = -kScoreBound;
    std::size_t far = kReach;
    for (std::size_t i = 0; i < count_; ++i) {
      At(i, Feature::kSinceKept) = static_cast<float>(since_kept);
      At(i, Feature::kSinceKeptText) = static_cast<float>(since_text);
      At(i, Feature::kScorePreviousText) = far < kReach ? score : -kScoreBound;
      since_kept = score_[i] > 0 ? 0 : std::min(since_kept + 1, kFar);
      since_text = score_[i] > 0 && IsText(i) ? 0 : std::min(since_text + 1, kFar);
      far = std::min(far + 1, kReach);
      if (IsText(i)) {
        far = 0;
        score = score_[i];
      }
    }
    int until = kFar;
    far = kReach;
    score = -kScoreBound;
    for (std::size_t i = count_; i-- > 0;) {
      At(i, Feature::kUntilKeptText) = static_cast<float>(until);
      At(i, Feature::kScoreNextText) = far < kReach ? score : -kScoreBound;
      until = score_[i] > 0 && IsText(i) ? 0 : std::min(until + 1, kFar);
      far = std::min(far + 1, kReach);
      if (IsText(i)) {
        far = 0;
        score = score_[i];
      }
    }
  }

  std::span<const BlockPlace> places_;
  std::span<FeatureRow> rows_;
  std::size_t count_;
  std::vector<float> score_;
  std::vector<float> kept_;
  std::vector<Sum> before_;
};

}  // namespace

void FillScoreFeatures(std::span<const BlockPlace> places, std::span<const float> scores, std::span<FeatureRow> rows) {
  Filler filler(places, scores, rows);
  filler.Neighbours();
  filler.Page();
  filler.Elements();
}

}  // namespace dateline::extraction
