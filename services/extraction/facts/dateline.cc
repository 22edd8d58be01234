#include "services/extraction/facts/dateline.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <vector>

#include "common/text/normalize.h"
#include "common/text/utf8.h"
#include "services/extraction/facts/dateline_words.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMaxPlaceWords = 6;
constexpr std::size_t kMinWordsAfter = 5;

bool IsDash(char32_t c) {
  return c == '-' || c == 0x2013 || c == 0x2014 || c == 0x2015 || c == 0x2212 || c == 0x2012;
}

// A separator: the sign is bytes [begin, sign_end), the text goes on at `end`.
struct Separator {
  std::size_t begin = 0;
  std::size_t sign_end = 0;
  std::size_t end = 0;
  bool colon = false;
  bool spaced = false;  // a space before it, or a double hyphen
};

// The first place at which a dateline can end.
std::optional<Separator> FindSeparator(std::string_view head) {
  int depth = 0;
  for (std::size_t i = 0; i < head.size();) {
    const text::CodePoint c = text::CodePointAt(head, i);
    if (c.value == '(' || c.value == 0xFF08 || c.value == '[') ++depth;
    if (c.value == ')' || c.value == 0xFF09 || c.value == ']') --depth;
    if (depth == 0 && i > 0 && (IsDash(c.value) || c.value == ':')) {
      std::size_t end = i + c.length;
      bool doubled = false;
      while (end < head.size() && IsDash(text::CodePointAt(head, end).value)) {
        end += text::CodePointAt(head, end).length;
        doubled = true;
      }
      const bool space_before = text::IsSpace(text::CodePointBefore(head, i).value);
      const text::CodePoint next = text::CodePointAt(head, end);
      const bool space_after = text::IsSpace(next.value);
      // "Madrid, 3 de mayo (EFE).-": a full stop and a hyphen.
      const bool stopped = c.value == '-' && i > 1 && head[i - 1] == '.' && space_after;
      if (stopped) {
        std::size_t behind = end;
        while (behind < head.size() && text::IsSpace(text::CodePointAt(head, behind).value))
          behind += text::CodePointAt(head, behind).length;
        return Separator{i - 1, end, behind, false, true};
      }
      // A hyphen inside a word or a span of numbers is none; a long dash may be set close.
      const bool long_dash = c.value == 0x2014 || c.value == 0x2015 || doubled;
      if (c.value == ':' ? space_after
                         : (space_before && space_after) || long_dash || (c.value == 0x2013 && space_after)) {
        const std::size_t sign_end = end;
        while (end < head.size() && text::IsSpace(text::CodePointAt(head, end).value))
          end += text::CodePointAt(head, end).length;
        return Separator{i, sign_end, end, c.value == ':', space_before || doubled};
      }
    }
    i += c.length;
  }
  return std::nullopt;
}

std::string_view Trim(std::string_view s) {
  for (bool again = true; again;) {
    const std::string_view before = s;
    s = text::TrimSpace(s);
    while (!s.empty() && (s.back() == ',' || s.back() == ';' || s.back() == '/')) s.remove_suffix(1);
    while (!s.empty() && (s.front() == ',' || s.front() == '/')) s.remove_prefix(1);
    if (s.ends_with("\uFF0C") || s.ends_with("\u3001") || s.ends_with("\u060C"))
      s.remove_suffix(s.ends_with("\u060C") ? 2 : 3);
    again = s.size() != before.size();
  }
  return s;
}

std::vector<std::string_view> Words(std::string_view s) {
  std::vector<std::string_view> words;
  const auto parts = [](char c) { return c == ' ' || c == '/' || c == '&'; };
  for (std::size_t i = 0; i < s.size();) {
    while (i < s.size() && parts(s[i])) ++i;
    std::size_t end = i;
    while (end < s.size() && !parts(s[end])) ++end;
    if (end > i) words.push_back(s.substr(i, end - i));
    i = end;
  }
  return words;
}

// Whether every word could be part of a name: capitalised, or of a script without case, or a connector in the middle.
bool LooksLikeName(std::string_view place) {
  const std::vector<std::string_view> words = Words(place);
  if (words.empty() || words.size() > kMaxPlaceWords) return false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto first = static_cast<UChar32>(text::CodePointAt(words[i], 0).value);
    if (u_isdigit(first) != 0) return false;
    const bool cased = u_isupper(first) != 0 || u_isULowercase(first) != 0;
    if (u_isalpha(first) == 0) return false;
    if (cased && u_isupper(first) == 0 &&
        (i == 0 || i + 1 == words.size() || !IsPlaceConnector(text::FoldKey(words[i]))))
      return false;
    if (words[i].find_first_of("\"!?;()[]{}@#%&*=<>|\\") != std::string_view::npos) return false;
  }
  return true;
}

bool IsAllCaps(std::string_view s) {
  bool letter = false;
  for (std::size_t i = 0; i < s.size();) {
    const text::CodePoint c = text::CodePointAt(s, i);
    if (u_isULowercase(static_cast<UChar32>(c.value)) != 0) return false;
    letter = letter || u_isUUppercase(static_cast<UChar32>(c.value)) != 0;
    i += c.length;
  }
  return letter;
}

// What is known about a place expression: "Sanya", "Wilmington, DE", "Geneva/Nairobi", "Cox's Bazar, Bangladesh".
struct PlaceVerdict {
  bool known = false;
  std::string country;
};

PlaceVerdict JudgeOne(std::string_view place, const Gazetteer& gazetteer) {
  if (const auto whole = gazetteer.Find(place); whole.has_value()) return {true, whole->country};
  const std::size_t comma = place.find_last_of(',');
  if (comma != std::string_view::npos) {
    const std::string_view last = text::TrimSpace(place.substr(comma + 1));
    const std::string_view first = text::TrimSpace(place.substr(0, comma));
    const auto city = gazetteer.Find(first);
    // "Wilmington, DE" is Delaware, "Berlin, DE" Germany: what is known of the city decides.
    if (IsUsState(text::FoldKey(last)) && (!city.has_value() || city->country.empty() || city->country == "US"))
      return {true, "US"};
    if (const auto region = gazetteer.Find(last); region.has_value()) {
      // "Paris, Brussels" are two cities in two countries.
      const bool two = city.has_value() && !region->is_country && city->country != region->country;
      return {true, two ? std::string() : region->country};
    }
    if (city.has_value()) return {true, city->country};
  }
  return {};
}

// Several cities ("Geneva/Nairobi", "Basel, Switzerland & Cambridge, Mass."): known if all are; the country is certain
// only if it is the same.
PlaceVerdict Judge(std::string_view place, const Gazetteer& gazetteer) {
  if (place.find_first_of("/&") == std::string_view::npos) return JudgeOne(place, gazetteer);
  PlaceVerdict verdict;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= place.size(); ++i) {
    if (i < place.size() && place[i] != '/' && place[i] != '&') continue;
    const PlaceVerdict one = JudgeOne(Trim(place.substr(begin, i - begin)), gazetteer);
    if (!one.known) return JudgeOne(place, gazetteer);
    if (begin > 0 && verdict.country != one.country)
      verdict = {true, {}};
    else
      verdict = one;
    begin = i + 1;
  }
  return verdict;
}

// "Prince Rupert, British Columbia": a town and the region or country it lies in. What stands behind its dash may be as
// short as the name of who speaks.
bool IsTownOfRegion(std::string_view place, const Gazetteer& gazetteer) {
  const std::size_t comma = place.find(',');
  if (comma == std::string_view::npos || place.find(',', comma + 1) != std::string_view::npos) return false;
  const std::string_view region = Trim(place.substr(comma + 1));
  return gazetteer.Find(Trim(place.substr(0, comma))).has_value() &&
         (gazetteer.Find(region).has_value() || IsUsState(text::FoldKey(region)));
}

// Words that introduce the date of a French, Spanish or Portuguese dateline: "Bruxelles, le 5 mars".
std::string_view DropArticle(std::string_view s) {
  s = Trim(s);
  for (const std::string_view word : {" le", " el", " am", " den", " on"}) {
    if (s.ends_with(word)) return Trim(s.substr(0, s.size() - word.size()));
  }
  return s;
}

// The head of a dateline without its separator, taken apart.
struct Head {
  std::string_view place;
  std::string agency;
  CalendarDate date;
  bool dated = false;
};

// Takes dates, brackets, wire marks and weekdays off the end of `head` until only the place is left.
Head TakeApart(std::string_view head, const Calendar& calendar) {
  Head out;
  head = Trim(head);
  for (int round = 0; round < 6 && !head.empty(); ++round) {
    const std::string_view before = head;
    if (head.back() == ')' || head.ends_with("\uFF09")) {
      const std::size_t close = head.back() == ')' ? 1 : 3;
      const std::size_t open = std::max(head.rfind('(') == std::string_view::npos ? 0 : head.rfind('('),
                                        head.rfind("\uFF08") == std::string_view::npos ? 0 : head.rfind("\uFF08"));
      if (open == 0) {
        // "(Washington, D.C.) - U.S. Senators …": all of it stands in brackets.
        if (!head.starts_with('(') && !head.starts_with("\uFF08")) break;
        head = Trim(head.substr(close, head.size() - 2 * close));
        continue;
      }
      const std::string_view inner = head.substr(open + close, head.size() - open - 2 * close);
      const std::vector<DateMatch> dates = calendar.Find(inner);
      if (!dates.empty()) {
        out.date = dates.back().value;
        out.dated = true;
      } else if (out.agency.empty()) {
        out.agency = std::string(text::TrimSpace(inner));
      }
      head = Trim(head.substr(0, open));
    } else {
      const std::vector<DateMatch> dates = calendar.Find(head);
      if (!dates.empty() && dates.back().end + 2 >= head.size()) {
        out.date = dates.back().value;
        out.dated = true;
        head = DropArticle(head.substr(0, dates.back().begin));
      }
    }
    // A Russian date ends in "г." behind the year.
    for (const std::string_view tail : {" \u0433.", " \u0433\u043E\u0434\u0430"}) {
      if (head.ends_with(tail)) head = Trim(head.substr(0, head.size() - tail.size()));
    }
    for (const std::string_view day : {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}) {
      if (out.dated && head.ends_with(day)) head = Trim(head.substr(0, head.size() - day.size()));
    }
    if (head.size() == before.size()) break;
  }
  // "19 November 2020, Rome": the day stands first.
  if (!out.dated) {
    const std::vector<DateMatch> dates = calendar.Find(head);
    if (!dates.empty() && dates.front().begin == 0 && dates.front().end < head.size() &&
        head[dates.front().end] == ',') {
      out.date = dates.front().value;
      out.dated = true;
      head = Trim(head.substr(dates.front().end));
    }
  }
  out.place = head;
  return out;
}

// "GENEVA, March 5, 2024 /PRNewswire/ --": the wire's mark stands between strokes right before the dash.
std::string_view TakeWireMark(std::string_view head, std::string* agency) {
  const std::string_view trimmed = text::TrimSpace(head);
  if (trimmed.size() < 3 || trimmed.back() != '/') return head;
  const std::size_t open = trimmed.rfind('/', trimmed.size() - 2);
  if (open == std::string_view::npos || open == 0 || trimmed[open - 1] != ' ') return head;
  *agency = std::string(trimmed.substr(open + 1, trimmed.size() - open - 2));
  return trimmed.substr(0, open);
}

// "新华社日内瓦3月5日电", "本报北京3月5日讯": agency, place, date and the sign for a dispatch, unspaced.
std::optional<DatelineMatch> FindChineseDateline(std::string_view text, const Calendar& calendar,
                                                 const Gazetteer& gazetteer) {
  std::string_view head = text::TruncateUtf8(text, kMaxDatelineBytes);
  const std::vector<DateMatch> dates = calendar.Find(head);
  if (dates.empty()) return std::nullopt;
  const DateMatch& date = dates.front();
  std::string_view behind = head.substr(date.end);
  std::size_t mark = 0;
  for (const std::string_view sign : {"\u7535", "\u8BAF", "\u96FB", "\u8A0A"}) {
    if (behind.starts_with(sign)) mark = sign.size();
  }
  if (mark == 0) return std::nullopt;
  std::string_view front = head.substr(0, date.begin);
  DatelineMatch match;
  for (const std::string_view agency : {"\u65B0\u534E\u793E", "\u4E2D\u65B0\u793E", "\u4E2D\u65B0\u7F51",
                                        "\u672C\u62A5", "\u4EBA\u6C11\u7F51", "\u5916\u4EA4\u90E8\u7F51\u7AD9"}) {
    if (front.starts_with(agency)) {
      match.agency = std::string(agency);
      front.remove_prefix(agency.size());
      break;
    }
  }
  front = Trim(front);
  if (front.empty() || text::CountCodePoints(front) > 8) return std::nullopt;
  const PlaceVerdict verdict = Judge(front, gazetteer);
  match.place = std::string(front);
  match.begin = static_cast<std::size_t>(front.data() - text.data());
  match.place_end = match.begin + front.size();
  match.country_code = verdict.country;
  match.date = date.value;
  match.end = date.end + mark;
  match.confidence = verdict.known ? release::v1::HIGH : release::v1::MEDIUM;
  match.rule = "dateline.dispatch";
  return match;
}

// "AUSTIN, Texas--(BUSINESS WIRE)--Dell": the wire's mark stands behind the dash, with a dash of its own.
void TakeWireMarkBehind(std::string_view paragraph, Separator* separator, std::string* agency) {
  constexpr std::size_t kLongestMark = 40;
  const std::string_view rest = text::TruncateUtf8(paragraph.substr(separator->end), kLongestMark);
  const std::size_t close = rest.find(')');
  if (!rest.starts_with('(') || close == std::string_view::npos || close < 2) return;
  std::size_t end = close + 1;
  std::size_t sign_end = end;
  while (end < rest.size()) {
    const text::CodePoint c = text::CodePointAt(rest, end);
    if (!IsDash(c.value) && !text::IsSpace(c.value)) break;
    end += c.length;
    if (IsDash(c.value)) sign_end = end;
  }
  if (sign_end == close + 1) return;
  *agency = std::string(rest.substr(1, close - 1));
  separator->sign_end = separator->end + sign_end;
  separator->end += end;
}

// "… (BUSINESS WIRE)--April 5, 2011--Basin Pumps": the day stands behind the wire's mark, with a dash of its own.
void TakeDateBehind(std::string_view paragraph, const Calendar& calendar, Separator* separator, Head* head) {
  constexpr std::size_t kLongestDate = 40;
  const std::string_view rest = text::TruncateUtf8(paragraph.substr(separator->end), kLongestDate);
  const std::vector<DateMatch> dates = calendar.Find(rest);
  if (dates.empty() || dates.front().begin != 0 || !dates.front().value.complete()) return;
  std::size_t end = dates.front().end;
  std::size_t sign_end = 0;
  while (end < rest.size()) {
    const text::CodePoint c = text::CodePointAt(rest, end);
    if (!IsDash(c.value) && !text::IsSpace(c.value)) break;
    end += c.length;
    if (IsDash(c.value)) sign_end = end;
  }
  if (sign_end == 0) return;
  head->date = dates.front().value;
  head->dated = true;
  separator->sign_end = separator->end + sign_end;
  separator->end += end;
}

std::size_t CountWords(std::string_view s, std::size_t enough) {
  std::size_t words = 0;
  bool inside = false;
  for (std::size_t i = 0; i < s.size() && words < enough;) {
    const text::CodePoint c = text::CodePointAt(s, i);
    if (u_hasBinaryProperty(static_cast<UChar32>(c.value), UCHAR_IDEOGRAPHIC) != 0) {
      ++words;
      inside = false;
    } else {
      const bool letter = !text::IsSpace(c.value);
      words += letter && !inside ? 1 : 0;
      inside = letter;
    }
    i += c.length;
  }
  return words;
}

}  // namespace

std::optional<DatelineMatch> FindDateline(std::string_view paragraph, const Calendar& calendar,
                                          const Gazetteer& gazetteer, bool whole_line) {
  const std::string_view head = text::TruncateUtf8(paragraph, kMaxDatelineBytes);
  if (auto match = FindChineseDateline(paragraph, calendar, gazetteer); match.has_value()) return match;

  std::optional<Separator> separator = FindSeparator(head);
  if (!separator.has_value()) {
    if (!whole_line || paragraph.size() > kMaxDatelineBytes / 2) return std::nullopt;
    separator = Separator{paragraph.size(), paragraph.size(), paragraph.size(), false, true};
  } else if (whole_line && separator->end == paragraph.size()) {
    whole_line = true;
  } else {
    whole_line = false;
  }
  DatelineMatch match;
  TakeWireMarkBehind(paragraph, &*separator, &match.agency);
  const std::string_view front = TakeWireMark(head.substr(0, separator->begin), &match.agency);
  Head parts = TakeApart(front, calendar);
  if (!parts.agency.empty()) match.agency = parts.agency;
  if (!parts.dated && !match.agency.empty()) TakeDateBehind(paragraph, calendar, &*separator, &parts);
  if (parts.place.empty() || !LooksLikeName(parts.place)) return std::nullopt;
  if (IsOrdinaryOpening(text::FoldKey(parts.place))) return std::nullopt;
  const PlaceVerdict verdict = Judge(parts.place, gazetteer);
  const std::string_view rest = paragraph.substr(separator->end);
  if (whole_line) {
    if (!verdict.known || !parts.dated) return std::nullopt;
  } else if (const std::size_t enough = IsTownOfRegion(parts.place, gazetteer) ? 1 : kMinWordsAfter;
             CountWords(rest, enough) < enough) {
    return std::nullopt;
  }
  const auto next = static_cast<UChar32>(text::CodePointAt(rest, 0).value);
  const bool goes_on_low = u_isULowercase(next) != 0;
  const bool caps = IsAllCaps(parts.place);
  if (separator->colon && !(verdict.known && (caps || parts.dated))) return std::nullopt;
  if (verdict.known) {
    // "China - which had long refused - ..." is no dateline; with a date or in capitals it is one.
    if (goes_on_low && !parts.dated && !caps) return std::nullopt;
    match.rule = parts.dated ? "dateline.known_place_date" : "dateline.known_place";
    match.confidence = release::v1::HIGH;
  } else if (parts.dated && separator->spaced) {
    match.rule = "dateline.date";
    match.confidence = release::v1::MEDIUM;
  } else if (caps && text::CountCodePoints(parts.place) >= 4 && separator->spaced && !goes_on_low) {
    match.rule = "dateline.capitals";
    match.confidence = release::v1::MEDIUM;
  } else {
    const std::size_t words = Words(parts.place).size();
    if (words > 2 || goes_on_low || !separator->spaced || separator->colon) return std::nullopt;
    match.rule = "dateline.shape";
    match.confidence = release::v1::LOW;
  }
  match.place = std::string(parts.place);
  match.begin = static_cast<std::size_t>(parts.place.data() - paragraph.data());
  match.place_end = match.begin + parts.place.size();
  match.country_code = verdict.country;
  match.date = parts.date;
  match.end = separator->sign_end;
  return match;
}

}  // namespace dateline::extraction
