#include "services/storage/linking/relation.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <span>
#include <string>

#include "services/storage/linking/name_slots.h"
#include "services/storage/linking/profile.h"

namespace dateline::storage {
namespace {

using records::EventProfile;
using records::LinkProfile;
using v1::SimilarRelease;

// A translation comes out within so many days …
constexpr int64_t kTranslationDaysMax = 3;
// … and has so many figures and names of the original, and this share of those of the shorter list.
constexpr int kTranslationAnchorsMin = 3;
constexpr double kTranslationShareMin = 0.5;
// Reports of one happening come out within so many days when they agree on its day.
constexpr int64_t kEventDaysMax = 60;
// How alike the words of two events are that have the same day and place; the same day; the same place.
constexpr double kWordsWithDayAndPlace = 0.3;
constexpr double kWordsWithDay = 0.6;
constexpr double kWordsWithPlace = 0.75;
constexpr int kTellingWords = 3;

int CommonAnchors(const LinkProfile& first, const LinkProfile& second) {
  const std::set<uint64_t> own(first.anchors().begin(), first.anchors().end());
  return static_cast<int>(std::count_if(second.anchors().begin(), second.anchors().end(),
                                        [&own](uint64_t a) { return own.count(a) != 0; }));
}

bool Names(const LinkProfile& profile, const std::string& uri) {
  const auto& uris = profile.translation_uris();
  return std::find(uris.begin(), uris.end(), uri) != uris.end();
}

std::optional<Related> RelateTranslations(const LinkProfile& first, const LinkProfile& second) {
  const std::string a = PrimaryLanguage(first.language());
  const std::string b = PrimaryLanguage(second.language());
  if (a.empty() || b.empty() || a == b || a == "und" || b == "und") return std::nullopt;
  if (Names(first, second.uri()) || Names(second, first.uri()))
    return Related{.relation = SimilarRelease::RELATION_TRANSLATION, .similarity = 1};
  const auto apart = DaysApart(first, second);
  if (first.issuer() != second.issuer() || !apart.has_value() || *apart > kTranslationDaysMax) return std::nullopt;
  const int common = CommonAnchors(first, second);
  const int fewer = std::min(first.anchors_size(), second.anchors_size());
  const double share = fewer == 0 ? 0 : static_cast<double>(common) / fewer;
  if (common < kTranslationAnchorsMin || share < kTranslationShareMin) return std::nullopt;
  return Related{.relation = SimilarRelease::RELATION_TRANSLATION, .similarity = share};
}

std::span<const uint32_t> NameSlotsOf(const LinkProfile& profile) {
  return {profile.name_slots().data(), static_cast<size_t>(profile.name_slots_size())};
}

std::optional<Related> RelateTexts(const LinkProfile& first, const LinkProfile& second) {
  if (first.text_hash() == second.text_hash() && first.text_hash() != 0 && first.terms() == second.terms())
    return Related{.relation = SimilarRelease::RELATION_IDENTICAL, .similarity = 1};
  const auto fewest = static_cast<size_t>(std::min(first.shingles_size(), second.shingles_size()));
  if (fewest < kShinglesMin) return std::nullopt;
  if (!MayOverlap(ViewOf(first), ViewOf(second))) return std::nullopt;
  const Overlap overlap = CompareShingles(ViewOf(first), ViewOf(second));
  const double contained = std::max(overlap.of_first, overlap.of_second);
  const bool doubtful = overlap.jaccard < kJaccardSure && contained < kContainmentSure;
  const int other_letter = fewest < kFewShingles ? kDifferingNamesOfFew : kDifferingNames;
  if (doubtful && CountDifferingNames(NameSlotsOf(first), NameSlotsOf(second)) >= other_letter) return std::nullopt;
  const bool first_longer = first.terms() >= second.terms();
  const double longer = std::max(first.terms(), second.terms());
  const double shorter = std::max(1U, std::min(first.terms(), second.terms()));
  if (contained >= kContainmentMin && longer / shorter >= kContainerRatioMin) {
    if (fewest < static_cast<size_t>(kContainedShinglesMin) && overlap.jaccard < kJaccardMin) return std::nullopt;
    return Related{.relation = first_longer ? SimilarRelease::RELATION_CONTAINS : SimilarRelease::RELATION_CONTAINED,
                   .similarity = contained};
  }
  if (overlap.jaccard < kJaccardMin && contained < kContainmentMin) return std::nullopt;
  return Related{.relation = SimilarRelease::RELATION_NEAR_DUPLICATE, .similarity = overlap.jaccard};
}

// Somebody or something that both name besides the event.
bool ShareNames(const LinkProfile& first, const LinkProfile& second) {
  const std::set<uint64_t> bodies(first.bodies().begin(), first.bodies().end());
  for (const uint64_t body : second.bodies()) {
    if (bodies.count(body) != 0) return true;
  }
  std::set<std::string> people;
  for (const auto& person : first.people()) people.insert(FoldedName(person.display_name()));
  return std::any_of(second.people().begin(), second.people().end(),
                     [&people](const auto& person) { return people.count(FoldedName(person.display_name())) != 0; });
}

std::optional<Related> RelateEvents(const LinkProfile& first, const LinkProfile& second) {
  if (first.events().empty() || second.events().empty() || !ShareNames(first, second)) return std::nullopt;
  const auto apart = DaysApart(first, second);
  double best = 0;
  for (const EventProfile& a : first.events()) {
    for (const EventProfile& b : second.events()) best = std::max(best, SameEvent(a, b, apart).value_or(0));
  }
  if (best == 0) return std::nullopt;
  return Related{.relation = SimilarRelease::RELATION_SAME_EVENT, .similarity = best};
}

bool SamePlace(const EventProfile& first, const EventProfile& second) {
  const std::string a = FoldedName(first.place());
  const std::string b = FoldedName(second.place());
  return !a.empty() && a == b;
}

}  // namespace

std::optional<int64_t> DaysApart(const LinkProfile& first, const LinkProfile& second) {
  const int64_t a = DayNumber(first.date());
  const int64_t b = DayNumber(second.date());
  if (a == 0 || b == 0) return std::nullopt;
  return std::abs(a - b);
}

std::optional<double> SameEvent(const EventProfile& first, const EventProfile& second,
                                std::optional<int64_t> days_apart) {
  const auto& a = first.date();
  const auto& b = second.date();
  const bool dated = a.month() != 0 && a.day() != 0 && b.month() != 0 && b.day() != 0;
  const bool same_year = a.year() == 0 || b.year() == 0 || a.year() == b.year();
  const bool same_day = dated && a.month() == b.month() && a.day() == b.day() && same_year;
  // A day without a year says nothing when the releases are years apart or of unknown age.
  const bool known_year = a.year() != 0 && b.year() != 0;
  if (!known_year && days_apart.value_or(kEventDaysMax + 1) > kEventDaysMax) return std::nullopt;
  const bool same_place = SamePlace(first, second);
  const double words = JaccardOf(first.words(), second.words());
  if (same_day && same_place && words >= kWordsWithDayAndPlace) return 0.5 + words / 2;
  const bool telling = std::min(first.words_size(), second.words_size()) >= kTellingWords;
  if (same_day && telling && words >= kWordsWithDay) return 0.4 + words / 2;
  // Without agreement on the day the rest has to be strong; a yearly conference is not the one of last year.
  const bool close = days_apart.has_value() && *days_apart <= kDisputedEventDaysMax;
  if (same_place && telling && close && words >= kWordsWithPlace) return words / 2;
  return std::nullopt;
}

std::optional<Related> Relate(const LinkProfile& first, const LinkProfile& second) {
  if (auto related = RelateTexts(first, second); related.has_value()) return related;
  if (auto related = RelateTranslations(first, second); related.has_value()) return related;
  return RelateEvents(first, second);
}

Relation Reverse(Relation relation) {
  if (relation == SimilarRelease::RELATION_CONTAINS) return SimilarRelease::RELATION_CONTAINED;
  if (relation == SimilarRelease::RELATION_CONTAINED) return SimilarRelease::RELATION_CONTAINS;
  return relation;
}

}  // namespace dateline::storage
