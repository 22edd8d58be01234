#pragma once
// Dates counted from another: "today", "last year", "this week". They are resolved against the release's complete
// publish date, else the complete date of its dateline; without one they are no dates. Weeks run from Monday to Sunday.
// Pure, thread-safe.

#include <cstdint>
#include <optional>
#include <string_view>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/analysis/analysis.h"
#include "services/extraction/facts/calendar.h"

namespace dateline::extraction {

struct RelativeDate {
  TokenRange tokens;
  CalendarDate first;
  CalendarDate last;       // of a week; empty otherwise
  bool is_anchor = false;  // the day of the anchor itself: "today", the weekday of that day
};

class RelativeDates {
 public:
  RelativeDates(const Analysis& analysis, const release::v1::Release& release);

  // The relative date that begins at `token`; nullopt for none, and whenever there is no anchor.
  std::optional<RelativeDate> Read(std::uint32_t token, TokenRange line) const;

  // "publish date", "dateline" or nothing.
  std::string_view anchor_name() const { return anchor_name_; }

 private:
  std::optional<RelativeDate> ReadWeekday(const LexiconHit& weekday, TokenRange line) const;

  const Analysis& analysis_;
  CalendarDate anchor_;
  std::string_view anchor_name_;
};

}  // namespace dateline::extraction
