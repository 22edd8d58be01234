#pragma once
// Proposes organisations, and the names of laws, programmes and events that must not be taken apart: known bodies,
// names built on a head noun ("Senate Armed Services Committee", "Ministry of Human Resources and Social Security"),
// legal forms, acronyms. Pure, linear in the tokens.

#include "services/extraction/names/mention.h"
#include "services/extraction/names/name_text.h"

namespace dateline::extraction {

void ProposeOrganizations(const NameText& text, Mentions* out);

}  // namespace dateline::extraction
