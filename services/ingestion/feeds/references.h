#pragma once
// Character references of XML and HTML: "&amp;", "&#8217;", "&hellip;". Those of HTML are resolved in XML too, since
// feeds use them without declaring them. Pure and thread-safe.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace dateline::feeds {

// What a name that the document declares stands for; nullopt for unknown ones.
using EntityLookup = std::function<std::optional<std::string>(std::string_view name)>;

// The reference at the beginning of `text`, which begins with "&": appends its character to `out` and returns the bytes
// it takes; 0 when it is none. 128 to 159 mean what they mean in windows-1252, as in HTML.
std::size_t ResolveReference(std::string_view text, const EntityLookup* entities, std::string& out);

// Appends `text` with its references resolved; what is none stays.
void AppendResolved(std::string_view text, const EntityLookup* entities, std::string& out);

inline std::string Resolved(std::string_view text) {
  std::string out;
  AppendResolved(text, nullptr, out);
  return out;
}

// The next "<" or "&" from `at` on; the size of the text when there is none.
std::size_t FindMarkup(std::string_view text, std::size_t at);

// What a byte means in windows-1252; itself where that leaves it out.
char32_t FromWindows1252(unsigned char byte);

// Appends `text` with & < > and, for attributes, " as references.
void AppendEscaped(std::string_view text, std::string& out);

}  // namespace dateline::feeds
