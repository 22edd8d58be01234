#pragma once
// The facts of a release as lists for people, each with what is known of it and how sure it is; and, for those who ask
// why, one line a fact with its rule and span. Pure functions.

#include <cstddef>
#include <string>

#include "dateline/release/v1/release.pb.h"
#include "services/cli/terminal.h"

namespace dateline::cli {

// Headed lists of everything that was found, wrapped to `columns`. A fact that is not HIGH says so.
std::string FactsText(const release::v1::Release& release, const Style& style, size_t columns);
// "fact  quote  HIGH  quote.verb_speaker  [120, 180)  words".
std::string FactRulesText(const release::v1::Release& release, const Style& style);

}  // namespace dateline::cli
