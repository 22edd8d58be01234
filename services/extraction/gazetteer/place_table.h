#pragma once
// The layout of data/places.bin, shared by its writer (training/build_tables.cc) and its reader (gazetteer.cc). All
// numbers are little-endian. In this order:
//   header        8 bytes kPlacesMagic, then five uint32: countries, records, records with a GeoNames id, bytes of the
//                 lists, bytes of the index
//   countries     two letters each, in alphabetical order
//   records       kRecordBytes each: country (number from 1, 0 none), kind in the low 3 bits with the magnitude above
//                 them, state (uint16), latitude and longitude (24 bits each, in 1/46,000 degrees, kNoCoordinate none)
//   ids           uint32 for each of the first records
//   lists         a count (uint8), then that many senses (24 bits each)
//   index         a KeyIndex<3>: the value is a sense, or with kListFlag the place of a list
// A sense is the number of a record, with kAbbreviationFlag for abbreviations.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dateline::extraction {

inline constexpr std::string_view kPlacesMagic = "DLPLACE1";
inline constexpr std::size_t kPlacesHeaderBytes = 8 + 5 * 4;
inline constexpr std::size_t kRecordBytes = 10;
inline constexpr std::uint32_t kListFlag = 1U << 23U;
inline constexpr std::uint32_t kAbbreviationFlag = 1U << 22U;
inline constexpr std::uint32_t kNoCoordinate = 0x800000U;
inline constexpr double kCoordinateScale = 46000.0;
inline constexpr std::size_t kMaxSenses = 60;

}  // namespace dateline::extraction
