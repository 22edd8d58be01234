#include "services/storage/search_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/base/error.h"
#include "services/storage/limits.h"

namespace dateline::storage {
namespace {

constexpr std::string_view kTitle = "title:";
// What people paste when they mean a quotation mark.
constexpr std::array<std::string_view, 6> kQuotes = {"\"",           "\xE2\x80\x9C", "\xE2\x80\x9D",
                                                     "\xE2\x80\x9E", "\xC2\xAB",     "\xC2\xBB"};

constexpr std::array<std::string_view, 6> kFacetNames = {"source",       "language", "country",
                                                         "organization", "person",   "year"};

absl::Status InvalidQuery(size_t position, std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "INVALID_QUERY", fmt::format("query, byte {}: {}", position, what),
               {{"position", std::to_string(position)}});
}

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  absl::StatusOr<SearchQuery> Run() {
    if (text_.size() > kQueryBytesMax) {
      return InvalidQuery(kQueryBytesMax, fmt::format("longer than {} bytes; shorten it", kQueryBytesMax));
    }
    for (SkipSpace(); at_ < text_.size(); SkipSpace()) {
      if (absl::Status taken = TakeClause(); !taken.ok()) return taken;
    }
    const bool asks =
        std::any_of(query_.clauses.begin(), query_.clauses.end(), [](const Clause& c) { return !c.excluded; });
    if (query_.clauses.empty()) return InvalidQuery(0, "no word to search for; give at least one");
    if (!asks) return InvalidQuery(0, "only excluded words; give at least one that has to occur");
    return std::move(query_);
  }

 private:
  void SkipSpace() {
    while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
  }

  // The length of the quotation mark at `at`; 0 when there is none.
  size_t QuoteAt(size_t at) const {
    for (const std::string_view quote : kQuotes) {
      if (text_.substr(at).starts_with(quote)) return quote.size();
    }
    return 0;
  }

  absl::Status TakeClause() {
    const size_t begin = at_;
    Clause clause;
    if (text_[at_] == '-') {
      clause.excluded = true;
      ++at_;
    }
    if (text_.substr(at_).starts_with(kTitle)) {
      clause.title_only = true;
      at_ += kTitle.size();
    }
    clause.position = at_;
    const size_t quote = at_ < text_.size() ? QuoteAt(at_) : 0;
    absl::Status taken = quote > 0 ? TakePhrase(quote, &clause) : TakeWord(&clause);
    if (!taken.ok()) return taken;
    clause.length = at_ - clause.position;
    if (clause.phrase.terms.empty()) {
      // A lone sign such as "&" says nothing; after "title:" or "*" something was meant.
      if (clause.title_only || clause.phrase.prefix)
        return InvalidQuery(begin, "a word with letters or digits has to follow");
      return absl::OkStatus();
    }
    terms_ += clause.phrase.terms.size();
    if (terms_ > kQueryTermsMax) {
      return InvalidQuery(begin, fmt::format("more than {} words; search for fewer", kQueryTermsMax));
    }
    query_.clauses.push_back(std::move(clause));
    return absl::OkStatus();
  }

  absl::Status TakePhrase(size_t quote, Clause* clause) {
    const size_t open = at_;
    at_ += quote;
    const size_t begin = at_;
    while (at_ < text_.size() && QuoteAt(at_) == 0) ++at_;
    if (at_ >= text_.size())
      return InvalidQuery(open, "the quotation mark is not closed; add one at the end of the phrase");
    clause->phrase = SearchPhrase(text_.substr(begin, at_ - begin), false);
    at_ += QuoteAt(at_);
    if (clause->phrase.terms.empty()) return InvalidQuery(open, "the phrase holds no letter or digit; give it a word");
    return absl::OkStatus();
  }

  absl::Status TakeWord(Clause* clause) {
    const size_t begin = at_;
    while (at_ < text_.size() && !IsSpace(text_[at_]) && QuoteAt(at_) == 0) ++at_;
    std::string_view word = text_.substr(begin, at_ - begin);
    bool prefix = false;
    if (const size_t star = word.find('*'); star != std::string_view::npos) {
      if (star + 1 != word.size()) return InvalidQuery(begin + star, "\"*\" may stand only at the end of a word");
      prefix = true;
      word.remove_suffix(1);
    }
    clause->phrase = SearchPhrase(word, prefix);
    return absl::OkStatus();
  }

  const std::string_view text_;
  size_t at_ = 0;
  size_t terms_ = 0;
  SearchQuery query_;
};

}  // namespace

absl::StatusOr<SearchQuery> ParseSearchQuery(std::string_view text) {
  return Parser(text).Run();
}

TermList TermList::FromIndexForm(std::string_view form) {
  TermList list;
  while (!form.empty()) {
    const size_t end = std::min(form.find(' '), form.size());
    list.terms_.push_back({.text = std::string(form.substr(0, end)), .start = 0, .end = 0});
    form.remove_prefix(std::min(end + 1, form.size()));
  }
  return list;
}

bool TermList::MatchesAt(const Phrase& phrase, size_t index) const {
  if (index + phrase.terms.size() > terms_.size()) return false;
  for (size_t i = 0; i < phrase.terms.size(); ++i) {
    const bool prefix = phrase.prefix && i + 1 == phrase.terms.size();
    const std::string& term = terms_[index + i].text;
    if (prefix ? !term.starts_with(phrase.terms[i]) : term != phrase.terms[i]) return false;
  }
  return true;
}

std::vector<size_t> TermList::Find(const Phrase& phrase, size_t most) const {
  std::vector<size_t> found;
  if (phrase.terms.empty()) return found;
  for (size_t i = 0; i < terms_.size() && found.size() < most; ++i) {
    if (MatchesAt(phrase, i)) found.push_back(i);
  }
  return found;
}

std::string_view FacetName(FacetField field) {
  return kFacetNames[static_cast<size_t>(field) - 1];
}

std::optional<FacetField> ParseFacet(std::string_view name) {
  const auto found = std::find(kFacetNames.begin(), kFacetNames.end(), name);
  if (found == kFacetNames.end()) return std::nullopt;
  return static_cast<FacetField>(found - kFacetNames.begin() + 1);
}

double MatchIndexed(const SearchQuery& query, const IndexedText& text) {
  constexpr size_t kCounted = 32;
  const struct {
    TermList terms;
    double worth;
    bool title;
  } columns[] = {{TermList::FromIndexForm(text.title), kTitleWorth, true},
                 {TermList::FromIndexForm(text.subtitle), kSubtitleWorth, false},
                 {TermList::FromIndexForm(text.text), kTextWorth, false},
                 {TermList::FromIndexForm(text.names), kNamesWorth, false}};
  double score = 0;
  for (const Clause& clause : query.clauses) {
    double worth = 0;
    for (const auto& column : columns) {
      if (clause.title_only && !column.title) continue;
      worth += TermWorth(column.worth, static_cast<int>(column.terms.Find(clause.phrase, kCounted).size()));
    }
    if ((worth > 0) == clause.excluded) return 0;
    if (!clause.excluded) score += worth;
  }
  return score;
}

}  // namespace dateline::storage
