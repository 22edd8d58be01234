// Any bytes as a date: nothing crashes, what is read prints to a date that reads as the same moment, and a date that is
// found inside text lies inside it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/ingestion/dates/feed_date.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dateline::dates;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string_view language : {"", "en-US", "pl"}) {
    const DateContext context{.language = language, .month_first = {}, .year = {}};
    if (const auto date = ParseDate(text, context)) {
      const auto again = ParseDate(FormatUtc(date->utc));
      if (!again || again->utc != date->utc) std::abort();
    }
    if (const auto found = FindDate(text, context)) {
      if (found->begin >= found->end || found->end > text.size()) std::abort();
      if (found->date.precision < Precision::kDay) std::abort();
    }
  }
  (void)DateOfPath(text);
  return 0;
}
