#pragma once
// Reads sources of every format that newsrooms publish: feeds, sitemaps, newsroom pages. The kind of the source decides
// the order in which the formats are tried, not which are allowed: sites turn feeds into pages and pages into feeds.
// Pure and thread-safe.

#include "services/ingestion/polling/source_reader.h"

namespace dateline::ingestion {

class FormatReader final : public SourceReader {
 public:
  // INVALID_ARGUMENT (UNREADABLE_SOURCE), with what the nearest format says of the content.
  absl::StatusOr<SourceContent> Read(const ReadRequest& request) const override;
  Recipes RecipesOf(const v1::Source& source, WallTime now) const override;
  std::optional<PageReading> ReadPage(const v1::Source& source, const storage::v1::Document& document,
                                      WallTime now) const override;
};

}  // namespace dateline::ingestion
