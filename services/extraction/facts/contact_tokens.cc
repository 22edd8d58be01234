#include "services/extraction/facts/contact_tokens.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/text/normalize.h"
#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

constexpr std::size_t kMaxEmailPart = 64;
constexpr std::size_t kMaxHost = 253;
constexpr std::size_t kMinDigits = 6;
constexpr std::size_t kMaxDigits = 17;
// The longest stretch that is looked at as one number; it also bounds the scan of hostile text.
constexpr std::size_t kMaxPhoneBytes = 48;
// How far before a number its label is looked for.
constexpr std::size_t kLabelBytes = 40;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsAlnum(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsLocal(char c) {
  return IsAlnum(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '\'' || c == '&';
}
bool IsHost(char c) {
  return IsAlnum(c) || c == '.' || c == '-';
}

// Signs inside a number, besides no-break spaces, which decoding made plain ones.
bool IsPhoneSign(char c) {
  return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')' || c == '/';
}

struct Label {
  bool found = false;
  bool fax = false;
};

// Whether the text before a number ends in a word that announces a telephone number.
Label LabelBefore(std::string_view before) {
  constexpr std::array<std::string_view, 30> kLabels = {"tel",
                                                        "tel.",
                                                        "telephone",
                                                        "phone",
                                                        "phone number",
                                                        "mobile number",
                                                        "telephone number",
                                                        "alternative number",
                                                        "mob",
                                                        "mob.",
                                                        "mobile",
                                                        "cell",
                                                        "cellphone",
                                                        "t",
                                                        "m",
                                                        "p",
                                                        "ph",
                                                        "ph.",
                                                        "call",
                                                        "t\u00E9l",
                                                        "t\u00E9l.",
                                                        "t\u00E9l\u00E9phone",
                                                        "tel\u00E9fono",
                                                        "telefon",
                                                        "\u0442\u0435\u043B",
                                                        "\u0442\u0435\u043B.",
                                                        "\u0442\u0435\u043B\u0435\u0444\u043E\u043D",
                                                        "\u7535\u8BDD",
                                                        "\u96FB\u8A71",
                                                        "\u0647\u0627\u062A\u0641"};
  std::size_t from = before.size() > kLabelBytes ? before.size() - kLabelBytes : 0;
  while (from < before.size() && !text::IsBoundary(before, from)) ++from;
  std::string key = text::FoldKey(before.substr(from));
  while (!key.empty() && (key.back() == ':' || key.back() == ' ' || key.back() == '(' || key.back() == '-'))
    key.pop_back();
  if (key.ends_with("\uFF1A")) key.resize(key.size() - 3);
  const auto ends = [&](std::string_view label) {
    if (!key.ends_with(label)) return false;
    if (key.size() == label.size()) return true;
    const char c = key[key.size() - label.size() - 1];
    return !IsAlnum(c) && c != '@' && c != '\'' && (static_cast<unsigned char>(c) < 0x80 || label.size() > 4);
  };
  if (ends("fax") || ends("fax.") || ends("telefax") || ends("facsimile") || ends("\u0444\u0430\u043A\u0441") ||
      ends("\u4F20\u771F"))
    return {true, true};
  return {std::any_of(kLabels.begin(), kLabels.end(), ends), false};
}

// "18-07-2019", "2019.07.18", "10.30-11.00": digits parted like a date or like hours.
bool LooksLikeDate(std::string_view s) {
  std::vector<std::size_t> groups;
  std::size_t run = 0;
  for (const char c : s) {
    if (IsDigit(c)) {
      ++run;
    } else if (run > 0) {
      groups.push_back(run);
      run = 0;
    }
  }
  if (run > 0) groups.push_back(run);
  if (groups.size() == 3 && s.find(' ') == std::string_view::npos) {
    if (groups[0] <= 2 && groups[1] <= 2 && groups[2] == 4) return true;
    if (groups[0] == 4 && groups[1] <= 2 && groups[2] <= 2) return true;
  }
  // Years and spans of years.
  return groups.size() <= 2 && std::all_of(groups.begin(), groups.end(), [](std::size_t g) { return g == 4; });
}

// "35.0325": digits with one point are a number of another kind, unless they are set as "555.0142" is.
bool LooksLikeDecimal(std::string_view raw) {
  const std::size_t point = raw.find('.');
  if (point == std::string_view::npos || raw.find('.', point + 1) != std::string_view::npos) return false;
  const bool plain = std::all_of(raw.begin(), raw.end(), [](char c) { return IsDigit(c) || c == '.'; });
  return plain && !(point == 3 && raw.size() - point == 5);
}

}  // namespace

std::vector<TokenSpan> FindEmails(std::string_view text) {
  std::vector<TokenSpan> found;
  std::size_t floor = 0;  // addresses do not overlap, which also keeps the scan linear
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    std::size_t begin = at;
    while (begin > floor && at - begin < kMaxEmailPart && IsLocal(text[begin - 1])) --begin;
    while (begin < at && !IsAlnum(text[begin])) ++begin;
    std::size_t end = at + 1;
    while (end < text.size() && end - at < kMaxHost && IsHost(text[end])) ++end;
    while (end > at + 1 && !IsAlnum(text[end - 1])) --end;
    const std::string_view host = text.substr(at + 1, end - at - 1);
    const std::size_t dot = host.rfind('.');
    if (begin == at || dot == std::string_view::npos || dot == 0 || host.size() - dot < 3 ||
        host.find("..") != std::string_view::npos)
      continue;
    if (IsDigit(host.back())) continue;
    found.push_back({begin, end});
    floor = end;
  }
  return found;
}

std::vector<PhoneSpan> FindPhones(std::string_view text) {
  std::vector<PhoneSpan> found;
  for (std::size_t i = 0; i < text.size();) {
    const bool opens =
        IsDigit(text[i]) || ((text[i] == '+' || text[i] == '(') && i + 1 < text.size() &&
                             (IsDigit(text[i + 1]) || text[i + 1] == ' ' || text[i + 1] == '+' || text[i + 1] == '('));
    if (!opens) {
      ++i;
      continue;
    }
    // Digits inside a word ("COP27", "IPR56948") are no number.
    // ... nor are those of a reference: "IP/22/4521".
    const bool reference = i > 1 && text[i - 1] == '/' && IsAlnum(text[i - 2]) && !IsDigit(text[i - 2]);
    const bool inside_word =
        i > 0 && IsDigit(text[i]) && (IsAlnum(text[i - 1]) || text[i - 1] == '_' || text[i - 1] == '@' || reference);
    const bool money =
        i > 0 && (text[i - 1] == '$' || text.substr(0, i).ends_with("\u20AC") || text.substr(0, i).ends_with("\u00A3"));
    std::size_t end = i;
    std::size_t digits = 0;
    std::size_t last = i;  // behind the last digit or closing bracket that belongs
    int brackets = 0;
    bool space = false;
    for (; end < text.size() && end - i < kMaxPhoneBytes; ++end) {
      const char c = text[end];
      if (IsDigit(c)) {
        ++digits;
        last = end + 1;
        space = false;
      } else if (c == '+' && (end == i || (end == i + 1 && text[i] == '('))) {
        // A plus only at the head.
      } else if (IsPhoneSign(c)) {
        if (c == '(') ++brackets;
        if (c == ')' && --brackets < 0) break;
        // Two spaces end a number, as does a sign that no digit follows.
        if (c == ' ' && space) break;
        // A dash between spaces parts a house number from a postcode, not groups of one number.
        if (c == '-' && space && end + 1 < text.size() && text[end + 1] == ' ') break;
        space = c == ' ';
      } else {
        break;
      }
    }
    const bool glued = end < text.size() && last == end &&
                       (IsAlnum(text[end]) || text[end] == '%' || text[end] == '@' ||
                        (text[end] == ',' && end + 1 < text.size() && IsDigit(text[end + 1])));
    const std::string_view raw = text.substr(i, last - i);
    if (digits >= kMinDigits && digits <= kMaxDigits && !inside_word && !money && !glued && !LooksLikeDate(raw) &&
        !LooksLikeDecimal(raw)) {
      PhoneSpan phone;
      phone.span = {i, last};
      const Label label = LabelBefore(text.substr(0, i));
      phone.marked = label.found || text[i] == '+' || raw.starts_with("(+");
      phone.fax = label.fax;
      found.push_back(phone);
    }
    i = std::max(last, i + 1);
    // Not into the middle of what was just refused.
    while (i < text.size() && IsDigit(text[i]) && IsDigit(text[i - 1])) ++i;
  }
  return found;
}

}  // namespace dateline::extraction
