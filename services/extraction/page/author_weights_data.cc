// Learnt from the candidates of 842 pages of trafilatura's evaluation and 1,376 of WCXB's development part.
// Made by training/train_choice.py; see training/README.md.
#include "services/extraction/page/author_choice.h"

namespace dateline::extraction {

const std::array<double, kAuthorFeatureCount> kAuthorWeights = {
    -0.995, 0.332,  -0.820, 0.393,  -1.185, -0.044, 0.753,  0.602,  1.235,  0.338, 1.588,  0.312,
    0.431,  -0.181, 0.385,  0.499,  -0.042, 0.562,  1.320,  -0.385, 0.000,  0.000, -0.292, 0.022,
    0.768,  1.397,  0.805,  -0.490, 0.399,  0.796,  -1.009, 1.167,  0.642,  0.277, 0.000,  0.771,
    0.382,  -1.231, 0.073,  -0.096, -0.524, -0.813, -0.073, 0.257,  -0.435, 0.632, 0.273,  -1.158,
    -0.441, -0.703, -0.142, 0.125,  -2.123, -0.822, 1.587,  -3.337, -0.632, -2.500};

}  // namespace dateline::extraction
