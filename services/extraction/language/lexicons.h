#pragma once
// The lexicons that a language pack may hold, and what their entries may say. A lexicon is a file NAME.tsv in the
// pack's folder; one entry a line: phrase, code, value, flags, parted by tabs; missing columns at the end may be left
// out, "-" is an empty one; "#" begins a comment line. Adding a lexicon means adding a line to kLexiconRules and its
// name here.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dateline::extraction {

enum class Lexicon : std::uint8_t {
  kWordRules,      // elisions and possessives; read before everything else
  kAbbreviations,  // words whose full stop ends no sentence
  kQuoteMarks,     // opening mark, code: closing mark
  kStopWords,      // words that begin sentences and never names
  kMonths,         // value: 1 to 12
  kWeekdays,       // value: 1 (Monday) to 7
  kNumberWords,    // value: the number, below a scale
  kOrdinals,       // value: the number
  kFractions,      // value: the number
  kScales,         // value: the factor
  kComparators,    // code: = ~ > < >= <=
  kNumberRules,    // code: what the word does among numbers (facts/numerals.h)
  kNumberLabels,   // words that make the number at them a name: "section"; "after": they stand behind it
  kPluralNouns,    // plurals without the usual ending: "people"
  kNounStops,      // words that end the noun phrase behind a number
  kUnits,          // code: how the unit is written in a record
  kCurrencies,     // code: ISO 4217
  kPrepositions,
  kConnectors,  // words inside names and between the parts of a list
  kDeterminers,
  kPronouns,           // flags: gender, number, case
  kSpeechVerbs,        // flags: where the speaker stands
  kSpeechNouns,        // "statement", "remarks"
  kTitleCues,          // words before the title of a work: "entitled"
  kHonorifics,         // flags: office when it is a role as well
  kRoles,              // what a person is: "director general"; code: the body whose members they are
  kOrganizationHeads,  // nouns that an organisation's name is built on
  kOrganizationEnds,   // legal forms behind a company's name
  kOrganizations,      // bodies known by name
  kWorkNouns,          // nouns that names of laws, programmes, events and works are built on
  kNameLinks,          // "of", "for": between a head noun and its complement
  kNameParticles,      // small words inside names of persons
  kNameSuffixes,       // "Jr."
  kConjunctions,       // "and"
  kAuxiliaries,        // "is", "has", "will"
  kRelatives,          // "who", "which"
  kPossessors,         // words whose possessive stands inside names: "Children's Hospital"
  kPlaceNouns,         // nouns that make a place: "county", "river"
  kDemonyms,           // code: ISO 3166-1 alpha-2
  kContactCues,
  kEmbargoCues,
  kDateCues,       // words before a year or month: "since"
  kDateParts,      // parts of a year or month: "early", "spring"
  kRelativeDates,  // code: what they count from, value: days
  kEventNouns,
  kEventVerbs,
  kParticipantCues,  // words before those who take part: "attended by"
  kFundingVerbs,
  kFundingLinks,  // between a sum and who gets or gives it; code: to, from
  kProgrammeNouns,
  kPublicationNouns,
  kStudyNouns,   // sources of figures: "study", "survey"
  kSourceCues,   // words before the source of a statement: "according to"
  kDirections,   // quarters before the name of a place: "western"
  kSourceNouns,  // works that words are quoted from: "report", "letter"; "weak": only where the work itself speaks
};

inline constexpr std::size_t kLexiconCount = static_cast<std::size_t>(Lexicon::kSourceNouns) + 1;

// What an entry may be marked with. kCapital... and kUpper... are conditions on the text.
enum EntryFlag : std::uint32_t {
  kEntryCapitalized = 1 << 0,  // "capital": only where the text has a capital letter
  kEntryUppercase = 1 << 1,    // "upper": only where the text is in capitals
  kEntryElision = 1 << 2,
  kEntryPossessive = 1 << 3,  // a possessive ending or pronoun
  kEntryBefore = 1 << 4,      // the speaker, unit or sign stands before
  kEntryAfter = 1 << 5,       // it stands behind
  kEntryWeak = 1 << 6,        // it means this only with other signs
  kEntryStrong = 1 << 7,      // it means nothing else
  kEntryMale = 1 << 8,
  kEntryFemale = 1 << 9,
  kEntrySingular = 1 << 10,
  kEntryPlural = 1 << 11,
  kEntrySubject = 1 << 12,
  kEntryObject = 1 << 13,
  kEntryFirstPerson = 1 << 14,
  kEntryTitles = 1 << 15,  // a pair of marks for titles of works, not for speech
  kEntryEnds = 1 << 16,    // an abbreviation that may end a sentence
  kEntryOffice = 1 << 17,  // an honorific that is an office: "senator"
  kEntryOf = 1 << 18,      // takes a complement: "ministry of"
  kEntryMoney = 1 << 19,
  kEntryAmbiguous = 1 << 20,  // a pair of marks that is also an apostrophe
  kEntryClose = 1 << 21,      // "close": no white space between its parts
};

enum class Column : std::uint8_t { kNone, kOptional, kRequired };

// What the entries of one lexicon look like.
struct LexiconRule {
  Lexicon lexicon;
  std::string_view name;  // of the file, without ".tsv"
  Column code;
  Column value;
};

// In the order of the enumeration.
inline constexpr std::array<LexiconRule, kLexiconCount> kLexiconRules = {{
    {Lexicon::kWordRules, "word_rules", Column::kNone, Column::kNone},
    {Lexicon::kAbbreviations, "abbreviations", Column::kNone, Column::kNone},
    {Lexicon::kQuoteMarks, "quote_marks", Column::kRequired, Column::kNone},
    {Lexicon::kStopWords, "stop_words", Column::kNone, Column::kNone},
    {Lexicon::kMonths, "months", Column::kNone, Column::kRequired},
    {Lexicon::kWeekdays, "weekdays", Column::kNone, Column::kRequired},
    {Lexicon::kNumberWords, "number_words", Column::kNone, Column::kRequired},
    {Lexicon::kOrdinals, "ordinals", Column::kNone, Column::kRequired},
    {Lexicon::kFractions, "fractions", Column::kNone, Column::kRequired},
    {Lexicon::kScales, "scales", Column::kNone, Column::kRequired},
    {Lexicon::kComparators, "comparators", Column::kRequired, Column::kNone},
    {Lexicon::kNumberRules, "number_rules", Column::kRequired, Column::kOptional},
    {Lexicon::kNumberLabels, "number_labels", Column::kOptional, Column::kNone},
    {Lexicon::kPluralNouns, "plural_nouns", Column::kNone, Column::kNone},
    {Lexicon::kNounStops, "noun_stops", Column::kNone, Column::kNone},
    {Lexicon::kUnits, "units", Column::kOptional, Column::kOptional},
    {Lexicon::kCurrencies, "currencies", Column::kRequired, Column::kOptional},
    {Lexicon::kPrepositions, "prepositions", Column::kNone, Column::kNone},
    {Lexicon::kConnectors, "connectors", Column::kNone, Column::kNone},
    {Lexicon::kDeterminers, "determiners", Column::kNone, Column::kNone},
    {Lexicon::kPronouns, "pronouns", Column::kNone, Column::kNone},
    {Lexicon::kSpeechVerbs, "speech_verbs", Column::kNone, Column::kNone},
    {Lexicon::kSpeechNouns, "speech_nouns", Column::kNone, Column::kNone},
    {Lexicon::kTitleCues, "title_cues", Column::kNone, Column::kNone},
    {Lexicon::kHonorifics, "honorifics", Column::kOptional, Column::kNone},
    {Lexicon::kRoles, "roles", Column::kOptional, Column::kNone},
    {Lexicon::kOrganizationHeads, "organization_heads", Column::kOptional, Column::kNone},
    {Lexicon::kOrganizationEnds, "organization_ends", Column::kNone, Column::kNone},
    {Lexicon::kOrganizations, "organizations", Column::kNone, Column::kNone},
    {Lexicon::kWorkNouns, "work_nouns", Column::kNone, Column::kNone},
    {Lexicon::kNameLinks, "name_links", Column::kNone, Column::kNone},
    {Lexicon::kNameParticles, "name_particles", Column::kNone, Column::kNone},
    {Lexicon::kNameSuffixes, "name_suffixes", Column::kNone, Column::kNone},
    {Lexicon::kConjunctions, "conjunctions", Column::kNone, Column::kNone},
    {Lexicon::kAuxiliaries, "auxiliaries", Column::kNone, Column::kNone},
    {Lexicon::kRelatives, "relatives", Column::kNone, Column::kNone},
    {Lexicon::kPossessors, "possessors", Column::kNone, Column::kNone},
    {Lexicon::kPlaceNouns, "place_nouns", Column::kOptional, Column::kNone},
    {Lexicon::kDemonyms, "demonyms", Column::kOptional, Column::kNone},
    {Lexicon::kContactCues, "contact_cues", Column::kOptional, Column::kNone},
    {Lexicon::kEmbargoCues, "embargo_cues", Column::kOptional, Column::kNone},
    {Lexicon::kDateCues, "date_cues", Column::kNone, Column::kNone},
    {Lexicon::kDateParts, "date_parts", Column::kNone, Column::kNone},
    {Lexicon::kRelativeDates, "relative_dates", Column::kRequired, Column::kOptional},
    {Lexicon::kEventNouns, "event_nouns", Column::kOptional, Column::kNone},
    {Lexicon::kEventVerbs, "event_verbs", Column::kOptional, Column::kNone},
    {Lexicon::kParticipantCues, "participant_cues", Column::kNone, Column::kNone},
    {Lexicon::kFundingVerbs, "funding_verbs", Column::kOptional, Column::kNone},
    {Lexicon::kFundingLinks, "funding_links", Column::kRequired, Column::kNone},
    {Lexicon::kProgrammeNouns, "programme_nouns", Column::kOptional, Column::kNone},
    {Lexicon::kPublicationNouns, "publication_nouns", Column::kOptional, Column::kNone},
    {Lexicon::kStudyNouns, "study_nouns", Column::kOptional, Column::kNone},
    {Lexicon::kSourceCues, "source_cues", Column::kNone, Column::kNone},
    {Lexicon::kDirections, "directions", Column::kNone, Column::kNone},
    {Lexicon::kSourceNouns, "source_nouns", Column::kNone, Column::kNone},
}};

struct FlagName {
  std::string_view name;
  EntryFlag flag;
};
inline constexpr std::array<FlagName, 22> kFlagNames = {{
    {"capital", kEntryCapitalized},
    {"upper", kEntryUppercase},
    {"elision", kEntryElision},
    {"possessive", kEntryPossessive},
    {"before", kEntryBefore},
    {"after", kEntryAfter},
    {"weak", kEntryWeak},
    {"strong", kEntryStrong},
    {"male", kEntryMale},
    {"female", kEntryFemale},
    {"singular", kEntrySingular},
    {"plural", kEntryPlural},
    {"subject", kEntrySubject},
    {"object", kEntryObject},
    {"first", kEntryFirstPerson},
    {"titles", kEntryTitles},
    {"ends", kEntryEnds},
    {"office", kEntryOffice},
    {"of", kEntryOf},
    {"money", kEntryMoney},
    {"ambiguous", kEntryAmbiguous},
    {"close", kEntryClose},
}};

}  // namespace dateline::extraction
