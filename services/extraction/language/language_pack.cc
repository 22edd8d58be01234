#include "services/extraction/language/language_pack.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/text/utf8.h"

namespace dateline::extraction {
namespace {

constexpr std::string_view kNeutral = "und";

absl::Status Bad(const PackFile& file, std::size_t line, std::string_view what) {
  return Error(absl::StatusCode::kInternal, "LANGUAGE_PACK",
               fmt::format("packs/{}:{}: {}; correct the line and build again", file.path, line, what),
               {{"file", std::string(file.path)}});
}

std::vector<std::string_view> Columns(std::string_view line) {
  std::vector<std::string_view> columns;
  for (;;) {
    const std::size_t tab = line.find('\t');
    std::string_view column = text::TrimSpace(line.substr(0, tab));
    columns.push_back(column == "-" && !columns.empty() ? std::string_view() : column);
    if (tab == std::string_view::npos) return columns;
    line.remove_prefix(tab + 1);
  }
}

std::optional<Lexicon> LexiconOf(std::string_view path) {
  const std::size_t slash = path.find('/');
  if (slash == std::string_view::npos || !path.ends_with(".tsv")) return std::nullopt;
  const std::string_view name = path.substr(slash + 1, path.size() - slash - 5);
  for (const LexiconRule& rule : kLexiconRules) {
    if (rule.name == name) return rule.lexicon;
  }
  return std::nullopt;
}

std::string_view FolderOf(std::string_view path) {
  return path.substr(0, path.find('/'));
}

// Whether no white space parts the tokens [begin, end).
bool AreClose(const std::vector<Token>& tokens, std::uint32_t begin, std::uint32_t end) {
  return std::none_of(tokens.begin() + begin + 1, tokens.begin() + end,
                      [](const Token& token) { return token.Has(kSpaceBefore); });
}

// Empty when the flags are understood.
std::string ReadFlags(std::string_view names, std::uint32_t* flags) {
  while (!names.empty()) {
    const std::size_t comma = names.find(',');
    const std::string_view name = text::TrimSpace(names.substr(0, comma));
    const auto known =
        std::find_if(kFlagNames.begin(), kFlagNames.end(), [&](const FlagName& f) { return f.name == name; });
    if (known == kFlagNames.end()) return fmt::format("the flag \"{}\" is unknown", name);
    *flags |= known->flag;
    names = comma == std::string_view::npos ? std::string_view() : names.substr(comma + 1);
  }
  return {};
}

// What is wrong with the entry; empty when nothing is.
std::string ReadEntry(const std::vector<std::string_view>& columns, const LexiconRule& rule, LexiconEntry* entry) {
  if (columns.size() > 4) return "more than four columns: phrase, code, value, flags";
  if (columns[0].empty()) return "the phrase is missing";
  entry->lexicon = rule.lexicon;
  entry->phrase = std::string(columns[0]);
  if (columns.size() > 1) entry->code = std::string(columns[1]);
  if (entry->code.empty() && rule.code == Column::kRequired) return "the code is missing";
  if (!entry->code.empty() && rule.code == Column::kNone) return "this lexicon has no codes";
  const std::string_view value = columns.size() > 2 ? columns[2] : std::string_view();
  if (value.empty() && rule.value == Column::kRequired) return "the value is missing";
  if (!value.empty()) {
    if (rule.value == Column::kNone) return "this lexicon has no values";
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), entry->value);
    if (error != std::errc() || end != value.data() + value.size() || !std::isfinite(entry->value))
      return fmt::format("the value \"{}\" is no number", value);
  }
  return columns.size() > 3 ? ReadFlags(columns[3], &entry->flags) : std::string();
}

}  // namespace

absl::Status LanguagePack::ReadFile(const PackFile& file, Lexicon lexicon) {
  if (const std::size_t bad = text::FirstInvalidUtf8(file.content); bad != text::kAllValid) {
    const auto head = file.content.substr(0, bad);
    return Bad(file, 1 + static_cast<std::size_t>(std::count(head.begin(), head.end(), '\n')), "this is not UTF-8");
  }
  std::size_t number = 0;
  for (const std::string_view line : text::SplitLines(file.content)) {
    ++number;
    if (text::TrimSpace(line).empty() || line.front() == '#') continue;
    LexiconEntry entry;
    const std::string problem = ReadEntry(Columns(line), kLexiconRules[static_cast<std::size_t>(lexicon)], &entry);
    if (!problem.empty()) return Bad(file, number, problem);
    const TokenList tokens = Tokenize(entry.phrase, word_rules_);
    if (tokens.tokens.empty() || tokens.tokens.size() > kMaxPhraseTokens)
      return Bad(file, number, fmt::format("a phrase has 1 to {} words", kMaxPhraseTokens));
    if (lexicon == Lexicon::kWordRules) {
      std::string folded;
      for (const Token& token : tokens.tokens) folded += tokens.Folded(token);
      if (entry.Has(kEntryElision) == entry.Has(kEntryPossessive))
        return Bad(file, number, "a word rule is either an elision or a possessive");
      (entry.Has(kEntryElision) ? word_rules_.elisions : word_rules_.possessives).push_back(std::move(folded));
      continue;
    }
    entries_.push_back(std::move(entry));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<const LanguagePack>> LanguagePack::Parse(std::string_view language,
                                                                        std::span<const PackFile> files) {
  auto pack = std::make_unique<LanguagePack>();
  pack->language_ = std::string(language);
  // Word rules first: they decide what the words of all other files are.
  for (const LexiconRule& rule : kLexiconRules) {
    pack->lexicon_begin_.push_back(static_cast<std::uint32_t>(pack->entries_.size()));
    // The language's own entries come before those of all languages and win.
    for (const bool own : {true, false}) {
      for (const PackFile& file : files) {
        const std::string_view folder = FolderOf(file.path);
        if (own ? folder != language : folder != kNeutral || folder == language) continue;
        const std::optional<Lexicon> lexicon = LexiconOf(file.path);
        if (!lexicon.has_value()) return Bad(file, 1, "there is no lexicon of this name");
        if (*lexicon != rule.lexicon) continue;
        const std::size_t before = pack->size();
        DATELINE_RETURN_IF_ERROR(pack->ReadFile(file, rule.lexicon));
        if (!own) continue;
        ++pack->extent_.lexicons;
        pack->extent_.entries += pack->size() - before;
      }
    }
  }
  pack->lexicon_begin_.push_back(static_cast<std::uint32_t>(pack->entries_.size()));
  pack->Build();
  return pack;
}

std::size_t LanguagePack::size() const {
  return entries_.size() + word_rules_.elisions.size() + word_rules_.possessives.size();
}

void LanguagePack::Build() {
  std::vector<std::uint32_t> words;
  std::vector<std::uint32_t> abbreviations;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    const TokenList tokens = Tokenize(entries_[i].phrase, word_rules_);
    words.clear();
    for (const Token& token : tokens.tokens) {
      // The full stop of an abbreviation is passed over, here as in the text.
      const std::string_view folded = tokens.Folded(token);
      if (folded == "." && !words.empty()) continue;
      words.push_back(trie_.AddWord(folded));
    }
    trie_.AddPhrase(words, i);
    if (entries_[i].lexicon == Lexicon::kAbbreviations) abbreviations.push_back(words.back());
  }
  trie_.Freeze();
  abbreviation_words_.assign(trie_.words() + 1, false);
  for (const std::uint32_t word : abbreviations) abbreviation_words_[word] = true;
}

std::span<const LexiconEntry> LanguagePack::entries(Lexicon lexicon) const {
  const auto at = static_cast<std::size_t>(lexicon);
  return std::span(entries_).subspan(lexicon_begin_[at], lexicon_begin_[at + 1] - lexicon_begin_[at]);
}

void LanguagePack::MarkWords(TokenList* list) const {
  std::vector<Token>& tokens = list->tokens;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    tokens[i].word = trie_.Word(list->Folded(tokens[i]));
    if (i == 0 || tokens[i].kind != TokenKind::kPunctuation || tokens[i].begin != tokens[i - 1].end) continue;
    if (list->Folded(tokens[i]) != ".") continue;
    if (tokens[i - 1].Has(kInitial) || abbreviation_words_[tokens[i - 1].word]) tokens[i].flags |= kAbbreviationDot;
  }
}

std::vector<LexiconHit> LanguagePack::Match(const TokenList& list) const {
  struct Accepted {
    std::uint32_t node;
    std::uint32_t end;
  };
  const std::vector<Token>& tokens = list.tokens;
  const auto count = static_cast<std::uint32_t>(tokens.size());
  std::vector<LexiconHit> hits;
  hits.reserve(tokens.size() / 2);
  std::array<std::uint32_t, kLexiconCount> taken{};
  std::array<Accepted, kMaxPhraseTokens + 1> accepted{};
  for (std::uint32_t begin = 0; begin < count; ++begin) {
    std::size_t found = 0;
    std::uint32_t node = PhraseTrie::kRoot;
    std::size_t depth = 0;
    for (std::uint32_t at = begin; at < count && depth < kMaxPhraseTokens; ++at) {
      // A phrase does not go over the end of a line.
      if (at > begin && tokens[at].Has(kLineStart)) break;
      if (at > begin && tokens[at].Has(kAbbreviationDot)) {
        if (found > 0 && accepted[found - 1].end == at) accepted[found - 1].end = at + 1;
        continue;
      }
      if (tokens[at].word == 0) break;
      node = trie_.Next(node, tokens[at].word);
      if (node == PhraseTrie::kNone) break;
      ++depth;
      if (!trie_.Entries(node).empty()) accepted[found++] = {node, at + 1};
    }
    std::uint64_t emitted = 0;
    while (found > 0) {
      const Accepted& match = accepted[--found];
      for (const std::uint32_t entry : trie_.Entries(match.node)) {
        const LexiconEntry& e = entries_[entry];
        const auto lexicon = static_cast<std::size_t>(e.lexicon);
        if ((emitted >> lexicon & 1) != 0 || begin < taken[lexicon]) continue;
        if (e.Has(kEntryCapitalized) && !tokens[begin].Has(kCapital)) continue;
        if (e.Has(kEntryUppercase) && !tokens[begin].Has(kUpper) && !tokens[begin].Has(kDotted)) continue;
        if (e.Has(kEntryClose) && !AreClose(tokens, begin, match.end)) continue;
        emitted |= std::uint64_t{1} << lexicon;
        taken[lexicon] = match.end;
        hits.push_back({begin, match.end, entry, e.lexicon});
      }
    }
  }
  return hits;
}

absl::StatusOr<std::unique_ptr<const LanguagePacks>> LanguagePacks::Create(std::span<const PackFile> files) {
  auto packs = std::make_unique<LanguagePacks>();
  std::vector<std::string_view> folders = {kNeutral};
  for (const PackFile& file : files) {
    if (std::find(folders.begin(), folders.end(), FolderOf(file.path)) == folders.end())
      folders.push_back(FolderOf(file.path));
  }
  for (const std::string_view folder : folders) {
    DATELINE_ASSIGN_OR_RETURN(auto pack, LanguagePack::Parse(folder, files));
    packs->packs_.push_back(std::move(pack));
  }
  packs->neutral_ = packs->packs_.front().get();
  return packs;
}

const LanguagePack& LanguagePacks::For(std::string_view language) const {
  const std::string_view primary = language.substr(0, language.find('-'));
  for (const auto& pack : packs_) {
    if (pack->language() == primary) return *pack;
  }
  return *neutral_;
}

std::vector<std::string_view> LanguagePacks::languages() const {
  std::vector<std::string_view> languages;
  for (const auto& pack : packs_) {
    if (pack.get() != neutral_) languages.push_back(pack->language());
  }
  return languages;
}

}  // namespace dateline::extraction
