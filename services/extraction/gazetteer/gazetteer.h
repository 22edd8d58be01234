#pragma once
// Places by name: countries and their names in many languages, regions, waters, subdivisions, 195,000 towns, with
// country, coordinates and size. The data is GeoNames' (CC BY 4.0; data/README.md), read from an embedded compact
// table: nothing is built at start-up. A name has every sense that the table knows; which one is meant is the caller's
// business, except for Find, which answers only where one country's places outweigh all others of the name. Immutable
// and thread-safe.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "services/extraction/gazetteer/key_index.h"

namespace dateline::extraction {

// What kind of place a record is; the values of the table's bytes.
enum class PlaceKind : std::uint8_t { kRegion = 0, kCountry = 1, kState = 2, kCounty = 3, kCity = 4, kNatural = 5 };

// One place.
struct PlaceRecord {
  PlaceKind kind = PlaceKind::kRegion;
  // ISO 3166-1 alpha-2; empty for what lies in several countries.
  std::string_view country;
  // Number of the first-order subdivision, of use only for comparing; 0 when not known.
  std::uint16_t state = 0;
  double latitude = 0;
  double longitude = 0;
  bool has_coordinates = false;
  // Base-two logarithm of the population, 0 when not known (a town of 1,000 to 15,000, as a rule).
  int magnitude = 0;
  // 0 when not known.
  std::uint32_t geonames_id = 0;
};

// One of the places that a name may mean.
struct PlaceSense {
  std::uint32_t record = 0;
  // The name is an abbreviation ("Md.", "DE") that needs its surroundings to mean the place.
  bool abbreviation = false;
};

// The places that a name may mean, the largest first within what the table knows.
class PlaceSenses {
 public:
  PlaceSenses() = default;
  PlaceSenses(const char* list, std::uint32_t single, std::size_t size) : list_(list), single_(single), size_(size) {}
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  PlaceSense operator[](std::size_t i) const;

 private:
  const char* list_ = nullptr;
  std::uint32_t single_ = 0;
  std::size_t size_ = 0;
};

// What is certain of a place name.
struct KnownPlace {
  // ISO 3166-1 alpha-2; empty when several countries have such a place.
  std::string country;
  // It is a country, not a place inside one.
  bool is_country = false;
};

// Looks names up.
class Gazetteer {
 public:
  Gazetteer();

  // All senses of the name with this key.
  PlaceSenses Senses(std::uint64_t key) const;
  PlaceRecord Record(std::uint32_t record) const;

  // By name in any of the languages; nullopt when unknown or but an abbreviation. Case, accents and spacing do not
  // matter.
  std::optional<KnownPlace> Find(std::string_view name) const;

  // Whether `region` is an ISO 3166-1 alpha-2 code in use.
  bool IsRegion(std::string_view region) const;

  // How many names it knows.
  std::size_t size() const { return index_.size(); }

 private:
  std::uint32_t records_ = 0;
  std::uint32_t ids_ = 0;
  std::uint32_t countries_ = 0;
  const char* country_codes_ = nullptr;
  const char* record_bytes_ = nullptr;
  const char* id_bytes_ = nullptr;
  const char* lists_ = nullptr;
  KeyIndex<3> index_;
};

}  // namespace dateline::extraction
