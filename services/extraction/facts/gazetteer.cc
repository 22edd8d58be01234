#include "services/extraction/facts/gazetteer.h"

#include <unicode/locid.h>
#include <unicode/strenum.h>
#include <unicode/timezone.h>
#include <unicode/tznames.h>
#include <unicode/uloc.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>

#include "common/text/normalize.h"
#include "services/extraction/facts/gazetteer_data.h"

namespace dateline::extraction {
namespace {

constexpr std::array kLanguages = {"en", "fr", "es", "ar", "ru", "zh", "zh_Hant", "de", "pt", "it", "nl"};

std::string Utf8(const icu::UnicodeString& s) {
  std::string out;
  s.toUTF8String(out);
  return out;
}

// "Antananarivo" of "Indian/Antananarivo", for zones that ICU gives no city of their own.
bool IsCityZone(std::string_view id) {
  return id.find('/') != std::string_view::npos && !id.starts_with("Etc/") && !id.starts_with("SystemV/") &&
         !id.starts_with("US/");
}

}  // namespace

Gazetteer::Gazetteer() {
  for (const char* const* region = uloc_getISOCountries(); *region != nullptr; ++region) regions_.emplace_back(*region);
  std::sort(regions_.begin(), regions_.end());
  for (const std::string& region : regions_) {
    const icu::Locale place("", region.c_str());
    for (const char* language : kLanguages) {
      icu::UnicodeString name;
      place.getDisplayCountry(icu::Locale(language), name);
      if (std::string utf8 = Utf8(name); utf8 != region) Add(utf8, region, true);
    }
  }
  for (const CityEntry& entry : CountryAliases()) Add(entry.name, entry.country, true);
  for (const CityEntry& entry : KnownCities()) Add(entry.name, entry.country, false);

  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::StringEnumeration> zones(
      icu::TimeZone::createTimeZoneIDEnumeration(UCAL_ZONE_TYPE_CANONICAL_LOCATION, nullptr, nullptr, status));
  if (U_FAILURE(status) || zones == nullptr) return;
  for (const char* language : kLanguages) {
    status = U_ZERO_ERROR;
    const std::unique_ptr<icu::TimeZoneNames> names(icu::TimeZoneNames::createInstance(icu::Locale(language), status));
    if (U_FAILURE(status) || names == nullptr) continue;
    zones->reset(status);
    for (const icu::UnicodeString* id = zones->snext(status); id != nullptr && U_SUCCESS(status);
         id = zones->snext(status)) {
      if (!IsCityZone(Utf8(*id))) continue;
      std::array<char, 8> region{};
      UErrorCode region_status = U_ZERO_ERROR;
      const int32_t length =
          icu::TimeZone::getRegion(*id, region.data(), static_cast<int32_t>(region.size()), region_status);
      if (U_FAILURE(region_status) || length != 2) continue;
      icu::UnicodeString city;
      names->getExemplarLocationName(*id, city);
      if (!city.isBogus() && !city.isEmpty()) Add(Utf8(city), std::string_view(region.data(), 2), false);
    }
  }
}

void Gazetteer::Add(std::string_view name, std::string_view country, bool is_country) {
  const std::string key = text::FoldKey(name);
  if (key.empty()) return;
  // The first entry stands: countries come first, then our own table, in which "*" says that a bare name is ambiguous.
  places_.try_emplace(key, KnownPlace{std::string(country), is_country});
}

std::optional<KnownPlace> Gazetteer::Find(std::string_view name) const {
  const auto it = places_.find(text::FoldKey(name));
  if (it == places_.end()) return std::nullopt;
  KnownPlace place = it->second;
  if (place.country == "*") place.country.clear();
  return place;
}

bool Gazetteer::IsRegion(std::string_view region) const {
  return std::binary_search(regions_.begin(), regions_.end(), region);
}

}  // namespace dateline::extraction
