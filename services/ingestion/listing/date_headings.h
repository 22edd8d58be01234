#pragma once
// Dates that stand above several items: "Friday, 17 May 2024" over the items of that day, "2024" over those of a year.
// Internal to this folder; pure.

#include <cstdint>
#include <optional>
#include <vector>

#include "services/ingestion/html/page.h"
#include "services/ingestion/listing/item_fields.h"
#include "services/ingestion/listing/link_groups.h"

namespace dateline::listing {

class DateHeadings {
 public:
  // The headings of the page outside the items of the group, and the year that the page's own address names.
  DateHeadings(const html::Page& page, const LinkGroup& group, const dates::DateContext& context);

  // The day that the nearest heading before a node is; nullopt when that heading is none.
  std::optional<DateMatch> DayAt(std::uint32_t node) const;
  // The year that it names, else that of the address.
  std::optional<int> YearAt(std::uint32_t node) const;

 private:
  struct Heading {
    std::uint32_t node = 0;
    std::optional<DateMatch> day;
    std::optional<int> year;
  };
  const Heading* Before(std::uint32_t node) const;

  std::vector<Heading> headings_;  // In document order.
  std::optional<int> address_year_;
};

}  // namespace dateline::listing
