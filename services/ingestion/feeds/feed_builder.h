#pragma once
// RSS, RDF, Atom and CDF out of an XML tree. One builder for all, since feeds mix their elements freely. Internal to
// parse_feed; used once.

#include <cstdint>
#include <optional>

#include "services/ingestion/feeds/feed.h"
#include "services/ingestion/feeds/feed_draft.h"
#include "services/ingestion/feeds/feed_text.h"
#include "services/ingestion/feeds/xml_document.h"

namespace dateline::feeds {

// The element that a feed begins with, wherever it stands (junk before it may have opened others); 0 for none.
std::uint32_t FindFeedRoot(const XmlDocument& document);

class FeedBuilder {
 public:
  FeedBuilder(const XmlDocument& document, std::uint32_t root) : document_(document), root_(root) {}

  // `scope` is what the HTTP headers say.
  Feed Build(const Scope& scope);

 private:
  Format FormatOf() const;
  void Container(std::uint32_t element, const Scope& outer, Draft& draft);
  void FeedElement(std::uint32_t element, const Scope& scope, Draft& draft);
  bool Rhythm(std::uint32_t element, std::string_view name);
  void Image(std::uint32_t element, const Scope& scope, Draft& draft);
  void Generator(std::uint32_t element);
  void AddItem(std::uint32_t element, const Scope& outer);

  const XmlDocument& document_;
  const std::uint32_t root_;
  Feed feed_;
  bool atom_ = false;
};

// One item; apart because items come alone in some places (an Atom entry as a document).
Item BuildItem(const XmlDocument& document, std::uint32_t element, const Scope& outer, bool atom);

}  // namespace dateline::feeds
