#pragma once
// Finds e-mail addresses and what may be telephone numbers in a line, as spans and nothing more: contacts.h makes facts
// of them, zoning uses them to recognise contact lines. Hand-written scanners, linear in the text, no regular
// expressions.

#include <cstddef>
#include <string_view>
#include <vector>

namespace dateline::extraction {

// Bytes [begin, end) of a text.
struct TokenSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// E-mail addresses: ASCII local part, host with a dot.
std::vector<TokenSpan> FindEmails(std::string_view text);

// A stretch of digits, spaces and the usual signs that can be a telephone number.
struct PhoneSpan {
  TokenSpan span;
  // A word such as "Tel" or "Mobile" stands right before it, or it begins with a plus sign.
  bool marked = false;
  // That word says that it is a fax.
  bool fax = false;
};

// Candidates with 6 to 17 digits. Dates, years and sums of money are left out.
std::vector<PhoneSpan> FindPhones(std::string_view text);

}  // namespace dateline::extraction
