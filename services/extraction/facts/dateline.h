#pragma once
// The dateline that opens a release: "Sanya –", "GENEVA, 5 March 2024 (UNHCR) -", "Wilmington, DE (July 27, 2005) –",
// "Bruxelles, le 5 mars 2024 –", "新华社日内瓦3月5日电". A grammar over the head of one paragraph; a place that no
// table knows is accepted only in a form that nothing else has. Pure, thread-safe, bounded by kMaxDatelineBytes.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "dateline/release/v1/evidence.pb.h"
#include "services/extraction/facts/calendar.h"
#include "services/extraction/gazetteer/gazetteer.h"

namespace dateline::extraction {

// How far into a paragraph a dateline may reach.
inline constexpr std::size_t kMaxDatelineBytes = 200;

// A dateline at the head of a paragraph.
struct DatelineMatch {
  std::string place;         // as written
  std::string country_code;  // empty when not certain
  std::string agency;        // in brackets, as written
  CalendarDate date;
  std::size_t begin = 0;  // of the place, in the paragraph
  std::size_t end = 0;    // behind the dash
  std::size_t place_end = 0;
  release::v1::Confidence confidence = release::v1::MEDIUM;
  std::string_view rule;
};

// Reads the head of `paragraph`. With `whole_line` the paragraph may consist of nothing but the dateline
// ("Brussels, 5 March 2024").
std::optional<DatelineMatch> FindDateline(std::string_view paragraph, const Calendar& calendar,
                                          const Gazetteer& gazetteer, bool whole_line = false);

}  // namespace dateline::extraction
