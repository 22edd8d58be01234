// Learnt from the candidates of 842 pages of trafilatura's evaluation and 1,376 of WCXB's development part.
// Made by training/train_choice.py; see training/README.md.
#include "services/extraction/page/author_choice.h"

namespace dateline::extraction {

const std::array<double, kAuthorFeatureCount> kAuthorWeights = {
    -0.930, 0.536,  -0.925, 0.189, -1.146, -0.066, 0.587,  0.558,  1.071,  0.254, 1.595,  0.245, 0.424, -0.227,
    0.435,  0.558,  -0.025, 0.547, 1.309,  -0.649, 0.000,  0.000,  -0.209, 0.023, 0.828,  1.390, 0.826, -0.196,
    0.488,  0.883,  -1.013, 1.160, 0.748,  0.406,  -0.097, 0.115,  0.765,  0.374, -1.186, 0.532, 0.807, 0.099,
    -0.574, -0.917, 0.513,  0.001, -0.349, -0.672, -1.181, -0.816, -0.197, 0.174, -0.533, 0.714, 0.424, -0.897,
    -0.408, -0.617, -0.177, 0.102, -2.216, -0.643, 1.424,  -3.400, -0.625, -2.319};

}  // namespace dateline::extraction
