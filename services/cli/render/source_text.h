#pragma once
// Sources as people like to see them: a line in a list, a page about one, what discovery found. Pure functions.

#include <cstddef>
#include <string>

#include "dateline/ingestion/v1/source_service.pb.h"
#include "services/cli/terminal.h"

namespace dateline::cli {

// One line: name, health, when it last gave something, what people call it; a second with the cause where it is not OK.
std::string SourceLine(const ingestion::v1::Source& source, const Style& style, size_t columns);
// All that is known of a source, with its latest fetches.
std::string SourceText(const ingestion::v1::Source& source, const ingestion::v1::ListFetchesResponse& fetches,
                       const Style& style);
// A candidate with its number and sample items.
std::string CandidateText(const ingestion::v1::SourceCandidate& candidate, int number, const Style& style);
// "2026-11-30  Title  https://…", with "-" where the date is not known.
std::string ItemLine(const ingestion::v1::SourceItem& item);
std::string FetchLine(const ingestion::v1::Fetch& fetch);
// "version 2  item "li.news"  link "a"  until 2026-11-30 00:00".
std::string RecipeLine(const ingestion::v1::Recipe& recipe);
// What a recipe reads on the page of a release.
std::string ReleaseText(const ingestion::v1::TestRecipeResponse& release);

}  // namespace dateline::cli
