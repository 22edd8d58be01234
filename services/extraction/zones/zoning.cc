#include "services/extraction/zones/zoning.h"

#include <algorithm>
#include <utility>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/zones/body_zoning.h"

namespace dateline::extraction {
namespace {

// A run of so many short lines can be a menu.
constexpr std::size_t kMinMenuRun = 4;
constexpr std::size_t kMaxLabelWords = 4;
constexpr std::size_t kMinTitleWords = 2;
constexpr std::size_t kMaxTitleWords = 36;
constexpr std::size_t kMaxTitleBytes = 400;
// A headline further above the text than this is not its title.
constexpr std::size_t kMaxTitleDistance = 60;
// Headings inside the notes at the end of a page.
constexpr std::size_t kMaxTailHeadings = 1;
// ... and how long they are at most: what is longer is a part of the text.
constexpr std::size_t kMaxTailBytes = std::size_t{12} << 10;
constexpr int kProseCap = 40;
constexpr int kSiteLinePenalty = 6;
constexpr int kMenuLinePenalty = 4;

// A line that is no part of any release: menu labels, separators, repeated short labels.
bool IsSiteLine(const Block& block, const LineFeatures& f) {
  if (f.cue == Cue::kChrome || block.fused || block.site) return true;
  return f.words == 0 || (f.adjacent_duplicate && f.words <= kMaxLabelWords);
}

bool IsShort(const LineFeatures& f) {
  return f.words <= kMaxLabelWords && !f.ends_sentence;
}

// Marks every line of a menu: site lines, and runs of short lines that hold some.
std::vector<bool> MarkMenus(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features) {
  std::vector<bool> menu(blocks.size(), false);
  for (std::size_t i = 0; i < blocks.size();) {
    std::size_t end = i;
    std::size_t site = 0;
    while (end < blocks.size() && (IsShort(features[end]) || IsSiteLine(blocks[end], features[end]))) {
      site += IsSiteLine(blocks[end], features[end]) ? 1 : 0;
      ++end;
    }
    const bool is_menu = end - i >= kMinMenuRun && site * 5 >= end - i;
    for (std::size_t k = i; k < end; ++k) menu[k] = is_menu || IsSiteLine(blocks[k], features[k]);
    i = std::max(end, i + 1);
  }
  return menu;
}

// The stretch [begin, end) with the most running text, less what the site lines inside it cost.
std::pair<std::size_t, std::size_t> FindProse(const std::vector<Block>& blocks,
                                              const std::vector<LineFeatures>& features, const std::vector<bool>& menu,
                                              const Zoning& zoning) {
  long best = 0;
  long sum = 0;
  std::size_t begin = 0;
  std::pair<std::size_t, std::size_t> found{0, 0};
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    int value = 0;
    if (IsSiteLine(blocks[i], features[i])) {
      value = -kSiteLinePenalty;
    } else if (menu[i]) {
      value = -kMenuLinePenalty;
    } else if (features[i].prose && zoning.zones[i] != Zone::kCaption) {
      value = static_cast<int>(std::min<std::size_t>(features[i].words, kProseCap));
    }
    if (sum <= 0) {
      sum = 0;
      begin = i;
    }
    sum += value;
    if (sum > best) {
      best = sum;
      found = {begin, i + 1};
    }
  }
  // Begin at running text.
  while (found.first < found.second &&
         (!features[found.first].prose || menu[found.first] || zoning.zones[found.first] == Zone::kCaption))
    ++found.first;
  return found;
}

// Whether a line can be a headline at all.
bool IsHeadline(const Block& block, const LineFeatures& f) {
  if (f.words < kMinTitleWords || f.words > kMaxTitleWords || block.text.size() > kMaxTitleBytes) return false;
  if (f.cue != Cue::kNone && f.cue != Cue::kAbout && f.cue != Cue::kNotes && f.cue != Cue::kRelated) return false;
  if (block.fused || block.site || f.date_line || f.email || f.web_address || f.ends_colon) return false;
  return !(f.phone && f.words < 8);
}

double TitleScore(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features,
                  const std::vector<bool>& menu, std::size_t i, std::size_t body, bool run_before) {
  const LineFeatures& f = features[i];
  double score = f.words >= 4 ? 1.0 : 0.4;
  if (f.words > 25) score -= 0.4;
  if (f.ends_sentence) {
    const char last = blocks[i].text.back();
    score -= last == '?' || last == '!' ? 0.2 : 1.0;
  }
  if (blocks[i].bullet) score -= 1.0;
  if (menu[i]) score -= 1.0;
  if (blocks[i].shape == Shape::kHeading) score += 1.0;
  // Pages repeat their title in the path or the window title; menus repeat labels.
  if (f.duplicate) score += f.words >= 5 ? 1.5 : -0.5;
  if (i == 0) score += 0.5;
  // The second and later lines of a run of headlines are its deck or a list of points.
  if (run_before) score -= 1.0;
  score += 0.8 * (1.0 - static_cast<double>(body - i) / static_cast<double>(kMaxTitleDistance + 1));
  return score;
}

// The title: the best headline above the first running text.
std::optional<std::size_t> FindTitle(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features,
                                     const std::vector<bool>& menu, const Zoning& zoning, std::size_t body) {
  std::optional<std::size_t> title;
  double best = 0.5;
  const std::size_t first = body > kMaxTitleDistance ? body - kMaxTitleDistance : 0;
  bool run = false;
  for (std::size_t i = first; i < body; ++i) {
    if (zoning.zones[i] == Zone::kCaption) continue;
    if (!IsHeadline(blocks[i], features[i]) || menu[i]) {
      run = false;
      continue;
    }
    const double score = TitleScore(blocks, features, menu, i, body, run);
    // The later one wins a tie: headings of sections stand above titles.
    if (score >= best) {
      best = score;
      title = i;
    }
    run = features[i].words >= kMaxLabelWords;
  }
  return title;
}

// The dateline stands at the head of the first or second paragraph, or is a line of its own above them.
void FindDatelineIn(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features,
                    const ZoningTables& tables, std::size_t first, std::size_t lead, Zoning& zoning) {
  for (std::size_t i = first; i <= lead + 1 && i < blocks.size(); ++i) {
    const Zone zone = zoning.zones[i];
    if (zone == Zone::kDrop || zone == Zone::kTitle || zone == Zone::kCaption || zone == Zone::kContact ||
        zone == Zone::kAbout)
      continue;
    if (!features[i].prose && i != lead && blocks[i].text.size() > kMaxDatelineBytes) continue;
    const bool own_line = !features[i].prose && i < lead;
    if (!features[i].prose && !own_line && i != lead) continue;
    auto match = FindDateline(blocks[i].text, tables.calendar, tables.gazetteer, own_line);
    if (!match.has_value()) continue;
    // Below the first paragraph only a place that is known opens a lead.
    if (i > lead && match->confidence != release::v1::HIGH) continue;
    if (match->confidence == release::v1::LOW && !features[i].prose) continue;
    zoning.dateline = std::move(match);
    zoning.dateline_block = i;
    return;
  }
}

// The blocks between the title and the first running text: deck, date, labels, points.
void ZoneHead(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features,
              const std::vector<bool>& menu, const ZoningTables& tables, std::size_t begin, std::size_t body,
              Zoning& zoning) {
  std::vector<std::size_t> lines;
  for (std::size_t i = begin; i < body; ++i) {
    const LineFeatures& f = features[i];
    if (zoning.zones[i] == Zone::kCaption) continue;
    if (f.date_line) {
      zoning.date_lines.push_back(i);
      const bool dateline = FindDateline(blocks[i].text, tables.calendar, tables.gazetteer, true).has_value();
      zoning.zones[i] = dateline ? Zone::kBody : Zone::kDrop;
    } else if (f.cue == Cue::kEmbargo) {
      zoning.zones[i] = Zone::kEmbargo;
    } else if (f.cue == Cue::kContact || SaysWhomToContact(f.key) || ((f.email || f.phone) && !f.prose)) {
      zoning.zones[i] = f.email || f.phone ? Zone::kContact : Zone::kDrop;
    } else if (menu[i] || f.cue == Cue::kMasthead || f.cue == Cue::kChrome || f.duplicate) {
      zoning.zones[i] = Zone::kDrop;
    } else {
      lines.push_back(i);
    }
  }
  // Labels of one word before a share bar or date ("Plenary", "TRAN") are no deck.
  std::size_t last_label = begin;
  for (std::size_t i = begin; i < body; ++i) {
    if (zoning.zones[i] == Zone::kDrop && (features[i].date_line || menu[i])) last_label = i;
  }
  std::vector<std::size_t> deck;
  for (const std::size_t i : lines) {
    if (i < last_label && features[i].words <= kMaxLabelWords && !features[i].ends_sentence) {
      zoning.zones[i] = Zone::kDrop;
    } else {
      deck.push_back(i);
    }
  }
  for (const std::size_t i : deck) {
    zoning.zones[i] = features[i].ends_colon ? Zone::kBody : deck.size() > 1 ? Zone::kList : Zone::kHeading;
  }
  if (deck.size() == 1 && features[deck[0]].words > kMaxLabelWords && !features[deck[0]].ends_colon) {
    zoning.zones[deck[0]] = Zone::kSubtitle;
    zoning.subtitle = deck[0];
  }
}

void MarkLead(const std::vector<LineFeatures>& features, std::size_t begin, Zoning& zoning) {
  for (std::size_t i = begin; i < zoning.zones.size(); ++i) {
    // "The minister made the following statement:" opens a release as well as a sentence does.
    const bool announces = features[i].ends_colon && features[i].words >= 2 * kMaxLabelWords;
    if (zoning.zones[i] == Zone::kBody && (features[i].prose || announces)) {
      zoning.zones[i] = Zone::kLead;
      zoning.lead = i;
      return;
    }
  }
}

bool IsNotesOrAbout(Zone zone) {
  return zone == Zone::kNotes || zone == Zone::kAbout;
}

bool IsMainText(Zone zone) {
  return zone == Zone::kSubtitle || zone == Zone::kLead || zone == Zone::kBody || zone == Zone::kHeading ||
         zone == Zone::kQuote || zone == Zone::kList || zone == Zone::kTable;
}

// Notes and "about us" of a page stand at its end. A label of these words further up ("Note", "About the test") opens
// a part of the text, which goes on behind it: so does a stretch with headings of its own.
bool IsTail(const std::vector<Block>& blocks, const Zoning& zoning, std::size_t begin) {
  std::size_t before = 0;
  std::size_t all = 0;
  std::size_t headings = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].left) continue;
    all += blocks[i].text.size();
    if (i < begin) before = all;
    if (i > begin && blocks[i].shape == Shape::kHeading && IsNotesOrAbout(zoning.zones[i])) ++headings;
  }
  return before * 3 > all && all - before <= kMaxTailBytes && headings <= kMaxTailHeadings;
}

// What the page's blocks were judged to be before zoning stands: text that is not the release's becomes no main text,
// and what is its text is not dropped for a label's sake.
void Reconcile(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features, Zoning& zoning) {
  std::size_t tail = 0;
  while (tail < blocks.size() && (blocks[tail].left || !IsNotesOrAbout(zoning.zones[tail]))) ++tail;
  const bool is_tail = tail < blocks.size() && IsTail(blocks, zoning, tail);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    Zone& zone = zoning.zones[i];
    if (blocks[i].left) {
      if (IsMainText(zone) || zone == Zone::kRelated) zone = Zone::kDrop;
      if (zoning.subtitle == i) zoning.subtitle.reset();
    } else if ((zone == Zone::kDrop && !features[i].date_line) || zone == Zone::kRelated ||
               (IsNotesOrAbout(zone) && !is_tail)) {
      zone = ZoneOfShape(blocks[i].shape);
    }
  }
}

// A line of most pages of the site is no text of this one; contacts and notes that the site repeats stay what they are.
void DropSiteLines(const std::vector<Block>& blocks, Zoning& zoning) {
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (!blocks[i].site || !(IsMainText(zoning.zones[i]) || zoning.zones[i] == Zone::kRelated)) continue;
    zoning.zones[i] = Zone::kDrop;
    if (zoning.subtitle == i) zoning.subtitle.reset();
  }
}

// A document without a paragraph of running text: the first headline is the title, the rest its body.
std::size_t FirstAfterHeadline(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features) {
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (IsHeadline(blocks[i], features[i]) && features[i].cue == Cue::kNone) return i + 1;
  }
  return 0;
}

}  // namespace

Zoning ZoneText(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features,
                const ZoningTables& tables) {
  Zoning zoning;
  zoning.zones.assign(blocks.size(), Zone::kDrop);
  MarkCaptions(blocks, features, 0, blocks.size(), zoning);
  const std::vector<bool> menu = MarkMenus(blocks, features);
  auto [body, prose_end] = FindProse(blocks, features, menu, zoning);
  if (prose_end == 0) {
    body = FirstAfterHeadline(blocks, features);
    prose_end = blocks.size();
  }
  // A short paragraph with a dateline right above the stretch is its lead.
  std::optional<std::size_t> title = FindTitle(blocks, features, menu, zoning, body);
  const std::size_t head = title.has_value() ? *title + 1 : body;
  std::size_t site_lines = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) site_lines += menu[i] ? 1 : 0;
  const bool flattened = site_lines >= kMinMenuRun;
  for (std::size_t i = 0; i < head && i < blocks.size(); ++i) {
    if (features[i].cue == Cue::kEmbargo && !features[i].prose) zoning.zones[i] = Zone::kEmbargo;
    if (zoning.zones[i] == Zone::kCaption && flattened && i + 1 < head) zoning.zones[i] = Zone::kDrop;
    if (features[i].date_line && !menu[i]) zoning.date_lines.push_back(i);
  }
  if (title.has_value()) {
    zoning.title = title;
    zoning.zones[*title] = Zone::kTitle;
  }
  ZoneHead(blocks, features, menu, tables, head, body, zoning);
  // Plain text has no other sign of its date than the line that says it: it is kept as evidence.
  for (std::size_t i = head; i < body; ++i) {
    if (features[i].date_line && zoning.zones[i] == Zone::kDrop) zoning.zones[i] = Zone::kEmbargo;
  }
  ZoneBody(blocks, features, body, prose_end, flattened, zoning);
  DropSiteLines(blocks, zoning);
  MarkLead(features, head, zoning);
  FindDatelineIn(blocks, features, tables, head, zoning.lead.value_or(body), zoning);
  return zoning;
}

Zoning ZonePage(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features, const ZoningTables& tables,
                std::string_view title) {
  Zoning zoning;
  zoning.zones.assign(blocks.size(), Zone::kDrop);
  MarkCaptions(blocks, features, 0, blocks.size(), zoning);
  const std::string title_key = text::FoldKey(title);
  std::size_t body = 0;
  std::size_t prose_end = 0;
  bool found = false;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (!features[i].prose || blocks[i].left || zoning.zones[i] == Zone::kCaption) continue;
    if (!found) body = i;
    found = true;
    prose_end = i + 1;
  }
  if (!found) prose_end = blocks.size();
  // The title may stand anywhere above the text, and below labels and dates.
  std::size_t head = 0;
  for (std::size_t i = 0; i < body; ++i) {
    if (!title_key.empty() && features[i].key == title_key) {
      zoning.title = i;
      zoning.zones[i] = Zone::kTitle;
      head = i + 1;
    }
  }
  const std::vector<bool> menu(blocks.size(), false);
  for (std::size_t i = 0; i < head; ++i) {
    if (features[i].date_line) zoning.date_lines.push_back(i);
    if (features[i].cue == Cue::kEmbargo && !features[i].prose) zoning.zones[i] = Zone::kEmbargo;
  }
  ZoneHead(blocks, features, menu, tables, head, body, zoning);
  ZoneBody(blocks, features, body, prose_end, false, zoning);
  Reconcile(blocks, features, zoning);
  MarkLead(features, head, zoning);
  FindDatelineIn(blocks, features, tables, head, zoning.lead.value_or(body), zoning);
  return zoning;
}

}  // namespace dateline::extraction
