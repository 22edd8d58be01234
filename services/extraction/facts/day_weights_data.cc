// Learnt from the dates of 728 pages of trafilatura's evaluation, 761 of WCXB's development part, 33 of Readability's
// tests, 48 of Defuddle's; four labels in a hundred taken to be wrong.
// Made by training/train_choice.py; see training/README.md.
#include "services/extraction/facts/day_choice.h"

namespace dateline::extraction {

const std::array<double, kDayFeatureCount> kDayWeights = {
    1.655,  -0.540, 0.646,  1.642,  -1.258, 1.055,  -0.202, 0.445,  0.441,  -0.397, 0.335,  -0.011, 0.261,  0.000,
    1.407,  0.452,  0.084,  -0.046, 0.934,  -0.878, 0.000,  0.148,  -2.109, -1.052, -0.814, 0.132,  -0.123, 1.282,
    -0.209, 1.643,  0.128,  0.216,  0.036,  0.138,  0.110,  0.720,  0.527,  -1.140, 1.263,  -0.677, -0.381, -0.345,
    -0.204, 0.583,  -1.259, 0.095,  -0.916, 1.294,  0.832,  -0.453, 0.000,  0.290,  -0.827, 0.529,  -0.107, 0.470,
    -0.640, -1.046, 0.147,  -0.792, -0.655, 0.070,  -1.368, 0.013,  1.366,  1.104,  0.875};

}  // namespace dateline::extraction
