#pragma once
// The namespaces that feeds use, by address and by the prefixes that they go under where nobody declared them. Internal
// to the parsers of this folder; pure.

#include <cstdint>
#include <string_view>

namespace dateline::feeds {

enum class Ns : std::uint8_t {
  kNone,  // No namespace, and those of RSS 0.9, 1.0 and 2.0: the names of RSS itself.
  kAtom,  // 0.3 and 1.0.
  kXhtml,
  kSvg,
  kMathMl,
  kRdf,
  kXml,
  kXlink,
  kDublinCore,
  kDublinCoreTerms,
  kContent,
  kMedia,
  kItunes,
  kSyndication,
  kCreativeCommons,
  kGeo,
  kSitemap,
  kNews,
  kOther,
};

// The namespace of an address; kOther for those that say nothing about releases. Scheme, case and a final slash or "#"
// do not matter.
Ns NamespaceOf(std::string_view address);
// What a prefix means by custom; kOther when it has no such meaning.
Ns CustomaryNamespace(std::string_view prefix);

}  // namespace dateline::feeds
