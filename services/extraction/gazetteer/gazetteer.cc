#include "services/extraction/gazetteer/gazetteer.h"

#include <cstring>
#include <map>

#include "services/extraction/gazetteer/embedded.h"
#include "services/extraction/gazetteer/name_key.h"
#include "services/extraction/gazetteer/place_table.h"

namespace dateline::extraction {
namespace {

// A bare name tells its country when that country's places of the name hold at least this share of all their people.
constexpr double kCertainShare = 0.75;
// What a town of unknown size counts for, as a power of two.
constexpr int kUnknownMagnitude = 11;

double Coordinate(const char* at) {
  const std::uint32_t raw = ReadUint24(at);
  const std::int32_t value =
      (raw & 0x800000U) != 0 ? static_cast<std::int32_t>(raw) - 0x1000000 : static_cast<std::int32_t>(raw);
  return value / kCoordinateScale;
}

}  // namespace

PlaceSense PlaceSenses::operator[](std::size_t i) const {
  const std::uint32_t value = list_ == nullptr ? single_ : ReadUint24(list_ + 3 * i);
  return {value & ~kAbbreviationFlag, (value & kAbbreviationFlag) != 0};
}

Gazetteer::Gazetteer() {
  const std::string_view table = EmbeddedPlaces();
  if (table.size() < kPlacesHeaderBytes || !table.starts_with(kPlacesMagic)) return;
  const char* at = table.data() + kPlacesMagic.size();
  countries_ = ReadUint32(at);
  records_ = ReadUint32(at + 4);
  ids_ = ReadUint32(at + 8);
  const std::size_t list_bytes = ReadUint32(at + 12);
  const std::size_t index_bytes = ReadUint32(at + 16);
  const std::size_t front = kPlacesHeaderBytes + countries_ * 2 + records_ * kRecordBytes + ids_ * 4;
  if (front + list_bytes + index_bytes != table.size()) return;
  const std::string_view index = table.substr(table.size() - index_bytes);
  if (!KeyIndex<3>::Valid(index)) return;
  country_codes_ = table.data() + kPlacesHeaderBytes;
  record_bytes_ = country_codes_ + countries_ * 2;
  id_bytes_ = record_bytes_ + records_ * kRecordBytes;
  lists_ = table.data() + front;
  index_ = KeyIndex<3>(index);
}

PlaceSenses Gazetteer::Senses(std::uint64_t key) const {
  if (lists_ == nullptr) return {};
  const auto value = index_.Find(key);
  if (!value.has_value()) return {};
  if ((*value & kListFlag) == 0) return {nullptr, *value, 1};
  const char* list = lists_ + (*value & ~kListFlag);
  return {list + 1, 0, static_cast<std::uint8_t>(*list)};
}

PlaceRecord Gazetteer::Record(std::uint32_t record) const {
  PlaceRecord out;
  if (record >= records_) return out;
  const char* at = record_bytes_ + record * kRecordBytes;
  const auto country = static_cast<std::uint8_t>(at[0]);
  const auto kind = static_cast<std::uint8_t>(at[1]);
  if (country != 0) out.country = {country_codes_ + (country - 1) * 2, 2};
  out.kind = static_cast<PlaceKind>(kind & 7U);
  out.magnitude = kind >> 3U;
  std::memcpy(&out.state, at + 2, 2);
  if (ReadUint24(at + 4) != kNoCoordinate) {
    out.has_coordinates = true;
    out.latitude = Coordinate(at + 4);
    out.longitude = Coordinate(at + 7);
  }
  if (record < ids_) out.geonames_id = ReadUint32(id_bytes_ + record * 4);
  return out;
}

std::optional<KnownPlace> Gazetteer::Find(std::string_view name) const {
  NameKey key;
  key.Append(name);
  if (key.empty()) return std::nullopt;
  const PlaceSenses senses = Senses(key.value());
  std::map<std::string_view, double> people;
  double all = 0;
  for (std::size_t i = 0; i < senses.size(); ++i) {
    if (senses[i].abbreviation) continue;
    const PlaceRecord record = Record(senses[i].record);
    if (record.kind == PlaceKind::kCountry) return KnownPlace{std::string(record.country), true};
    const double weight = static_cast<double>(
        std::uint64_t{1} << static_cast<unsigned>(record.magnitude == 0 ? kUnknownMagnitude : record.magnitude));
    people[record.country] += weight;
    all += weight;
  }
  if (people.empty()) return std::nullopt;
  for (const auto& [country, weight] : people) {
    if (weight >= kCertainShare * all) return KnownPlace{std::string(country), false};
  }
  return KnownPlace{};
}

bool Gazetteer::IsRegion(std::string_view region) const {
  if (region.size() != 2 || country_codes_ == nullptr) return false;
  for (std::uint32_t i = 0; i < countries_; ++i) {
    if (std::string_view(country_codes_ + i * 2, 2) == region) return true;
  }
  return false;
}

}  // namespace dateline::extraction
