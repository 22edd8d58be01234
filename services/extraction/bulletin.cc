#include "services/extraction/bulletin.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/facts/dateline.h"

namespace dateline::extraction {
namespace {

// Words by which a document calls itself a bulletin, as text::FoldKey gives them.
constexpr auto kNames = std::to_array<std::string_view>({
    "daily news",
    "daily bulletin",
    "news bulletin",
    "daily briefing",
    "noon briefing",
    "daily press briefing",
    "briefing highlights",
    "news in brief",
    "news briefs",
    "briefing notes",
    "midday express",
    "midday briefing",
    "daily digest",
    "news digest",
    "weekly digest",
    "press digest",
    "daily round-up",
    "news round-up",
    "news roundup",
    "weekly round-up",
    "weekly roundup",
    "daily highlights",
    "bulletin quotidien",
    "briefing quotidien",
    "point de presse",
    "actualités du jour",
    "nouvelles du jour",
    "brèves du jour",
    "boletín diario",
    "boletín de noticias",
    "noticias del día",
    "resumen de noticias",
    "meldungen des tages",
    "nachrichten des tages",
    "kurzmeldungen",
    "pressemitteilungen des tages",
    "новости дня",
    "ежедневный бюллетень",
    "дайджест новостей",
    "每日新闻",
    "新闻简报",
    "每日简报",
    "النشرة اليومية",
    "أخبار اليوم",
});

// Running text that an item holds at least, in bytes.
constexpr std::size_t kMinItemBytes = 120;
constexpr std::size_t kMinDatedItemBytes = 200;
// Items of a document that calls itself a bulletin, and of one that does not.
constexpr std::size_t kMinNamedItems = 3;
constexpr std::size_t kMinDatedItems = 2;
// So much of the text stands in items.
constexpr std::size_t kMinCoveredPercent = 70;
// So many of the items have a dateline, where nothing else says that it is a bulletin.
constexpr std::size_t kMinDatedPercent = 80;
// A dateline stands in one of the first paragraphs of an item.
constexpr std::size_t kDatelineReach = 3;
constexpr std::size_t kMaxNameBytes = 200;
// Words before the name of a bulletin, that say whose it is.
constexpr std::ptrdiff_t kMaxOwnerWords = 5;
constexpr std::size_t kMinHeadWords = 3;
constexpr std::size_t kMaxHeadWords = 36;
// Where a text without markup may call itself a bulletin: its first lines.
constexpr std::size_t kNameLines = 4;

// What may follow such a name besides a date: "of 3 June", "for Tuesday".
constexpr auto kJoins = std::to_array<std::string_view>(
    {"of", "for", "from", "by", "on", "du", "de", "des", "del", "la", "le", "vom", "am", "at", "за", "от", "на"});

// A title that is the name of a bulletin, perhaps with whose and of which day; not one that speaks of bulletins.
bool IsBulletinName(std::string_view title) {
  if (title.empty() || title.size() > kMaxNameBytes) return false;
  const std::string key = text::FoldKey(title);
  for (const std::string_view name : kNames) {
    const std::size_t at = key.find(name);
    if (at == std::string::npos) continue;
    const std::string_view before = std::string_view(key).substr(0, at);
    if (std::count(before.begin(), before.end(), ' ') > kMaxOwnerWords) continue;
    std::string_view after = std::string_view(key).substr(at + name.size());
    if (!after.empty() && after.front() != ' ') {
      // Other signs than letters end the name.
      if (static_cast<unsigned char>(after.front()) < 0x80 && (after.front() < 'a' || after.front() > 'z')) return true;
      continue;
    }
    after = text::TrimSpace(after);
    const std::string_view next = after.substr(0, after.find(' '));
    if (next.empty() || next.front() < 'a' || next.front() > 'z') return true;
    if (std::find(kJoins.begin(), kJoins.end(), next) != kJoins.end()) return true;
  }
  return false;
}

class Finder {
 public:
  Finder(const Document& document, const ZonedDocument& zoned, const ZoningTables& tables)
      : blocks_(document.blocks), document_(document), zoned_(zoned), tables_(tables) {}

  std::vector<BulletinItem> Run() {
    for (std::size_t i = 0; i < blocks_.size(); ++i) all_ += IsText(i) ? blocks_[i].text.size() : 0;
    const bool named = IsNamed();
    std::vector<BulletinItem> best;
    for (int level = 1; level <= 6; ++level) {
      std::vector<BulletinItem> items = ItemsOf(level);
      if (items.size() > best.size() && Holds(items, named)) best = std::move(items);
    }
    if (best.size() > kMaxBulletinItems) best.clear();
    SetFragments(best);
    if (!best.empty() && ProseIn(0, best.front().head) >= kMinItemBytes)
      best.insert(best.begin(), {.head = 0, .end = best.front().head, .fragment = {}, .opening = true});
    return best;
  }

 private:
  bool IsText(std::size_t i) const {
    return !blocks_[i].left && zoned_.zoning.zones[i] != Zone::kDrop && zoned_.zoning.zones[i] != Zone::kTitle;
  }

  bool IsNamed() const {
    if (document_.html) return IsBulletinName(document_.metadata.title);
    std::size_t lines = 0;
    for (std::size_t i = 0; i < blocks_.size() && lines < kNameLines; ++i) {
      if (blocks_[i].fused) continue;
      if (IsBulletinName(blocks_[i].text) && zoned_.features[i].words <= 2 * kMaxHeadWords / 3) return true;
      ++lines;
    }
    return false;
  }

  // The rank of a heading, 1 to 6; 0 for what is none. Lines of plain text have one rank.
  int LevelOf(std::size_t i) const {
    const LineFeatures& f = zoned_.features[i];
    if (blocks_[i].left || f.words < kMinHeadWords || f.words > kMaxHeadWords) return 0;
    if (document_.html) return blocks_[i].shape == Shape::kHeading ? blocks_[i].level : 0;
    const bool line = blocks_[i].gap_before && !blocks_[i].bullet && !f.prose && !f.ends_sentence && !f.ends_colon &&
                      !f.date_line && !f.email && !f.phone && !f.web_address && f.cue == Cue::kNone;
    return line && i + 1 < blocks_.size() && blocks_[i + 1].gap_before ? 1 : 0;
  }

  std::vector<BulletinItem> ItemsOf(int level) const {
    std::vector<BulletinItem> items;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      const int own = LevelOf(i);
      if (own == 0 || own > level) continue;
      if (!items.empty() && items.back().end == 0) items.back().end = i;
      if (own == level) items.push_back({i, 0, {}});
    }
    if (!items.empty() && items.back().end == 0) items.back().end = blocks_.size();
    std::erase_if(items, [&](const BulletinItem& item) { return ProseOf(item) < kMinItemBytes; });
    return items;
  }

  std::size_t ProseIn(std::size_t begin, std::size_t end) const {
    std::size_t bytes = 0;
    for (std::size_t i = begin; i < end; ++i)
      bytes += IsText(i) && zoned_.features[i].prose ? blocks_[i].text.size() : 0;
    return bytes;
  }
  std::size_t ProseOf(const BulletinItem& item) const { return ProseIn(item.head + 1, item.end); }

  bool IsDated(const BulletinItem& item) const {
    if (ProseOf(item) < kMinDatedItemBytes) return false;
    std::size_t seen = 0;
    for (std::size_t i = item.head + 1; i < item.end && seen < kDatelineReach; ++i) {
      if (!IsText(i)) continue;
      ++seen;
      if (!zoned_.features[i].prose) continue;
      const auto match = FindDateline(blocks_[i].text, tables_.calendar, tables_.gazetteer, false);
      if (match.has_value() && match->confidence == release::v1::HIGH) return true;
    }
    return false;
  }

  bool Holds(const std::vector<BulletinItem>& items, bool named) const {
    if (items.size() < (named ? kMinNamedItems : kMinDatedItems)) return false;
    std::size_t covered = 0;
    for (const BulletinItem& item : items) {
      for (std::size_t i = item.head; i < item.end; ++i) covered += IsText(i) ? blocks_[i].text.size() : 0;
    }
    if (covered * 100 < all_ * kMinCoveredPercent) return false;
    if (named) return true;
    const auto dated =
        static_cast<std::size_t>(std::count_if(items.begin(), items.end(), [&](const auto& i) { return IsDated(i); }));
    return dated >= kMinDatedItems && dated * 100 >= items.size() * kMinDatedPercent;
  }

  void SetFragments(std::vector<BulletinItem>& items) const {
    std::unordered_set<std::string_view> seen;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::string& anchor = blocks_[items[i].head].anchor;
      const bool own = !anchor.empty() && seen.insert(anchor).second;
      items[i].fragment = own ? anchor : fmt::format("item-{}", i + 1);
    }
  }

  const std::vector<Block>& blocks_;
  const Document& document_;
  const ZonedDocument& zoned_;
  const ZoningTables& tables_;
  std::size_t all_ = 0;
};

}  // namespace

std::vector<BulletinItem> FindBulletinItems(const Document& document, const ZonedDocument& zoned,
                                            const ZoningTables& tables) {
  if (document.page_type != release::v1::ARTICLE) return {};
  return Finder(document, zoned, tables).Run();
}

Document PartOf(const Document& document, const ZonedDocument& zoned, const BulletinItem& item) {
  Document part;
  // Its title is known, as that of a page is, and menus are gone already.
  part.html = true;
  part.page_type = document.page_type;
  part.images = document.images;
  // Which of them are its own only their captions tell.
  for (PageImage& image : part.images) image.main = false;
  part.container_rule = document.container_rule;
  const std::optional<std::size_t> line = zoned.zoning.title;
  part.metadata.title = !item.opening   ? document.blocks[item.head].text
                        : document.html ? document.metadata.title
                        : line          ? document.blocks[*line].text
                                        : std::string();
  part.metadata.heading = part.metadata.title;
  part.metadata.title_rule = document.metadata.title_rule;
  part.metadata.site_name = document.metadata.site_name;
  part.metadata.language = document.metadata.language;
  part.metadata.license = document.metadata.license;
  part.metadata.modified = document.metadata.modified;
  part.metadata.dates = document.metadata.dates;
  part.metadata.robots = document.metadata.robots;
  for (std::size_t i = item.opening ? 0 : item.head + 1; i < item.end; ++i) {
    if (zoned.zoning.zones[i] != Zone::kDrop && zoned.zoning.zones[i] != Zone::kTitle)
      part.blocks.push_back(document.blocks[i]);
  }
  return part;
}

}  // namespace dateline::extraction
