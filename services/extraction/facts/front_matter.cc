#include "services/extraction/facts/front_matter.h"

#include <algorithm>
#include <array>

#include "common/text/normalize.h"
#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMaxReferences = 20;
constexpr std::size_t kMaxReferenceBytes = 40;
constexpr std::size_t kMaxReferenceLineWords = 12;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsUpper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool IsReferenceChar(char c) {
  return IsDigit(c) || IsUpper(c) || (c >= 'a' && c <= 'z') || c == '/' || c == '-' || c == '.' || c == '_';
}

void Add(std::string_view id, release::v1::Release* release) {
  while (!id.empty() && (id.back() == '.' || id.back() == '-' || id.back() == '/')) id.remove_suffix(1);
  if (id.size() < 3 || id.size() > kMaxReferenceBytes ||
      static_cast<std::size_t>(release->reference_ids_size()) >= kMaxReferences)
    return;
  if (std::none_of(id.begin(), id.end(), IsDigit)) return;
  const auto& known = release->reference_ids();
  if (std::find(known.begin(), known.end(), id) == known.end()) release->add_reference_ids(std::string(id));
}

// The first token of `s` that can be a number; a part such as "No" may stand before it.
std::string_view ReferenceToken(std::string_view s) {
  s = text::TrimSpace(s);
  for (const std::string_view skip : {"No. ", "No ", "no. ", "n\u00B0 ", "N\u00B0 ", "Nr. ", ". ", ": ", ":"}) {
    if (s.starts_with(skip)) s = text::TrimSpace(s.substr(skip.size()));
  }
  std::size_t end = 0;
  while (end < s.size() && IsReferenceChar(s[end])) ++end;
  return s.substr(0, end);
}

// "IP/24/123", "SC/15000": capitals, a stroke, digits.
void FindStrokeForms(std::string_view s, release::v1::Release* release) {
  for (std::size_t at = s.find('/'); at != std::string_view::npos; at = s.find('/', at + 1)) {
    std::size_t begin = at;
    while (begin > 0 && at - begin < 8 && IsUpper(s[begin - 1])) --begin;
    if (at - begin < 2 || at - begin > 6 || (begin > 0 && IsReferenceChar(s[begin - 1]))) continue;
    std::size_t end = at + 1;
    std::size_t digits = 0;
    while (end < s.size() && (IsDigit(s[end]) || s[end] == '/')) digits += IsDigit(s[end++]) ? 1 : 0;
    if (digits < 3 || (end < s.size() && IsReferenceChar(s[end]) && s[end] != '.')) continue;
    Add(s.substr(begin, end - begin), release);
    at = end - 1;
  }
}

// Minutes east of Greenwich of a zone's name in an embargo line.
std::optional<int> ZoneMinutes(std::string_view folded) {
  struct Entry {
    std::string_view name;
    int minutes;
  };
  static constexpr std::array<Entry, 14> kZones = {{{"gmt", 0},
                                                    {"utc", 0},
                                                    {"bst", 60},
                                                    {"cet", 60},
                                                    {"cest", 120},
                                                    {"eet", 120},
                                                    {"eest", 180},
                                                    {"est", -300},
                                                    {"edt", -240},
                                                    {"cst", -360},
                                                    {"cdt", -300},
                                                    {"pst", -480},
                                                    {"pdt", -420},
                                                    {"eat", 180}}};
  for (const Entry& zone : kZones) {
    for (std::size_t at = folded.find(zone.name); at != std::string_view::npos; at = folded.find(zone.name, at + 1)) {
      const auto letter = [&](std::size_t i) { return i < folded.size() && folded[i] >= 'a' && folded[i] <= 'z'; };
      if (!(at > 0 && letter(at - 1)) && !letter(at + zone.name.size())) return zone.minutes;
    }
  }
  return std::nullopt;
}

}  // namespace

void FindReferenceIds(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features,
                      release::v1::Release* release) {
  static constexpr std::array<std::string_view, 14> kLabels = {"ref.",
                                                               "ref:",
                                                               "reference:",
                                                               "reference number",
                                                               "reference no",
                                                               "press release no",
                                                               "news release no",
                                                               "r\u00E9f.",
                                                               "r\u00E9f\u00E9rence",
                                                               "referencia:",
                                                               "communique no",
                                                               "press release number",
                                                               "release no",
                                                               "aktenzeichen"};
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const LineFeatures& f = features[i];
    if (f.words > kMaxReferenceLineWords || f.prose) continue;
    const std::string_view s = blocks[i].text;
    // A masthead that ends in a number: "Press release 2024-118".
    if (f.cue == Cue::kMasthead && s.rfind(' ') != std::string_view::npos)
      Add(ReferenceToken(s.substr(s.rfind(' '))), release);
    for (const std::string_view label : kLabels) {
      if (!f.key.starts_with(label)) continue;
      // The key folds case only here, so that its offsets are those of the text.
      if (f.key.size() != s.size()) break;
      const std::string_view token = ReferenceToken(s.substr(label.size()));
      if (!token.empty()) {
        Add(token, release);
      } else if (i + 1 < blocks.size() && features[i + 1].words <= 2) {
        Add(ReferenceToken(blocks[i + 1].text), release);
      }
      break;
    }
    FindStrokeForms(s, release);
  }
}

std::optional<std::int64_t> EmbargoTime(std::string_view line, const Calendar& calendar) {
  const std::string_view s = text::TruncateUtf8(line, 300);
  const std::vector<DateMatch> dates = calendar.Find(s);
  if (dates.empty() || !dates.front().value.complete()) return std::nullopt;
  const std::string folded = text::FoldKey(s);
  const std::optional<int> zone = ZoneMinutes(folded);
  if (!zone.has_value()) return std::nullopt;
  for (std::size_t i = 1; i + 2 < folded.size(); ++i) {
    if ((folded[i] != ':' && folded[i] != '.' && folded[i] != 'h') || !IsDigit(folded[i - 1]) ||
        !IsDigit(folded[i + 1]) || !IsDigit(folded[i + 2]))
      continue;
    if (i + 3 < folded.size() && IsDigit(folded[i + 3])) continue;
    int hour = folded[i - 1] - '0';
    if (i >= 2 && IsDigit(folded[i - 2])) hour += 10 * (folded[i - 2] - '0');
    if (i >= 3 && IsDigit(folded[i - 3])) continue;
    const int minute = (folded[i + 1] - '0') * 10 + (folded[i + 2] - '0');
    std::string_view rest = std::string_view(folded).substr(i + 3);
    rest = text::TrimSpace(rest);
    if (rest.starts_with("pm") || rest.starts_with("p.m")) hour = hour % 12 + 12;
    if ((rest.starts_with("am") || rest.starts_with("a.m")) && hour == 12) hour = 0;
    if (hour > 23 || minute > 59) continue;
    return DaysFromCivil(dates.front().value) * 86400 + hour * 3600 + minute * 60 - *zone * 60;
  }
  return std::nullopt;
}

}  // namespace dateline::extraction
