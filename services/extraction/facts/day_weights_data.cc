// Learnt from the dates of 728 pages of trafilatura's evaluation, 761 of WCXB's development part, 33 of Readability's
// tests, 48 of Defuddle's; four labels in a hundred taken to be wrong.
// Made by training/train_choice.py; see training/README.md.
#include "services/extraction/facts/day_choice.h"

namespace dateline::extraction {

const std::array<double, kDayFeatureCount> kDayWeights = {
    1.650,  -0.532, 0.663,  1.629,  -1.255, 1.089,  -0.186, 0.428,  0.461,  -0.354, 0.354,  -0.002, 0.270,  0.000,
    1.406,  0.499,  0.078,  -0.049, 0.971,  -0.865, 0.000,  0.143,  -2.105, -1.001, -0.622, 0.093,  -0.069, 1.204,
    -0.248, 1.649,  0.060,  0.139,  0.044,  0.145,  0.137,  0.727,  0.563,  -1.097, 1.263,  -0.683, -0.397, -0.280,
    -0.199, 0.620,  -1.271, 0.075,  -0.948, 1.282,  0.826,  -0.442, 0.000,  0.268,  -0.857, 0.520,  -0.144, 0.530,
    -0.696, -1.013, 0.109,  -0.843, -0.672, 0.060,  -1.389, 0.029,  1.353,  1.102,  0.848};

}  // namespace dateline::extraction
