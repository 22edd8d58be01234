#include "services/ingestion/dates/date_zones.h"

#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <array>
#include <memory>

namespace dateline::dates {
namespace {

struct Zone {
  std::string_view name;
  int minutes;
};

constexpr std::array<Zone, 60> kZones = {
    {{"z", 0},      {"ut", 0},     {"utc", 0},     {"gmt", 0},    {"wet", 0},    {"west", 60},  {"bst", 60},
     {"cet", 60},   {"met", 60},   {"mez", 60},    {"cest", 120}, {"mest", 120}, {"mesz", 120}, {"eet", 120},
     {"eest", 180}, {"sast", 120}, {"cat", 120},   {"eat", 180},  {"wat", 60},   {"msk", 180},  {"msd", 240},
     {"trt", 180},  {"gst", 240},  {"pkt", 300},   {"ist", 330},  {"npt", 345},  {"ict", 420},  {"wib", 420},
     {"wita", 480}, {"wit", 540},  {"hkt", 480},   {"sgt", 480},  {"myt", 480},  {"pht", 480},  {"awst", 480},
     {"jst", 540},  {"kst", 540},  {"acst", 570},  {"acdt", 630}, {"aest", 600}, {"aedt", 660}, {"nzst", 720},
     {"nzdt", 780}, {"brt", -180}, {"art", -180},  {"clt", -240}, {"nst", -210}, {"ndt", -150}, {"ast", -240},
     {"adt", -180}, {"est", -300}, {"edt", -240},  {"cst", -360}, {"cdt", -300}, {"mst", -420}, {"mdt", -360},
     {"pst", -480}, {"pdt", -420}, {"akst", -540}, {"hst", -600}}};
constexpr Zone kAlaskaSummer = {"akdt", -480};

// Readers in the United States write the zone without saying whether it is summer; standard time is meant at least as
// often as not, and is never more than an hour off.
constexpr std::array<Zone, 4> kVague = {{{"et", -300}, {"ct", -360}, {"mt", -420}, {"pt", -480}}};

}  // namespace

std::optional<std::chrono::minutes> ZoneOffset(std::string_view folded) {
  for (const Zone& zone : kZones) {
    if (zone.name == folded) return std::chrono::minutes(zone.minutes);
  }
  if (folded == kAlaskaSummer.name) return std::chrono::minutes(kAlaskaSummer.minutes);
  for (const Zone& zone : kVague) {
    if (zone.name == folded) return std::chrono::minutes(zone.minutes);
  }
  return std::nullopt;
}

std::optional<std::chrono::sys_seconds> InNamedZone(std::string_view name, std::chrono::sys_seconds local) {
  const auto id = icu::UnicodeString::fromUTF8(icu::StringPiece(name.data(), static_cast<int32_t>(name.size())));
  const std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(id));
  if (zone == nullptr || *zone == icu::TimeZone::getUnknown()) return std::nullopt;
  int32_t raw = 0;
  int32_t summer = 0;
  UErrorCode failed = U_ZERO_ERROR;
  const auto local_ms = static_cast<UDate>(local.time_since_epoch().count()) * 1000;
  zone->getOffset(local_ms, static_cast<UBool>(true), raw, summer, failed);
  if (U_FAILURE(failed)) return std::nullopt;
  return local - std::chrono::seconds((raw + summer) / 1000);
}

}  // namespace dateline::dates
