#pragma once
// A release as a ninjs 3.1 news item (IPTC's JSON for news). ninjs allows no members besides its own, so quotes,
// figures and spans are not in it: those are in the record's own JSON. Pure, deterministic, linear in the record.

#include <string>

#include "dateline/release/v1/release.pb.h"

namespace dateline::exporting {

// One JSON object, pretty-printed, ending with a line break. Every item has the required `uri`: the release's own, else
// a URN of its resource name, else one of its text. A publish date without time of day is in no member, since ninjs
// takes instants only. Ill-formed UTF-8 becomes U+FFFD.
std::string Ninjs(const release::v1::Release& release);

}  // namespace dateline::exporting
