#include "services/storage/postgres/posting_rows.h"

#include <string_view>
#include <utility>

#include "common/base/status_macros.h"
#include "services/storage/linking/posting_bytes.h"
#include "services/storage/postgres/derived_rows.h"

namespace dateline::storage::pg {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Parameters;
using sql::postgres::Result;

constexpr std::string_view kLatestPosting = "link_latest";

void SendBuckets(Connection& connection, int64_t run, uint32_t first, const std::vector<std::string>& buckets) {
  std::vector<int64_t> numbers;
  std::vector<Bytes> bytes;
  for (size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i].empty()) continue;
    numbers.push_back(static_cast<int64_t>(first + i));
    bytes.push_back({buckets[i]});
  }
  connection.Post("INSERT INTO link_bucket (run, bucket, postings) SELECT $1, r.* FROM unnest($2, $3) AS r",
                  Parameters::Of(run, numbers, bytes));
}

void SendRunHead(Connection& connection, const PostingRunHead& head) {
  connection.Post(
      "INSERT INTO link_run (number, level, moved) VALUES ($1, $2, $3) "
      "ON CONFLICT (number) DO UPDATE SET moved = excluded.moved",
      Parameters::Of(head.number, head.level, head.moved));
}

void SendRun(Connection& connection, const PostingRun& run) {
  connection.Post("DELETE FROM link_posting WHERE sequence <= $1", Parameters::Of(run.up_to));
  SendRunHead(connection, {.number = run.number});
  SendBuckets(connection, run.number, 0, run.buckets);
}

void SendMove(Connection& connection, const PostingMove& move) {
  SendRunHead(connection, move.into);
  SendBuckets(connection, move.into.number, move.first_into, move.buckets);
  connection.Post("DELETE FROM link_bucket WHERE run = ANY ($1) AND bucket >= $2 AND bucket < $3",
                  Parameters::Of(move.from, int64_t{move.first}, int64_t{move.last}));
  if (move.into.is_whole()) connection.Post("DELETE FROM link_run WHERE number = ANY ($1)", Parameters::Of(move.from));
}

}  // namespace

absl::StatusOr<PostingHead> SelectPostingHead(Connection& connection) {
  const auto settings = connection.Send(
      "SELECT (SELECT value FROM archive_setting WHERE name = 'link_resets'), (SELECT value FROM archive_setting WHERE "
      "name = 'link_latest'), (SELECT min(sequence) FROM link_posting)");
  DATELINE_ASSIGN_OR_RETURN(const Result runs,
                            connection.Query("SELECT number, level, moved FROM link_run ORDER BY number"));
  DATELINE_ASSIGN_OR_RETURN(const Result values, connection.Take(settings));
  PostingHead head;
  head.resets = values.Uint64(0, 0);
  head.latest = values.Int64(0, 1);
  head.first = values.IsNull(0, 2) ? head.latest + 1 : values.Int64(0, 2);
  for (int i = 0; i < runs.rows(); ++i) {
    head.runs.push_back(
        {.number = runs.Int64(i, 0), .level = static_cast<int>(runs.Int64(i, 1)), .moved = runs.Int64(i, 2)});
  }
  return head;
}

absl::StatusOr<std::vector<PostingRow>> SelectPostings(Connection& connection, int64_t after, int limit) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query("SELECT sequence, release_id, keys FROM link_posting WHERE sequence > $1 ORDER BY sequence "
                       "LIMIT $2",
                       Parameters::Of(after, limit)));
  std::vector<PostingRow> postings;
  for (int i = 0; i < rows.rows(); ++i) {
    postings.push_back(
        {.sequence = rows.Int64(i, 0), .release_id = rows.Int64(i, 1), .keys = PostingNumbers(rows.Bytes(i, 2))});
  }
  return postings;
}

absl::StatusOr<std::vector<std::string>> SelectPostingBuckets(Connection& connection, int64_t run,
                                                              const std::vector<uint32_t>& buckets) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query("SELECT asked.place, b.postings FROM unnest($2) WITH ORDINALITY AS asked (bucket, place) JOIN "
                       "link_bucket b ON b.run = $1 AND b.bucket = asked.bucket",
                       Parameters::Of(run, std::vector<int64_t>(buckets.begin(), buckets.end()))));
  std::vector<std::string> found(buckets.size());
  for (int i = 0; i < rows.rows(); ++i) found[static_cast<size_t>(rows.Int64(i, 0) - 1)] = rows.String(i, 1);
  return found;
}

void SendPostings(Connection& connection, const DerivedChanges& changes) {
  if (changes.posting_run.has_value()) SendRun(connection, *changes.posting_run);
  for (const PostingMove& move : changes.posting_moves) SendMove(connection, move);
  if (changes.postings.empty()) return;
  std::vector<int64_t> sequences;
  std::vector<int64_t> releases;
  std::vector<std::string> keys;
  for (const PostingRow& row : changes.postings) {
    sequences.push_back(row.sequence);
    releases.push_back(row.release_id);
    keys.push_back(PostingBytes(row.keys));
  }
  std::vector<Bytes> bytes;
  for (const std::string& key : keys) bytes.push_back({key});
  connection.Post("INSERT INTO link_posting (sequence, release_id, keys) SELECT * FROM unnest($1, $2, $3)",
                  Parameters::Of(sequences, releases, bytes));
  SendDerivedSetting(connection, kLatestPosting, static_cast<uint64_t>(sequences.back()));
}

void SendDeletePostings(Connection& connection) {
  connection.Post("TRUNCATE link_posting, link_run, link_bucket");
  SendDerivedSetting(connection, kLatestPosting, 0);
  connection.Post("UPDATE archive_setting SET value = value + 1 WHERE name = 'link_resets'");
}

}  // namespace dateline::storage::pg
