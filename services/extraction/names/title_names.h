#pragma once
// Names that stand only in the title of a release. The title is no part of the text, so that such a name has no mention
// there: its words stand in Release.title. The title is read by the rules alone, since the capitals of a headline tell
// the model little. Pure; linear in the title.

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/fact_context.h"

namespace dateline::extraction {

// Adds the people, organisations and places that the title names and the text does not. Call it behind the names of the
// text. None of them is HIGH.
void AddTitleNames(const FactContext& context, release::v1::Release* release);

}  // namespace dateline::extraction
