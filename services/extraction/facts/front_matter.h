#pragma once
// The small print of a release: reference numbers that its issuer gave it, the embargo, and the credits of its
// captions. Pure, thread-safe, linear.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/calendar.h"
#include "services/extraction/page/block.h"
#include "services/extraction/zones/assemble.h"
#include "services/extraction/zones/line_features.h"
#include "services/extraction/zones/zoning.h"

namespace dateline::extraction {

// Reference numbers: behind labels ("Ref.: 20240305ABC123", also when the label stands on its own line), and in the
// forms "AB/24/123" and "Press release No 12/24" in short lines. All blocks are looked at, also those that are not in
// the text.
void FindReferenceIds(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features,
                      release::v1::Release* release);

// The moment that an embargo line names, as seconds since 1970; nullopt unless date, time and zone are all given.
std::optional<std::int64_t> EmbargoTime(std::string_view line, const Calendar& calendar);

// Images and credits of the captions in the text.
void FindCaptions(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features, const Zoning& zoning,
                  const Assembly& assembly, const std::vector<PageImage>& images, release::v1::Release* release);

}  // namespace dateline::extraction
