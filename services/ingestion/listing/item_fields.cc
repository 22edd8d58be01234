#include "services/ingestion/listing/item_fields.h"

#include <algorithm>
#include <array>

#include "common/text/normalize.h"
#include "common/text/utf8.h"

namespace dateline::listing {
namespace {

constexpr std::size_t kGenericBytesMax = 40;
constexpr std::size_t kSummaryBytesMin = 40;
constexpr std::size_t kSummaryBytesMax = 1'000;
constexpr std::size_t kTitleBytesMax = 500;
// A line that is mostly a date; longer ones are text in which a date occurs.
constexpr std::size_t kDateLineBytesMax = 160;

bool IsHeading(std::string_view tag) {
  return tag.size() == 2 && tag[0] == 'h' && tag[1] >= '1' && tag[1] <= '6';
}

bool IsBlock(std::string_view tag) {
  constexpr std::array<std::string_view, 20> kBlocks = {
      "p",  "div", "li", "dd", "dt", "td", "th",   "tr",     "section", "article",
      "h1", "h2",  "h3", "h4", "h5", "h6", "time", "header", "footer",  "figcaption"};
  return std::find(kBlocks.begin(), kBlocks.end(), tag) != kBlocks.end();
}

// The words of the blocks that hold no other blocks, in order.
template <typename Take>
void ForEachLine(const html::Page& page, std::uint32_t begin, std::uint32_t end, Take take) {
  std::string line;
  const auto flush = [&] {
    const std::string words = text::CollapseSpace(line);
    line.clear();
    return words.empty() || take(words);
  };
  for (std::uint32_t i = begin; i < end && i < page.nodes().size();) {
    const html::PageNode& node = page.node(i);
    if (node.tag == "script" || node.tag == "style" || node.tag == "noscript") {
      i = node.end;
      continue;
    }
    if (!node.IsElement()) {
      line.append(node.text);
    } else {
      if ((IsBlock(node.tag) || node.tag == "br") && !flush()) return;
      line.push_back(' ');
    }
    ++i;
    // Leaving blocks ends their lines.
    for (std::uint32_t parent = node.parent; i < end && i < page.nodes().size() && page.node(i).parent < parent;
         parent = page.node(parent).parent) {
      if (IsBlock(page.node(parent).tag) && !flush()) return;
      if (page.node(parent).parent == parent) break;
    }
  }
  flush();
}

}  // namespace

bool IsGenericLink(std::string_view words) {
  if (words.size() > kGenericBytesMax) return false;
  constexpr std::array<std::string_view, 40> kGeneric = {"",
                                                         "read more",
                                                         "more",
                                                         "continue reading",
                                                         "view",
                                                         "view more",
                                                         "details",
                                                         "learn more",
                                                         "full story",
                                                         "read full story",
                                                         "full text",
                                                         "download",
                                                         "pdf",
                                                         "link",
                                                         "more info",
                                                         "see more",
                                                         "read",
                                                         "en savoir plus",
                                                         "lire la suite",
                                                         "lire plus",
                                                         "suite",
                                                         "weiterlesen",
                                                         "mehr",
                                                         "mehr lesen",
                                                         "mehr erfahren",
                                                         "leer más",
                                                         "ver más",
                                                         "más información",
                                                         "saiba mais",
                                                         "leia mais",
                                                         "leggi tutto",
                                                         "continua",
                                                         "lees meer",
                                                         "läs mer",
                                                         "les mer",
                                                         "читать далее",
                                                         "подробнее",
                                                         "اقرأ المزيد",
                                                         "المزيد",
                                                         "详情"};
  std::string key = text::FoldKey(words);
  while (!key.empty() && (std::string_view(".>:").find(key.back()) != std::string_view::npos || key.back() == ' '))
    key.pop_back();
  for (const std::string_view mark : {"…", "»", "›", "→"}) {
    if (key.ends_with(mark))
      key = std::string(text::TrimSpace(std::string_view(key).substr(0, key.size() - mark.size())));
  }
  return std::find(kGeneric.begin(), kGeneric.end(), key) != kGeneric.end() || key.starts_with("read more") ||
         key.starts_with("continue reading");
}

std::optional<DateMatch> FindItemDate(const html::Page& page, std::uint32_t begin, std::uint32_t end,
                                      const dates::DateContext& context) {
  for (std::uint32_t i = begin; i < end && i < page.nodes().size(); ++i) {
    const html::PageNode& node = page.node(i);
    if (node.tag == "time") {
      const std::string_view stamp = page.Attribute(i, "datetime");
      if (const auto date = dates::ParseDate(stamp, context); date && date->precision >= dates::Precision::kDay) {
        return DateMatch{*date, std::string(stamp)};
      }
    }
    // Microdata, and what some systems put beside the words.
    if (node.IsElement() && page.Attribute(i, "itemprop") == "datePublished") {
      if (const auto date = dates::ParseDate(page.Attribute(i, "content"), context)) {
        return DateMatch{*date, std::string(page.Attribute(i, "content"))};
      }
    }
  }
  std::optional<DateMatch> match;
  ForEachLine(page, begin, end, [&](const std::string& line) {
    const auto found = dates::FindDate(line, context);
    if (!found) return true;
    // At the beginning or end of a line, or in a short one: elsewhere the text speaks of some other day.
    const bool outside = found->begin < 40 || line.size() - found->end < 10 || line.size() <= kDateLineBytesMax;
    if (!outside) return true;
    match = DateMatch{found->date, line.substr(found->begin, found->end - found->begin)};
    return false;
  });
  if (match) return match;
  // Day, month and year in elements of their own, drawn one below the other.
  const std::string words = page.Words(begin, end);
  if (const auto found = dates::FindDate(text::TruncateUtf8(words, kDateLineBytesMax), context)) {
    return DateMatch{found->date, words.substr(found->begin, found->end - found->begin)};
  }
  return std::nullopt;
}

std::string FindItemTitle(const html::Page& page, const ItemExtent& item) {
  std::string title = item.link->words;
  // A link around a whole card: its heading.
  const std::uint32_t link = item.link->element;
  for (std::uint32_t i = link + 1; i < page.node(link).end; ++i) {
    if (IsHeading(page.node(i).tag)) {
      if (std::string heading = page.Words(i); !heading.empty()) return heading;
    }
  }
  if (IsGenericLink(title)) {
    title.clear();
    for (std::uint32_t i = item.begin; i < item.end && title.empty(); ++i) {
      if (IsHeading(page.node(i).tag)) title = page.Words(i);
    }
    for (std::uint32_t i = item.begin; i < item.end && title.empty(); ++i) {
      const std::string_view classes = page.Attribute(i, "class");
      if (page.node(i).IsElement() && classes.find("title") != std::string_view::npos) title = page.Words(i);
    }
    for (std::uint32_t i = item.begin; i < item.end && title.empty(); ++i) {
      if (page.node(i).tag == "strong" || page.node(i).tag == "b") title = page.Words(i);
    }
    if (title.empty()) title = text::CollapseSpace(page.Attribute(link, "title"));
    if (title.empty()) title = text::CollapseSpace(page.Attribute(link, "aria-label"));
    for (std::uint32_t i = link; i < page.node(link).end && title.empty(); ++i) {
      if (page.node(i).tag == "img") title = text::CollapseSpace(page.Attribute(i, "alt"));
    }
  } else if (title.size() > 1 && (title.ends_with("...") || title.ends_with("…"))) {
    // Cut for the eye; the attribute has it whole.
    const std::string whole = text::CollapseSpace(page.Attribute(link, "title"));
    if (whole.size() > title.size()) title = whole;
  }
  return std::string(text::TruncateUtf8(title, kTitleBytesMax));
}

std::string FindItemSummary(const html::Page& page, const ItemExtent& item, std::string_view title,
                            std::string_view date_text) {
  std::string best;
  ForEachLine(page, item.begin, item.end, [&](const std::string& line) {
    const bool same = line == title || line.find(title) != std::string::npos;
    const bool dated =
        !date_text.empty() && line.find(date_text) != std::string::npos && line.size() < date_text.size() + 40;
    if (!same && !dated && line.size() > best.size()) best = line;
    return true;
  });
  if (best.size() < kSummaryBytesMin) return {};
  return std::string(text::TruncateUtf8(best, kSummaryBytesMax));
}

std::optional<bool> MonthFirst(const html::Page& page, const std::vector<ItemExtent>& items) {
  bool day_first = false;
  bool month_first = false;
  for (const ItemExtent& item : items) {
    const std::string words = page.Words(item.begin, item.end);
    const auto as_month = dates::FindDate(words, {.language = {}, .month_first = true, .year = {}});
    const auto as_day = dates::FindDate(words, {.language = {}, .month_first = false, .year = {}});
    const auto open = dates::FindDate(words);
    // A date that needs no hint and is numeric shows the order of its neighbours.
    if (!open || !as_month || !as_day || open->date != as_month->date) continue;
    const std::string_view text = std::string_view(words).substr(open->begin, open->end - open->begin);
    const bool numeric = std::all_of(text.begin(), text.end(),
                                     [](char c) { return (c >= '0' && c <= '9') || c == '/' || c == '-' || c == '.'; });
    if (!numeric || text.size() < 6 || text.find_first_of("/-.") > 2) continue;
    int first = 0;
    for (const char c : text.substr(0, text.find_first_of("/-."))) first = first * 10 + (c - '0');
    (first > 12 ? day_first : month_first) = true;
  }
  if (day_first == month_first) return std::nullopt;
  return month_first;
}

}  // namespace dateline::listing
