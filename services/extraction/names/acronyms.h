#pragma once
// Binds acronyms to the names that they stand for, in both directions: "Government Accountability Office (GAO)", "CDE
// (Centre for Defence Enterprise)". A bound acronym is whatever its name is; one bound to words that are no body ("High
// Occupancy Vehicle (HOV)") is none. Pure, linear in the tokens.

#include <string>
#include <unordered_map>
#include <vector>

#include "services/extraction/names/mention.h"
#include "services/extraction/names/name_text.h"

namespace dateline::extraction {

struct AcronymBinding {
  TokenRange name;
  TokenRange acronym;
  NameType type = NameType::kOther;
};

// Finds the bindings and adds proposals for the names and for every occurrence of their acronyms; proposals that
// contradict a binding lose their score.
std::vector<AcronymBinding> BindAcronyms(const NameText& text, Mentions* proposals);

// Whether `letters` are the initials of the words of `name`; small words and the letters of acronyms inside may be used
// or left out.
bool IsAcronymOf(const NameText& text, std::string_view letters, const TokenRange& name);

}  // namespace dateline::extraction
