#pragma once
// Lists of names ("Acoma, Cochiti, Isleta and Jemez"): an unknown member is of the type that most known members have.
// Pure, linear in the tokens.

#include "services/extraction/names/mention.h"
#include "services/extraction/names/name_text.h"

namespace dateline::extraction {

// Proposes the unknown members of lists of which `chosen` knows some; `chosen` is ordered, left to right.
void ProposeListMembers(const NameText& text, const Mentions& chosen, Mentions* out);

}  // namespace dateline::extraction
