#pragma once
// Judges telephone numbers by the numbering plans of libphonenumber. What is malformed stays as written and is marked:
// no digit is ever added, dropped or repaired. Thread-safe (libphonenumber's instance is immutable once made).

#include <string>
#include <string_view>
#include <vector>

#include "dateline/release/v1/facts.pb.h"

namespace dateline::extraction {

// The number `raw`, read with the first of `regions` (ISO 3166-1 alpha-2) for whose plan it is valid; a number with a
// country code needs none. The span is left to the caller.
release::v1::Phone JudgePhone(std::string_view raw, const std::vector<std::string>& regions);

// The region whose plan a number with country code belongs to; empty when it has none or is unknown.
std::string RegionOfPhone(std::string_view raw);

}  // namespace dateline::extraction
