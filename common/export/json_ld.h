#pragma once
// A release as schema.org JSON-LD: a NewsArticle of the genre "press release", what it mentions, and its quotes, each
// with the bytes of the text that say it. schema.org has no type for press releases. Pure, deterministic.

#include <string>

#include "dateline/release/v1/release.pb.h"

namespace dateline::exporting {

// One JSON object, ending with a line break.
std::string JsonLd(const release::v1::Release& release);

}  // namespace dateline::exporting
