#pragma once
// What two reports of the same contradict each other in: the dates and places of an event, figures of the same thing,
// roles, numbers to call. Only what both state is compared; what one leaves out is no contradiction. Pure and
// thread-safe.

#include "services/storage/linking/link_profile.pb.h"
#include "services/storage/linking/relation.h"

namespace dateline::storage {

inline constexpr int kContradictionsMax = 16;

// From the side of `here`. Each has one sentence for a person, for example "two dates for one policy seminar: 11 March
// here, 12 March there".
records::LinkDetail FindContradictions(const records::LinkProfile& here, const records::LinkProfile& there,
                                       Relation relation);

// The same from the other side.
records::LinkDetail Mirror(const records::LinkDetail& detail);

}  // namespace dateline::storage
