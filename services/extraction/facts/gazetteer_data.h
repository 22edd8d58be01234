#pragma once
// The table of places behind Gazetteer: constants only.

#include <span>
#include <string_view>

namespace dateline::extraction {

// A name and its country (ISO 3166-1 alpha-2, or "*" when a bare name could mean places in several).
struct CityEntry {
  std::string_view name;
  std::string_view country;
};

// Capitals, seats of international organisations, and other cities that releases are dated from.
std::span<const CityEntry> KnownCities();
// Names of countries beside those of ICU, and subdivisions that stand for their country in datelines.
std::span<const CityEntry> CountryAliases();

}  // namespace dateline::extraction
