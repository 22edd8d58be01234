#pragma once
// The writes of PostgresStore on their way: what was worked out before the transaction, and what a run of it found.
// Internal to the store; shared between its queue, its batches and their callbacks, one thread at a time.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "services/storage/document_plan.h"
#include "services/storage/postgres/postgres_store.h"
#include "services/storage/postgres/search_index.h"
#include "services/storage/prepared_release.h"

namespace dateline::storage {

struct PostgresStore::PutWork {
  DocumentPlan plan;
  PutDocumentResult result;
  Done<PutDocumentResult> done;
};

struct PostgresStore::CommitWork {
  struct Release {
    PreparedRelease prepared;
    pg::SearchEntry entry;
  };
  v1::CommitReleasesRequest request;
  std::string document_name;
  std::vector<Release> releases;
  v1::CommitReleasesResponse response;
  WallTime time;
  Done<v1::CommitReleasesResponse> done;
};

struct PostgresStore::WithdrawWork {
  WithdrawParams params;
  release::v1::Release release;
  Done<release::v1::Release> done;
};

// One of the three.
struct PostgresStore::Work {
  std::optional<PutWork> put;
  std::optional<CommitWork> commit;
  std::optional<WithdrawWork> withdraw;
  absl::Status outcome;  // Of its own, in a transaction that was kept.
};

// Writes that one transaction takes together.
struct PostgresStore::Batch {
  std::vector<std::shared_ptr<Work>> works;
  bool taken = false;
  bool more = false;  // Others wait already.
};

}  // namespace dateline::storage
