#include "services/ingestion/listing/date_headings.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "common/url/url.h"

namespace dateline::listing {
namespace {

constexpr std::size_t kHeadingBytesMax = 80;
// Words beside the date that a heading of a day may have: "News of Friday, …".
constexpr std::size_t kBesideBytesMax = 24;
constexpr int kYearMin = 1990;
constexpr int kYearMax = 2100;

bool IsHeading(std::string_view tag) {
  return (tag.size() == 2 && tag[0] == 'h' && tag[1] >= '1' && tag[1] <= '6') || tag == "caption" || tag == "dt" ||
         tag == "summary" || tag == "legend";
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// A year that stands alone between other characters.
std::optional<int> YearIn(std::string_view text) {
  for (std::size_t at = 0; at + 4 <= text.size(); ++at) {
    const std::string_view digits = text.substr(at, 4);
    if (!std::all_of(digits.begin(), digits.end(), IsDigit)) continue;
    const bool alone = (at == 0 || !IsDigit(text[at - 1])) && (at + 4 == text.size() || !IsDigit(text[at + 4]));
    const int year = (digits[0] - '0') * 1000 + (digits[1] - '0') * 100 + (digits[2] - '0') * 10 + (digits[3] - '0');
    if (alone && year >= kYearMin && year <= kYearMax) return year;
  }
  return std::nullopt;
}

// "?year=2013" and "/2013/": only where it is a whole value.
std::optional<int> YearOfAddress(std::string_view address) {
  const auto parsed = url::Parse(address);
  if (!parsed.ok()) return std::nullopt;
  const std::string all = parsed->PathAndQuery();
  for (std::size_t at = all.find_first_of("/=", 0); at != std::string::npos; at = all.find_first_of("/=", at + 1)) {
    const std::size_t end = std::min(all.find_first_of("/?&=#", at + 1), all.size());
    if (end - at == 5) {
      if (const auto year = YearIn(std::string_view(all).substr(at + 1, 4))) return year;
    }
  }
  return std::nullopt;
}

}  // namespace

DateHeadings::DateHeadings(const html::Page& page, const LinkGroup& group, const dates::DateContext& context)
    : address_year_(YearOfAddress(page.url())) {
  std::size_t item = 0;
  for (std::uint32_t i = 0; i < page.nodes().size(); ++i) {
    while (item < group.items.size() && group.items[item].link->element < i) ++item;
    if (!IsHeading(page.node(i).tag)) continue;
    // The heading of an item holds its link.
    const bool own = item < group.items.size() && group.items[item].link->element < page.node(i).end;
    if (own) continue;
    const std::string words = page.Words(i);
    if (words.empty() || words.size() > kHeadingBytesMax) continue;
    Heading heading;
    heading.node = i;
    heading.year = YearIn(words);
    if (const auto found = dates::FindDate(words, context);
        found && words.size() - (found->end - found->begin) <= kBesideBytesMax) {
      heading.day = DateMatch{found->date, words.substr(found->begin, found->end - found->begin)};
    }
    headings_.push_back(std::move(heading));
  }
}

const DateHeadings::Heading* DateHeadings::Before(std::uint32_t node) const {
  const auto behind = std::partition_point(headings_.begin(), headings_.end(),
                                           [&](const Heading& heading) { return heading.node < node; });
  return behind == headings_.begin() ? nullptr : &*(behind - 1);
}

std::optional<DateMatch> DateHeadings::DayAt(std::uint32_t node) const {
  const Heading* heading = Before(node);
  return heading == nullptr ? std::nullopt : heading->day;
}

std::optional<int> DateHeadings::YearAt(std::uint32_t node) const {
  const Heading* heading = Before(node);
  return heading != nullptr && heading->year ? heading->year : address_year_;
}

}  // namespace dateline::listing
