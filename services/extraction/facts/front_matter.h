#pragma once
// The small print of a release: reference numbers that its issuer gave it, and the embargo. Pure, thread-safe, linear.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/calendar.h"
#include "services/extraction/page/block.h"
#include "services/extraction/zones/line_features.h"

namespace dateline::extraction {

// Reference numbers: behind labels ("Ref.: 20240305ABC123", also when the label stands on its own line), and in the
// forms "AB/24/123" and "Press release No 12/24" in short lines. All blocks are looked at, also those that are not in
// the text.
void FindReferenceIds(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features,
                      release::v1::Release* release);

// The moment that an embargo line names, as seconds since 1970; nullopt unless date, time and zone are all given.
std::optional<std::int64_t> EmbargoTime(std::string_view line, const Calendar& calendar);

}  // namespace dateline::extraction
