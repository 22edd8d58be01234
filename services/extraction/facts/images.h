#pragma once
// The images of a release: those of its main part and the one that the page shows for itself elsewhere (og:image,
// JSON-LD), each once, with caption and credit. Where the text holds the caption, its span is given. Pure,
// thread-safe, linear.

#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/page/block.h"
#include "services/extraction/zones/assemble.h"
#include "services/extraction/zones/zoning.h"

namespace dateline::extraction {

// `images` are those of the page in its order, as Block::image counts them; `leads` those that its metadata name. The
// first lead stands first.
void FillImages(const std::vector<Block>& blocks, const Zoning& zoning, const Assembly& assembly,
                const std::vector<PageImage>& images, const std::vector<PageImage>& leads,
                release::v1::Release* release);

}  // namespace dateline::extraction
