// Learnt from the dates of 728 pages of trafilatura's evaluation and 761 of WCXB's development part.
// Made by training/train_choice.py; see training/README.md.
#include "services/extraction/facts/day_choice.h"

namespace dateline::extraction {

const std::array<double, kDayFeatureCount> kDayWeights = {
    0.153, -0.671, 0.332,  1.200,  -0.009, 0.940, 0.625,  0.335,  0.012, 0.177,  0.338,  -0.251,
    1.846, 0.000,  0.869,  0.316,  0.271,  0.346, 0.118,  -0.122, 0.000, -0.341, -0.023, 0.520,
    0.265, 0.812,  0.496,  0.487,  -0.039, 1.750, 0.636,  0.333,  0.406, 0.719,  -0.855, -0.535,
    0.705, -1.243, -0.431, -0.322, -0.549, 0.250, -0.914, 0.063,  -0.849};

}  // namespace dateline::extraction
