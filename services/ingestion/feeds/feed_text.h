#pragma once
// The text of an element by its type: plain, HTML escaped or not, XHTML, base64, or nothing said at all. Internal to
// the XML formats; pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "services/ingestion/feeds/feed.h"
#include "services/ingestion/feeds/xml_document.h"

namespace dateline::feeds {

// What is in force around an element.
struct Scope {
  std::string base;  // Absolute, or empty.
  std::string language;
};

// `outer` with the xml:base and xml:lang of the element.
Scope ScopeOf(const XmlDocument& document, std::uint32_t element, const Scope& outer);

// `atom` says that text without a type is plain by the format's rules; elsewhere its looks decide.
Text ReadText(const XmlDocument& document, std::uint32_t element, const Scope& scope, bool atom);

// Plain or HTML by its looks, as text that came from elsewhere.
Text GuessText(std::string_view value, const Scope& scope);

}  // namespace dateline::feeds
