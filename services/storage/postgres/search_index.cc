#include "services/storage/postgres/search_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "common/text/utf8.h"
#include "services/storage/limits.h"
#include "services/storage/postgres/document_rows.h"
#include "services/storage/postgres/facet_rows.h"
#include "services/storage/postgres/match_sql.h"
#include "services/storage/postgres/release_rows.h"
#include "services/storage/postgres/search_entry.h"
#include "services/storage/release_record.h"
#include "services/storage/spelling.h"

namespace dateline::storage::pg {
namespace {

using sql::postgres::Parameters;
using sql::postgres::Result;

// Changes with the terms, and with what stands beside them here: facets, days, ranking.
constexpr int kIndexVersion = 100 * kSearchTextVersion + 1;
constexpr int kRebuildBatch = 200;
// Rows of a walk that one statement gives; each statement asks for twice as many as the one before.
constexpr int kWalkRowsMax = 2'000;

// Releases that are looked through for words near to a misspelt one, and words of those that are counted.
constexpr int kSampledReleases = 200;
constexpr size_t kSampledWordsMax = 500;
// How many releases with a word are counted.
constexpr int kWordCountMax = 1'000;

// All releases in the order of storing.
absl::Status StreamAll(Connection& connection, const Walk& walk, const ReleaseIndex::Take& take) {
  int64_t after = walk.ascending ? 0 : std::numeric_limits<int64_t>::max();
  if (walk.after.has_value()) after = static_cast<int64_t>(walk.after->id);
  for (int count = walk.at_once;; count = std::min(2 * count, kWalkRowsMax)) {
    DATELINE_ASSIGN_OR_RETURN(
        const Result rows,
        connection.Query(walk.ascending ? "SELECT id FROM release WHERE id > $1 ORDER BY id LIMIT $2"
                                        : "SELECT id FROM release WHERE id < $1 ORDER BY id DESC LIMIT $2",
                         Parameters::Of(after, count)));
    for (int i = 0; i < rows.rows(); ++i) {
      after = rows.Int64(i, 0);
      DATELINE_ASSIGN_OR_RETURN(const bool more, take({.id = rows.Uint64(i, 0)}));
      if (!more) return absl::OkStatus();
    }
    if (rows.rows() < count) return absl::OkStatus();
  }
}

// In how many releases words stand, counted to kWordCountMax.
absl::StatusOr<std::map<std::string, int64_t>> CountWords(Connection& connection,
                                                          const std::vector<std::string>& words) {
  std::vector<std::string> queries;
  for (const std::string& word : words) queries.push_back(QuotedTerm(word));
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query("SELECT w.word, (SELECT count(*) FROM (SELECT 1 FROM release_search s WHERE s.terms @@ w.query "
                       "LIMIT $3) found) FROM (SELECT word, query::tsquery AS query FROM unnest($1::text[], "
                       "$2::text[]) AS given (word, query) OFFSET 0) w",
                       Parameters::Of(words, queries, kWordCountMax)));
  std::map<std::string, int64_t> counts;
  for (int i = 0; i < rows.rows(); ++i) {
    if (rows.Int64(i, 1) > 0) counts[rows.String(i, 0)] = rows.Int64(i, 1);
  }
  return counts;
}

// Words that begin as this one does, of the latest releases that have such, and differ in few letters.
absl::StatusOr<std::vector<std::string>> WordsAlike(Connection& connection, const std::string& word, bool latin) {
  std::string begin;
  for (const char32_t letter : Letters(word).substr(0, latin ? 3 : 2)) text::AppendUtf8(letter, begin);
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query(
          "SELECT word FROM ts_stat(format('SELECT terms FROM (SELECT release_id, terms FROM release_search "
          "WHERE terms @@ %L::tsquery OFFSET 0) found ORDER BY release_id DESC LIMIT %s', $1::text, $3::text)) WHERE "
          "starts_with(word, $2) ORDER BY ndoc DESC",
          Parameters::Of(QuotedTerm(begin) + ":*", begin, std::to_string(kSampledReleases))));
  const std::u32string letters = Letters(word);
  const size_t most = SpellingDistanceMax(letters.size());
  std::vector<std::string> words;
  for (int i = 0; i < rows.rows() && words.size() < kSampledWordsMax; ++i) {
    if (LetterDistance(letters, Letters(rows.String(i, 0)), most) <= most) words.push_back(rows.String(i, 0));
  }
  return words;
}

absl::StatusOr<std::string> BetterSpelling(Connection& connection, const std::string& word) {
  const bool latin = std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  std::vector<std::string> words = OneLetterAway(word, latin ? U"abcdefghijklmnopqrstuvwxyz" : U"");
  DATELINE_ASSIGN_OR_RETURN(const auto alike, WordsAlike(connection, word, latin));
  words.insert(words.end(), alike.begin(), alike.end());
  words.push_back(word);
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  // A word without letters is no TSQUERY.
  words.erase(std::remove(words.begin(), words.end(), std::string()), words.end());
  DATELINE_ASSIGN_OR_RETURN(const auto counts, CountWords(connection, words));
  const auto known = counts.find(word);
  SpellingChoice choice(word, known == counts.end() ? 0 : known->second);
  for (const auto& [near, count] : counts) choice.Offer(near, count);
  return choice.best();
}

absl::StatusOr<int64_t> IndexVersion(Connection& connection) {
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query("SELECT value FROM archive_setting WHERE name = 'search_text_version' FOR UPDATE"));
  return rows.empty() ? 0 : rows.Int64(0, 0);
}

}  // namespace

absl::StatusOr<MatchingRows*> PostgresReleaseIndex::RowsOf(const MatchPlan& plan) {
  if (plan_ != plan) {
    DATELINE_ASSIGN_OR_RETURN(rows_, MatchingRows::Of(connection_, plan));
    plan_ = plan;
  }
  return &*rows_;
}

absl::StatusOr<ReleaseIndex::Found> PostgresReleaseIndex::Find(const MatchPlan& plan, Measure measure, int most,
                                                               const std::vector<FacetField>& fields) {
  DATELINE_ASSIGN_OR_RETURN(MatchingRows* const rows, RowsOf(plan));
  Found found;
  FacetTally tally(fields);
  const MatchingRows::Wanted wanted{
      .most = most, .scores = measure == Measure::kScore, .days = measure == Measure::kDay, .facets = !fields.empty()};
  DATELINE_ASSIGN_OR_RETURN(const int count, rows->Read(wanted, [&](const MatchingRow& row) {
    found.candidates.push_back({.id = row.id, .score = row.score, .sort_day = row.sort_day});
    tally.Add(row.facets);
  }));
  found.all = count < most;
  if (found.all && !fields.empty()) {
    DATELINE_ASSIGN_OR_RETURN(found.facets, tally.Finish(connection_));
  }
  return found;
}

absl::StatusOr<int> PostgresReleaseIndex::Count(const MatchPlan& plan, int most) {
  DATELINE_ASSIGN_OR_RETURN(MatchingRows* const rows, RowsOf(plan));
  return rows->Count(most);
}

absl::Status PostgresReleaseIndex::Stream(const MatchPlan& plan, const Walk& walk, const Take& take) {
  if (plan.kind == MatchPlan::Kind::kAll) return StreamAll(connection_, walk, take);
  DATELINE_ASSIGN_OR_RETURN(MatchingRows* const rows, RowsOf(plan));
  MatchingRows::Wanted wanted{.ascending = walk.ascending};
  if (walk.after.has_value()) wanted.after = static_cast<int64_t>(walk.after->id);
  for (wanted.most = walk.at_once;; wanted.most = std::min(2 * wanted.most, kWalkRowsMax)) {
    std::vector<uint64_t> ids;
    DATELINE_ASSIGN_OR_RETURN(const int count,
                              rows->Read(wanted, [&ids](const MatchingRow& row) { ids.push_back(row.id); }));
    for (const uint64_t id : ids) {
      DATELINE_ASSIGN_OR_RETURN(const bool more, take({.id = id}));
      if (!more) return absl::OkStatus();
    }
    if (count < wanted.most) return absl::OkStatus();
    wanted.after = static_cast<int64_t>(ids.back());
  }
}

absl::Status PostgresReleaseIndex::StreamByDay(const Walk& walk, const Take& take) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  int64_t day = walk.ascending ? -kMost : kMost;
  int64_t id = day;
  if (walk.after.has_value()) {
    day = static_cast<int64_t>(walk.after->score);
    id = static_cast<int64_t>(walk.after->id);
  }
  for (int count = walk.at_once;; count = std::min(2 * count, kWalkRowsMax)) {
    DATELINE_ASSIGN_OR_RETURN(
        const Result rows,
        connection_.Query(walk.ascending
                              ? "SELECT release_id, sort_day FROM release_search WHERE (sort_day, release_id) > ($1, "
                                "$2) ORDER BY sort_day, release_id LIMIT $3"
                              : "SELECT release_id, sort_day FROM release_search WHERE (sort_day, release_id) < ($1, "
                                "$2) ORDER BY sort_day DESC, release_id DESC LIMIT $3",
                          Parameters::Of(day, id, count)));
    for (int i = 0; i < rows.rows(); ++i) {
      id = rows.Int64(i, 0);
      day = rows.Int64(i, 1);
      DATELINE_ASSIGN_OR_RETURN(const bool more, take({.id = rows.Uint64(i, 0), .score = 0, .sort_day = day}));
      if (!more) return absl::OkStatus();
    }
    if (rows.rows() < count) return absl::OkStatus();
  }
}

absl::StatusOr<std::vector<release::v1::Release>> PostgresReleaseIndex::Load(const std::vector<uint64_t>& ids,
                                                                             Parts parts) {
  return LoadReleasesById(connection_, {ids.begin(), ids.end()}, parts);
}

absl::StatusOr<std::vector<std::vector<FacetCount>>> PostgresReleaseIndex::CountFacets(
    const std::vector<uint64_t>& ids, const std::vector<FacetField>& fields) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows,
                            connection_.Query("SELECT facets FROM release_search WHERE release_id = ANY ($1)",
                                              Parameters::Of(std::vector<int64_t>(ids.begin(), ids.end()))));
  FacetTally tally(fields);
  for (int i = 0; i < rows.rows(); ++i) tally.Add(rows.Bytes(i, 0));
  return tally.Finish(connection_);
}

absl::StatusOr<std::vector<std::vector<FacetCount>>> PostgresReleaseIndex::CountFacets(
    const MatchPlan& plan, int most, const std::vector<FacetField>& fields) {
  DATELINE_ASSIGN_OR_RETURN(MatchingRows* const rows, RowsOf(plan));
  FacetTally tally(fields);
  DATELINE_RETURN_IF_ERROR(
      rows->Read({.most = most, .facets = true}, [&tally](const MatchingRow& row) { tally.Add(row.facets); }).status());
  return tally.Finish(connection_);
}

absl::StatusOr<std::vector<Correction>> PostgresReleaseIndex::FindCorrections(const SearchQuery& query) {
  std::vector<Correction> corrections;
  for (size_t i = 0; i < query.clauses.size(); ++i) {
    if (!MayBeMisspelt(query.clauses[i])) continue;
    DATELINE_ASSIGN_OR_RETURN(std::string word, BetterSpelling(connection_, query.clauses[i].phrase.terms.front()));
    if (!word.empty()) corrections.push_back({.clause = i, .word = std::move(word)});
  }
  return corrections;
}

absl::Status BringIndexUpToDate(sql::postgres::Database& database, const sql::Upgrading& upgrading) {
  int64_t releases = 0;
  int64_t version = 0;
  DATELINE_RETURN_IF_ERROR(database.WriteAndWait([&](Connection& connection) -> absl::Status {
    releases = 0;
    connection.Post(
        "INSERT INTO archive_setting (name, value) VALUES ('search_text_version', 0) ON CONFLICT (name) DO "
        "NOTHING");
    DATELINE_ASSIGN_OR_RETURN(version, IndexVersion(connection));
    if (version == kIndexVersion) return absl::OkStatus();
    connection.Post("SET LOCAL lock_timeout = 0");
    connection.Post("DELETE FROM release_search");
    for (int64_t last = 0;;) {
      DATELINE_ASSIGN_OR_RETURN(
          const Result rows,
          connection.Query("SELECT r.id, v.record, r.create_time_us FROM release r JOIN release_revision v ON v.id = "
                           "r.revision_id WHERE r.id > $1 ORDER BY r.id LIMIT $2",
                           Parameters::Of(last, kRebuildBatch)));
      std::vector<SearchEntry> entries;
      SearchEntries by_release;
      entries.reserve(static_cast<size_t>(rows.rows()));
      for (int i = 0; i < rows.rows(); ++i, ++releases) {
        last = rows.Int64(i, 0);
        release::v1::Release release;
        if (!release.ParseFromString(rows.String(i, 1)))
          return Damaged(fmt::format("release {} of the database", last));
        by_release[last] = &entries.emplace_back(MakeSearchEntry(IndexRelease(release, FromMicros(rows.Int64(i, 2)))));
      }
      PutIntoIndex(connection, by_release);
      if (upgrading) upgrading(fmt::format("the index of search is made anew: {} releases so far", releases));
      if (rows.rows() < kRebuildBatch) break;
    }
    connection.Post("UPDATE archive_setting SET value = $1 WHERE name = 'search_text_version'",
                    Parameters::Of(kIndexVersion));
    return absl::OkStatus();
  }));
  if (releases > 0) {
    log::Info("search_index_rebuilt",
              {{"from_version", version}, {"to_version", kIndexVersion}, {"releases", releases}});
  }
  return absl::OkStatus();
}

}  // namespace dateline::storage::pg
