#pragma once
// On which day a release was published, chosen among the days that its signs give. The signs of one day are weighed
// together by a conditional logit: which places give it, whether readers and machines are told the same, and what the
// other days are. Its weights stand in day_weights_data.cc. Where no day is likely enough, none is chosen. Pure,
// thread-safe, linear in the number of candidates.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/facts/calendar.h"

namespace dateline::extraction {

// The places that give dates, as the README of the service lists them; the most trusted first.
inline constexpr auto kDateBases = std::to_array<std::string_view>(
    {"json_ld",  "url",       "meta",     "microdata",  "near_title",  "time_element", "json_ld_page", "date_class",
     "labelled", "text_line", "dateline", "text_start", "text_today",  "above_title",  "far_date",     "meta_loose",
     "script",   "updated",   "modified", "embargo",    "far_updated", "updated_copy"});

// What the model looks at; each is 0 or 1.
enum class DayFeature : std::uint8_t {
  kBias,
  kFirst,                               // one for each basis: it gives this day first
  kLater = kFirst + kDateBases.size(),  // a place gives it, after others
  kLaterNear,                           // the same at the headline
  kTwoBases,
  kThreeBases,
  kShownAndMachine,  // readers and machines are told the same
  kOnlyShown,
  kOnlyMachine,
  kShownNextDay,      // readers are told this day, machines a moment that is this day somewhere on earth
  kShownNextDayNear,  // and the headline or the URL gives it
  kMachineNextDay,    // the other way round
  kEarliest,          // of several
  kLatest,
  kAlone,
  kRivalMachine,  // machines are told another day, and not this one
  kRivalShown,    // readers are told another day, and not this one
  kUrlMonth,      // the URL names its month
  kUrlOtherMonth,
  kModifiedDay,    // it is the day of the last change
  kCrowd,          // many days stand in the page: teasers, comments
  kCrowdShown,     // and this is one of them
  kOnlyUpdated,    // nothing else is said than that it was changed then
  kOnlyModified,   // and only machines are told
  kModifiedLater,  // the day of the last change, and another was told as that of publishing before
  kRivalBoth,      // readers and machines are told another day, and not both of them this one
  // Readers are told no day but that of a change:
  kUpdatedShown,       // this one
  kUpdatedShownRival,  // and machines are told of a day of publishing
  kHiddenBesideUpdated,
  kTimeBesideUpdated,  // elements for times give this one
  // Readers are told, without a word, the day that machines know as that of the last change:
  kShownModified,  // this one
  kHiddenBesideModified,
  // Of three or more days of elements for times, as posts and comments have them:
  kFirstOfTimes,
  kLastOfTimes,
  kFirstOfCrowd,  // of the days that readers see in a crowd, the one nearest to the headline
  kRestOfCrowd,
  kTwoMachines,  // two of the places that only machines read give it
  kAllAgree,     // three places give it, and none another
  kOnlyFar,      // it stands far from the headline alone
  kSeveralFar,   // as others do
  kFirstPost,    // the earliest of several that posts are marked with
  kVisit,        // the latest of all, above the headline alone, where another is told at the headline or to machines
  // Meta elements alone tell machines of publishing, no JSON-LD does:
  kChangeOverMeta,    // this is the day of a change beside them
  kMetaBesideChange,  // this is their day
  kMostPlaces,        // more places give it than any other day
  kMostSigns,         // the same, with those that tell of a change
  kCount,
};
inline constexpr std::size_t kDayFeatureCount = static_cast<std::size_t>(DayFeature::kCount);
using DayFeatures = std::array<bool, kDayFeatureCount>;

// A day that candidates give.
struct DayCandidate {
  CalendarDate day;
  int candidate = 0;  // index of its most trusted candidate
  DayFeatures features = {};
  double probability = 0;
};

// The complete days of the candidates of `release`, the most likely first.
std::vector<DayCandidate> WeighDays(const release::v1::Release& release);

// From this probability on a day is chosen.
inline constexpr double kMinDayProbability = 0.68;
// The weights, in the order of DayFeature.
extern const std::array<double, kDayFeatureCount> kDayWeights;

// Whether a basis tells when a page was changed.
bool IsChangeBasis(std::string_view basis);
// The place of a basis in kDateBases; their number for one that is not there.
std::size_t RankOfBasis(std::string_view basis);

}  // namespace dateline::extraction
