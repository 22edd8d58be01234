#pragma once
// The part of zoning that plain text and HTML share: from the first block of the body on, what is body, and what are
// the contacts, notes, boilerplate and related links that follow it. A state machine over cues; pure and linear.

#include <cstddef>
#include <vector>

#include "services/extraction/zones/zoning.h"

namespace dateline::extraction {

// Fills zoning.zones from `begin` to the end. `prose_end` is the index behind the last block of running text;
// what comes after it without a cue is judged by its form. `flattened`: the document carries menus as text.
void ZoneBody(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features, std::size_t begin,
              std::size_t prose_end, bool flattened, Zoning& zoning);

// Marks the blocks in [begin, end) that are photo captions.
void MarkCaptions(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features, std::size_t begin,
                  std::size_t end, Zoning& zoning);

// The part of the main text that a block is by its shape alone.
Zone ZoneOfShape(Shape shape);

}  // namespace dateline::extraction
