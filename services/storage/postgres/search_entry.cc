#include "services/storage/postgres/search_entry.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "services/storage/postgres/facet_rows.h"
#include "services/storage/postgres/match_sql.h"
#include "services/storage/postgres/release_blocks.h"
#include "services/storage/published_day.h"
#include "services/storage/search_text.h"

namespace dateline::storage::pg {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Parameters;

// A TSVECTOR holds less than 1 MiB of terms and places.
constexpr size_t kTermsBytesMax = 900 * 1024;

struct Occurrences {
  int title = 0;
  int subtitle = 0;
  int names = 0;
  int text = 0;

  bool InHeadings() const { return title + subtitle + names > 0; }
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

// The places of a TSVECTOR here say how often a term occurs and in which part, not where.
void AppendPlaces(int count, char weight, int* place, std::string* out) {
  for (int i = 0; i < std::min(count, kPlacesMax); ++i) {
    out->push_back(*place == 0 ? ':' : ',');
    *place += 1;
    const fmt::format_int digits(*place);
    out->append(digits.data(), digits.size());
    if (weight != 'D') out->push_back(weight);
  }
}

// The places in headings are the first ones of all, which is what ranking in two steps rests on (matching_rows.h).
void AppendTerm(std::string_view term, const Occurrences& found, bool with_text, std::string* out) {
  if (!out->empty()) out->push_back(' ');
  AppendQuotedTerm(term, out);
  int place = 0;
  AppendPlaces(found.title, 'A', &place, out);
  AppendPlaces(found.names, 'B', &place, out);
  AppendPlaces(found.subtitle, 'C', &place, out);
  if (with_text) AppendPlaces(found.text, 'D', &place, out);
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
  size_t bytes = 0;
  for (const auto& [term, found] : terms) {
    bytes += term.size() + 2 * kPlacesMax + 8;
    AppendTerm(term, found, true, &entry.terms);
    if (found.InHeadings()) AppendTerm(term, found, false, &entry.headings);
  }
  // Tokens of facts hold letters and digits behind their sign.
  entry.terms.append(" ").append(text.facts);
  entry.overflow = bytes + text.facts.size() > kTermsBytesMax;
  if (entry.overflow) {
    entry.terms.clear();
    entry.headings.clear();
    entry.facts = fmt::format(" {} ", text.facts);
  }
  return entry;
}

void PutIntoIndex(Connection& connection, const SearchEntries& entries) {
  FacetValues values;
  std::vector<int64_t> ids;
  std::vector<int64_t> sort_days;
  std::vector<int64_t> last_days;
  std::vector<std::string> facets;
  std::vector<std::string_view> headings;
  std::vector<std::string_view> words;
  std::vector<std::string> terms;
  std::vector<int64_t> overflows;
  std::vector<std::string_view> facts;
  for (const auto& [id, entry] : entries) {
    ids.push_back(id);
    sort_days.push_back(entry->sort_day);
    last_days.push_back(entry->last_day);
    facets.push_back(PackFacets(entry->facets, &values));
    headings.emplace_back(entry->headings);
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
      "INSERT INTO release_search (release_id, sort_day, last_day, facets, headings, words, terms, overflow, facts) "
      "SELECT r.id, r.sort_day, r.last_day, r.facets, r.headings::tsvector, r.words, r.terms::tsvector, r.overflow <> "
      "0, r.facts FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) AS r (id, sort_day, last_day, facets, headings, "
      "words, terms, overflow, facts) ON CONFLICT (release_id) DO UPDATE SET sort_day = excluded.sort_day, last_day = "
      "excluded.last_day, facets = excluded.facets, headings = excluded.headings, words = excluded.words, terms = "
      "excluded.terms, overflow = excluded.overflow, facts = excluded.facts",
      Parameters::Of(ids, sort_days, last_days, packed, headings, words, terms, overflows, facts));
}

}  // namespace dateline::storage::pg
