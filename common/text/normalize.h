#pragma once
// Unicode normalisation and folding by ICU. Pure and thread-safe (ICU's normaliser instances are immutable).

#include <string>
#include <string_view>

namespace dateline::text {

// `text` in normalisation form C; ill-formed bytes become U+FFFD. Text that is in form C already, as nearly all is, is
// recognised without a copy through ICU's builder.
std::string ToNfc(std::string_view text);

// Whether `text` is well-formed and in normalisation form C.
bool IsNfc(std::string_view text);

// A key for comparing names and lines: form C, full case folding, typographic quotation marks and dashes as ASCII ones,
// runs of white space as one space, trimmed. Not for showing, and offsets do not carry over.
std::string FoldKey(std::string_view text);
// The same into a text that is used again, which may not be `text` itself.
void FoldKey(std::string_view text, std::string* out);

}  // namespace dateline::text
