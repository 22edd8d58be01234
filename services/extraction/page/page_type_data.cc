#include "services/extraction/page/page_type.h"

namespace dateline::extraction {

const float kListWeights[kPageSignCount] = {};
const float kListBase = 0.0F;
const float kListThreshold = 1.0F;

}  // namespace dateline::extraction
