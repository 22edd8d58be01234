#include "services/ingestion/listing/link_groups.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_set>
#include <utility>

#include "common/text/utf8.h"

namespace dateline::listing {
namespace {

// How far above a link a repeated pattern may begin.
constexpr std::size_t kLevelsMax = 14;
constexpr std::size_t kClassesRead = 20;
// Behind the last item, what still belongs to it.
constexpr std::uint32_t kTailNodesMax = 60;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool HasDigit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A word inside an identifier: "main-menu", "mainMenu" and "menu2" hold "menu", "menuisier" does not.
bool HoldsWord(std::string_view identifier, std::string_view word) {
  for (std::size_t at = identifier.find(word); at != std::string_view::npos; at = identifier.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || identifier[at - 1] < 'a' || identifier[at - 1] > 'z';
    const bool ends = end == identifier.size() || identifier[end] < 'a' || identifier[end] > 'z' ||
                      (identifier[end] == 's' && end + 1 == identifier.size());
    if (begins && ends) return true;
  }
  return false;
}

template <std::size_t N>
bool HoldsAny(std::string_view identifier, const std::array<std::string_view, N>& words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return HoldsWord(identifier, word); });
}

// The position of a table cell among its siblings: columns mean different things.
std::size_t ColumnOf(const html::Page& page, std::uint32_t cell) {
  std::size_t column = 0;
  const std::uint32_t row = page.node(cell).parent;
  for (std::uint32_t i = row + 1; i < cell; i = page.node(i).end) {
    if (page.node(i).IsElement()) ++column;
  }
  return column;
}

std::string StepOf(const html::Page& page, std::uint32_t element) {
  const std::string_view tag = page.node(element).tag;
  std::string step(tag);
  if (tag == "td" || tag == "th") step += std::to_string(ColumnOf(page, element));
  if (tag == "a") {
    for (const std::string& name : StableClasses(page, element)) step += "." + name;
  }
  return step;
}

bool Contains(const html::Page& page, std::uint32_t outer, std::uint32_t inner) {
  return outer <= inner && inner < page.node(outer).end;
}

// The nodes of each item: from the highest element around its link that holds no other link of the group, up to the
// next item.
void SetExtents(const html::Page& page, LinkGroup* group) {
  std::vector<ItemExtent>& items = group->items;
  const std::uint32_t limit = page.node(group->ancestor).end;
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::uint32_t top = items[i].link->element;
    for (;;) {
      const std::uint32_t parent = page.node(top).parent;
      if (parent == top || parent == group->ancestor || !Contains(page, group->ancestor, parent)) break;
      const bool holds_previous = i > 0 && Contains(page, parent, items[i - 1].link->element);
      const bool holds_next = i + 1 < items.size() && Contains(page, parent, items[i + 1].link->element);
      if (holds_previous || holds_next) break;
      top = parent;
    }
    items[i].begin = top;
    items[i].end = page.node(top).end;
  }
  // What follows up to the next item belongs to it when nothing else encloses the items: <dt> and <dd>, <h3> and <p>.
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::uint32_t parent = page.node(items[i].begin).parent;
    if (i + 1 < items.size() && page.node(items[i + 1].begin).parent == parent) {
      items[i].end = items[i + 1].begin;
      continue;
    }
    const std::uint32_t behind = std::min({page.node(parent).end, limit, items[i].end + kTailNodesMax});
    const std::uint32_t next = i + 1 < items.size() ? items[i + 1].begin : behind;
    // Only to the end of a sibling.
    std::uint32_t end = items[i].end;
    while (end < std::min(next, behind) && page.node(end).parent == parent) end = page.node(end).end;
    if (end <= next && end <= limit) items[i].end = std::max(items[i].end, std::min(end, behind));
  }
}

}  // namespace

std::vector<std::string> StableClasses(const html::Page& page, std::uint32_t element) {
  constexpr std::array<std::string_view, 12> kMarks = {"odd", "even",   "first",   "last",     "active", "current",
                                                       "alt", "sticky", "visited", "featured", "new",    "selected"};
  std::vector<std::string> classes;
  const std::string_view all = page.Attribute(element, "class");
  for (std::size_t at = 0; at < all.size() && classes.size() < kClassesRead;) {
    const std::size_t begin = all.find_first_not_of(" \t\r\n", at);
    if (begin == std::string_view::npos) break;
    const std::size_t end = std::min(all.find_first_of(" \t\r\n", begin), all.size());
    const std::string_view name = all.substr(begin, end - begin);
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    });
    if (plain && !HasDigit(name) && !HoldsAny(Lower(name), kMarks)) classes.emplace_back(name);
    at = end;
  }
  return classes;
}

Surroundings SurroundingsOf(const html::Page& page, std::uint32_t element) {
  constexpr std::array<std::string_view, 24> kNavigation = {
      "nav",        "navbar", "navigation", "menu",      "submenu",  "footer", "breadcrumb", "pager",
      "pagination", "paging", "tagcloud",   "tag-cloud", "social",   "share",  "sharing",    "header",
      "masthead",   "skip",   "cookie",     "login",     "language", "lang",   "toolbar",    "topbar"};
  constexpr std::array<std::string_view, 9> kAside = {"sidebar",     "aside",   "related",  "widget", "rail",
                                                      "recommended", "popular", "trending", "sidenav"};
  Surroundings around;
  for (std::uint32_t at = element;;) {
    const html::PageNode& node = page.node(at);
    if (node.tag == "nav" || node.tag == "footer") around.navigation = true;
    if (node.tag == "aside") around.aside = true;
    if (node.tag == "main") break;
    if (node.tag != "body" && node.tag != "html") {
      std::string identifier = Lower(page.Attribute(at, "id"));
      identifier.append(" ").append(Lower(page.Attribute(at, "class"))).append(" ").append(page.Attribute(at, "role"));
      // The header of an article is no masthead, and a page header may hold everything.
      around.navigation = around.navigation || HoldsAny(identifier, kNavigation);
      around.aside = around.aside || HoldsAny(identifier, kAside);
    }
    if (node.parent == at) break;
    at = node.parent;
  }
  return around;
}

std::vector<PageLink> FindLinks(const html::Page& page) {
  std::vector<PageLink> links;
  for (std::uint32_t i = 0; i < page.nodes().size() && links.size() < kLinksMax; ++i) {
    if (page.node(i).tag != "a") continue;
    const std::string_view href = page.Attribute(i, "href");
    if (href.empty() || href.front() == '#') continue;
    std::string url = page.Absolute(href);
    if (url.empty()) continue;
    links.push_back({i, std::move(url), page.Words(i)});
  }
  return links;
}

std::vector<LinkGroup> FindGroups(const html::Page& page, const std::vector<PageLink>& links, std::size_t least) {
  std::map<std::pair<std::uint32_t, std::string>, std::vector<const PageLink*>> places;
  for (const PageLink& link : links) {
    std::string path = StepOf(page, link.element);
    std::uint32_t at = link.element;
    for (std::size_t level = 0; level < kLevelsMax; ++level) {
      const std::uint32_t parent = page.node(at).parent;
      if (parent == at) break;
      places[{parent, path}].push_back(&link);
      path.insert(0, StepOf(page, parent) + ">");
      at = parent;
    }
  }
  std::vector<LinkGroup> groups;
  for (auto& [place, members] : places) {
    if (members.size() < least) continue;
    LinkGroup group;
    group.ancestor = place.first;
    std::unordered_set<std::string_view> seen;
    for (const PageLink* link : members) {
      // The same page twice in one item: the picture and the title.
      if (seen.insert(link->url).second) group.items.push_back({link, 0, 0});
    }
    if (group.items.size() < least) continue;
    groups.push_back(std::move(group));
  }
  // Of groups with the same members keep the lowest ancestor; the map begins with the highest.
  std::vector<LinkGroup> lowest;
  for (LinkGroup& group : groups) {
    const auto twin = std::find_if(lowest.begin(), lowest.end(), [&](const LinkGroup& other) {
      return other.items.size() == group.items.size() && other.items.front().link == group.items.front().link &&
             other.items.back().link == group.items.back().link;
    });
    if (twin == lowest.end()) {
      lowest.push_back(std::move(group));
    } else if (group.ancestor > twin->ancestor) {
      *twin = std::move(group);
    }
  }
  for (LinkGroup& group : lowest) {
    SetExtents(page, &group);
    group.surroundings = SurroundingsOf(page, group.items.front().link->element);
  }
  return lowest;
}

}  // namespace dateline::listing
