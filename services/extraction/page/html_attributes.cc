#include "services/extraction/page/html_attributes.h"

#include "common/base/word_index.h"

namespace dateline::extraction {
namespace {

constexpr WordIndex kIndex(kAttributeNames);

}  // namespace

std::size_t FindAttribute(std::string_view lower_name) {
  return kIndex.Find(lower_name);
}

}  // namespace dateline::extraction
