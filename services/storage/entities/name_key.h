#pragma once
// The keys by which names are known to be the same: folded, honorifics and legal forms off, spellings that differ only
// between countries made one. Pure and thread-safe.

#include <string>
#include <string_view>
#include <vector>

namespace dateline::storage {

// The words of a person's name without honorifics and suffixes, folded: "Dr. Joseph R. Biden, Jr." gives joseph, r,
// biden.
std::vector<std::string> PersonWords(std::string_view name);
// First and last word; one word alone where there is no more. Empty for a name without letters.
std::string PersonKey(const std::vector<std::string>& words);
// Whether two names may be of one person: the last words equal, the first equal or one the initial of the other, and no
// middle names that differ.
bool NamesAgree(const std::vector<std::string>& a, const std::vector<std::string>& b);
// "j biden" for a name whose first word is given or an initial; empty for one word.
std::string InitialKey(const std::vector<std::string>& words);

// Of an organisation: without "the" and legal forms, "centre" as "center", "organisation" as "organization", "United
// States" and "United Nations" before a name as their letters.
std::string OrganizationKey(std::string_view name);
// Whether the name is an acronym by its looks: up to 8 letters, most of them capitals, no space.
bool LooksLikeAcronym(std::string_view name);
// Whether many bodies bear this name, each in its country: "Ministry of Health", "Senate".
bool IsGenericBody(std::string_view name);
// Whether it is such a name of which a country has one: "Ministry of Health", not "Police Department".
bool IsNationalBody(std::string_view name);

std::string PlaceKey(std::string_view name);
// Of a programme: as of an organisation, without "project" or "programme" at its end.
std::string ProgrammeKey(std::string_view name);

// Whether the part before the "@" is of this person rather than of an office.
bool IsPersonalAddress(std::string_view email, const std::vector<std::string>& name);

}  // namespace dateline::storage
