#pragma once
// What the rules know of a language, as data: the lexicons of one folder under packs/, merged with those of packs/und,
// which holds for every language. The files are part of the program; Parse refuses a pack with an unknown file, column
// or flag and names file and line. Match finds every entry of every lexicon in one pass over the tokens.
// Immutable after Parse and thread-safe.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/extraction/analysis/tokens.h"
#include "services/extraction/language/lexicons.h"
#include "services/extraction/language/phrase_trie.h"

namespace dateline::extraction {

// A file of a pack: "en/months.tsv".
struct PackFile {
  std::string_view path;
  std::string_view content;
};

// The files under packs/, in order of their paths.
std::span<const PackFile> EmbeddedPackFiles();

// One line of a lexicon.
struct LexiconEntry {
  Lexicon lexicon{};
  std::string phrase;  // as in the file
  std::string code;
  double value = 0;
  std::uint32_t flags = 0;

  bool Has(EntryFlag flag) const { return (flags & flag) != 0; }
};

// An entry that the text holds: tokens [begin, end). `end` takes in the full stop of an abbreviation.
struct LexiconHit {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t entry = 0;
  Lexicon lexicon{};
};

// How much a language's own files say.
struct PackExtent {
  std::size_t lexicons = 0;  // Files.
  std::size_t entries = 0;   // Lines of them.
};

class LanguagePack {
 public:
  // Makes the pack of `language` out of the files below "und/" and below `language`/. INTERNAL with the reason
  // LANGUAGE_PACK when a file is not as lexicons.h says.
  static absl::StatusOr<std::unique_ptr<const LanguagePack>> Parse(std::string_view language,
                                                                   std::span<const PackFile> files);

  // The folder's name: "en", or "und".
  const std::string& language() const { return language_; }
  const WordRules& word_rules() const { return word_rules_; }
  // Without what holds for every language.
  const PackExtent& extent() const { return extent_; }
  const LexiconEntry& entry(std::uint32_t index) const { return entries_[index]; }
  const LexiconEntry& entry(const LexiconHit& hit) const { return entries_[hit.entry]; }
  // The entries of one lexicon, in the order of the files.
  std::span<const LexiconEntry> entries(Lexicon lexicon) const;

  // Numbers the words (Token::word) and marks the full stops of abbreviations (kAbbreviationDot).
  void MarkWords(TokenList* tokens) const;
  // All entries in marked tokens, by their beginning; those of one lexicon do not overlap: the leftmost, then longest.
  std::vector<LexiconHit> Match(const TokenList& tokens) const;

 private:
  absl::Status ReadFile(const PackFile& file, Lexicon lexicon);
  void Build();
  // Entries and word rules.
  std::size_t size() const;

  std::string language_;
  WordRules word_rules_;
  PackExtent extent_;
  std::vector<LexiconEntry> entries_;  // those of one lexicon stand together
  std::vector<std::uint32_t> lexicon_begin_;
  PhraseTrie trie_;
  std::vector<bool> abbreviation_words_;
};

// The packs of all languages.
class LanguagePacks {
 public:
  static absl::StatusOr<std::unique_ptr<const LanguagePacks>> Create(
      std::span<const PackFile> files = EmbeddedPackFiles());

  // The pack for a BCP 47 tag, by its primary subtag; "und" when there is none.
  const LanguagePack& For(std::string_view language) const;
  // The languages that have a pack, without "und".
  std::vector<std::string_view> languages() const;

 private:
  std::vector<std::unique_ptr<const LanguagePack>> packs_;
  const LanguagePack* neutral_ = nullptr;
};

}  // namespace dateline::extraction
