#pragma once
// What a page says about itself outside its text: meta elements, Open Graph, JSON-LD, <time>, link relations.
// Title and authors are chosen here, of the dates all candidates are handed on: publish.h chooses among them and those
// of the text. Pure; bounded; linear.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/extraction/facts/publish.h"
#include "services/extraction/page/author_choice.h"
#include "services/extraction/page/block.h"
#include "services/extraction/page/html_tree.h"
#include "services/extraction/page/page_hints.h"

namespace dateline::extraction {

// A person of the byline, or the desk that signs.
struct PageAuthor {
  std::string name;
  // "author.json_ld", "author.microdata", "author.byline", "author.text", "author.link", "author.line", "author.meta";
  // "author.desk" for what is no person.
  std::string_view rule;
  double probability = 0;
  std::string uri = {};  // absolute; of the person's own page
};

// What was collected.
struct HtmlMetadata {
  std::string title;            // one line; empty when the page has none
  std::string_view title_rule;  // as in page_title.h
  std::string heading;          // the line of the page that says the title, with what is set above or below it in one
  std::string subtitle;
  std::string site_name;
  std::string language;   // as declared
  std::string canonical;  // absolute
  std::string license;
  std::string modified;      // raw
  std::string article_body;  // of JSON-LD; may hold markup, be a teaser, or be empty
  bool copy = true;          // the page has no scripts: nearly always since they were taken out
  std::vector<DateSign> dates;
  std::vector<PageAuthor> authors;
  std::vector<AuthorCandidate> author_candidates;  // the most likely first
  std::vector<PageImage> images;  // those that the page shows for itself elsewhere, the first one first
  std::vector<std::string> topics;
  std::vector<std::string> robots;
  std::vector<std::pair<std::string, std::string>> translations;  // language, absolute URI
};

// Collects and chooses; authors as author_choice.h says.
HtmlMetadata ReadMetadata(const HtmlTree& tree, std::string_view base_uri);

// What of it helps to find the text; borrows from `metadata`.
PageHints HintsOf(const HtmlMetadata& metadata);

}  // namespace dateline::extraction
