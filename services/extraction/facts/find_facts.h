#pragma once
// The order in which facts are found: who and where (people, organisations, places), then quotes, which need the
// people, then figures and dates, then frames over all of them (events, funding), then contacts. Each finder is
// `void FindX(const FactContext&, release::v1::Release*)`, pure and linear. The release comes with text, sections,
// language, title, dateline and publish date. Thread-safe.

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/fact_context.h"

namespace dateline::extraction {

// Adds all facts but the contacts (contacts.h), which need the regions of telephone numbers.
void FindFacts(const LanguagePack& pack, const Calendar& calendar, const Gazetteer& gazetteer,
               release::v1::Release* release);

}  // namespace dateline::extraction
