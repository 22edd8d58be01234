#pragma once
// Postings of releases in PostgreSQL (linking/posting_index.h): rows of the latest, runs and their buckets. Functions
// of a connection, for the bodies of reads and writes; they belong to its transaction.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/sql/postgres/connection.h"
#include "services/storage/derived_store.h"

namespace dateline::storage::pg {

using sql::postgres::Connection;

absl::StatusOr<PostingHead> SelectPostingHead(Connection& connection);
absl::StatusOr<std::vector<PostingRow>> SelectPostings(Connection& connection, int64_t after, int limit);
absl::StatusOr<std::vector<std::string>> SelectPostingBuckets(Connection& connection, int64_t run,
                                                              const std::vector<uint32_t>& buckets);

// What a step adds and moves.
void SendPostings(Connection& connection, const DerivedChanges& changes);
void SendDeletePostings(Connection& connection);

}  // namespace dateline::storage::pg
