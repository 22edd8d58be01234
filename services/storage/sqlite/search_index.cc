#include "services/storage/sqlite/search_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/statement.h"
#include "common/text/utf8.h"
#include "dateline/release/v1/release.pb.h"
#include "services/storage/fact_terms.h"
#include "services/storage/limits.h"
#include "services/storage/release_record.h"
#include "services/storage/spelling.h"
#include "services/storage/sqlite/match_question.h"
#include "services/storage/sqlite/release_rows.h"

namespace dateline::storage {
namespace {

using sql::Connection;
using sql::Statement;

// Terms of a neighbourhood that are looked through for a better spelling.
constexpr int kNeighboursMax = 5'000;
// How many of the terms that begin alike are looked at: those with these letters.
constexpr size_t kNeighbourLetters = 3;

// A number of facet_value and its field share 32 bits in release_facet.
constexpr uint32_t kFacetFieldBits = 3;
constexpr uint32_t kFacetFieldMask = (1u << kFacetFieldBits) - 1;

absl::StatusOr<int64_t> FacetValueId(Connection& connection, const FacetEntry& entry, FacetValueIds* known) {
  if (const auto id = known == nullptr ? std::nullopt : known->Find(entry); id.has_value()) return *id;
  const int field = static_cast<int>(entry.field);
  int64_t id = 0;
  {
    Statement find(connection, "SELECT id FROM facet_value WHERE field = ?1 AND value = ?2");
    find.BindAll(field, entry.value);
    DATELINE_ASSIGN_OR_RETURN(const bool found, find.Step());
    if (found) id = find.ColumnInt64(0);
  }
  if (id == 0) {
    Statement insert(connection, "INSERT INTO facet_value (field, value) VALUES (?1, ?2)");
    insert.BindAll(field, entry.value);
    DATELINE_RETURN_IF_ERROR(insert.Run());
    id = connection.last_insert_rowid();
  }
  if (known != nullptr) known->Put(entry, id);
  return id;
}

// Counts the numbers of packed facets of the fields that are asked for.
class FacetTally {
 public:
  explicit FacetTally(const std::vector<FacetField>& fields) {
    for (const FacetField field : fields) wanted_ |= 1U << static_cast<uint32_t>(field);
  }
  void Add(std::string_view packed) {
    for (size_t at = 0; at + sizeof(uint32_t) <= packed.size(); at += sizeof(uint32_t)) {
      uint32_t entry = 0;
      std::memcpy(&entry, packed.data() + at, sizeof(entry));
      if ((wanted_ >> (entry & kFacetFieldMask) & 1U) == 0) continue;
      if (entry >= counts_.size()) counts_.resize(std::max<size_t>(entry + 1, counts_.size() * 2));
      ++counts_[entry];
    }
  }
  std::vector<CountedKey> Counts() const {
    std::vector<CountedKey> counts;
    for (uint32_t entry = 0; entry < counts_.size(); ++entry) {
      const auto field = static_cast<FacetField>(entry & kFacetFieldMask);
      if (counts_[entry] > 0) counts.push_back({.field = field, .key = entry, .count = counts_[entry]});
    }
    return counts;
  }

 private:
  uint32_t wanted_ = 0;
  std::vector<int> counts_;  // By packed number, which values get in the order in which they are first seen.
};

// Where so large a part of the rows between the first and the last is asked for, walking over all is faster than
// looking for each.
constexpr uint64_t kDenseShare = 6;

absl::Status TallyFacets(Connection& connection, const std::vector<uint64_t>& ids, FacetTally* tally) {
  if (ids.empty()) return absl::OkStatus();
  std::vector<uint64_t> ascending = ids;
  std::sort(ascending.begin(), ascending.end());
  if (ascending.back() - ascending.front() < kDenseShare * ascending.size()) {
    Statement walk(connection,
                   "SELECT release_id, facets FROM release_facet WHERE release_id BETWEEN ?1 AND ?2 ORDER BY "
                   "release_id");
    walk.BindAll(ascending.front(), ascending.back());
    auto next = ascending.begin();
    while (true) {
      DATELINE_ASSIGN_OR_RETURN(const bool more, walk.Step());
      if (!more) return absl::OkStatus();
      const uint64_t id = walk.ColumnUint64(0);
      while (next != ascending.end() && *next < id) ++next;
      if (next != ascending.end() && *next == id) tally->Add(walk.ColumnBlob(1));
    }
  }
  Statement one(connection, "SELECT facets FROM release_facet WHERE release_id = ?1");
  for (const uint64_t id : ascending) {
    one.Reset();
    one.Bind(1, id);
    DATELINE_ASSIGN_OR_RETURN(const bool found, one.Step());
    if (found) tally->Add(one.ColumnBlob(0));
  }
  return absl::OkStatus();
}

// In how many releases a term stands.
absl::StatusOr<int64_t> ReleasesWith(Connection& connection, std::string_view term) {
  Statement statement(connection, "SELECT doc FROM release_vocabulary WHERE term = ?1");
  statement.Bind(1, term);
  DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
  return found ? statement.ColumnInt64(0) : int64_t{0};
}

// Offers the terms near to a word: those one letter away, and those that begin alike.
absl::Status OfferNeighbours(Connection& connection, const std::string& word, SpellingChoice* choice) {
  const bool latin = std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  for (const std::string& near : OneLetterAway(word, latin ? U"abcdefghijklmnopqrstuvwxyz" : U"")) {
    DATELINE_ASSIGN_OR_RETURN(const int64_t count, ReleasesWith(connection, near));
    if (count > 0) choice->Offer(near, count);
  }
  std::string begin;
  for (const char32_t letter : Letters(word).substr(0, latin ? kNeighbourLetters : kNeighbourLetters - 1)) {
    text::AppendUtf8(letter, begin);
  }
  Statement statement(connection, "SELECT term, doc FROM release_vocabulary WHERE term >= ?1 AND term < ?2 LIMIT ?3");
  statement.BindAll(begin, begin + "\xF4\x8F\xBF\xBF", kNeighboursMax);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return absl::OkStatus();
    choice->Offer(statement.ColumnText(0), statement.ColumnInt64(1));
  }
}

// Gives the ids that a statement answers, until enough were taken.
absl::Status TakeAll(Statement* statement, const ReleaseIndex::Take& take) {
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool found, statement->Step());
    if (!found) return absl::OkStatus();
    DATELINE_ASSIGN_OR_RETURN(const bool more, take({.id = statement->ColumnUint64(0), .score = 0, .sort_day = 0}));
    if (!more) return absl::OkStatus();
  }
}

}  // namespace

absl::StatusOr<ReleaseIndex::Found> SqliteReleaseIndex::Find(const MatchPlan& plan, Measure measure, int most,
                                                             const std::vector<FacetField>& fields) {
  DATELINE_ASSIGN_OR_RETURN(const MatchQuestion question, MatchQuestion::Make(connection_, plan));
  const bool scores = measure == Measure::kScore;
  const std::string score = scores ? fmt::format("term_rank(release_search, ?4, {}, {}, {}, {})", kTitleWorth,
                                                 kSubtitleWorth, kTextWorth, kNamesWorth)
                                   : "0";
  Statement statement(connection_,
                      fmt::format("SELECT rowid, {} FROM release_search WHERE {} ORDER BY rowid DESC LIMIT ?3", score,
                                  question.condition()));
  question.BindTo(&statement);
  statement.Bind(3, most);
  if (scores) statement.Bind(4, question.ranked_phrases());
  DayReader days(connection_);
  Found found;
  std::vector<uint64_t> ids;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) break;
    Candidate& candidate = found.candidates.emplace_back();
    candidate.id = statement.ColumnUint64(0);
    candidate.score = statement.ColumnDouble(1);
    ids.push_back(candidate.id);
    if (scores) continue;
    DATELINE_ASSIGN_OR_RETURN(const PublishedDay day, days.Find(statement.ColumnInt64(0)));
    candidate.sort_day = day.sort_day;
  }
  found.all = ids.size() < static_cast<size_t>(most);
  if (found.all && !fields.empty()) {
    DATELINE_ASSIGN_OR_RETURN(found.facets, CountFacets(ids, fields));
  }
  return found;
}

absl::StatusOr<int> SqliteReleaseIndex::Count(const MatchPlan& plan, int most) {
  DATELINE_ASSIGN_OR_RETURN(const MatchQuestion question, MatchQuestion::Make(connection_, plan));
  Statement statement(
      connection_,
      fmt::format("SELECT count(*) FROM (SELECT rowid FROM release_search WHERE {} LIMIT ?3)", question.condition()));
  question.BindTo(&statement);
  statement.Bind(3, most);
  DATELINE_RETURN_IF_ERROR(statement.Step().status());
  return statement.ColumnInt(0);
}

absl::Status SqliteReleaseIndex::Stream(const MatchPlan& plan, const Walk& walk, const Take& take) {
  const int64_t begin = walk.ascending ? 0 : std::numeric_limits<int64_t>::max();
  const int64_t after = walk.after.has_value() ? static_cast<int64_t>(walk.after->id) : begin;
  if (plan.kind == MatchPlan::Kind::kAll) {
    Statement statement(connection_, walk.ascending ? "SELECT id FROM release WHERE id > ?1 ORDER BY id"
                                                    : "SELECT id FROM release WHERE id < ?1 ORDER BY id DESC");
    statement.Bind(1, after);
    return TakeAll(&statement, take);
  }
  DATELINE_ASSIGN_OR_RETURN(const MatchQuestion question, MatchQuestion::Make(connection_, plan));
  Statement statement(connection_,
                      fmt::format("SELECT rowid FROM release_search WHERE {} AND rowid {} ?3 ORDER BY rowid{}",
                                  question.condition(), walk.ascending ? ">" : "<", walk.ascending ? "" : " DESC"));
  question.BindTo(&statement);
  statement.Bind(3, after);
  return TakeAll(&statement, take);
}

absl::Status SqliteReleaseIndex::StreamByDay(const Walk& walk, const Take& take) {
  Statement statement(
      connection_, walk.ascending ? "SELECT release_id, sort_day FROM release_facet "
                                    "WHERE (sort_day, release_id) > (?1, ?2) ORDER BY sort_day, release_id"
                                  : "SELECT release_id, sort_day FROM release_facet "
                                    "WHERE (sort_day, release_id) < (?1, ?2) ORDER BY sort_day DESC, release_id DESC");
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  const int64_t begin = walk.ascending ? -kMost : kMost;
  statement.BindAll(walk.after.has_value() ? static_cast<int64_t>(walk.after->score) : begin,
                    walk.after.has_value() ? static_cast<int64_t>(walk.after->id) : begin);
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return absl::OkStatus();
    DATELINE_ASSIGN_OR_RETURN(
        const bool more, take({.id = statement.ColumnUint64(0), .score = 0, .sort_day = statement.ColumnInt64(1)}));
    if (!more) return absl::OkStatus();
  }
}

absl::StatusOr<std::vector<release::v1::Release>> SqliteReleaseIndex::Load(const std::vector<uint64_t>& ids,
                                                                           Parts parts) {
  std::vector<release::v1::Release> releases;
  for (const uint64_t id : ids) {
    DATELINE_ASSIGN_OR_RETURN(releases.emplace_back(), LoadReleaseById(connection_, static_cast<int64_t>(id), parts));
  }
  return releases;
}

absl::StatusOr<std::vector<std::vector<FacetCount>>> SqliteReleaseIndex::CountFacets(
    const std::vector<uint64_t>& ids, const std::vector<FacetField>& fields) {
  FacetTally tally(fields);
  DATELINE_RETURN_IF_ERROR(TallyFacets(connection_, ids, &tally));
  // Of equals the values that came into the archive first.
  std::vector<CountedKey> values = tally.Counts();
  KeepMostFrequent(&values);
  FacetCounter counter(fields);
  Statement text(connection_, "SELECT value FROM facet_value WHERE id = ?1");
  for (const CountedKey& value : values) {
    text.Reset();
    text.Bind(1, value.key >> kFacetFieldBits);
    DATELINE_ASSIGN_OR_RETURN(const bool found, text.Step());
    if (found) counter.Add(value.field, std::string(text.ColumnText(0)), value.count);
  }
  return counter.Finish();
}

absl::StatusOr<std::vector<std::vector<FacetCount>>> SqliteReleaseIndex::CountFacets(
    const MatchPlan& plan, int most, const std::vector<FacetField>& fields) {
  std::vector<uint64_t> ids;
  DATELINE_RETURN_IF_ERROR(Stream(plan, {}, [&](const Candidate& candidate) -> absl::StatusOr<bool> {
    ids.push_back(candidate.id);
    return ids.size() < static_cast<size_t>(most);
  }));
  return CountFacets(ids, fields);
}

absl::StatusOr<std::vector<Correction>> SqliteReleaseIndex::FindCorrections(const SearchQuery& query) {
  std::vector<Correction> corrections;
  for (size_t i = 0; i < query.clauses.size(); ++i) {
    if (!MayBeMisspelt(query.clauses[i])) continue;
    const std::string& word = query.clauses[i].phrase.terms.front();
    DATELINE_ASSIGN_OR_RETURN(const int64_t count, ReleasesWith(connection_, word));
    SpellingChoice choice(word, count);
    DATELINE_RETURN_IF_ERROR(OfferNeighbours(connection_, word, &choice));
    if (!choice.best().empty()) corrections.push_back({.clause = i, .word = choice.best()});
  }
  return corrections;
}

std::optional<int64_t> FacetValueIds::Find(const FacetEntry& entry) const {
  const auto found = ids_.find(entry);
  return found == ids_.end() ? std::nullopt : std::optional<int64_t>(found->second);
}

void FacetValueIds::Put(const FacetEntry& entry, int64_t id) {
  if (ids_.size() >= kFacetValueIdsMax) ids_.clear();
  ids_.emplace(entry, id);
}

absl::Status IndexWriter::Add(int64_t id, const IndexedText& text) {
  Statement insert(connection_,
                   "INSERT INTO release_search (rowid, title, subtitle, text, names, facts) "
                   "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
  insert.BindAll(id, text.title, text.subtitle, text.text, text.names, text.facts);
  DATELINE_RETURN_IF_ERROR(insert.Run());
  std::string packed;
  for (const FacetEntry& entry : text.facets) {
    DATELINE_ASSIGN_OR_RETURN(const int64_t value, FacetValueId(connection_, entry, known_));
    const uint32_t number = (static_cast<uint32_t>(value) << kFacetFieldBits) | static_cast<uint32_t>(entry.field);
    packed.append(reinterpret_cast<const char*>(&number), sizeof(number));
  }
  Statement facets(connection_,
                   "INSERT OR REPLACE INTO release_facet (release_id, sort_day, facets) VALUES (?1, ?2, ?3)");
  facets.BindAll(id, text.sort_day, sql::Blob{packed});
  days_.Put(id, {.sort_day = text.sort_day, .precision = text.sort_precision});
  return facets.Run();
}

absl::Status IndexWriter::Remove(int64_t id, const IndexedText& text) {
  Statement remove(connection_,
                   "INSERT INTO release_search (release_search, rowid, title, subtitle, text, names, facts) "
                   "VALUES ('delete', ?1, ?2, ?3, ?4, ?5, ?6)");
  remove.BindAll(id, text.title, text.subtitle, text.text, text.names, text.facts);
  DATELINE_RETURN_IF_ERROR(remove.Run());
  Statement facets(connection_, "DELETE FROM release_facet WHERE release_id = ?1");
  facets.Bind(1, id);
  days_.Remove(id);
  return facets.Run();
}

absl::Status AddToIndex(Connection& connection, int64_t id, const IndexedText& text) {
  IndexWriter writer(connection);
  DATELINE_RETURN_IF_ERROR(writer.Add(id, text));
  return writer.Finish();
}

absl::Status RemoveFromIndex(Connection& connection, int64_t id, const IndexedText& text) {
  IndexWriter writer(connection);
  DATELINE_RETURN_IF_ERROR(writer.Remove(id, text));
  return writer.Finish();
}

absl::Status EraseFacetValues(Connection& connection, const std::vector<FacetEntry>& values) {
  Statement erase(connection, "UPDATE facet_value SET value = '*' || id WHERE field = ?1 AND value = ?2");
  for (const FacetEntry& entry : values) {
    erase.Reset();
    erase.BindAll(static_cast<int>(entry.field), entry.value);
    DATELINE_RETURN_IF_ERROR(erase.Run());
  }
  return absl::OkStatus();
}

}  // namespace dateline::storage
