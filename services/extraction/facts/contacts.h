#pragma once
// Whom to call or write to: reads the contact sections of a release. Sentences and lines of one contact are joined; a
// second address or a new name begins the next. Only what is written becomes a field. Pure, thread-safe, linear.

#include <string>
#include <string_view>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/gazetteer/gazetteer.h"

namespace dateline::extraction {

// The most contacts of one release.
inline constexpr std::size_t kMaxContacts = 200;

// Appends to release->contacts what its CONTACT sections say. `regions` are the regions whose plans may read numbers
// without country code, the most likely first; the document's own numbers and addresses are asked before them.
void FindContacts(const std::vector<std::string>& regions, const Gazetteer& gazetteer, release::v1::Release* release);

}  // namespace dateline::extraction
