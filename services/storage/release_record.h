#pragma once
// The three forms of a release: the record that is stored (what extraction gave, without the fields that storage sets),
// the full record that is answered, and the short one of lists. Pure and thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "dateline/release/v1/release.pb.h"
#include "services/storage/search_query.h"
#include "services/storage/store.h"

namespace dateline::storage {

// What storage adds to a record when it answers one.
struct StoredFields {
  uint32_t revision = 0;
  WallTime create_time;  // Of the first revision.
  WallTime update_time;  // Of this revision.
  std::optional<WallTime> withdraw_time;
  std::string document;  // That this revision was made from.
};

// Takes away what only storage sets, so that a client cannot.
void ClearStoredFields(release::v1::Release* release);
void SetStoredFields(const StoredFields& fields, release::v1::Release* release);
// The part of them that is derived: cluster, entities, releases of translations.
void ClearDerivedFields(release::v1::Release* release);

// What was derived of a revision.
struct DerivedFields {
  uint32_t revision = 0;
  std::string cluster;     // "clusters/{uuid}" or empty.
  std::string references;  // A serialised records::EntityReferences.
};
// Cluster always; the entities of the facts only when they were derived of this revision.
void SetDerivedFields(const DerivedFields& fields, release::v1::Release* release);
// The fields of RELEASE_VIEW_BASIC.
release::v1::Release BasicView(const release::v1::Release& release);

// Sorts by time, drops repeats, keeps the first and the latest (kSightingsMax in all).
void SetSightings(std::vector<release::v1::Sighting> sightings, release::v1::Release* release);

// The values of facets that a release has, ascending and distinct, kFacetsPerReleaseMax at most.
std::vector<FacetEntry> FacetsOf(const release::v1::Release& release);
// What the search index holds of a release; `create_time` is that of its first revision.
IndexedText IndexRelease(const release::v1::Release& release, WallTime create_time);

}  // namespace dateline::storage
