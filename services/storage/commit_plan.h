#pragma once
// Works out what committing one release does: nothing, a first revision or a further one, and with which event. It is a
// pure function of the release, its document and what the archive holds, so that a store can do all the costly work
// (comparing, serialising, folding for the index) before it enters the transaction, and then only has to check that the
// ground of the plan still holds. Thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/eventlog/cloud_event.h"
#include "dateline/events/v1/event_data.pb.h"
#include "dateline/release/v1/release.pb.h"
#include "dateline/storage/v1/document.pb.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/storage/search_query.h"

namespace dateline::storage {

// The document that a release comes from.
struct DocumentGround {
  std::string name;
  uint64_t order = 0;  // Ascending in the order in which documents were stored.
};

// What the archive holds of the release, as far as it decides about a commit. A plan is valid while this is unchanged.
struct ReleaseGround {
  uint32_t revision = 0;        // The latest; 0: the release is not known.
  uint64_t document_order = 0;  // The newest document that was committed for it.
  WallTime create_time;         // Of the first revision.
  bool withdrawn = false;
  uint64_t edits = 0;  // How often the record of the latest revision was replaced in its place.
  bool operator==(const ReleaseGround&) const = default;
};

struct ReleasePlan {
  ReleaseGround ground;
  v1::CommittedRelease::Outcome outcome = v1::CommittedRelease::OUTCOME_UNSPECIFIED;
  uint32_t revision = 0;        // The latest after the commit.
  uint64_t document_order = 0;  // The newest document after the commit.
  WallTime time;                // Of the commit.
  std::string name;
  // The rest is empty when the outcome is UNCHANGED; then `record` is what came.
  release::v1::Release record;       // To be stored as this revision, without the fields that storage sets.
  std::string record_bytes;          // The same, serialised.
  events::v1::ReleaseEvent changes;  // Only changes and change_class.
  IndexedText old_index;             // Of the latest revision so far; empty for a new release.
  IndexedText new_index;
  eventlog::NewEvent event;
};

// `stored` is the record of the latest revision and is present exactly when `ground.revision` is not 0. A document that
// is older than one committed before changes nothing: work that was delayed must not bring old words back.
ReleasePlan PlanRelease(release::v1::Release incoming, const DocumentGround& document, const ReleaseGround& ground,
                        const release::v1::Release* stored, WallTime now);

// What other rules made of the words of the stored record, to be put in its place: no revision and no event, for the
// newsroom changed nothing.
release::v1::Release RefreshedRecord(const release::v1::Release& incoming, const release::v1::Release& stored);

// The event of a withdrawal. `release` has its stored fields set.
eventlog::NewEvent WithdrawnEvent(const release::v1::Release& release, WallTime now);

// The event of links that were found or lost. `release` has its stored fields and cluster set; sightings are left out.
eventlog::NewEvent LinkedEvent(release::v1::Release release, const std::vector<events::v1::Change>& changes,
                               WallTime now);

// The event of a stored document.
eventlog::NewEvent DocumentStoredEvent(const v1::Document& document, WallTime now);

}  // namespace dateline::storage
