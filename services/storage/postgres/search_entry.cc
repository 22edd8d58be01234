#include "services/storage/postgres/search_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "services/storage/postgres/facet_rows.h"
#include "services/storage/postgres/match_sql.h"
#include "services/storage/postgres/ranking.h"
#include "services/storage/postgres/release_blocks.h"
#include "services/storage/published_day.h"
#include "services/storage/search_text.h"

namespace dateline::storage::pg {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Parameters;

// A TSVECTOR holds less than 1 MiB of terms.
constexpr size_t kTermsBytesMax = 900 * 1024;

void CountTerms(std::string_view form, int Occurrences::*field, TermCounts* terms) {
  while (!form.empty()) {
    const size_t end = std::min(form.find(' '), form.size());
    const std::string_view term = form.substr(0, end);
    if (end > 0 && term != kValueBreak) ++((*terms)[term].*field);
    form.remove_prefix(std::min(end + 1, form.size()));
  }
}

// A term of the TSVECTOR, which has no places: an index of words knows none, and ranking has its own.
void AppendTerm(std::string_view term, char sign, std::string* out) {
  if (!out->empty()) out->push_back(' ');
  if (sign == 0) return AppendQuotedTerm(term, out);
  std::string signed_term(1, sign);
  signed_term.append(term);
  AppendQuotedTerm(signed_term, out);
}

std::string JoinParts(const IndexedText& text) {
  std::string words;
  words.reserve(text.title.size() + text.subtitle.size() + text.names.size() + text.text.size() + 16);
  for (const std::string* part : {&text.title, &text.subtitle, &text.names, &text.text}) {
    if (!words.empty()) words.push_back(kPartBreak);
    words.append(" ").append(*part).append(" ");
  }
  return words;
}

}  // namespace

SearchEntry MakeSearchEntry(const IndexedText& text) {
  SearchEntry entry{.words = JoinParts(text), .facets = text.facets, .sort_day = text.sort_day};
  if (text.sort_precision > 0) entry.last_day = LastDay({.sort_day = text.sort_day, .precision = text.sort_precision});
  TermCounts terms;
  terms.reserve(text.text.size() / 8);
  CountTerms(text.title, &Occurrences::title, &terms);
  CountTerms(text.subtitle, &Occurrences::subtitle, &terms);
  CountTerms(text.names, &Occurrences::names, &terms);
  CountTerms(text.text, &Occurrences::text, &terms);
  for (const auto& [term, found] : terms) {
    AppendTerm(term, 0, &entry.terms);
    if (found.title > 0) AppendTerm(term, kTitleSign, &entry.terms);
    if (found.subtitle > 0) AppendTerm(term, kSubtitleSign, &entry.terms);
    if (found.names > 0) AppendTerm(term, kNamesSign, &entry.terms);
  }
  entry.ranking = PackRanking(terms);
  // Tokens of facts hold letters and digits behind their sign.
  entry.terms.append(" ").append(text.facts);
  entry.overflow = entry.terms.size() > kTermsBytesMax;
  if (entry.overflow) {
    entry.terms.clear();
    entry.facts = fmt::format(" {} ", text.facts);
  }
  return entry;
}

void PutIntoIndex(Connection& connection, const SearchEntries& entries) {
  if (entries.empty()) return;
  FacetValues values;
  std::vector<int64_t> ids;
  std::vector<int64_t> sort_days;
  std::vector<int64_t> last_days;
  std::vector<std::string> facets;
  std::vector<Bytes> rankings;
  std::vector<std::string_view> words;
  std::vector<std::string> terms;
  std::vector<int64_t> overflows;
  std::vector<std::string_view> facts;
  for (const auto& [id, entry] : entries) {
    ids.push_back(id);
    sort_days.push_back(entry->sort_day);
    last_days.push_back(entry->last_day);
    facets.push_back(PackFacets(entry->facets, &values));
    rankings.push_back({entry->ranking});
    words.emplace_back(entry->words);
    terms.emplace_back(entry->terms);
    if (!entry->overflow) AppendBlockTokens(id, &terms.back());
    overflows.push_back(entry->overflow ? 1 : 0);
    facts.emplace_back(entry->facts);
  }
  std::vector<Bytes> packed;
  for (const std::string& keys : facets) packed.push_back({keys});
  PutFacetValues(connection, values);
  connection.Post(
      "INSERT INTO release_search (release_id, sort_day, last_day, facets, ranking, words, terms, overflow, facts) "
      "SELECT r.id, r.sort_day, r.last_day, r.facets, r.ranking, r.words, r.terms::tsvector, r.overflow <> "
      "0, r.facts FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) AS r (id, sort_day, last_day, facets, ranking, "
      "words, terms, overflow, facts) ON CONFLICT (release_id) DO UPDATE SET sort_day = excluded.sort_day, last_day = "
      "excluded.last_day, facets = excluded.facets, ranking = excluded.ranking, words = excluded.words, terms = "
      "excluded.terms, overflow = excluded.overflow, facts = excluded.facts",
      Parameters::Of(ids, sort_days, last_days, packed, rankings, words, terms, overflows, facts));
}

}  // namespace dateline::storage::pg
