#include "services/storage/postgres/search_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "common/text/utf8.h"
#include "services/storage/limits.h"
#include "services/storage/postgres/document_rows.h"
#include "services/storage/postgres/match_sql.h"
#include "services/storage/postgres/matching_rows.h"
#include "services/storage/postgres/release_rows.h"
#include "services/storage/release_record.h"
#include "services/storage/spelling.h"

namespace dateline::storage::pg {
namespace {

using sql::postgres::Parameters;
using sql::postgres::Result;

// A TSVECTOR holds less than 1 MiB of terms and places.
constexpr size_t kTermsBytesMax = 900 * 1024;
// Places that are kept of one term in one field: enough to rank by.
constexpr int kPlacesMax = 4;
constexpr int kRebuildBatch = 200;
// Rows of a walk that one statement gives; each statement asks for twice as many as the one before.
constexpr int kWalkRowsMax = 2'000;

// ts_rank's weights for D, C, B, A: text, subtitle, names, title.
constexpr std::string_view kWeights = "'{0.1, 0.4, 0.25, 0.8}'";
// What a release without a TSVECTOR scores.
constexpr std::string_view kOverflowScore = "0.05::real";

// Releases that are looked through for words near to a misspelt one, and words of those that are counted.
constexpr int kSampledReleases = 200;
constexpr size_t kSampledWordsMax = 500;
// How many releases with a word are counted.
constexpr int kWordCountMax = 1'000;

struct Occurrences {
  int title = 0;
  int subtitle = 0;
  int names = 0;
  int text = 0;
};

// In no order: the server puts them in its own.
using TermCounts = absl::flat_hash_map<std::string_view, Occurrences, std::hash<std::string_view>>;

void CountTerms(std::string_view form, int Occurrences::*field, TermCounts* terms) {
  while (!form.empty()) {
    const size_t end = std::min(form.find(' '), form.size());
    const std::string_view term = form.substr(0, end);
    if (end > 0 && term != kValueBreak) ++((*terms)[term].*field);
    form.remove_prefix(std::min(end + 1, form.size()));
  }
}

// The places of a TSVECTOR here say how often a term occurs and in which field, not where.
void AppendPlaces(int count, char weight, int* place, std::string* out) {
  for (int i = 0; i < std::min(count, kPlacesMax); ++i) {
    out->push_back(*place == 0 ? ':' : ',');
    *place += 1;
    const fmt::format_int digits(*place);
    out->append(digits.data(), digits.size());
    if (weight != 'D') out->push_back(weight);
  }
}

std::string Spaced(const std::string& form) {
  std::string spaced;
  spaced.reserve(form.size() + 2);
  spaced.append(" ").append(form).append(" ");
  return spaced;
}

absl::StatusOr<Result> RunOnce(Connection& connection, const std::string& sql, const StatementValues& values) {
  return connection.Query(sql, values.parameters(), Connection::Plan::kOnce);
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

SearchEntry MakeSearchEntry(const IndexedText& text) {
  SearchEntry entry;
  entry.title = Spaced(text.title);
  entry.subtitle = Spaced(text.subtitle);
  entry.text = Spaced(text.text);
  entry.names = Spaced(text.names);
  entry.sort_day = text.sort_day;
  for (const FacetEntry& facet : text.facets) {
    // TEXT holds no NUL.
    if (facet.value.find('\0') != std::string::npos) continue;
    entry.facets.push_back(fmt::format("{}{}", static_cast<int>(facet.field), facet.value));
  }
  TermCounts terms;
  terms.reserve(text.text.size() / 8);
  CountTerms(text.title, &Occurrences::title, &terms);
  CountTerms(text.subtitle, &Occurrences::subtitle, &terms);
  CountTerms(text.text, &Occurrences::text, &terms);
  CountTerms(text.names, &Occurrences::names, &terms);
  size_t bytes = 0;
  for (const auto& [term, found] : terms) {
    bytes += term.size() + 2 * kPlacesMax + 8;
    if (!entry.terms.empty()) entry.terms.push_back(' ');
    AppendQuotedTerm(term, &entry.terms);
    int place = 0;
    AppendPlaces(found.title, 'A', &place, &entry.terms);
    AppendPlaces(found.names, 'B', &place, &entry.terms);
    AppendPlaces(found.subtitle, 'C', &place, &entry.terms);
    AppendPlaces(found.text, 'D', &place, &entry.terms);
  }
  // Tokens of facts hold letters and digits behind their sign.
  entry.terms.append(" ").append(text.facts);
  entry.overflow = bytes + text.facts.size() > kTermsBytesMax;
  if (entry.overflow) {
    entry.terms.clear();
    entry.facts = Spaced(text.facts);
  }
  return entry;
}

absl::StatusOr<std::vector<Candidate>> PostgresReleaseIndex::Find(const MatchPlan& plan, bool with_days, int most) {
  DATELINE_ASSIGN_OR_RETURN(const Way way, ChooseWay(connection_, plan, most));
  StatementValues values;
  const std::string rank = RankTsQuery(plan);
  const std::string day = ", (SELECT f.sort_day FROM release_facet f WHERE f.release_id = s.release_id)";
  const std::string days = with_days ? day : ", 0::bigint";
  const std::string score =
      rank.empty() ? ", 0::real AS score"
                   : fmt::format(", ts_rank({}, s.terms, {}::tsquery, 1) AS score", kWeights, values.Text(rank));
  const std::string sql = SelectMatches(plan,
                                        {.way = way,
                                         .columns = score + days,
                                         .overflow_columns = fmt::format(", {}{}", kOverflowScore, days),
                                         .most = most},
                                        &values);
  DATELINE_ASSIGN_OR_RETURN(const Result rows, RunOnce(connection_, sql, values));
  std::vector<Candidate> candidates;
  candidates.reserve(static_cast<size_t>(rows.rows()));
  for (int i = 0; i < rows.rows(); ++i) {
    candidates.push_back({.id = rows.Uint64(i, 0), .score = rows.Double(i, 1), .sort_day = rows.Int64(i, 2)});
  }
  return candidates;
}

absl::StatusOr<std::vector<uint64_t>> PostgresReleaseIndex::FindIds(const MatchPlan& plan, int most) {
  DATELINE_ASSIGN_OR_RETURN(const Way way, ChooseWay(connection_, plan, most));
  StatementValues values;
  const std::string sql = SelectMatches(plan, {.way = way, .most = most}, &values);
  DATELINE_ASSIGN_OR_RETURN(const Result rows, RunOnce(connection_, sql, values));
  std::vector<uint64_t> ids;
  ids.reserve(static_cast<size_t>(rows.rows()));
  for (int i = 0; i < rows.rows(); ++i) ids.push_back(rows.Uint64(i, 0));
  return ids;
}

absl::StatusOr<int> PostgresReleaseIndex::Count(const MatchPlan& plan, int most) {
  StatementValues values;
  const std::string limit = values.Number(most);
  const std::string sql = fmt::format(
      "SELECT count(*) FROM ((SELECT 1 FROM release_search s WHERE NOT s.overflow AND {1} LIMIT {0}) UNION ALL "
      "(SELECT 1 FROM release_search s WHERE s.overflow AND {2} LIMIT {0})) found",
      limit, MatchCondition(plan, &values), OverflowCondition(plan, &values));
  DATELINE_ASSIGN_OR_RETURN(const Result rows, RunOnce(connection_, sql, values));
  return static_cast<int>(std::min<int64_t>(rows.Int64(0, 0), most));
}

absl::Status PostgresReleaseIndex::Stream(const MatchPlan& plan, const Walk& walk, const Take& take) {
  int64_t after = walk.ascending ? 0 : std::numeric_limits<int64_t>::max();
  if (walk.after.has_value()) after = static_cast<int64_t>(walk.after->id);
  Way way = Way::kOrder;
  if (plan.kind != MatchPlan::Kind::kAll) {
    DATELINE_ASSIGN_OR_RETURN(way, ChooseWay(connection_, plan, walk.at_once));
  }
  for (int count = walk.at_once;; count = std::min(2 * count, kWalkRowsMax)) {
    StatementValues values;
    const std::string_view direction = walk.ascending ? ">" : "<";
    std::string sql;
    if (plan.kind == MatchPlan::Kind::kAll) {
      const std::string bound = values.Number(after);
      sql = fmt::format("SELECT id FROM release WHERE id {} {} ORDER BY id{} LIMIT {}", direction, bound,
                        walk.ascending ? "" : " DESC", values.Number(count));
    } else {
      const std::string bound = fmt::format(" AND s.release_id {} {}", direction, values.Number(after));
      sql = SelectMatches(plan, {.way = way, .bound = bound, .ascending = walk.ascending, .most = count}, &values);
    }
    DATELINE_ASSIGN_OR_RETURN(const Result rows, RunOnce(connection_, sql, values));
    for (int i = 0; i < rows.rows(); ++i) {
      after = rows.Int64(i, 0);
      DATELINE_ASSIGN_OR_RETURN(const bool more, take({.id = rows.Uint64(i, 0), .score = 0, .sort_day = 0}));
      if (!more) return absl::OkStatus();
    }
    if (rows.rows() < count) return absl::OkStatus();
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
                              ? "SELECT release_id, sort_day FROM release_facet WHERE (sort_day, release_id) > ($1, "
                                "$2) ORDER BY sort_day, release_id LIMIT $3"
                              : "SELECT release_id, sort_day FROM release_facet WHERE (sort_day, release_id) < ($1, "
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
  std::vector<std::string> digits;
  for (const FacetField field : fields) digits.push_back(std::to_string(static_cast<int>(field)));
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection_.Query("SELECT value, number FROM (SELECT value, number, row_number() OVER (PARTITION BY left(value, "
                        "1) ORDER BY number DESC, value) AS place FROM (SELECT value, count(*) AS number FROM "
                        "release_facet f CROSS JOIN LATERAL unnest(f.facets) AS value WHERE f.release_id = ANY ($1) "
                        "AND left(value, 1) = ANY ($2) GROUP BY value) counted) placed WHERE place <= $3",
                        Parameters::Of(std::vector<int64_t>(ids.begin(), ids.end()), digits, kFacetValuesMax)));
  FacetCounter counter(fields);
  for (int i = 0; i < rows.rows(); ++i) {
    const std::string value = rows.String(i, 0);
    counter.Add(static_cast<FacetField>(value.front() - '0'), value.substr(1), static_cast<int>(rows.Int64(i, 1)));
  }
  return counter.Finish();
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

void PutIntoIndex(Connection& connection, int64_t release_id, const SearchEntry& entry) {
  connection.Post(
      "INSERT INTO release_search (release_id, title, subtitle, text, names, terms, overflow, facts) VALUES ($1, $2, "
      "$3, $4, $5, $6::text::tsvector, $7, $8) ON CONFLICT (release_id) DO UPDATE SET title = excluded.title, subtitle "
      "= excluded.subtitle, text = excluded.text, names = excluded.names, terms = excluded.terms, overflow = "
      "excluded.overflow, facts = excluded.facts",
      Parameters::Of(release_id, entry.title, entry.subtitle, entry.text, entry.names, entry.terms, entry.overflow,
                     entry.facts));
  connection.Post(
      "INSERT INTO release_facet (release_id, sort_day, facets) VALUES ($1, $2, $3) ON CONFLICT (release_id) DO UPDATE "
      "SET sort_day = excluded.sort_day, facets = excluded.facets",
      Parameters::Of(release_id, entry.sort_day, entry.facets));
}

absl::Status BringIndexUpToDate(sql::postgres::Database& database) {
  int64_t releases = 0;
  int64_t version = 0;
  DATELINE_RETURN_IF_ERROR(database.WriteAndWait([&](Connection& connection) -> absl::Status {
    releases = 0;
    connection.Post(
        "INSERT INTO archive_setting (name, value) VALUES ('search_text_version', 0) ON CONFLICT (name) DO "
        "NOTHING");
    DATELINE_ASSIGN_OR_RETURN(version, IndexVersion(connection));
    if (version == kSearchTextVersion) return absl::OkStatus();
    connection.Post("SET LOCAL lock_timeout = 0");
    connection.Post("DELETE FROM release_search");
    connection.Post("DELETE FROM release_facet");
    for (int64_t last = 0;;) {
      DATELINE_ASSIGN_OR_RETURN(
          const Result rows,
          connection.Query("SELECT r.id, v.record, r.create_time_us FROM release r JOIN release_revision v ON v.id = "
                           "r.revision_id WHERE r.id > $1 ORDER BY r.id LIMIT $2",
                           Parameters::Of(last, kRebuildBatch)));
      for (int i = 0; i < rows.rows(); ++i, ++releases) {
        last = rows.Int64(i, 0);
        release::v1::Release release;
        if (!release.ParseFromString(rows.String(i, 1)))
          return Damaged(fmt::format("release {} of the database", last));
        PutIntoIndex(connection, last, MakeSearchEntry(IndexRelease(release, FromMicros(rows.Int64(i, 2)))));
      }
      if (rows.rows() < kRebuildBatch) break;
    }
    connection.Post("UPDATE archive_setting SET value = $1 WHERE name = 'search_text_version'",
                    Parameters::Of(kSearchTextVersion));
    return absl::OkStatus();
  }));
  if (releases > 0) {
    log::Info("search_index_rebuilt",
              {{"from_version", version}, {"to_version", kSearchTextVersion}, {"releases", releases}});
  }
  return absl::OkStatus();
}

}  // namespace dateline::storage::pg
