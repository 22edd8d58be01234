#include "services/storage/postgres/facet_rows.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "common/base/status_macros.h"
#include "services/storage/search_page.h"

namespace dateline::storage::pg {
namespace {

using sql::postgres::Connection;
using sql::postgres::Parameters;
using sql::postgres::Result;

// The field stands in the lowest bits of a key.
constexpr uint64_t kFieldMask = 7;

int64_t KeyOf(const FacetEntry& entry) {
  const uint64_t hash = XXH3_64bits(entry.value.data(), entry.value.size());
  return static_cast<int64_t>((hash & ~kFieldMask) | static_cast<uint64_t>(entry.field));
}

FacetField FieldOf(int64_t key) {
  return static_cast<FacetField>(static_cast<uint64_t>(key) & kFieldMask);
}

}  // namespace

std::string PackFacets(const std::vector<FacetEntry>& facets, FacetValues* values) {
  std::string packed;
  packed.reserve(facets.size() * sizeof(int64_t));
  for (const FacetEntry& facet : facets) {
    // TEXT holds no NUL.
    if (facet.value.find('\0') != std::string::npos) continue;
    const int64_t key = KeyOf(facet);
    packed.append(reinterpret_cast<const char*>(&key), sizeof(key));
    values->emplace(key, facet.value);
  }
  return packed;
}

void PutFacetValues(Connection& connection, const FacetValues& values) {
  if (values.empty()) return;
  // In the order of their keys, so that two transactions which add the same ones do not wait for each other in turn.
  std::vector<int64_t> keys;
  std::vector<std::string_view> texts;
  for (const auto& [key, text] : values) {
    keys.push_back(key);
    texts.push_back(text);
  }
  connection.Post("INSERT INTO facet_value (key, value) SELECT * FROM unnest($1, $2) ON CONFLICT (key) DO NOTHING",
                  Parameters::Of(keys, texts));
}

void EraseFacetValues(Connection& connection, const std::vector<FacetEntry>& values) {
  std::vector<int64_t> keys;
  for (const FacetEntry& entry : values) keys.push_back(KeyOf(entry));
  if (!keys.empty()) connection.Post("DELETE FROM facet_value WHERE key = ANY ($1)", Parameters::Of(keys));
}

FacetTally::FacetTally(const std::vector<FacetField>& fields) : fields_(fields) {
  for (const FacetField field : fields) wanted_ |= 1U << static_cast<uint32_t>(field);
}

void FacetTally::Add(std::string_view packed) {
  for (size_t at = 0; at + sizeof(int64_t) <= packed.size(); at += sizeof(int64_t)) {
    int64_t key = 0;
    std::memcpy(&key, packed.data() + at, sizeof(key));
    if ((wanted_ >> static_cast<uint32_t>(FieldOf(key)) & 1U) != 0) ++counts_[key];
  }
}

absl::StatusOr<std::vector<std::vector<FacetCount>>> FacetTally::Finish(Connection& connection) const {
  std::vector<CountedKey> values;
  for (const auto& [key, count] : counts_) values.push_back({.field = FieldOf(key), .key = key, .count = count});
  KeepMostFrequent(&values);
  std::vector<int64_t> keys;
  for (const CountedKey& value : values) keys.push_back(value.key);
  FacetCounter counter(fields_);
  if (keys.empty()) return counter.Finish();
  DATELINE_ASSIGN_OR_RETURN(
      const Result rows,
      connection.Query("SELECT key, value FROM facet_value WHERE key = ANY ($1)", Parameters::Of(keys)));
  for (int i = 0; i < rows.rows(); ++i) {
    const int64_t key = rows.Int64(i, 0);
    counter.Add(FieldOf(key), rows.String(i, 1), counts_.at(key));
  }
  return counter.Finish();
}

}  // namespace dateline::storage::pg
