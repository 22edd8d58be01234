#include "services/storage/entities/name_key.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/text/utf8.h"
#include "services/storage/search_text.h"

namespace dateline::storage {
namespace {

constexpr size_t kAcronymLettersMax = 8;

template <size_t kSize>
bool Among(const std::string_view (&words)[kSize], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

constexpr std::string_view kHonorifics[] = {"dr",         "prof",        "professor",     "mr",        "mrs",
                                            "ms",         "miss",        "sir",           "dame",      "lord",
                                            "lady",       "ambassador",  "amb",           "senator",   "sen",
                                            "rep",        "congressman", "congresswoman", "hon",       "honourable",
                                            "honorable",  "minister",    "president",     "secretary", "governor",
                                            "gov",        "mayor",       "judge",         "justice",   "general",
                                            "gen",        "colonel",     "col",           "captain",   "capt",
                                            "lieutenant", "lt",          "sergeant",      "sgt",       "reverend",
                                            "rev",        "father",      "bishop",        "m",         "mme",
                                            "mlle",       "herr",        "frau",          "sr",        "sra"};
constexpr std::string_view kSuffixes[] = {"jr", "sr", "ii", "iii", "iv", "phd", "md", "mp", "mep", "esq", "cbe", "obe"};
constexpr std::string_view kLegalForms[] = {"inc", "ltd", "llc", "plc",     "corp", "corporation", "co", "gmbh",
                                            "sa",  "ag",  "nv",  "limited", "llp",  "spa",         "ab", "oy"};
constexpr std::pair<std::string_view, std::string_view> kSpellings[] = {{"organisation", "organization"},
                                                                        {"organisations", "organizations"},
                                                                        {"labour", "labor"},
                                                                        {"centre", "center"},
                                                                        {"centres", "centers"},
                                                                        {"programme", "program"},
                                                                        {"programmes", "programs"},
                                                                        {"defence", "defense"},
                                                                        {"dept", "department"},
                                                                        {"intl", "international"},
                                                                        {"govt", "government"},
                                                                        {"univ", "university"}};
constexpr std::string_view kGenericHeads[] = {
    "ministry",  "department", "government", "parliament", "senate",     "congress",   "house",
    "committee", "council",    "agency",     "authority",  "office",     "commission", "court",
    "police",    "army",       "navy",       "ministere",  "ministerio", "gobierno",   "gouvernement",
    "parlement", "assembly",   "cabinet",    "bureau",     "treasury",   "customs",    "board",
    "institute", "university", "foundation", "center",     "service",    "secretariat"};
// Heads of which a country has one, and what makes them those of a part of it.
constexpr std::string_view kNationalHeads[] = {"ministry",  "ministere",  "ministerio", "parliament",
                                               "parlement", "senate",     "congress",   "gouvernement",
                                               "gobierno",  "government", "cabinet",    "treasury"};
constexpr std::string_view kPartsOfACountry[] = {"local", "municipal", "state"};

// Before the name of a body: as it is spelled out, or with its letters apart.
struct Power {
  std::string_view first;
  std::string_view second;
  std::string_view as;
};
constexpr Power kPowers[] = {{"u", "s", "us"},           {"u.s", "", "us"}, {"united", "states", "us"},
                             {"u", "k", "uk"},           {"u.k", "", "uk"}, {"united", "kingdom", "uk"},
                             {"u", "n", "un"},           {"u.n", "", "un"}, {"united", "nations", "un"},
                             {"european", "union", "eu"}};
// Words that do not make a generic name a certain body's.
constexpr std::string_view kPlainWords[] = {"of",
                                            "the",
                                            "and",
                                            "for",
                                            "on",
                                            "in",
                                            "foreign",
                                            "affairs",
                                            "health",
                                            "finance",
                                            "interior",
                                            "justice",
                                            "defense",
                                            "education",
                                            "labor",
                                            "employment",
                                            "trade",
                                            "commerce",
                                            "industry",
                                            "energy",
                                            "environment",
                                            "agriculture",
                                            "transport",
                                            "transportation",
                                            "tourism",
                                            "culture",
                                            "sports",
                                            "public",
                                            "security",
                                            "human",
                                            "resources",
                                            "social",
                                            "welfare",
                                            "home",
                                            "home",
                                            "state",
                                            "national",
                                            "federal",
                                            "central",
                                            "local",
                                            "municipal",
                                            "water",
                                            "housing",
                                            "development",
                                            "planning",
                                            "economy",
                                            "economic",
                                            "science",
                                            "technology",
                                            "information",
                                            "women",
                                            "youth",
                                            "family",
                                            "children",
                                            "appropriations",
                                            "judiciary",
                                            "budget",
                                            "ways",
                                            "means",
                                            "homeland",
                                            "immigration",
                                            "police"};

std::vector<std::string> Words(std::string_view name) {
  std::vector<std::string> words;
  for (Term& term : SearchTerms(name)) words.push_back(std::move(term.text));
  return words;
}

std::string Join(const std::vector<std::string>& words) {
  std::string joined;
  for (const std::string& word : words) {
    if (!joined.empty()) joined += ' ';
    joined += word;
  }
  return joined;
}

std::vector<std::string> OneSpelling(std::string_view name) {
  std::vector<std::string> words = Words(name);
  for (std::string& word : words) {
    for (const auto& [from, to] : kSpellings) {
      if (word == from) word = to;
    }
  }
  if (words.size() > 1 && words.front() == "the") words.erase(words.begin());
  return words;
}

// "United States Army" as "U.S. Army".
void ShortenPower(std::vector<std::string>* words) {
  for (const Power& power : kPowers) {
    const size_t count = power.second.empty() ? 1 : 2;
    const bool leads =
        words->size() > count && (*words)[0] == power.first && (count == 1 || (*words)[1] == power.second);
    if (!leads) continue;
    words->erase(words->begin(), words->begin() + static_cast<std::ptrdiff_t>(count));
    words->insert(words->begin(), std::string(power.as));
    return;
  }
}

bool IsInitialOf(std::string_view initial, std::string_view word) {
  const size_t length = text::CodePointAt(word, 0).length;
  return initial == word.substr(0, length);
}

bool WordsAgree(const std::string& a, const std::string& b) {
  return a == b || IsInitialOf(a, b) || IsInitialOf(b, a);
}

}  // namespace

std::vector<std::string> PersonWords(std::string_view name) {
  std::vector<std::string> words = Words(name);
  // A name is never taken away as a whole, and an initial before more is no honorific.
  while (words.size() > 1 && Among(kHonorifics, words.front()) && (words.front() != "m" || words.size() > 2))
    words.erase(words.begin());
  while (words.size() > 2 && Among(kSuffixes, words.back())) words.pop_back();
  return words;
}

std::string PersonKey(const std::vector<std::string>& words) {
  if (words.size() < 2) return Join(words);
  return words.front() + " " + words.back();
}

bool NamesAgree(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  if (a.empty() || b.empty() || a.back() != b.back()) return false;
  if (a.size() == 1 || b.size() == 1) return a.size() == b.size();
  if (!WordsAgree(a.front(), b.front())) return false;
  const std::vector<std::string> middle_a(a.begin() + 1, a.end() - 1);
  const std::vector<std::string> middle_b(b.begin() + 1, b.end() - 1);
  for (size_t i = 0; i < std::min(middle_a.size(), middle_b.size()); ++i) {
    if (!WordsAgree(middle_a[i], middle_b[i])) return false;
  }
  return true;
}

std::string InitialKey(const std::vector<std::string>& words) {
  if (words.size() < 2) return {};
  return words.front().substr(0, text::CodePointAt(words.front(), 0).length) + " " + words.back();
}

std::string OrganizationKey(std::string_view name) {
  std::vector<std::string> words = OneSpelling(name);
  ShortenPower(&words);
  while (words.size() > 1 && Among(kLegalForms, words.back())) words.pop_back();
  return Join(words);
}

bool LooksLikeAcronym(std::string_view name) {
  size_t letters = 0;
  size_t capitals = 0;
  for (const char c : name) {
    if (c == ' ') return false;
    if (c >= 'A' && c <= 'Z') ++capitals;
    if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) ++letters;
  }
  return letters >= 2 && letters <= kAcronymLettersMax && capitals * 2 > letters;
}

bool IsGenericBody(std::string_view name) {
  const std::vector<std::string> words = OneSpelling(name);
  if (words.empty()) return false;
  const bool headed =
      std::any_of(words.begin(), words.end(), [](const auto& word) { return Among(kGenericHeads, word); });
  return headed && std::all_of(words.begin(), words.end(), [](const std::string& word) {
           return Among(kGenericHeads, word) || Among(kPlainWords, word);
         });
}

bool IsNationalBody(std::string_view name) {
  if (!IsGenericBody(name)) return false;
  bool headed = false;
  for (const std::string& word : OneSpelling(name)) {
    if (Among(kPartsOfACountry, word)) return false;
    headed = headed || Among(kNationalHeads, word);
  }
  return headed;
}

std::string PlaceKey(std::string_view name) {
  return Join(OneSpelling(name));
}

std::string ProgrammeKey(std::string_view name) {
  std::vector<std::string> words = OneSpelling(name);
  while (words.size() > 2 && (words.back() == "project" || words.back() == "program" || words.back() == "initiative"))
    words.pop_back();
  return Join(words);
}

bool IsPersonalAddress(std::string_view email, const std::vector<std::string>& name) {
  std::string local;
  for (const std::string& word : Words(email.substr(0, email.find('@')))) local += word;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool last = i + 1 == name.size();
    // The family name, or a given name of some length, stands in the address of its bearer.
    if (name[i].size() >= (last ? 3U : 4U) && local.find(name[i]) != std::string::npos) return true;
  }
  return false;
}

}  // namespace dateline::storage
