#include "services/extraction/page/block_features.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/page/block_kin.h"
#include "services/extraction/page/html_vocabulary.h"
#include "services/extraction/page/name_numbers.h"
#include "services/extraction/zones/cues.h"

namespace dateline::extraction {
namespace {

constexpr std::array<std::string_view, kPlainFeatures> kNames = {"text_log",
                                                                 "words_log",
                                                                 "link_density",
                                                                 "commas",
                                                                 "stops",
                                                                 "ends_sentence",
                                                                 "ends_colon",
                                                                 "digits",
                                                                 "uppers",
                                                                 "tag",
                                                                 "heading_level",
                                                                 "depth",
                                                                 "chosen_depth",
                                                                 "alike",
                                                                 "alike_text",
                                                                 "group_text",
                                                                 "group_links",
                                                                 "outer_text",
                                                                 "outer_links",
                                                                 "in_marked",
                                                                 "in_article_holder",
                                                                 "in_main_holder",
                                                                 "in_scored",
                                                                 "in_chosen",
                                                                 "rule_keeps",
                                                                 "position",
                                                                 "index",
                                                                 "chosen_position",
                                                                 "after_title",
                                                                 "title_like",
                                                                 "previous_text",
                                                                 "previous_links",
                                                                 "previous_heading",
                                                                 "next_text",
                                                                 "next_links",
                                                                 "next_heading",
                                                                 "previous2_text",
                                                                 "next2_text",
                                                                 "window_text",
                                                                 "window_links",
                                                                 "since_prose",
                                                                 "until_prose",
                                                                 "repeats",
                                                                 "cue",
                                                                 "heading_cue",
                                                                 "since_heading",
                                                                 "page_text",
                                                                 "page_links",
                                                                 "page_blocks",
                                                                 "page_prose",
                                                                 "chosen_share",
                                                                 "scored_share",
                                                                 "articles",
                                                                 "page_kind",
                                                                 "url_kind",
                                                                 "link_count",
                                                                 "links_home",
                                                                 "link_kind",
                                                                 "link_first",
                                                                 "years",
                                                                 "clocks",
                                                                 "bars",
                                                                 "breaks_off",
                                                                 "opening",
                                                                 "image_before",
                                                                 "image_after",
                                                                 "form_blocks",
                                                                 "form_text",
                                                                 "form_links",
                                                                 "form_scored",
                                                                 "parent_prose",
                                                                 "prose_lift",
                                                                 "prose_drop",
                                                                 "title_share",
                                                                 "after_headline",
                                                                 "author_share",
                                                                 "anchor_size",
                                                                 "anchor_share",
                                                                 "since_anchor",
                                                                 "until_anchor",
                                                                 "score",
                                                                 "score_previous",
                                                                 "score_previous2",
                                                                 "score_previous3",
                                                                 "score_next",
                                                                 "score_next2",
                                                                 "score_next3",
                                                                 "score_before5",
                                                                 "score_after5",
                                                                 "score_before12",
                                                                 "score_after12",
                                                                 "kept_before",
                                                                 "kept_after",
                                                                 "kept_text",
                                                                 "kept_share",
                                                                 "kept_own",
                                                                 "form_score",
                                                                 "parent_score",
                                                                 "outer_score",
                                                                 "parent_text",
                                                                 "outer_kept",
                                                                 "since_kept",
                                                                 "since_kept_text",
                                                                 "until_kept_text",
                                                                 "score_previous_text",
                                                                 "score_next_text"};

// Farther than this all distances in blocks are the same.
constexpr int kFar = 40;
// How far up the elements around a block are looked for.
constexpr int kMaxClimb = 24;
constexpr std::uint32_t kProseBytes = 80;

float Log(std::size_t n) {
  return std::log2(static_cast<float>(n) + 1.0F);
}
float Ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0F : static_cast<float>(part) / static_cast<float>(whole);
}

float TagNumber(Tag tag, Shape shape) {
  if (shape == Shape::kTable) return 9;
  switch (tag) {
    case Tag::kP:
      return 1;
    case Tag::kLi:
      return 2;
    case Tag::kBlockquote:
      return 3;
    case Tag::kPre:
      return 4;
    case Tag::kDd:
    case Tag::kDt:
      return 5;
    case Tag::kTd:
    case Tag::kTh:
      return 6;
    case Tag::kFigcaption:
    case Tag::kCaption:
    case Tag::kFigure:
      return 7;
    default:
      return HeadingLevel(tag) > 0 ? 8 : 0;
  }
}

// What the page calls itself: 1 an article, 2 a product, 3 a discussion, 4 questions and answers, 5 a list; 0 nothing.
float PageKind(const HtmlTree& tree) {
  float kind = 0;
  for (std::size_t i = 0; i < tree.nodes().size(); ++i) {
    const HtmlNode& node = tree.nodes()[i];
    if (node.tag == Tag::kMeta && tree.Attribute(node, "property") == "og:type") {
      const std::string_view type = tree.Attribute(node, "content");
      if (type == "article") kind = 1;
      if (type.find("product") != std::string_view::npos) return 2;
    }
    if (node.tag == Tag::kScript && tree.Attribute(node, "type") == "application/ld+json" && i + 1 < node.end) {
      const std::string_view json = tree.nodes()[i + 1].text.substr(0, 100'000);
      const auto has = [&](std::string_view word) { return json.find(word) != std::string_view::npos; };
      if (has("\"DiscussionForumPosting\"")) return 3;
      if (has("\"QAPage\"")) return 3;
      if (has("\"Product\"") && !has("\"ItemList\"")) return 2;
      if (has("Article\"") || has("\"BlogPosting\"")) return 1;
      if (has("\"CollectionPage\"") || has("\"ItemList\"")) kind = 5;
      if (has("\"FAQPage\"")) kind = 4;
    }
  }
  return kind;
}

float UrlKind(std::string_view uri) {
  const std::size_t scheme = uri.find("://");
  const std::string_view rest = scheme == std::string_view::npos ? uri : uri.substr(scheme + 3);
  const auto has = [&](std::string_view word) { return rest.find(word) != std::string_view::npos; };
  if (has("forum") || has("thread") || has("viewtopic") || has("/t/") || has("communit") || has("discuss")) return 1;
  if (has("/product") || has("/p/") || has("/item") || has("/dp/")) return 2;
  if (has("docs.") || has("/docs") || has("/doc/") || has("documentation") || has("developer") || has("/api") ||
      has("/reference") || has("wiki"))
    return 3;
  if (has("/collections") || has("/category") || has("/categories") || has("/shop") || has("/c/")) return 4;
  if (has("/blog") || has("/news") || has("/article") || has("/20")) return 5;
  const std::size_t path = rest.find('/');
  if (path == std::string_view::npos || path + 1 >= rest.size()) return 6;
  return 0;
}

// What is asked of the text of a block; one pass.
struct TextCounts {
  std::size_t words = 0;
  std::size_t commas = 0;
  std::size_t stops = 0;
  std::size_t digits = 0;
  std::size_t uppers = 0;
};

// What a byte adds to three counts, a field each, of stretches that are too short to fill a field; and what it is.
constexpr std::uint64_t kComma = 1;
constexpr std::uint64_t kDigit = std::uint64_t{1} << 20;
constexpr std::uint64_t kUpper = std::uint64_t{1} << 40;
constexpr std::uint64_t kMayStop = std::uint64_t{1} << 62;
constexpr std::uint64_t kVisible = std::uint64_t{1} << 63;
constexpr std::uint64_t kField = kDigit - 1;
constexpr std::size_t kCountedAtOnce = std::size_t{1} << 19;
constexpr std::array<std::uint64_t, 256> kByteCounts = [] {
  std::array<std::uint64_t, 256> counts{};
  for (std::uint64_t& count : counts) count = kVisible;
  for (const char space : {' ', '\n', '\t'}) counts[static_cast<unsigned char>(space)] = 0;
  for (const char stop : {'.', '!', '?'}) counts[static_cast<unsigned char>(stop)] |= kMayStop;
  counts[','] |= kComma;
  for (unsigned char c = '0'; c <= '9'; ++c) counts[c] |= kDigit;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) counts[c] |= kUpper;
  return counts;
}();

TextCounts CountText(std::string_view text) {
  TextCounts c;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < text.size();) {
    std::uint64_t sums = 0;
    for (const std::size_t end = std::min(text.size(), i + kCountedAtOnce); i < end; ++i) {
      const std::uint64_t counts = kByteCounts[static_cast<unsigned char>(text[i])];
      c.words += (counts & ~before) >> 63;
      before = counts;
      sums += counts & ~(kVisible | kMayStop);
      if ((counts & kMayStop) != 0 && (i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '"')) ++c.stops;
    }
    c.commas += sums & kField;
    c.digits += sums / kDigit & kField;
    c.uppers += sums / kUpper & kField;
  }
  return c;
}

bool EndsSentence(std::string_view text) {
  while (!text.empty() && (text.back() == '"' || text.back() == ')' || text.back() == ']')) text.remove_suffix(1);
  return text.ends_with('.') || text.ends_with('!') || text.ends_with('?') || text.ends_with("\u3002") ||
         text.ends_with(".\u201D") || text.ends_with("\u2026");
}

class Computer {
 public:
  Computer(const HtmlTree& tree, const PageArena& arena, const std::vector<PlacedBlock>& blocks, std::string_view uri)
      : tree_(tree), arena_(arena), blocks_(blocks), uri_(uri), rows_(blocks.size()) {}

  std::vector<FeatureRow> Run() {
    Own();
    Neighbours();
    Page();
    return std::move(rows_);
  }

 private:
  float& At(std::size_t i, Feature f) { return rows_[i][static_cast<std::size_t>(f)]; }
  static std::uint32_t Size(const PlacedBlock& b) { return static_cast<std::uint32_t>(b.block.text.size()); }

  void Own() {
    const Containers& c = arena_.containers();
    NameNumbers texts;
    std::vector<std::uint32_t> numbers(blocks_.size());
    std::vector<std::uint32_t> seen(blocks_.size() + 1, 0);
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      numbers[i] = texts.Add(blocks_[i].block.text);
      ++seen[numbers[i]];
    }
    float heading_cue = 0;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const PlacedBlock& b = blocks_[i];
      const std::string_view text = b.block.text;
      const TextCounts counts = CountText(text);
      At(i, Feature::kTextLog) = Log(text.size());
      At(i, Feature::kWordsLog) = Log(counts.words);
      At(i, Feature::kLinkDensity) = std::min(1.0F, Ratio(b.link_bytes, text.size()));
      At(i, Feature::kCommas) = Ratio(counts.commas * 100, text.size());
      At(i, Feature::kStops) = Log(counts.stops);
      At(i, Feature::kEndsSentence) = EndsSentence(text) ? 1 : 0;
      At(i, Feature::kEndsColon) = text.ends_with(':') ? 1 : 0;
      At(i, Feature::kDigits) = Ratio(counts.digits, text.size());
      At(i, Feature::kUppers) = Ratio(counts.uppers, text.size());
      const HtmlNode& node = arena_.nodes()[b.node];
      At(i, Feature::kTag) = TagNumber(node.tag, b.block.shape);
      At(i, Feature::kHeadingLevel) = static_cast<float>(HeadingLevel(node.tag));
      At(i, Feature::kDepth) = static_cast<float>(std::min<std::uint32_t>(node.depth, 40));
      At(i, Feature::kRepeats) = static_cast<float>(std::min<std::uint32_t>(seen[numbers[i]], 8));
      At(i, Feature::kInMarked) = arena_.Inside(b.node, c.marked) ? 1 : 0;
      At(i, Feature::kInArticle) = arena_.Inside(b.node, c.article) ? 1 : 0;
      At(i, Feature::kInMain) = arena_.Inside(b.node, c.main) ? 1 : 0;
      At(i, Feature::kInScored) = arena_.Inside(b.node, c.scored) ? 1 : 0;
      const bool chosen = arena_.Inside(b.node, c.chosen);
      At(i, Feature::kInChosen) = chosen ? 1 : 0;
      At(i, Feature::kChosenDepth) =
          chosen ? static_cast<float>(std::min<std::uint32_t>(node.depth - arena_.nodes()[c.chosen].depth, 20)) : -1.0F;
      At(i, Feature::kRuleKeeps) = chosen && !b.boxed && !arena_.outer(b.node) ? 1 : 0;
      float cue = 0;
      if (text.size() <= kMaxLabelKey) cue = static_cast<float>(CueOfLine(text::FoldKey(text), counts.words));
      At(i, Feature::kCue) = cue;
      if (HeadingLevel(node.tag) > 0 || cue > 0) heading_cue = cue;
      At(i, Feature::kHeadingCue) = heading_cue;
      for (std::size_t s = 0; s < kSignCount; ++s)
        rows_[i][kPlainFeatures + s] = (arena_.signs(b.node) >> s & 1U) != 0 ? 1.0F : 0.0F;
      Around(i);
    }
  }

  // The elements around: the next larger one, and one four times as large.
  void Around(std::size_t i) {
    const PlacedBlock& b = blocks_[i];
    const std::uint32_t own = std::max<std::uint32_t>(Size(b), 1);
    std::uint32_t at = b.node;
    bool group = false;
    bool outer = false;
    std::uint32_t alike = 0;
    std::uint32_t alike_text = 0;
    for (int step = 0; step < kMaxClimb; ++step) {
      const NodeSums& sums = arena_.sums(at);
      if (step < 7 && sums.alike > alike) {
        alike = sums.alike;
        alike_text = sums.text;
      }
      if (!group && sums.text * 2 > own * 3) {
        group = true;
        At(i, Feature::kGroupText) = Log(sums.text);
        At(i, Feature::kGroupLinks) = Ratio(sums.link_text, sums.text);
      }
      if (!outer && sums.text > own * 4 + 100) {
        outer = true;
        At(i, Feature::kOuterText) = Log(sums.text);
        At(i, Feature::kOuterLinks) = Ratio(sums.link_text, sums.text);
      }
      if (arena_.nodes()[at].parent == at) break;
      at = arena_.nodes()[at].parent;
    }
    At(i, Feature::kAlike) = Log(alike);
    At(i, Feature::kAlikeText) = Log(alike_text);
  }

  bool IsProse(std::size_t i) const {
    return Size(blocks_[i]) >= kProseBytes && blocks_[i].link_bytes * 3 < Size(blocks_[i]) &&
           !arena_.outer(blocks_[i].node);
  }
  bool IsHeading(std::size_t i) const { return blocks_[i].block.shape == Shape::kHeading; }

  void Neighbours() {
    const std::size_t n = blocks_.size();
    constexpr std::size_t kWindow = 4;
    std::vector<std::uint32_t> text(n + 1, 0);
    std::vector<std::uint32_t> links(n + 1, 0);
    const auto log = [&](std::size_t i) { return At(i, Feature::kTextLog); };
    for (std::size_t i = 0; i < n; ++i) {
      text[i + 1] = text[i] + Size(blocks_[i]);
      links[i + 1] = links[i] + blocks_[i].link_bytes;
    }
    int since = kFar;
    int heading = kFar;
    for (std::size_t i = 0; i < n; ++i) {
      if (i > 0) {
        At(i, Feature::kPreviousText) = log(i - 1);
        At(i, Feature::kPreviousLinks) = Ratio(blocks_[i - 1].link_bytes, Size(blocks_[i - 1]));
        At(i, Feature::kPreviousHeading) = IsHeading(i - 1) ? 1 : 0;
      }
      if (i > 1) At(i, Feature::kSecondPreviousText) = log(i - 2);
      if (i + 1 < n) {
        At(i, Feature::kNextText) = log(i + 1);
        At(i, Feature::kNextLinks) = Ratio(blocks_[i + 1].link_bytes, Size(blocks_[i + 1]));
        At(i, Feature::kNextHeading) = IsHeading(i + 1) ? 1 : 0;
      }
      if (i + 2 < n) At(i, Feature::kSecondNextText) = log(i + 2);
      const std::size_t low = i > kWindow ? i - kWindow : 0;
      const std::size_t high = std::min(n, i + kWindow + 1);
      At(i, Feature::kWindowText) = Log(text[high] - text[low]);
      At(i, Feature::kWindowLinks) = Ratio(links[high] - links[low], text[high] - text[low]);
      At(i, Feature::kSinceProse) = static_cast<float>(since);
      since = IsProse(i) ? 0 : std::min(since + 1, kFar);
      At(i, Feature::kSinceHeading) = static_cast<float>(heading);
      heading = IsHeading(i) ? 0 : std::min(heading + 1, kFar);
      At(i, Feature::kPosition) = Ratio(text[i], text[n]);
      At(i, Feature::kIndex) = Ratio(i, n);
    }
    int until = kFar;
    for (std::size_t i = n; i-- > 0;) {
      At(i, Feature::kUntilProse) = static_cast<float>(until);
      until = IsProse(i) ? 0 : std::min(until + 1, kFar);
    }
    ChosenPositions(text);
    Title();
  }

  void ChosenPositions(const std::vector<std::uint32_t>& text) {
    const std::uint32_t chosen = arena_.containers().chosen;
    std::size_t first = blocks_.size();
    std::size_t last = 0;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      if (!arena_.Inside(blocks_[i].node, chosen)) continue;
      first = std::min(first, i);
      last = i + 1;
    }
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      float position = -1;
      if (first < last)
        position = i < first ? -1.0F : i >= last ? 2.0F : Ratio(text[i] - text[first], text[last] - text[first]);
      At(i, Feature::kChosenPosition) = position;
    }
  }

  // The distance to the first headline of the page.
  void Title() {
    std::size_t title = blocks_.size();
    for (std::size_t i = 0; i < blocks_.size() && title == blocks_.size(); ++i) {
      if (arena_.nodes()[blocks_[i].node].tag == Tag::kH1 && !arena_.outer(blocks_[i].node)) title = i;
    }
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const bool known = title < blocks_.size();
      const long distance = static_cast<long>(i) - static_cast<long>(title);
      At(i, Feature::kAfterTitle) = known ? static_cast<float>(std::clamp<long>(distance, -kFar, kFar)) : -100.0F;
      At(i, Feature::kTitleLike) = known && blocks_[i].block.text == blocks_[title].block.text ? 1 : 0;
    }
  }

  void Page() {
    const NodeSums& all = arena_.sums(0);
    const Containers& c = arena_.containers();
    const NodeSums& chosen = arena_.sums(c.chosen);
    const std::array<std::pair<Feature, float>, 9> same = {{
        {Feature::kPageText, Log(all.text)},
        {Feature::kPageLinks, Ratio(all.link_text, all.text)},
        {Feature::kPageBlocks, Log(blocks_.size())},
        {Feature::kPageProse, Ratio(all.paragraph_text, all.text)},
        {Feature::kChosenShare, Ratio(chosen.text, all.text)},
        {Feature::kScoredShare, c.scored == kNoElement ? 0.0F : Ratio(arena_.sums(c.scored).text, all.text)},
        {Feature::kArticles, static_cast<float>(std::min<std::uint32_t>(c.articles, 20))},
        {Feature::kPageKind, PageKind(tree_)},
        {Feature::kUrlKind, UrlKind(uri_)},
    }};
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      for (const auto& [feature, value] : same) At(i, feature) = value;
    }
  }

  const HtmlTree& tree_;
  const PageArena& arena_;
  const std::vector<PlacedBlock>& blocks_;
  std::string_view uri_;
  std::vector<FeatureRow> rows_;
};

}  // namespace

std::string_view FeatureName(std::size_t feature) {
  return feature < kPlainFeatures ? kNames[feature] : SignName(feature - kPlainFeatures);
}

BlockTable ComputeBlockFeatures(const HtmlTree& tree, const PageArena& arena, const std::vector<PlacedBlock>& blocks,
                                std::string_view uri, const PageHints& hints) {
  BlockTable table;
  table.rows = Computer(tree, arena, blocks, uri).Run();
  table.places = PlacesOf(tree, arena, blocks);
  FillKinFeatures(arena, blocks, uri, hints, &table);
  return table;
}

}  // namespace dateline::extraction
