#pragma once
// From the blocks of a document to a release: zones, text, metadata, facts. One document gives one release, or, as a
// bulletin, one for each of its items. Pure, thread-safe.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/document.h"
#include "services/extraction/extract.h"
#include "services/extraction/facts/calendar.h"
#include "services/extraction/gazetteer/gazetteer.h"
#include "services/extraction/language/language_pack.h"
#include "services/extraction/zones/assemble.h"
#include "services/extraction/zones/line_features.h"
#include "services/extraction/zones/zoning.h"

namespace dateline::extraction {

// What is loaded once and read by all.
struct ExtractionTables {
  Calendar calendar;
  Gazetteer gazetteer;
  std::unique_ptr<const LanguagePacks> packs;  // null where no facts are looked for
};

// What can be seen of every block of a document, and which part of the release it is.
struct ZonedDocument {
  std::vector<LineFeatures> features;
  Zoning zoning;
};
ZonedDocument ZoneDocument(const ExtractionTables& tables, const Document& document);

struct BuiltRelease {
  release::v1::Release release;
  Assembly assembly;
};

// The release that the document is; `uri` is its own, `input` gives what was said of the document.
BuiltRelease BuildRelease(const ExtractionTables& tables, const Input& input, const Document& document,
                          const ZonedDocument& zoned, std::string_view uri);

}  // namespace dateline::extraction
