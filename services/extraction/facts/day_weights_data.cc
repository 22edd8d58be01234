// Learnt from the dates of 728 pages of trafilatura's evaluation and 761 of WCXB's development part.
// Made by training/train_choice.py; see training/README.md.
#include "services/extraction/facts/day_choice.h"

namespace dateline::extraction {

const std::array<double, kDayFeatureCount> kDayWeights = {
    0.206, -0.674, 0.374, 1.162, -0.006, 0.905,  0.635,  0.307,  -0.010, 0.331,  0.571,  -0.196, 1.864, 0.000,  0.862,
    0.359, 0.369,  0.359, 0.083, -0.206, 0.000,  -0.354, -0.034, 0.557,  0.275,  0.960,  0.348,  0.390, -0.153, 1.750,
    0.653, 0.355,  0.487, 0.670, -1.095, -0.703, 0.667,  -1.261, -0.381, -0.295, -0.547, 0.221,  -0.867};

}  // namespace dateline::extraction
