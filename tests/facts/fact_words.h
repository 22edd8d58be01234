#pragma once
// How facts are compared with annotations: by folded words, by digits, by dates written as ISO 8601. Pure functions.

#include <string>
#include <string_view>

#include "google/type/date.pb.h"

namespace dateline::tests {

// Letters and digits only, folded, one space between words.
std::string Words(std::string_view text);

// The ASCII digits alone.
std::string Digits(std::string_view text);

// The last word of what Words() gave.
std::string LastWord(const std::string& words);

// "2022-03-05", "2022-03", "2022", "--03-05", "--03"; empty for no date.
std::string IsoDate(const google::type::Date& date);

}  // namespace dateline::tests
