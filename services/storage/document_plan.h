#pragma once
// A document on its way into the archive, as far as it can be worked out before the transaction that stores it: hash,
// compression, name and event. The stores share it; what it guessed (the version) they correct inside the transaction.
// Pure and thread-safe.

#include <cstdint>
#include <string>

#include "common/base/clock.h"
#include "common/eventlog/cloud_event.h"
#include "dateline/storage/v1/document.pb.h"
#include "dateline/storage/v1/release_service.pb.h"

namespace dateline::storage {

// A document as a store keeps it.
struct DocumentRow {
  int64_t id = 0;
  int64_t content_id = 0;
  v1::Document document;  // Without content.
  v1::CommitReleasesResponse result;
  bool refresh = false;  // It was given to extraction again: its facts replace those of the revision.
};

// What a new document needs besides its message.
struct NewContent {
  std::string sha256;  // 32 bytes.
  std::string compressed;
};

struct DocumentPlan {
  v1::Document document;
  NewContent content;
  eventlog::NewEvent event;
};

// Fills in hash and size of the content.
void HashContent(DocumentPlan* plan);
// Compresses the content and takes it out of the message, which becomes that of a new, pending document of this
// version.
void CompletePlan(uint32_t version, WallTime now, DocumentPlan* plan);
// Another write came between: the document has this version now.
void SetVersion(uint32_t version, DocumentPlan* plan);

// Whether `put` brings nothing new to the latest version of its URI: its content is the same, and so is what a recipe
// found in it. One without a reading says nothing of recipes; an empty reading takes back the one that is stored. Where
// retention removed the content, only its hash counts: what was removed does not come back by being seen again.
bool SameDocument(const v1::Document& latest, const v1::Document& put);

// Gives a row the state, failure and releases of a document.
void CopyOutcome(const v1::Document& outcome, DocumentRow* row);

// Whether two documents of one URI were seen at the same place.
bool SameSighting(const v1::Document& a, const v1::Document& b);

}  // namespace dateline::storage
