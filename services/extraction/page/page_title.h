#pragma once
// The title of a page out of everything that may be it: headings, og:title, <title>, JSON-LD. One rule for all pages:
// the heading that the page's own titles confirm, else the best of these titles without the site's name. Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/page/markup_text.h"

namespace dateline::extraction {

// A heading, or an element that is marked as one.
struct Headline {
  std::string text;
  std::size_t node = 0;
  int level = 1;        // 1 to 6; 7 for other elements
  bool marked = false;  // its class or itemprop calls it the title of the article
};

// What a page offers.
struct TitleSigns {
  std::string og_title;
  std::string html_title;
  std::string other_title;  // twitter:title, dc.title and the like
  std::string json_headline;
  std::string site_name;
  std::string host;
  std::vector<Headline> headlines;  // in document order
};

inline constexpr std::size_t kNoNode = static_cast<std::size_t>(-1);

struct TitleChoice {
  std::string title;
  // "title.h1", "title.h1_part", "title.og", "title.json_ld", "title.title", "title.h1_only".
  std::string_view rule;
  std::size_t node = kNoNode;  // the heading, where one says it
};

TitleChoice ChooseTitle(const TitleSigns& signs);

// The one of the `parts` of a heading that the page's own titles give alone, and so is the title without the line set
// above or below it; empty when none is. The first one counts.
std::string StatedPart(const std::vector<HeadingPart>& parts, std::string_view whole, const TitleSigns& signs);

// `title` without parts behind or before " | ", " - ", " – " and the like that name the site, as `site_name` or the
// `host` do. Without either a short last part is taken for the site's.
std::string WithoutSiteName(std::string_view title, std::string_view site_name, std::string_view host = {});

}  // namespace dateline::extraction
