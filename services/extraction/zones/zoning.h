#pragma once
// Decides what each block of a document is: part of the site or of the release, and which part. Flattened pages are
// handled by general signs: menus are runs of short lines, labels repeat, the release is the stretch with the most
// prose, its title the last headline before that. Pure, thread-safe, linear in the number of blocks.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/extraction/facts/dateline.h"
#include "services/extraction/page/block.h"
#include "services/extraction/zones/line_features.h"

namespace dateline::extraction {

// What a block is.
enum class Zone : std::uint8_t {
  kDrop,  // not part of the release
  kTitle,
  kSubtitle,
  kLead,
  kBody,
  kHeading,
  kQuote,
  kList,
  kTable,
  kCaption,
  kAbout,
  kContact,
  kNotes,
  kRelated,
  kEmbargo,
};

// The verdict over a document.
struct Zoning {
  std::vector<Zone> zones;  // one for each block
  std::optional<std::size_t> title;
  std::optional<std::size_t> subtitle;
  std::optional<std::size_t> lead;
  // The dateline, in the block `dateline_block`: the lead, or a line of its own before it.
  std::optional<DatelineMatch> dateline;
  std::size_t dateline_block = 0;
  // Blocks near the title that are nothing but a date.
  std::vector<std::size_t> date_lines;
};

// What zoning may ask.
struct ZoningTables {
  const Calendar& calendar;
  const Gazetteer& gazetteer;
};

// Plain text: the site's menus may stand around the release, and the title is one of the lines.
Zoning ZoneText(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features,
                const ZoningTables& tables);

// The main content of an HTML page, whose title is known: every block is part of the release or of its tail.
Zoning ZonePage(const std::vector<Block>& blocks, const std::vector<LineFeatures>& features, const ZoningTables& tables,
                std::string_view title);

}  // namespace dateline::extraction
