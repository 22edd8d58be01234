#pragma once
// What zoning looks at in a block, computed once. Pure and thread-safe; linear in the block, of whose text only the
// head is folded.

#include <cstddef>
#include <string>
#include <vector>

#include "services/extraction/facts/calendar.h"
#include "services/extraction/page/block.h"
#include "services/extraction/zones/cues.h"

namespace dateline::extraction {

// The facts about one block.
struct LineFeatures {
  std::string key;             // text::FoldKey of the head of the text
  std::size_t words = 0;       // in Han script two characters count as one word
  bool ends_sentence = false;  // full stop, also behind a closing quotation mark
  bool ends_colon = false;
  bool prose = false;  // a sentence or more
  bool email = false;
  bool phone = false;                      // a marked one, or any in a short line
  bool date_line = false;                  // nothing but a date, perhaps with the time and a word such as "Published"
  CalendarDate date;                       // of a date_line
  bool web_address = false;                // nothing but a URL
  bool quoted = false;                     // begins with a quotation mark
  bool upper = false;                      // has letters, none in lower case
  bool duplicate = false;                  // the same line stands elsewhere in the document
  bool adjacent_duplicate = false;         // ... right before or behind it
  std::size_t credit = std::string::npos;  // where a photo credit begins in the text
  std::size_t credit_bytes = 0;
  Cue cue = Cue::kNone;
};

// The features of every block.
std::vector<LineFeatures> ComputeFeatures(const std::vector<Block>& blocks, const Calendar& calendar);

}  // namespace dateline::extraction
