#include "services/storage/postgres/search_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "services/storage/limits.h"
#include "services/storage/postgres/document_rows.h"
#include "services/storage/release_record.h"

namespace dateline::storage::pg {
namespace {

using sql::postgres::Parameters;
using sql::postgres::Result;

// A TSVECTOR holds less than 1 MiB of terms and places.
constexpr size_t kTermsBytesMax = 900 * 1024;
// Places that are kept of one term in one field: enough to rank by.
constexpr int kPlacesMax = 4;
// Stands between two fields; no term holds it.
constexpr std::string_view kFieldBreak = " \n ";
constexpr int kRebuildBatch = 200;

// ts_rank's weights for D, C, B, A: text, nothing, names, title.
constexpr std::string_view kRank = "ts_rank('{0.1, 0.1, 0.25, 0.8}', s.terms, $1::tsquery, 1)";

struct Occurrences {
  int title = 0;
  int names = 0;
  int text = 0;
};

void Count(std::string_view form, int Occurrences::*field, std::map<std::string_view, Occurrences>* terms) {
  while (!form.empty()) {
    const size_t end = std::min(form.find(' '), form.size());
    if (end > 0) ++((*terms)[form.substr(0, end)].*field);
    form.remove_prefix(std::min(end + 1, form.size()));
  }
}

// The places of a TSVECTOR here say how often a term occurs and in which field, not where.
void AppendPlaces(int count, char weight, int* place, std::string* out) {
  for (int i = 0; i < std::min(count, kPlacesMax); ++i) {
    out->push_back(*place == 0 ? ':' : ',');
    *place += 1;
    out->append(std::to_string(*place));
    if (weight != 'D') out->push_back(weight);
  }
}

// Terms hold letters, marks and digits only, so quoting them needs no escapes.
std::string Quoted(const Phrase& phrase, size_t index, bool title_only) {
  const bool prefix = phrase.prefix && index + 1 == phrase.terms.size();
  std::string text = fmt::format("'{}'", phrase.terms[index]);
  if (prefix || title_only) text.push_back(':');
  if (prefix) text.push_back('*');
  if (title_only) text.push_back('A');
  return text;
}

// What has to stand in the words for the phrase to be there.
std::string Needle(const Phrase& phrase) {
  std::string needle;
  for (const std::string& term : phrase.terms) needle.append(" ").append(term);
  if (!phrase.prefix) needle.push_back(' ');
  return needle;
}

// Whether the tsquery alone does not decide about a clause.
bool NeedsWords(const Clause& clause) {
  return clause.phrase.terms.size() > 1;
}

absl::StatusOr<std::vector<Candidate>> ReadCandidates(Connection& connection, Connection::Ticket ticket) {
  DATELINE_ASSIGN_OR_RETURN(const Result rows, connection.Take(ticket));
  std::vector<Candidate> candidates;
  candidates.reserve(static_cast<size_t>(rows.rows()));
  for (int i = 0; i < rows.rows(); ++i) candidates.push_back({.id = rows.Int64(i, 0), .score = rows.Double(i, 1)});
  return candidates;
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
  entry.title = fmt::format(" {} ", text.title);
  entry.words = fmt::format(" {}{}{}{}{} ", text.title, kFieldBreak, text.text, kFieldBreak, text.names);
  std::map<std::string_view, Occurrences> terms;
  Count(text.title, &Occurrences::title, &terms);
  Count(text.text, &Occurrences::text, &terms);
  Count(text.names, &Occurrences::names, &terms);
  size_t bytes = 0;
  for (const auto& [term, found] : terms) {
    bytes += term.size() + 2 * kPlacesMax + 8;
    if (!entry.terms.empty()) entry.terms.push_back(' ');
    entry.terms.append("'").append(term).append("'");
    int place = 0;
    AppendPlaces(found.title, 'A', &place, &entry.terms);
    AppendPlaces(found.names, 'B', &place, &entry.terms);
    AppendPlaces(found.text, 'D', &place, &entry.terms);
  }
  entry.overflow = bytes > kTermsBytesMax;
  if (entry.overflow) entry.terms.clear();
  return entry;
}

std::string ToTsQuery(const SearchQuery& query) {
  std::string text;
  for (const Clause& clause : query.clauses) {
    // Having all words of a phrase is not having the phrase, so its words exclude nothing.
    if (clause.excluded && NeedsWords(clause)) continue;
    for (size_t i = 0; i < clause.phrase.terms.size(); ++i) {
      if (!text.empty()) text += " & ";
      if (clause.excluded) text += "!";
      text += Quoted(clause.phrase, i, clause.title_only);
    }
  }
  return text;
}

absl::StatusOr<std::vector<Candidate>> FindCandidates(Connection& connection, const SearchQuery& query,
                                                      bool newest_first) {
  // Which conditions there are varies with the query, their values are bound.
  std::string in_words;
  std::string all;
  std::vector<std::string> needles;
  for (const Clause& clause : query.clauses) {
    needles.push_back(Needle(clause.phrase));
    const std::string condition = fmt::format(" AND position(${} in {}) {} 0", needles.size() + 2,
                                              clause.title_only ? "s.title" : "s.words", clause.excluded ? "=" : ">");
    all += condition;
    if (NeedsWords(clause)) in_words += condition;
  }
  const std::string sql = fmt::format(
      "SELECT release_id, score FROM ((SELECT s.release_id, {0} AS score FROM release_search s WHERE s.terms @@ "
      "$1::tsquery AND NOT s.overflow{1}) UNION ALL (SELECT s.release_id, 0.05::real AS score FROM release_search s "
      "WHERE s.overflow{2})) found ORDER BY {3} LIMIT $2",
      kRank, in_words, all, newest_first ? "release_id DESC" : "score DESC, release_id DESC");
  const std::string tsquery = ToTsQuery(query);
  Parameters parameters = Parameters::Of(tsquery, kSearchCandidatesMax);
  for (const std::string& needle : needles) parameters.Add(needle);
  return ReadCandidates(connection, connection.Send(sql, parameters, Connection::Plan::kOnce));
}

void PutIntoIndex(Connection& connection, int64_t release_id, const SearchEntry& entry) {
  connection.Post(
      "INSERT INTO release_search (release_id, title, words, terms, overflow) VALUES ($1, $2, $3, $4::text::tsvector, "
      "$5) "
      "ON CONFLICT (release_id) DO UPDATE SET title = excluded.title, words = excluded.words, terms = excluded.terms, "
      "overflow = excluded.overflow",
      Parameters::Of(release_id, entry.title, entry.words, entry.terms, entry.overflow));
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
    for (int64_t last = 0;;) {
      DATELINE_ASSIGN_OR_RETURN(
          const Result rows,
          connection.Query("SELECT r.id, v.record FROM release r JOIN release_revision v ON v.id = r.revision_id WHERE "
                           "r.id > $1 ORDER BY r.id LIMIT $2",
                           Parameters::Of(last, kRebuildBatch)));
      for (int i = 0; i < rows.rows(); ++i, ++releases) {
        last = rows.Int64(i, 0);
        release::v1::Release release;
        if (!release.ParseFromString(rows.String(i, 1)))
          return Damaged(fmt::format("release {} of the database", last));
        PutIntoIndex(connection, last, MakeSearchEntry(IndexRelease(release)));
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
