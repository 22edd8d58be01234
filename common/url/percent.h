#pragma once
// Percent-encoding: which bytes each part of a URL may hold as they are (the encode sets of the URL Standard), and the
// way back. Pure and thread-safe.

#include <string>
#include <string_view>

namespace dateline::url {

// Which bytes are written as %XX.
enum class EncodeSet {
  kC0Control,     // Controls and all that is not ASCII.
  kFragment,      // And space " < > `
  kQuery,         // kC0Control and space " # < >
  kSpecialQuery,  // And '
  kPath,          // kQuery and ? ^ ` { }
  kUserinfo,      // And / : ; = @ [ \ ] |
  kFormValue,     // All but letters, digits, "-", ".", "_" and "~".
};

bool MustEncode(unsigned char byte, EncodeSet set);
// Appends `byte`, as %XX when it must be.
void AppendEncoded(char byte, EncodeSet set, std::string& out);
std::string Encode(std::string_view text, EncodeSet set);

// The value of a hexadecimal digit, or -1.
int HexValue(char c);
// Replaces every %XX by its byte; malformed escapes stay.
std::string Decode(std::string_view text);

// Escapes in their canonical form: upper-case digits, and letters, digits, "-", ".", "_" and "~" unescaped. Idempotent.
std::string NormalizeEscapes(std::string_view text);

}  // namespace dateline::url
