#include "services/extraction/names/choose_mentions.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace dateline::extraction {
namespace {

// A proposal below this is worth less than none.
constexpr double kWorthless = 0.3;
// Longer names outweigh what stands inside them, less than in proportion.
constexpr double kLengthPower = 1.0;

double Weight(const Mention& mention) {
  return (static_cast<double>(mention.score) - kWorthless) * std::pow(mention.tokens.size(), kLengthPower);
}

}  // namespace

Mentions ChooseMentions(Mentions proposals) {
  std::erase_if(proposals, [](const Mention& m) { return m.tokens.empty() || m.score <= kWorthless; });
  std::stable_sort(proposals.begin(), proposals.end(), [](const Mention& a, const Mention& b) {
    return std::tuple(a.tokens.end, a.tokens.begin, a.type, -a.score) <
           std::tuple(b.tokens.end, b.tokens.begin, b.type, -b.score);
  });
  proposals.erase(std::unique(proposals.begin(), proposals.end(),
                              [](const Mention& a, const Mention& b) {
                                return a.tokens.begin == b.tokens.begin && a.tokens.end == b.tokens.end &&
                                       a.type == b.type;
                              }),
                  proposals.end());
  const std::size_t n = proposals.size();
  std::vector<double> best(n + 1);
  std::vector<bool> taken(n);
  std::vector<std::size_t> before(n);
  for (std::size_t i = 0; i < n; ++i) {
    const auto at = std::upper_bound(proposals.begin(), proposals.begin() + static_cast<std::ptrdiff_t>(i),
                                     proposals[i].tokens.begin,
                                     [](std::uint32_t begin, const Mention& m) { return begin < m.tokens.end; });
    before[i] = static_cast<std::size_t>(at - proposals.begin());
    const double with = best[before[i]] + Weight(proposals[i]);
    taken[i] = with > best[i];
    best[i + 1] = taken[i] ? with : best[i];
  }
  Mentions chosen;
  for (std::size_t i = n; i > 0;) {
    if (taken[i - 1]) {
      chosen.push_back(proposals[i - 1]);
      i = before[i - 1];
    } else {
      --i;
    }
  }
  std::reverse(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace dateline::extraction
