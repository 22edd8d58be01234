#pragma once
// Happenings that a release reports or announces (seminars, hearings, launches): the words that name them, where and
// when they take place, how long, who takes part. A noun alone is no event: a verb of taking place, a place or a date
// stands with it. Pure, thread-safe, linear in the text.

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/fact_context.h"

namespace dateline::extraction {

// The most events that are kept of one release, and the most participants of one.
inline constexpr int kMaxEvents = 200;
inline constexpr int kMaxParticipants = 100;

// Appends to release->events. Reads people, organisations, places, dates and figures.
void FindEvents(const FactContext& context, release::v1::Release* release);

}  // namespace dateline::extraction
