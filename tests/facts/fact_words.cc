#include "tests/facts/fact_words.h"

#include <fmt/format.h>
#include <unicode/uchar.h>

#include "common/text/normalize.h"
#include "common/text/utf8.h"

namespace dateline::tests {

std::string Words(std::string_view text) {
  const std::string key = dateline::text::FoldKey(text);
  std::string out;
  for (std::size_t i = 0; i < key.size();) {
    const auto c = dateline::text::CodePointAt(key, i);
    if (u_isalnum(static_cast<UChar32>(c.value)) != 0)
      out.append(key, i, c.length);
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
    i += c.length;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string Digits(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c >= '0' && c <= '9') out += c;
  }
  return out;
}

std::string LastWord(const std::string& words) {
  return words.substr(words.rfind(' ') == std::string::npos ? 0 : words.rfind(' ') + 1);
}

std::string IsoDate(const google::type::Date& date) {
  if (date.year() == 0) {
    if (date.month() == 0) return {};
    return date.day() == 0 ? fmt::format("--{:02}", date.month())
                           : fmt::format("--{:02}-{:02}", date.month(), date.day());
  }
  std::string out = fmt::format("{:04}", date.year());
  if (date.month() != 0) out += fmt::format("-{:02}", date.month());
  if (date.month() != 0 && date.day() != 0) out += fmt::format("-{:02}", date.day());
  return out;
}

}  // namespace dateline::tests
