#pragma once
// Chosen mentions to entities of the record: mentions of one person, body or place are one fact, named by the fullest
// form. Pure; each appends to the release.

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/fact_context.h"
#include "services/extraction/names/acronyms.h"
#include "services/extraction/names/mention.h"
#include "services/extraction/names/name_text.h"
#include "services/extraction/names/place_rules.h"

namespace dateline::extraction {

// How sure a score is: of HIGH ones at least 95 in 100 are meant to be right. What counts as HIGH differs between the
// types.
release::v1::Confidence ConfidenceOf(float score, NameType type);

void AddPeople(const NameText& text, const Mentions& mentions, release::v1::Release* release);
void AddOrganizations(const NameText& text, const Mentions& mentions, const std::vector<AcronymBinding>& bindings,
                      release::v1::Release* release);
void AddPlaces(const FactContext& context, const NameText& text, const Mentions& mentions,
               const std::vector<PlaceHit>& hits, release::v1::Release* release);

}  // namespace dateline::extraction
