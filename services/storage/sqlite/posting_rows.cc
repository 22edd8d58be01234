#include "services/storage/sqlite/posting_rows.h"

#include <string_view>

#include "common/base/status_macros.h"
#include "common/sql/statement.h"
#include "services/storage/linking/posting_bytes.h"
#include "services/storage/sqlite/archive_setting.h"

namespace dateline::storage {
namespace {

using sql::Blob;
using sql::Connection;
using sql::Statement;

constexpr std::string_view kLatestPosting = "link_latest";
constexpr std::string_view kPostingResets = "link_resets";

// Where a bucket stands in link_bucket.
int64_t BucketId(int64_t run, uint32_t bucket) {
  return (run << 32U) + bucket;
}

absl::Status WriteBuckets(Connection& connection, int64_t run, uint32_t first,
                          const std::vector<std::string>& buckets) {
  Statement insert(connection, "INSERT INTO link_bucket (id, postings) VALUES (?1, ?2)");
  for (size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i].empty()) continue;
    insert.BindAll(BucketId(run, first + static_cast<uint32_t>(i)), Blob{buckets[i]});
    DATELINE_RETURN_IF_ERROR(insert.Run());
  }
  return absl::OkStatus();
}

absl::Status WriteRunHead(Connection& connection, const PostingRunHead& head) {
  Statement put(connection,
                "INSERT INTO link_run (number, level, moved) VALUES (?1, ?2, ?3) "
                "ON CONFLICT (number) DO UPDATE SET moved = excluded.moved");
  put.BindAll(head.number, head.level, head.moved);
  return put.Run();
}

absl::Status WriteMove(Connection& connection, const PostingMove& move) {
  DATELINE_RETURN_IF_ERROR(WriteRunHead(connection, move.into));
  DATELINE_RETURN_IF_ERROR(WriteBuckets(connection, move.into.number, move.first_into, move.buckets));
  Statement buckets(connection, "DELETE FROM link_bucket WHERE id >= ?1 AND id < ?2");
  Statement whole(connection, "DELETE FROM link_run WHERE number = ?1");
  for (const int64_t run : move.from) {
    buckets.BindAll(BucketId(run, move.first), BucketId(run, move.last));
    DATELINE_RETURN_IF_ERROR(buckets.Run());
    if (!move.into.is_whole()) continue;
    whole.BindAll(run);
    DATELINE_RETURN_IF_ERROR(whole.Run());
  }
  return absl::OkStatus();
}

absl::Status WriteRun(Connection& connection, const PostingRun& run) {
  Statement remove(connection, "DELETE FROM link_posting WHERE sequence <= ?1");
  remove.BindAll(run.up_to);
  DATELINE_RETURN_IF_ERROR(remove.Run());
  DATELINE_RETURN_IF_ERROR(WriteRunHead(connection, {.number = run.number}));
  return WriteBuckets(connection, run.number, 0, run.buckets);
}

}  // namespace

absl::StatusOr<PostingHead> SelectPostingHead(Connection& connection) {
  PostingHead head;
  DATELINE_ASSIGN_OR_RETURN(head.resets, ArchiveSetting(connection, kPostingResets));
  DATELINE_ASSIGN_OR_RETURN(const uint64_t latest, ArchiveSetting(connection, kLatestPosting));
  head.latest = static_cast<int64_t>(latest);
  Statement first(connection, "SELECT min(sequence) FROM link_posting");
  DATELINE_ASSIGN_OR_RETURN(const bool answered, first.Step());
  head.first = answered && !first.ColumnIsNull(0) ? first.ColumnInt64(0) : head.latest + 1;
  Statement runs(connection, "SELECT number, level, moved FROM link_run ORDER BY number");
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, runs.Step());
    if (!more) return head;
    head.runs.push_back({.number = runs.ColumnInt64(0), .level = runs.ColumnInt(1), .moved = runs.ColumnInt64(2)});
  }
}

absl::StatusOr<std::vector<PostingRow>> SelectPostings(Connection& connection, int64_t after, int limit) {
  Statement statement(connection,
                      "SELECT sequence, release_id, keys FROM link_posting WHERE sequence > ?1 ORDER BY sequence "
                      "LIMIT ?2");
  statement.BindAll(after, limit);
  std::vector<PostingRow> rows;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return rows;
    rows.push_back({.sequence = statement.ColumnInt64(0),
                    .release_id = statement.ColumnInt64(1),
                    .keys = PostingNumbers(statement.ColumnBlob(2))});
  }
}

absl::StatusOr<std::vector<std::string>> SelectPostingBuckets(Connection& connection, int64_t run,
                                                              const std::vector<uint32_t>& buckets) {
  std::vector<std::string> found;
  Statement statement(connection, "SELECT postings FROM link_bucket WHERE id = ?1");
  for (const uint32_t bucket : buckets) {
    statement.Reset();
    statement.BindAll(BucketId(run, bucket));
    DATELINE_ASSIGN_OR_RETURN(const bool there, statement.Step());
    found.emplace_back(there ? statement.ColumnBlob(0) : std::string_view());
  }
  return found;
}

absl::Status WritePostings(Connection& connection, const DerivedChanges& changes) {
  if (changes.posting_run.has_value()) DATELINE_RETURN_IF_ERROR(WriteRun(connection, *changes.posting_run));
  for (const PostingMove& move : changes.posting_moves) DATELINE_RETURN_IF_ERROR(WriteMove(connection, move));
  if (changes.postings.empty()) return absl::OkStatus();
  Statement insert(connection, "INSERT INTO link_posting (sequence, release_id, keys) VALUES (?1, ?2, ?3)");
  for (const PostingRow& row : changes.postings) {
    const std::string keys = PostingBytes(row.keys);
    insert.BindAll(row.sequence, row.release_id, Blob{keys});
    DATELINE_RETURN_IF_ERROR(insert.Run());
  }
  return SetArchiveSetting(connection, kLatestPosting, static_cast<uint64_t>(changes.postings.back().sequence));
}

absl::Status DeletePostings(Connection& connection) {
  DATELINE_RETURN_IF_ERROR(
      connection.Execute("DELETE FROM link_posting; DELETE FROM link_run; DELETE FROM link_bucket;"));
  DATELINE_RETURN_IF_ERROR(SetArchiveSetting(connection, kLatestPosting, 0));
  DATELINE_ASSIGN_OR_RETURN(const uint64_t resets, ArchiveSetting(connection, kPostingResets));
  return SetArchiveSetting(connection, kPostingResets, resets + 1);
}

}  // namespace dateline::storage
