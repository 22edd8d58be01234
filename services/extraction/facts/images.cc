#include "services/extraction/facts/images.h"

#include <algorithm>
#include <string>

#include "services/extraction/page/page_images.h"

namespace dateline::extraction {
namespace {

using release::v1::Image;

void FillEmpty(const PageImage& from, Image* image) {
  if (image->uri().empty()) image->set_uri(from.uri);
  if (image->alt_text().empty()) image->set_alt_text(from.alt_text);
  if (image->caption().empty()) image->set_caption(from.caption);
  if (image->credit().empty()) image->set_credit(from.credit);
}

bool HasRoom(const release::v1::Release& release) {
  return static_cast<std::size_t>(release.images_size()) < kMaxImages;
}

}  // namespace

void FillImages(const std::vector<Block>& blocks, const Zoning& zoning, const Assembly& assembly,
                const std::vector<PageImage>& images, const std::vector<PageImage>& leads,
                release::v1::Release* release) {
  std::vector<bool> captioned(images.size(), false);
  for (std::size_t i = 0; i < blocks.size() && HasRoom(*release); ++i) {
    if (zoning.zones[i] != Zone::kCaption || assembly.block_begin[i] == kNowhere) continue;
    const auto index = static_cast<std::size_t>(blocks[i].image);
    const bool pictured = blocks[i].image >= 0 && index < images.size();
    // A caption may be set in several lines; the first has the image.
    if (pictured && captioned[index]) continue;
    Image* image = release->add_images();
    const CaptionParts parts = SplitCredit(blocks[i].text);
    image->set_caption(std::string(parts.caption));
    image->set_credit(std::string(parts.credit));
    image->mutable_span()->set_start(static_cast<std::uint32_t>(assembly.block_begin[i]));
    image->mutable_span()->set_end(static_cast<std::uint32_t>(assembly.block_begin[i] + blocks[i].text.size()));
    if (!pictured) continue;
    captioned[index] = true;
    FillEmpty(images[index], image);
  }
  for (std::size_t i = 0; i < images.size() && HasRoom(*release); ++i) {
    if (!captioned[i] && images[i].main && !images[i].decoration) FillEmpty(images[i], release->add_images());
  }
  for (std::size_t i = 0; i < leads.size(); ++i) {
    const std::string key = ImageKey(leads[i].uri);
    auto* list = release->mutable_images();
    auto known =
        std::find_if(list->begin(), list->end(), [&](const Image& image) { return ImageKey(image.uri()) == key; });
    if (known == list->end()) {
      if (!HasRoom(*release)) return;
      release->add_images();
      known = list->end() - 1;
    }
    FillEmpty(leads[i], &*known);
    if (i == 0) std::rotate(list->begin(), known, known + 1);
  }
}

}  // namespace dateline::extraction
