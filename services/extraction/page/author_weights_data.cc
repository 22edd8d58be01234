// Learnt from the candidates of 842 pages of trafilatura's evaluation and 1,376 of WCXB's development part.
// Made by training/train_authors.py; see training/README.md.
#include "services/extraction/page/author_choice.h"

namespace dateline::extraction {

const std::array<double, kAuthorFeatureCount> kAuthorWeights = {
    -0.831, 0.419,  -0.614, 0.206,  -1.091, 0.022,  0.813,  0.721,  1.322,  0.222,  1.501,  0.249, 0.427,  -0.146,
    0.442,  0.604,  0.162,  0.746,  1.470,  -0.440, 0.000,  0.000,  -0.100, 0.721,  1.567,  0.704, -0.227, 0.294,
    0.843,  -1.340, 1.103,  0.569,  0.131,  0.000,  -0.374, -0.243, -0.433, -0.788, -0.227, 0.082, -0.577, 0.715,
    0.386,  -0.911, -0.486, -0.750, -0.108, 0.184,  -2.828, -0.681, 1.444,  -3.365, -0.720, -2.304};

}  // namespace dateline::extraction
