#include "services/extraction/zones/line_features.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/facts/contact_tokens.h"
#include "services/extraction/page/name_numbers.h"
#include "services/extraction/page/sentence_marks.h"
#include "services/extraction/zones/credit_marker.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kKeyBytes = 400;
constexpr std::size_t kMinProseWords = 8;
constexpr std::size_t kLongProseWords = 30;
constexpr std::size_t kMaxContactScan = 4096;
constexpr std::size_t kMaxDateLine = 80;
// Letters besides the date that a date line may have: "Published on", a weekday, a zone.
constexpr std::size_t kMaxDateLineLetters = 24;

struct Counts {
  std::size_t words = 0;
  std::size_t inner_stops = 0;  // sentence ends with more text behind them
  bool upper = false;
  bool lower = false;
};

// Words that end in a full stop without ending a sentence, folded.
bool IsAbbreviation(std::string_view word) {
  static constexpr std::array<std::string_view, 34> kWords = {
      "sen",  "sens", "rep",  "reps", "gov",    "gen", "prof", "inc", "corp", "ltd", "mrs", "hon",
      "col",  "capt", "sgt",  "jan",  "feb",    "mar", "apr",  "aug", "sept", "oct", "nov", "dec",
      "dept", "univ", "assn", "bros", "messrs", "nos", "vol",  "fig", "art",  "min"};
  std::string key(word.substr(0, 8));
  for (char& c : key) c = static_cast<char>(c | 0x20);
  return word.size() < 3 || std::find(kWords.begin(), kWords.end(), key) != kWords.end();
}

Counts Count(std::string_view s) {
  Counts counts;
  std::size_t han = 0;
  std::size_t word = 0;  // where the current word begins
  bool inside = false;
  bool stop = false;
  for (std::size_t i = 0; i < s.size();) {
    const auto byte = static_cast<unsigned char>(s[i]);
    // Inside a word one small letter more changes nothing.
    if (byte >= 'a' && byte <= 'z' && inside && !stop) {
      counts.lower = true;
      ++i;
      continue;
    }
    const text::CodePoint c = text::CodePointAt(s, i);
    const auto point = static_cast<UChar32>(c.value);
    i += c.length;
    const bool space = text::IsSpace(c.value);
    const bool ascii = c.value < 0x80;
    const bool upper = ascii ? c.value >= 'A' && c.value <= 'Z' : u_isUUppercase(point) != 0;
    const bool lower = ascii ? c.value >= 'a' && c.value <= 'z' : u_isULowercase(point) != 0;
    const bool alnum = ascii ? upper || lower || (c.value >= '0' && c.value <= '9') : u_isalnum(point) != 0;
    if (!ascii && u_hasBinaryProperty(point, UCHAR_IDEOGRAPHIC) != 0) {
      ++han;
      inside = false;
    } else if (alnum) {
      if (!inside) {
        ++counts.words;
        word = i - c.length;
      }
      inside = true;
      counts.upper = counts.upper || upper;
      counts.lower = counts.lower || lower;
    } else if (space) {
      inside = false;
    }
    if (stop && space) ++counts.inner_stops;
    if (c.value == 0x3002) ++counts.inner_stops;
    // In a line of capitals a full stop most often belongs to a title of address.
    const bool full_stop = c.value == '.' && counts.lower && !IsAbbreviation(s.substr(word, i - 1 - word));
    stop = full_stop || c.value == '!' || c.value == '?' || c.value == 0x061F ||
           (stop && (c.value == '"' || c.value == 0x201D));
  }
  counts.words += (han + 1) / 2;
  return counts;
}

bool EndsSentence(std::string_view s) {
  while (!s.empty()) {
    const text::CodePoint c = text::CodePointBefore(s, s.size());
    if (IsSentenceStop(c.value)) return true;
    if (!IsClosingMark(c.value) && c.value != ' ') return false;
    s.remove_suffix(c.length);
  }
  return false;
}

std::size_t CountLetters(std::string_view s) {
  std::size_t letters = 0;
  for (std::size_t i = 0; i < s.size();) {
    const text::CodePoint c = text::CodePointAt(s, i);
    letters += u_isalpha(static_cast<UChar32>(c.value)) != 0 ? 1 : 0;
    i += c.length;
  }
  return letters;
}

void FindDateLine(std::string_view text, const Calendar& calendar, LineFeatures& f) {
  if (text.size() > kMaxDateLine) return;
  const std::vector<DateMatch> dates = calendar.Find(text);
  if (dates.empty()) return;
  std::size_t letters = CountLetters(text);
  for (const DateMatch& date : dates) letters -= CountLetters(text.substr(date.begin, date.end - date.begin));
  // A headline may hold a date too; a date line is mostly date.
  const std::size_t dated = dates.front().end - dates.front().begin;
  if (letters > kMaxDateLineLetters || letters > 2 * dated) return;
  if (!dates.front().value.complete() && letters > 10) return;
  if (letters > 10 && dates.front().begin != 0 && dates.front().end + 16 < text.size()) return;
  f.date_line = dates.front().value.day != 0;
  f.date = dates.front().value;
}

LineFeatures FeaturesOf(const Block& block, const Calendar& calendar) {
  LineFeatures f;
  const std::string_view s = block.text;
  f.key = text::FoldKey(text::TruncateUtf8(s, kKeyBytes));
  const Counts counts = Count(s);
  f.words = counts.words;
  f.upper = counts.upper && !counts.lower;
  f.ends_sentence = EndsSentence(s);
  f.ends_colon = s.ends_with(':') || s.ends_with("\uFF1A");
  f.prose = f.words >= kMinProseWords && (f.ends_sentence || counts.inner_stops > 0 || f.words >= kLongProseWords) &&
            block.shape != Shape::kHeading && block.shape != Shape::kTable;
  const std::string_view head = text::TruncateUtf8(s, kMaxContactScan);
  f.email = head.find('@') != std::string_view::npos && !FindEmails(head).empty();
  const std::vector<PhoneSpan> phones = FindPhones(head);
  f.phone = std::any_of(phones.begin(), phones.end(), [&](const PhoneSpan& p) { return p.marked || f.words <= 12; });
  f.web_address = (f.key.starts_with("http://") || f.key.starts_with("https://") || f.key.starts_with("www.")) &&
                  s.find(' ') == std::string_view::npos;
  const char32_t first = text::CodePointAt(s, 0).value;
  f.quoted = first == '"' || first == 0x201C || first == 0xAB || first == 0x201E || first == 0x300C;
  FindDateLine(s, calendar, f);
  f.cue = CueOfLine(f.key, f.words);
  f.credit = FindCreditMarker(s, &f.credit_bytes);
  return f;
}

}  // namespace

std::vector<LineFeatures> ComputeFeatures(const std::vector<Block>& blocks, const Calendar& calendar) {
  std::vector<LineFeatures> features;
  features.reserve(blocks.size());
  for (const Block& block : blocks) features.push_back(FeaturesOf(block, calendar));
  NameNumbers keys;
  std::vector<std::uint32_t> numbers;
  numbers.reserve(features.size());
  for (const LineFeatures& f : features) numbers.push_back(keys.Add(f.key));
  std::vector<std::uint32_t> seen(keys.names().size(), 0);
  for (const std::uint32_t number : numbers) ++seen[number];
  for (std::size_t i = 0; i < features.size(); ++i) {
    LineFeatures& f = features[i];
    f.duplicate = seen[numbers[i]] > 1;
    f.adjacent_duplicate =
        (i > 0 && features[i - 1].key == f.key) || (i + 1 < features.size() && features[i + 1].key == f.key);
  }
  return features;
}

}  // namespace dateline::extraction
