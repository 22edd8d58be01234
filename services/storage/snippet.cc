#include "services/storage/snippet.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "services/storage/limits.h"
#include "services/storage/search_text.h"

namespace dateline::storage {
namespace {

constexpr size_t kMatchesMax = 256;  // Of one clause that are looked at.
constexpr size_t kLeadBytes = 60;    // Shown before the first match.

struct Match {
  uint32_t start = 0;
  uint32_t end = 0;
  size_t clause = 0;
};

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}
bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

// Looks for one clause in the terms of a text as they come.
class ClauseSearch {
 public:
  ClauseSearch(const Phrase& phrase, size_t clause) : phrase_(phrase), clause_(clause) {}

  bool full() const { return found_ == kMatchesMax; }
  // A word came that is none of the phrase.
  void Break() { begun_.clear(); }
  void Take(const TermScanner& term, std::vector<Match>* matches) {
    if (full()) return;
    if (begun_.empty() && !Fits(term.text(), 0)) return;  // As nearly always.
    begun_.push_back({.start = term.start()});
    size_t kept = 0;
    for (Begun& begun : begun_) {
      if (!Fits(term.text(), begun.terms)) continue;
      if (++begun.terms < phrase_.terms.size()) {
        begun_[kept++] = begun;
      } else {
        matches->push_back({begun.start, term.end(), clause_});
        ++found_;
      }
    }
    begun_.resize(kept);
  }

 private:
  // A place where the first terms of the phrase stand.
  struct Begun {
    uint32_t start = 0;
    size_t terms = 0;
  };

  bool Fits(std::string_view term, size_t index) const {
    const bool prefix = phrase_.prefix && index + 1 == phrase_.terms.size();
    return prefix ? term.starts_with(phrase_.terms[index]) : term == phrase_.terms[index];
  }

  const Phrase& phrase_;
  const size_t clause_;
  std::vector<Begun> begun_;
  size_t found_ = 0;
};

std::vector<Match> FindMatches(std::string_view text, const SearchQuery& query) {
  std::vector<ClauseSearch> searches;
  TermScanner::Letters wanted;  // What the words that are looked for begin with.
  for (size_t i = 0; i < query.clauses.size(); ++i) {
    const Clause& clause = query.clauses[i];
    if (!clause.excluded && !clause.title_only && !clause.phrase.terms.empty()) {
      searches.emplace_back(clause.phrase, i);
      for (const std::string& term : clause.phrase.terms) {
        if (const auto byte = static_cast<unsigned char>(term.front()); byte < wanted.size()) wanted.set(byte);
      }
    }
  }
  std::vector<Match> matches;
  const auto all_full = [&] { return std::ranges::all_of(searches, &ClauseSearch::full); };
  for (TermScanner terms(text); !all_full() && terms.Next(wanted);) {
    for (ClauseSearch& search : searches) terms.text().empty() ? search.Break() : search.Take(terms, &matches);
  }
  std::sort(matches.begin(), matches.end(),
            [](const Match& a, const Match& b) { return std::pair(a.start, a.clause) < std::pair(b.start, b.clause); });
  return matches;
}

// Where the window begins that holds the most different clauses, then the most matches; the earliest of equals.
size_t BestStart(const std::vector<Match>& matches, size_t clauses) {
  size_t best = 0;
  std::pair<size_t, size_t> best_worth{0, 0};
  std::vector<size_t> inside(clauses);  // How often each clause stands in the window [i, end).
  size_t different = 0;
  size_t end = 0;
  for (size_t i = 0; i < matches.size(); ++i) {
    for (; end < matches.size() && matches[end].end <= matches[i].start + (kSnippetBytesMax - kLeadBytes); ++end) {
      if (inside[matches[end].clause]++ == 0) ++different;
    }
    if (const std::pair worth{different, end - i}; worth > best_worth) {
      best_worth = worth;
      best = matches[i].start;
    }
    if (end == i) {
      ++end;  // Longer than a window: it is in none.
    } else if (--inside[matches[i].clause] == 0) {
      --different;
    }
  }
  return best;
}

// The beginning of the word at or behind `from`, not behind `before`.
size_t WordStart(std::string_view text, size_t from, size_t before) {
  if (from == 0) return 0;
  for (size_t at = from; at < before; ++at) {
    if (IsSpace(text[at - 1])) return at;
  }
  size_t at = from;  // A script without spaces: any character begins well.
  while (at < before && IsContinuation(text[at])) ++at;
  return at;
}

// The end of the last word that ends at or before `limit`.
size_t WordEnd(std::string_view text, size_t start, size_t limit) {
  if (limit >= text.size()) return text.size();
  for (size_t at = limit; at > start + kSnippetBytesMax / 2; --at) {
    if (IsSpace(text[at])) return at;
  }
  size_t at = limit;
  while (at > start && IsContinuation(text[at])) --at;
  return at;
}

}  // namespace

Snippet MakeSnippet(std::string_view full_text, const SearchQuery& query) {
  std::string_view text = full_text;
  if (text.size() > kSnippetTextBytesMax) {
    size_t end = kSnippetTextBytesMax;
    while (end > 0 && IsContinuation(text[end])) --end;
    text = text.substr(0, end);
  }
  const std::vector<Match> matches = FindMatches(text, query);
  const size_t anchor = matches.empty() ? 0 : BestStart(matches, query.clauses.size());
  const size_t start = WordStart(text, anchor > kLeadBytes ? anchor - kLeadBytes : 0, anchor);
  const size_t end = WordEnd(text, start, start + kSnippetBytesMax);

  Snippet snippet;
  std::vector<uint32_t> place(end - start + 1);  // From offsets of the window to offsets of the snippet.
  for (size_t at = start; at < end; ++at) {
    place[at - start] = static_cast<uint32_t>(snippet.text.size());
    if (!IsSpace(text[at])) {
      snippet.text.push_back(text[at]);
    } else if (!snippet.text.empty() && snippet.text.back() != ' ') {
      snippet.text.push_back(' ');
    }
  }
  place[end - start] = static_cast<uint32_t>(snippet.text.size());
  while (snippet.text.ends_with(' ')) snippet.text.pop_back();
  uint32_t covered = 0;
  for (const Match& match : matches) {
    if (match.start < start || match.end > end || snippet.highlights.size() >= kHighlightsMax) continue;
    const uint32_t from = std::max(place[match.start - start], covered);
    const uint32_t to = place[match.end - start];
    if (from >= to) continue;
    snippet.highlights.emplace_back(from, to);
    covered = to;
  }
  return snippet;
}

}  // namespace dateline::storage
