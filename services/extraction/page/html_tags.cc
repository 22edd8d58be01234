#include "services/extraction/page/html_tags.h"

#include "common/base/word_index.h"

namespace dateline::extraction {
namespace {

constexpr WordIndex kIndex(kTagNames);

}  // namespace

Tag FindTag(std::string_view lower_name) {
  const std::size_t found = kIndex.Find(lower_name);
  return found == kIndex.kNone ? Tag::kOther : static_cast<Tag>(kFirstElement + found);
}

}  // namespace dateline::extraction
