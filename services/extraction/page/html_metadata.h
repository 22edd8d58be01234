#pragma once
// What a page says about itself outside its text: meta elements, Open Graph, JSON-LD, <time>, link relations.
// Candidates are collected as they stand; which of them is right is decided elsewhere, but for the title, whose rule is
// here. Pure; bounded by the limits below; linear.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/extraction/facts/publish.h"
#include "services/extraction/page/html_tree.h"

namespace dateline::extraction {

// The most JSON-LD that is read of one page, in bytes, and how deep it may nest.
inline constexpr std::size_t kMaxJsonLdBytes = std::size_t{512} << 10;
inline constexpr int kMaxJsonLdDepth = 32;

// What was collected.
struct HtmlMetadata {
  std::string title;            // the headline by the rule below, one line; empty when the page has none
  std::string_view title_rule;  // "title.h1", "title.og", "title.json_ld", "title.title", "title.h1_only"
  std::string site_name;
  std::string language;   // as declared
  std::string canonical;  // absolute
  std::string license;
  std::string modified;  // raw
  std::vector<DateSign> dates;
  std::vector<std::string> authors;
  std::vector<std::string> topics;
  std::vector<std::string> robots;
  std::vector<std::pair<std::string, std::string>> translations;  // language, absolute URI
};

// Collects. The title is the h1 that the page's own title contains; else og:title or <title> without the site's name.
HtmlMetadata ReadMetadata(const HtmlTree& tree, std::string_view base_uri);

// `title` without a part behind or before " | ", " - ", " – " and the like that names the site; never less than half of
// it unless that part is `site_name`.
std::string WithoutSiteName(std::string_view title, std::string_view site_name);

}  // namespace dateline::extraction
