#pragma once
// How two releases are related: by their words, as translations, or as reports of one happening. Pure and thread-safe.

#include <cstdint>
#include <optional>

#include "dateline/storage/v1/release_service.pb.h"
#include "services/storage/linking/link_profile.pb.h"

namespace dateline::storage {

using Relation = v1::SimilarRelease::Relation;

// Two texts are near-duplicates from this Jaccard similarity of their shingles on …
inline constexpr double kJaccardMin = 0.5;
// … and one holds the other when this share of it stands there.
inline constexpr double kContainmentMin = 0.7;
// A piece is of those texts that hold most of it: not of others that hold so much less, because they are like the
// whole, as letters of one form are to a part of one of them: names and figures in it are a twentieth of its words.
inline constexpr double kContainmentBelowBest = 0.05;
// What holds another whole text is at least this many times as long; below it they are near-duplicates.
inline constexpr double kContainerRatioMin = 1.5;
// A text of fewer shingles is not looked for inside others: a standing paragraph of a site is no release.
inline constexpr int kContainedShinglesMin = 30;

// Below both of these they may as well be two letters of one form …
inline constexpr double kJaccardSure = 0.65;
inline constexpr double kContainmentSure = 0.85;
// … and are, when other names stand in so many of the same surroundings (name_slots.h): in two places of a text, in one
// of a text of few words.
inline constexpr int kDifferingNames = 3;
inline constexpr int kDifferingNamesOfFew = 2;

struct Related {
  Relation relation = v1::SimilarRelease::RELATION_UNSPECIFIED;  // What the first is to the second.
  double similarity = 0;
};

// nullopt when they are not related.
std::optional<Related> Relate(const records::LinkProfile& first, const records::LinkProfile& second);

// The same relation from the side of the second.
Relation Reverse(Relation relation);

// Which of two events they are that may be the same: nullopt, or how sure, 0 to 1. `days_apart` is the distance of the
// publish dates, absent when one is not known.
std::optional<double> SameEvent(const records::EventProfile& first, const records::EventProfile& second,
                                std::optional<int64_t> days_apart);

// How far apart they were published; absent when one of the days is not known.
std::optional<int64_t> DaysApart(const records::LinkProfile& first, const records::LinkProfile& second);

// Reports of one happening may disagree on its day when they come out within so many days.
inline constexpr int64_t kDisputedEventDaysMax = 14;

// The share of two ascending lists that is in both, of what is in either.
template <class List>
double JaccardOf(const List& first, const List& second) {
  int common = 0;
  int a = 0;
  int b = 0;
  while (a < first.size() && b < second.size()) {
    if (first.Get(a) == second.Get(b)) {
      ++common;
      ++a;
      ++b;
    } else if (first.Get(a) < second.Get(b)) {
      ++a;
    } else {
      ++b;
    }
  }
  const int all = first.size() + second.size() - common;
  return all == 0 ? 0 : static_cast<double>(common) / all;
}

}  // namespace dateline::storage
