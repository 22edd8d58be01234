#pragma once
// Proposes persons: a title before a name, a first name that is known, initials, roles and verbs of speech beside two
// capitalised words, a party in brackets behind them. Pure, linear in the tokens.

#include "services/extraction/names/mention.h"
#include "services/extraction/names/name_text.h"

namespace dateline::extraction {

void ProposePeople(const NameText& text, Mentions* out);

// Where a title of address that stands right before token `begin` starts; `begin` when none does. Several may follow
// one another ("Director General, Ambassador"): the nearest is taken.
std::uint32_t HonorificBefore(const NameText& text, std::uint32_t begin);

}  // namespace dateline::extraction
