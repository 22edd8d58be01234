#pragma once
// The language of a text, by CLD2. Short or mixed text that it is not sure of gives "und". Thread-safe: CLD2's tables
// are constants.

#include <string>
#include <string_view>

namespace dateline::extraction {

// A BCP 47 tag ("en", "zh-Hans", "zh-Hant", "sr"), or "und". `hint` is the language that the page declares, or empty:
// it decides only where the text alone does not.
std::string DetectLanguage(std::string_view text, std::string_view hint);

}  // namespace dateline::extraction
