#pragma once
// People, organisations and places of a release. Rules propose mentions (person_rules, organization_rules,
// place_rules), acronyms are bound, one choice is made among overlapping proposals (choose_mentions), known names and
// members of lists are looked for again; where capitalised words stay unexplained, the sequence model is asked
// (sequence_model); then mentions become entities (people, organizations, places). Pure, thread-safe, linear in the
// text.

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/fact_context.h"
#include "services/extraction/names/acronyms.h"
#include "services/extraction/names/mention.h"
#include "services/extraction/names/name_text.h"
#include "services/extraction/names/place_rules.h"
#include "services/extraction/names/sequence_model.h"

namespace dateline::extraction {

// What the rules say of a text.
struct NameProposals {
  std::vector<PlaceHit> hits;
  std::vector<AcronymBinding> bindings;
  Mentions proposals;
  // The choice among the proposals, left to right; also names of other things and unsure ones.
  Mentions chosen;
};

// `dateline`: the tokens of the dateline's place, which is a place whatever else it may be called; empty for none.
NameProposals ProposeNames(const NameText& text, const Gazetteer& gazetteer, TokenRange dateline = {});

// The choice with the model's word; people, organisations and places that are sure enough to be given.
Mentions DecideNames(const NameText& text, const Gazetteer& gazetteer, const NameProposals& proposals,
                     const SequenceModel& model);

// Appends to release->people, organizations and places.
void FindNames(const FactContext& context, release::v1::Release* release);

}  // namespace dateline::extraction
