#pragma once
// The sets of links on a page that stand in the same place of a repeated pattern: under one ancestor, by the same path
// of elements. One of them is the list that is looked for. Internal to this folder; pure.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "services/ingestion/html/page.h"

namespace dateline::listing {

inline constexpr std::size_t kLinksMax = 5'000;

// A link to another page.
struct PageLink {
  std::uint32_t element = 0;
  std::string url;  // Absolute, without fragment.
  std::string words;
};

// What the elements around a link say about it.
struct Surroundings {
  bool navigation = false;  // Menus, footers, pagers, breadcrumbs, tag clouds, sharing.
  bool aside = false;       // Sidebars, related items.
};

// One item: its link and the nodes that belong to it.
struct ItemExtent {
  const PageLink* link = nullptr;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

struct LinkGroup {
  std::uint32_t ancestor = 0;
  std::vector<ItemExtent> items;
  Surroundings surroundings;
};

std::vector<PageLink> FindLinks(const html::Page& page);

// Groups of at least `least` links, in no particular order. Their items do not overlap.
std::vector<LinkGroup> FindGroups(const html::Page& page, const std::vector<PageLink>& links, std::size_t least);

Surroundings SurroundingsOf(const html::Page& page, std::uint32_t element);

// The classes of an element, those left out that count or mark single items ("row-3", "odd", "first").
std::vector<std::string> StableClasses(const html::Page& page, std::uint32_t element);

}  // namespace dateline::listing
