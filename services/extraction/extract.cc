#include "services/extraction/extract.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/text/decode.h"
#include "common/text/sniff.h"
#include "common/text/utf8.h"
#include "services/extraction/build_release.h"
#include "services/extraction/bulletin.h"
#include "services/extraction/notice.h"
#include "services/extraction/page/explain_blocks.h"
#include "services/extraction/page/html_tree.h"
#include "services/extraction/page/site_boilerplate.h"
#include "services/extraction/read_document.h"
#include "services/extraction/zones/explain_zones.h"

namespace dateline::extraction {

using release::v1::Release;

struct Extractor::Tables : ExtractionTables {};

namespace {

// A document that was read, with what the releases made of it have to say about the reading.
struct Reading {
  Document document;
  ZonedDocument zoned;
  std::string charset;
  std::size_t replacements = 0;
};

absl::StatusOr<Reading> Read(const ExtractionTables& tables, const Input& input, bool explain) {
  const std::string what = input.uri.empty() ? "document" : std::string(text::TruncateUtf8(input.uri, 300));
  const std::string charset =
      input.charset.empty() ? text::CharsetOfContentType(input.content_type) : std::string(input.charset);
  DATELINE_RETURN_IF_ERROR(text::CheckDocument(input.bytes, what, charset));
  DATELINE_ASSIGN_OR_RETURN(
      const text::Decoded decoded,
      text::Decode(input.bytes, {.charset = input.charset, .content_type = input.content_type, .what = what}));
  Reading reading;
  reading.charset = decoded.charset;
  reading.replacements = decoded.replacements;
  DATELINE_ASSIGN_OR_RETURN(reading.document, ReadDocument(input, decoded.text(), explain));
  Document& document = reading.document;
  MarkSiteBoilerplate(input.site_boilerplate, document.html, &document.blocks);
  reading.zoned = ZoneDocument(tables, document);
  const bool words = std::any_of(reading.zoned.features.begin(), reading.zoned.features.end(),
                                 [](const LineFeatures& f) { return f.words > 0; });
  if (!words && (!document.html || document.metadata.title.empty())) {
    return Error(absl::StatusCode::kInvalidArgument, "NO_TEXT",
                 fmt::format("{} holds no words; give a document with text", what), {{"document", what}});
  }
  return reading;
}

void AddReadingNotices(const Reading& reading, bool truncated, Release* release) {
  if (truncated || reading.document.truncated) {
    AddNotice("TRUNCATED",
              fmt::format("The document is over a limit: {} bytes of text, {} blocks, {} links, {} images, 64 KiB of "
                          "one table, nesting of {}. What lies beyond was left out.",
                          kMaxTextBytes, kMaxBlocks, kMaxLinks, kMaxImages, kMaxDepth),
              release);
  }
  if (reading.replacements > 0) {
    AddNotice(
        "REPLACED_CHARACTERS",
        fmt::format("{} characters could not be read as {} and were replaced.", reading.replacements, reading.charset),
        release);
  }
}

Release BuildWhole(const ExtractionTables& tables, const Input& input, const Reading& reading,
                   Explanation* explanation) {
  const Document& document = reading.document;
  BuiltRelease built = BuildRelease(tables, input, document, reading.zoned, input.uri);
  AddReadingNotices(reading, built.assembly.truncated, &built.release);
  if (explanation != nullptr) {
    ExplainZones(document.blocks, reading.zoned.features, reading.zoned.zoning, built.assembly, explanation);
    if (document.html) {
      MergeVerdicts(document.verdicts, explanation);
      ExplainMetadata(document.metadata, explanation);
    }
    explanation->container_rule = std::string(document.container_rule);
  }
  return std::move(built.release);
}

}  // namespace

Extractor::Extractor(std::unique_ptr<const Tables> tables) : tables_(std::move(tables)) {}
Extractor::~Extractor() = default;

absl::StatusOr<std::unique_ptr<const Extractor>> Extractor::Create(const ExtractorOptions& options) {
  auto tables = std::make_unique<Tables>();
  if (tables->calendar.Month("january") != 1 || tables->gazetteer.size() < 1000) {
    return Error(absl::StatusCode::kInternal, "ICU_DATA",
                 "ICU's month or country names are missing; install the package libicu72 again");
  }
  if (options.facts) {
    DATELINE_ASSIGN_OR_RETURN(tables->packs, LanguagePacks::Create());
  }
  return std::unique_ptr<const Extractor>(new Extractor(std::move(tables)));
}

std::vector<LanguageCoverage> Extractor::Languages() const {
  return tables_->packs == nullptr ? std::vector<LanguageCoverage>() : CoverageOf(*tables_->packs);
}

absl::StatusOr<Release> Extractor::Extract(const Input& input, Explanation* explanation) const {
  DATELINE_ASSIGN_OR_RETURN(const Reading reading, Read(*tables_, input, explanation != nullptr));
  return BuildWhole(*tables_, input, reading, explanation);
}

absl::StatusOr<Extraction> Extractor::ExtractAll(const Input& input, Explanation* explanation) const {
  DATELINE_ASSIGN_OR_RETURN(Reading reading, Read(*tables_, input, explanation != nullptr));
  Extraction extraction;
  extraction.release = BuildWhole(*tables_, input, reading, explanation);
  const std::vector<BulletinItem> items =
      FindBulletinItems(reading.document, reading.zoned, {tables_->calendar, tables_->gazetteer});
  for (const BulletinItem& item : items) {
    const Document part = PartOf(reading.document, reading.zoned, item);
    BuiltRelease built =
        BuildRelease(*tables_, input, part, ZoneDocument(*tables_, part),
                     item.opening ? std::string(input.uri) : fmt::format("{}#{}", input.uri, item.fragment));
    AddReadingNotices(reading, built.assembly.truncated, &built.release);
    extraction.items.push_back(std::move(built.release));
  }
  extraction.line_hashes = std::move(reading.document.line_hashes);
  return extraction;
}

}  // namespace dateline::extraction
