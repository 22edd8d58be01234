// Learnt from the dates of 728 pages of trafilatura's evaluation and 761 of WCXB's development part.
// Made by training/train_choice.py; see training/README.md.
#include "services/extraction/facts/day_choice.h"

namespace dateline::extraction {

const std::array<double, kDayFeatureCount> kDayWeights = {
    0.931,  -0.483, 0.492,  1.077,  -0.096, 0.834,  0.310,  0.327,  -0.076, -0.042, 0.398,  -0.297, 1.400,  0.000,
    0.844,  0.275,  0.462,  0.083,  0.131,  -0.014, 0.000,  -0.454, -0.186, 0.416,  0.191,  0.699,  0.372,  1.288,
    -0.175, 1.738,  0.551,  0.440,  0.350,  0.222,  -0.121, -1.239, 0.768,  -1.714, -0.585, -0.669, -0.526, -0.084,
    -1.053, 0.367,  -1.399, -0.080, 1.127,  -0.420, 0.000,  -0.189, 0.469,  0.800,  -0.808, 0.707,  -2.059};

}  // namespace dateline::extraction
