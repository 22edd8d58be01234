// Learnt from the dates of 728 pages of trafilatura's evaluation, 761 of WCXB's development part, 33 of Readability's
// tests, 48 of Defuddle's. Made by training/train_choice.py; see training/README.md.
#include "services/extraction/facts/day_choice.h"

namespace dateline::extraction {

const std::array<double, kDayFeatureCount> kDayWeights = {
    1.661,  -0.314, 0.496,  1.322,  -0.532, 0.791,  0.069,  0.395, 0.189,  -0.151, 0.404, -0.072, 0.334,
    0.000,  0.886,  0.590,  0.261,  0.046,  -0.110, 0.111,  0.000, -0.723, -0.732, 0.362, 0.319,  0.629,
    -0.302, 1.165,  0.189,  0.337,  0.024,  0.193,  0.282,  0.440, 0.698,  -0.995, 0.616, -1.006, -0.598,
    -0.471, -0.297, 0.002,  -1.614, -0.223, -1.537, -0.753, 1.407, -0.599, 0.000,  0.201, 0.164,  0.345,
    -0.495, 0.573,  -0.830, -0.532, -0.927, -1.437, -0.573, 1.842, -0.607};

}  // namespace dateline::extraction
