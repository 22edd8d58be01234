#include "services/extraction/page/page_type.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "common/base/needle_set.h"
#include "common/base/word_index.h"
#include "services/extraction/page/html_content.h"
#include "services/extraction/page/html_vocabulary.h"

namespace dateline::extraction {
namespace {

// Pages with less text than this hold no article; with scripts besides, they are drawn by a browser.
constexpr std::size_t kMinArticleBytes = 150;
// A script of so many bytes may draw a page.
constexpr std::size_t kScriptBytes = 2000;
constexpr std::size_t kLongBlock = 250;
constexpr std::size_t kShortBlock = 120;
constexpr std::size_t kMaxUrl = 500;
constexpr std::size_t kMaxPart = 40;

constexpr std::array<std::string_view, kPageSignCount> kNames = {
    "kept_text",  "kept_share",  "kept_links",      "kept_long_text", "kept_cards",   "kept_list",     "page_links",
    "page_prose", "headings",    "linked_headings", "dates",          "breaks_off",   "longest_block", "longest_run",
    "mean_block", "alike",       "articles",        "says_article",   "says_product", "says_list",     "anchor",
    "url_depth",  "url_words",   "url_date",        "url_home",       "author",       "url_kind",      "url_list",
    "url_number", "title_words", "body_single",     "body_list",      "pager"};

float Log(std::size_t n) {
  return std::log2(static_cast<float>(n) + 1.0F);
}
float Ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0F : static_cast<float>(part) / static_cast<float>(whole);
}

// What is added up over the blocks that are kept.
struct Kept {
  std::size_t blocks = 0;
  std::size_t text = 0;
  std::size_t links = 0;
  std::size_t long_text = 0;
  std::size_t cards = 0;
  std::size_t list = 0;
  std::size_t headings = 0;
  std::size_t linked_headings = 0;
  std::size_t dates = 0;
  std::size_t breaks_off = 0;
  std::size_t longest = 0;
  std::size_t run = 0;
  std::size_t longest_run = 0;
  float alike = 0;
};

float Value(const FeatureRow& row, Feature feature) {
  return row[static_cast<std::size_t>(feature)];
}

void Add(const PlacedBlock& placed, const FeatureRow& row, Kept& kept) {
  const std::size_t bytes = placed.block.text.size();
  ++kept.blocks;
  kept.text += bytes;
  kept.links += placed.link_bytes;
  kept.longest = std::max(kept.longest, bytes);
  const bool heading = placed.block.shape == Shape::kHeading;
  const bool linked = placed.link_bytes * 2 > bytes || row[kPlainFeatures + static_cast<std::size_t>(Sign::kLink)] > 0;
  const bool prose = bytes >= kShortBlock && placed.link_bytes * 3 < bytes;
  kept.run = prose ? kept.run + bytes : heading || bytes >= kShortBlock ? kept.run : 0;
  if (linked) kept.run = 0;
  kept.longest_run = std::max(kept.longest_run, kept.run);
  if (bytes >= kLongBlock && placed.block.shape != Shape::kListItem) kept.long_text += bytes;
  if (row[kPlainFeatures + static_cast<std::size_t>(Sign::kCardName)] > 0) kept.cards += bytes;
  if (placed.block.shape == Shape::kListItem) kept.list += bytes;
  kept.headings += heading ? 1 : 0;
  kept.linked_headings += heading && linked ? 1 : 0;
  kept.dates += bytes < kShortBlock && Value(row, Feature::kYears) > 0 ? 1 : 0;
  kept.breaks_off += Value(row, Feature::kBreaksOff) > 0 ? 1 : 0;
  kept.alike = std::max(kept.alike, Value(row, Feature::kAlike));
}

struct UrlSigns {
  std::size_t depth = 0;
  std::size_t words = 0;  // of the longest part
  bool date = false;
  bool kind = false;    // a part says that what is below belongs together: "category", "tag"
  bool list = false;    // the last part is what a list of releases or posts is called: "news", "press-releases"
  bool number = false;  // the last part holds a long number, as the names of single pages do
};

constexpr WordIndex kKindParts(std::to_array<std::string_view>(
    {"category",   "categories", "topic",   "topics",    "tag",     "tags",   "collection", "collections",
     "browse",     "shop",       "archive", "archives",  "list",    "lists",  "search",     "catalog",
     "catalogue",  "genre",      "subject", "subjects",  "section", "labels", "rubrik",     "kategorie",
     "kategorien", "themen",     "thema",   "categorie", "temas",   "tema",   "directory",  "categoria"}));
constexpr WordIndex kListParts(std::to_array<std::string_view>({"news",           "newsroom",
                                                                "press",          "press-releases",
                                                                "pressreleases",  "press-release",
                                                                "media",          "blog",
                                                                "blogs",          "events",
                                                                "updates",        "stories",
                                                                "releases",       "latest",
                                                                "articles",       "posts",
                                                                "publications",   "announcements",
                                                                "aktuelles",      "presse",
                                                                "nachrichten",    "noticias",
                                                                "actualites",     "prensa",
                                                                "sala-de-prensa", "pressemitteilungen",
                                                                "issues",         "media-centre",
                                                                "media-center",   "communiques",
                                                                "notizie",        "comunicati-stampa",
                                                                "statements",     "speeches",
                                                                "meldungen",      "nieuws"}));
constexpr std::size_t kLongNumber = 4;

bool HoldsLongNumber(std::string_view part) {
  std::size_t digits = 0;
  for (const char c : part) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits >= kLongNumber) return true;
  }
  return false;
}

std::size_t CountWords(std::string_view text) {
  std::size_t words = 0;
  bool inside = false;
  for (const char c : text) {
    words += c != ' ' && !inside ? 1 : 0;
    inside = c != ' ';
  }
  return words;
}

UrlSigns SignsOfUrl(std::string_view uri) {
  UrlSigns signs;
  uri = uri.substr(0, kMaxUrl);
  const std::size_t scheme = uri.find("://");
  std::string_view path = scheme == std::string_view::npos ? std::string_view() : uri.substr(scheme + 3);
  path = path.substr(0, path.find_first_of("?#"));
  const std::size_t slash = path.find('/');
  path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path = part.size() == path.size() ? std::string_view() : path.substr(part.size() + 1);
    if (part.empty()) continue;
    ++signs.depth;
    std::string lower(part.substr(0, kMaxPart));
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    signs.kind = signs.kind || kKindParts.contains(lower);
    signs.list = kListParts.contains(lower);
    signs.number = HoldsLongNumber(part);
    const auto joins = static_cast<std::size_t>(
        std::count_if(part.begin(), part.end(), [](char c) { return c == '-' || c == '_' || c == '+'; }));
    signs.words = std::max(signs.words, joins + 1);
    signs.date = signs.date || (part.size() >= 4 && part.substr(0, 2) == "20" && part[2] >= '0' && part[2] <= '9' &&
                                part[3] >= '0' && part[3] <= '9');
  }
  return signs;
}

// What publishing systems say of a page by the classes of its body.
enum class BodyKind { kUnknown, kSingle, kList };

template <std::size_t N>
bool BeginsWithAny(std::string_view word, const std::array<std::string_view, N>& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(), [&](std::string_view b) { return word.starts_with(b); });
}

BodyKind BodyKindOf(const HtmlTree& tree) {
  static constexpr WordIndex kSingleWords(std::to_array<std::string_view>({"single", "singular"}));
  static constexpr auto kSingleBeginnings = std::to_array<std::string_view>(
      {"single-", "postid-", "page-node-type", "node-type", "post-template", "template-product", "template-article"});
  static constexpr WordIndex kListWords(std::to_array<std::string_view>(
      {"archive", "archives", "blog", "category", "tag", "search", "search-results", "listing", "collection"}));
  static constexpr auto kListBeginnings = std::to_array<std::string_view>(
      {"archive-", "category-", "tag-", "tax-", "term-", "taxonomy-", "template-collection", "page-type-category",
       "post-type-archive", "path-taxonomy", "page-taxonomy"});
  const auto body = std::find_if(tree.nodes().begin(), tree.nodes().end(),
                                 [](const HtmlNode& node) { return node.tag == Tag::kBody; });
  if (body == tree.nodes().end()) return BodyKind::kUnknown;
  std::string_view classes = tree.Attribute(*body, "class").substr(0, kMaxClassBytes);
  bool list = false;
  while (!classes.empty()) {
    const std::string_view word = classes.substr(0, classes.find(' '));
    classes.remove_prefix(std::min(classes.size(), word.size() + 1));
    if (kSingleWords.contains(word) || BeginsWithAny(word, kSingleBeginnings)) return BodyKind::kSingle;
    list = list || kListWords.contains(word) || BeginsWithAny(word, kListBeginnings);
  }
  return list ? BodyKind::kList : BodyKind::kUnknown;
}

bool HasPager(const HtmlTree& tree) {
  static constexpr auto kWords =
      std::to_array<std::string_view>({"pagination", "paginator", "pager", "page-numbers", "load-more", "loadmore"});
  static constexpr NeedleSet kPagers(kWords);
  return std::any_of(tree.names().begin(), tree.names().end(),
                     [](std::string_view name) { return kPagers.AnyIn(name.substr(0, kMaxClassBytes)); });
}

}  // namespace

std::string_view PageSignName(std::size_t sign) {
  return kNames[sign];
}

PageSigns ComputePageSigns(const HtmlTree& tree, const PageArena& arena, const std::vector<PlacedBlock>& blocks,
                           const BlockTable& table, const std::vector<bool>& kept, std::string_view uri,
                           const PageHints& hints) {
  Kept sum;
  std::size_t all = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    all += blocks[i].block.text.size();
    if (kept[i]) Add(blocks[i], table.rows[i], sum);
  }
  PageSigns signs{};
  const auto set = [&](PageSign sign, float value) { signs[static_cast<std::size_t>(sign)] = value; };
  set(PageSign::kKeptText, Log(sum.text));
  set(PageSign::kKeptShare, Ratio(sum.text, all));
  set(PageSign::kKeptLinks, Ratio(sum.links, sum.text));
  set(PageSign::kKeptLongText, Ratio(sum.long_text, sum.text));
  set(PageSign::kKeptCards, Ratio(sum.cards, sum.text));
  set(PageSign::kKeptList, Ratio(sum.list, sum.text));
  const NodeSums& page = arena.sums(0);
  set(PageSign::kPageLinks, Ratio(page.link_text, page.text));
  set(PageSign::kPageProse, Ratio(page.paragraph_text, page.text));
  set(PageSign::kHeadings, Log(sum.headings));
  set(PageSign::kLinkedHeadings, Log(sum.linked_headings));
  set(PageSign::kDates, Log(sum.dates));
  set(PageSign::kBreaksOff, Log(sum.breaks_off));
  set(PageSign::kLongestBlock, Log(sum.longest));
  set(PageSign::kLongestRun, Log(sum.longest_run));
  set(PageSign::kMeanBlock, Log(sum.blocks == 0 ? 0 : sum.text / sum.blocks));
  set(PageSign::kAlike, sum.alike);
  set(PageSign::kArticles, Log(arena.containers().articles));
  const float kind = blocks.empty() ? 0.0F : Value(table.rows[0], Feature::kPageKind);
  set(PageSign::kSaysArticle, kind == 1 ? 1.0F : 0.0F);
  set(PageSign::kSaysProduct, kind == 2 ? 1.0F : 0.0F);
  set(PageSign::kSaysList, kind == 5 ? 1.0F : 0.0F);
  set(PageSign::kAnchor, blocks.empty() ? 0.0F : Value(table.rows[0], Feature::kAnchorSize));
  const UrlSigns url = SignsOfUrl(uri);
  set(PageSign::kUrlDepth, Log(url.depth));
  set(PageSign::kUrlWords, Log(url.words));
  set(PageSign::kUrlDate, url.date ? 1.0F : 0.0F);
  set(PageSign::kUrlHome, !uri.empty() && url.depth == 0 ? 1.0F : 0.0F);
  set(PageSign::kAuthor, hints.authors.empty() ? 0.0F : 1.0F);
  set(PageSign::kUrlKind, url.kind ? 1.0F : 0.0F);
  set(PageSign::kUrlList, url.list ? 1.0F : 0.0F);
  set(PageSign::kUrlNumber, url.number ? 1.0F : 0.0F);
  set(PageSign::kTitleWords, Log(CountWords(hints.title)));
  const BodyKind body = BodyKindOf(tree);
  set(PageSign::kBodySingle, body == BodyKind::kSingle ? 1.0F : 0.0F);
  set(PageSign::kBodyList, body == BodyKind::kList ? 1.0F : 0.0F);
  set(PageSign::kPager, HasPager(tree) ? 1.0F : 0.0F);
  return signs;
}

float ListScore(const PageSigns& signs) {
  float score = kListBase;
  for (std::size_t i = 0; i < kPageSignCount; ++i) score += signs[i] * kListWeights[i];
  return score;
}

release::v1::PageType ChoosePageType(const HtmlContent& content, const HtmlTree& tree) {
  std::size_t bytes = 0;
  for (const Block& block : content.blocks) bytes += block.left ? 0 : block.text.size();
  if (bytes < kMinArticleBytes) {
    const bool scripted = std::any_of(tree.nodes().begin(), tree.nodes().end(),
                                      [](const HtmlNode& node) { return node.text.size() > kScriptBytes; });
    return content.page_text < kMinArticleBytes && scripted ? release::v1::NEEDS_RENDERING : release::v1::OTHER;
  }
  return ListScore(content.signs) > kListThreshold ? release::v1::LISTING : release::v1::ARTICLE;
}

}  // namespace dateline::extraction
