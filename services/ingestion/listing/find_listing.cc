// The best list of a page, found by how much its items look like releases.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/text/utf8.h"
#include "common/url/url.h"
#include "services/ingestion/html/page.h"
#include "services/ingestion/listing/date_headings.h"
#include "services/ingestion/listing/item_fields.h"
#include "services/ingestion/listing/link_groups.h"
#include "services/ingestion/listing/listing.h"
#include "services/ingestion/listing/next_page.h"

namespace dateline::listing {
namespace {

constexpr std::size_t kItemsMin = 3;
// Two will do when both have dates: a newsroom may be young.
constexpr std::size_t kDatedItemsMin = 2;
// Beyond this many items more do not make a list better.
constexpr double kCountSaturation = 12;

// Words, where two letters of a script without spaces count as one.
double WordCount(std::string_view text) {
  double words = 0;
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const text::CodePoint point = text::CodePointAt(text, at);
    at += point.length;
    const bool ideograph = (point.value >= 0x2E80 && point.value < 0xA000) ||
                           (point.value >= 0xAC00 && point.value < 0xD7A4) ||
                           (point.value >= 0x0E00 && point.value < 0x0F00);
    if (ideograph) {
      words += 0.4;
      inside = false;
    } else if (text::IsSpace(point.value)) {
      inside = false;
    } else if (!inside) {
      words += 1;
      inside = true;
    }
  }
  return words;
}

double TitleQuality(std::string_view title) {
  const double words = WordCount(title);
  if (words >= 5) return words > 60 ? 0.5 : 1;
  if (words >= 4) return 0.85;
  if (words >= 3) return 0.6;
  return words >= 2 ? 0.25 : 0.05;
}

std::string HostOf(std::string_view address) {
  const auto parsed = url::Parse(address);
  if (!parsed.ok() || !parsed->host) return {};
  return parsed->host->starts_with("www.") ? parsed->host->substr(4) : *parsed->host;
}

struct Scored {
  Listing listing;
  double rank = 0;  // Between lists of the same page.
};

class Finder {
 public:
  Finder(const html::Page& page) : page_(page), language_(page.Language()), host_(HostOf(page.url())) {
    links_ = FindLinks(page);
  }

  std::optional<Listing> Best() {
    std::optional<Scored> best;
    for (const LinkGroup& group : FindGroups(page_, links_, kDatedItemsMin)) {
      if (!Promising(group)) continue;
      auto scored = Score(group);
      if (scored && (!best || scored->rank > best->rank)) best = std::move(scored);
    }
    if (!best) return std::nullopt;
    best->listing.next_url = FindNextPage(page_, links_);
    best->listing.language = language_;
    return std::move(best->listing);
  }

 private:
  // Cheap, before dates are looked for.
  static bool Promising(const LinkGroup& group) {
    double words = 0;
    std::size_t generic = 0;
    for (const ItemExtent& item : group.items) {
      words += std::min(8.0, WordCount(item.link->words));
      generic += IsGenericLink(item.link->words) ? 1 : 0;
    }
    const auto count = static_cast<double>(group.items.size());
    return words / count >= 1.8 || generic * 2 >= group.items.size();
  }

  // The items with their dates behind the links; where hardly any has one, with those before them.
  std::vector<ListingItem> Items(const LinkGroup& group) {
    dates::DateContext context{.language = language_, .month_first = MonthFirst(page_, group.items), .year = {}};
    // What the page's own numbers show is better than what its language says.
    if (context.month_first)
      context.language = context.language.substr(0, std::min(context.language.find('-'), context.language.size()));
    if (context.month_first && *context.month_first && context.language != "en") context.language = {};
    const DateHeadings headings(page_, group, context);
    std::vector<ListingItem> items;
    std::size_t dated = 0;
    for (const ItemExtent& extent : group.items) {
      if (items.size() >= kItemsMax) break;
      ListingItem item;
      item.url = extent.link->url;
      item.title = FindItemTitle(page_, extent);
      auto match = FindItemDate(page_, extent.begin, extent.end, context);
      if (!match) match = DateWithoutYear(extent, context, headings.YearAt(extent.link->element));
      if (match) {
        item.date = match->date;
        item.date_text = match->text;
        ++dated;
      }
      item.summary = FindItemSummary(page_, extent, item.title, item.date_text);
      items.push_back(std::move(item));
    }
    ReadDatesBefore(group, context, dated, &items);
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (items[i].date) continue;
      if (const auto day = headings.DayAt(group.items[i].link->element)) {
        items[i].date = day->date;
        items[i].date_text = day->text;
      }
    }
    for (ListingItem& item : items) {
      if (item.date) continue;
      const auto parsed = url::Parse(item.url);
      if (parsed.ok()) item.date = dates::DateOfPath(parsed->path);
      if (item.date) item.date_text = parsed->path;
    }
    return items;
  }

  // "17 May" beside the link, with the year that stands elsewhere. Not in the title: "… resumes in June" would lend its
  // month to the day that follows.
  std::optional<DateMatch> DateWithoutYear(const ItemExtent& extent, dates::DateContext context,
                                           std::optional<int> year) {
    if (!year) return std::nullopt;
    context.year = year;
    const std::uint32_t link = extent.link->element;
    if (auto match = FindItemDate(page_, page_.node(link).end, extent.end, context)) return match;
    return FindItemDate(page_, extent.begin, link, context);
  }

  // <p>17 May 2024</p><h3><a>…</a></h3>: the date of the first item stands before all of them.
  void ReadDatesBefore(const LinkGroup& group, const dates::DateContext& context, std::size_t dated,
                       std::vector<ListingItem>* items) {
    if (items->empty() || dated == items->size()) return;
    std::vector<std::optional<DateMatch>> before;
    std::size_t count = 0;
    for (std::size_t i = 0; i < items->size(); ++i) {
      const std::uint32_t begin = group.items[i].begin;
      const std::uint32_t parent = page_.node(begin).parent;
      // The two siblings before the item.
      std::uint32_t from = begin;
      std::vector<std::uint32_t> siblings;
      for (std::uint32_t child = parent + 1; child < begin; child = page_.node(child).end) {
        if (page_.node(child).IsElement()) siblings.push_back(child);
      }
      if (!siblings.empty()) from = siblings[siblings.size() - std::min<std::size_t>(2, siblings.size())];
      if (i > 0) from = std::max(from, page_.node(group.items[i - 1].link->element).end);
      before.push_back(FindItemDate(page_, from, begin, context));
      count += before.back() ? 1 : 0;
    }
    if (count <= dated) return;
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (!before[i]) continue;
      (*items)[i].date = before[i]->date;
      (*items)[i].date_text = before[i]->text;
    }
  }

  std::optional<Scored> Score(const LinkGroup& group) {
    Scored scored;
    std::vector<ListingItem> items = Items(group);
    std::erase_if(items, [](const ListingItem& item) { return item.title.empty(); });
    if (items.empty()) return std::nullopt;
    double dated = 0;
    double titles = 0;
    double here = 0;
    std::set<std::string_view> titles_seen;
    for (const ListingItem& item : items) {
      dated += item.date ? 1 : 0;
      titles += TitleQuality(item.title);
      here += HostOf(item.url) == host_ || host_.empty() ? 1 : 0;
      titles_seen.insert(item.title);
    }
    const auto count = static_cast<double>(items.size());
    if (items.size() < kDatedItemsMin || (items.size() < kItemsMin && dated < count)) return std::nullopt;
    double quality = 0.40 * dated / count + 0.35 * titles / count + 0.10 * here / count +
                     0.15 * static_cast<double>(titles_seen.size()) / count;
    if (group.surroundings.navigation) quality *= 0.45;
    if (group.surroundings.aside) quality *= 0.6;
    // Where the links say "read more", others stand on the titles, or the titles may be those of their neighbours.
    const auto generic =
        static_cast<double>(std::count_if(group.items.begin(), group.items.end(),
                                          [](const ItemExtent& item) { return IsGenericLink(item.link->words); }));
    quality *= 1 - 0.15 * generic / static_cast<double>(group.items.size());
    // Links without dates are a list only when all their titles read like titles.
    if (dated == 0 && titles / count < 0.75) quality *= 0.5;
    scored.listing.confidence = quality * (count >= kItemsMin ? 1 : 0.8);
    const double weight = std::sqrt(std::min(count, kCountSaturation) / kCountSaturation);
    // More items of the same kind: the list that is divided by months is one.
    scored.rank = quality * (0.4 + 0.6 * weight) + 0.002 * std::min(count, 50.0);
    scored.listing.items = std::move(items);
    scored.listing.item_selector = SelectorOf(group);
    return scored;
  }

  // What all items share: the element that an item begins with and the one around it.
  std::string SelectorOf(const LinkGroup& group) {
    const auto step = [&](std::uint32_t element, const std::vector<std::string>& classes) {
      std::string selector(page_.node(element).tag);
      for (std::size_t i = 0; i < std::min<std::size_t>(2, classes.size()); ++i) selector += "." + classes[i];
      return selector;
    };
    const std::uint32_t first = group.items.front().begin;
    std::vector<std::string> shared = StableClasses(page_, first);
    for (const ItemExtent& item : group.items) {
      const std::vector<std::string> own = StableClasses(page_, item.begin);
      std::erase_if(shared,
                    [&](const std::string& name) { return std::find(own.begin(), own.end(), name) == own.end(); });
    }
    const std::uint32_t parent = page_.node(first).parent;
    return step(parent, StableClasses(page_, parent)) + " > " + step(first, shared);
  }

  const html::Page& page_;
  const std::string language_;
  const std::string host_;
  std::vector<PageLink> links_;
};

}  // namespace

absl::StatusOr<Listing> FindListing(const ListingInput& input) {
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<html::Page> page,
                            html::Page::Parse(input.bytes, input.content_type, input.url));
  auto listing = Finder(*page).Best();
  if (listing && listing->confidence >= kConfidenceMin) return *std::move(listing);
  return Error(absl::StatusCode::kNotFound, "NO_LISTING",
               fmt::format("{}: no list of releases found; name its parts with a recipe, or look for a feed",
                           input.url.empty() ? "page" : input.url),
               {{"url", std::string(input.url)}});
}

}  // namespace dateline::listing
