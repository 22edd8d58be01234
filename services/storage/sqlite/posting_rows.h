#pragma once
// Postings of releases in SQLite (linking/posting_index.h): rows of the latest, runs and their buckets. Functions of a
// connection, for the bodies of reads and writes; they belong to its transaction.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/sql/connection.h"
#include "services/storage/derived_store.h"

namespace dateline::storage {

absl::StatusOr<PostingHead> SelectPostingHead(sql::Connection& connection);
absl::StatusOr<std::vector<PostingRow>> SelectPostings(sql::Connection& connection, int64_t after, int limit);
absl::StatusOr<std::vector<std::string>> SelectPostingBuckets(sql::Connection& connection, int64_t run,
                                                              const std::vector<uint32_t>& buckets);

// What a step adds and moves.
absl::Status WritePostings(sql::Connection& connection, const DerivedChanges& changes);
absl::Status DeletePostings(sql::Connection& connection);

}  // namespace dateline::storage
