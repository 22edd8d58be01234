#include "services/ingestion/feeds/xml_names.h"

#include <array>
#include <string>

namespace dateline::feeds {
namespace {

struct Name {
  std::string_view name;
  Ns ns;
};

// Without scheme and final "/" or "#", lower case.
constexpr std::array<Name, 31> kAddresses = {{
    {"", Ns::kNone},
    {"purl.org/rss/1.0", Ns::kNone},
    {"my.netscape.com/rdf/simple/0.9", Ns::kNone},
    {"channel.netscape.com/rdf/simple/0.9", Ns::kNone},
    {"my.netscape.com/publish/formats/rss-0.91.dtd", Ns::kNone},
    {"backend.userland.com/rss", Ns::kNone},
    {"backend.userland.com/rss2", Ns::kNone},
    {"blogs.law.harvard.edu/tech/rss", Ns::kNone},
    {"cyber.law.harvard.edu/rss", Ns::kNone},
    {"purl.org/net/rss1.1", Ns::kNone},
    {"purl.org/atom/ns", Ns::kAtom},
    {"www.w3.org/2005/atom", Ns::kAtom},
    {"purl.org/net/atom", Ns::kAtom},
    {"www.w3.org/1999/xhtml", Ns::kXhtml},
    {"www.w3.org/2000/svg", Ns::kSvg},
    {"www.w3.org/1998/math/mathml", Ns::kMathMl},
    {"www.w3.org/1999/02/22-rdf-syntax-ns", Ns::kRdf},
    {"www.w3.org/xml/1998/namespace", Ns::kXml},
    {"www.w3.org/1999/xlink", Ns::kXlink},
    {"purl.org/dc/elements/1.1", Ns::kDublinCore},
    {"purl.org/dc/elements/1.0", Ns::kDublinCore},
    {"purl.org/dc/terms", Ns::kDublinCoreTerms},
    {"purl.org/rss/1.0/modules/content", Ns::kContent},
    {"search.yahoo.com/mrss", Ns::kMedia},
    {"www.itunes.com/dtds/podcast-1.0.dtd", Ns::kItunes},
    {"purl.org/rss/1.0/modules/syndication", Ns::kSyndication},
    {"www.georss.org/georss", Ns::kGeo},
    {"www.w3.org/2003/01/geo/wgs84_pos", Ns::kGeo},
    {"backend.userland.com/creativecommonsrssmodule", Ns::kCreativeCommons},
    {"www.sitemaps.org/schemas/sitemap/0.9", Ns::kSitemap},
    {"www.google.com/schemas/sitemap-news/0.9", Ns::kNews},
}};

constexpr std::array<Name, 17> kPrefixes = {{
    {"rss", Ns::kNone},
    {"atom", Ns::kAtom},
    {"atom10", Ns::kAtom},
    {"xhtml", Ns::kXhtml},
    {"svg", Ns::kSvg},
    {"rdf", Ns::kRdf},
    {"xml", Ns::kXml},
    {"xlink", Ns::kXlink},
    {"dc", Ns::kDublinCore},
    {"dcterms", Ns::kDublinCoreTerms},
    {"content", Ns::kContent},
    {"media", Ns::kMedia},
    {"itunes", Ns::kItunes},
    {"sy", Ns::kSyndication},
    {"georss", Ns::kGeo},
    {"creativecommons", Ns::kCreativeCommons},
    {"news", Ns::kNews},
}};

}  // namespace

Ns NamespaceOf(std::string_view address) {
  std::string key;
  for (const char c : address) key.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  std::string_view bare = key;
  if (const std::size_t scheme = bare.find("://"); scheme != std::string_view::npos) bare.remove_prefix(scheme + 3);
  while (bare.ends_with('/') || bare.ends_with('#')) bare.remove_suffix(1);
  for (const Name& known : kAddresses) {
    if (known.name == bare) return known.ns;
  }
  // Newer versions of the same thing.
  if (bare.starts_with("www.google.com/schemas/sitemap/") || bare.starts_with("www.sitemaps.org/schemas/sitemap/")) {
    return Ns::kSitemap;
  }
  if (bare.starts_with("www.google.com/schemas/sitemap-news/")) return Ns::kNews;
  if (bare.starts_with("purl.org/dc/elements/")) return Ns::kDublinCore;
  return Ns::kOther;
}

Ns CustomaryNamespace(std::string_view prefix) {
  for (const Name& known : kPrefixes) {
    if (known.name == prefix) return known.ns;
  }
  return Ns::kOther;
}

}  // namespace dateline::feeds
