#pragma once
// The batch form of `dateline extract`: JSON lines in, JSON lines out, in the same order, on all cores. At most a few
// documents a thread are in memory at once, so input of any length is fine.

#include <cstdio>

#include "dateline/release/v1/release.pb.h"
#include "services/extraction/extract.h"

namespace dateline::cli {

struct ExtractLinesOptions {
  int jobs = 0;  // Threads; 0 for one a core.
  bool omit_facts = false;
};

// Lines in: {"id": …, "path": …} with optional "url", "content_type" and "charset". Lines out: {"id": …, "release":
// {…}} or
// {"id": …, "error": {"reason": …, "message": …}}. A line that is no such object gives an error line with its number as
// id. Returns the exit status: 0, or 4 when some lines gave errors.
int ExtractLines(const extraction::Extractor& extractor, const ExtractLinesOptions& options, std::FILE* in,
                 std::FILE* out);

// Removes all facts, so that title, text, sections and metadata stay.
void OmitFacts(release::v1::Release& release);

}  // namespace dateline::cli
