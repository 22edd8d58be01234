#include "services/storage/revisions/word_diff.h"

#include <algorithm>
#include <span>
#include <string>
#include <unordered_map>

namespace dateline::storage {
namespace {

enum class Class : uint8_t { kSpace, kWord, kMark, kSingle };  // kSingle: a word of one character, as in Chinese.

struct Token {
  uint32_t begin = 0;
  uint32_t end = 0;
  Class kind = Class::kWord;
  int id = 0;  // Equal for equal bytes.
};

size_t LengthAt(std::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(length, text.size() - at);
}

char32_t Decode(std::string_view character) {
  char32_t value = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return value;
  value &= 0xFFU >> (character.size() + 1);
  for (const char c : character.substr(1)) value = (value << 6) | (static_cast<unsigned char>(c) & 0x3FU);
  return value;
}

Class ClassOf(char32_t c) {
  if (c == ' ' || (c >= '\t' && c <= '\r') || c == 0xA0 || c == 0x3000 || c == 0x202F) return Class::kSpace;
  if (c < 0x80) {
    const bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return word ? Class::kWord : Class::kMark;
  }
  if (c < 0xC0) return c == 0xAA || c == 0xB5 || c == 0xBA ? Class::kWord : Class::kMark;
  if (c >= 0x2000 && c < 0x2C00) return Class::kMark;                                     // Punctuation, symbols.
  if ((c >= 0x3001 && c <= 0x303F) || (c >= 0xFF00 && c <= 0xFF0F)) return Class::kMark;  // East Asian punctuation.
  if ((c >= 0x3040 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) || c >= 0x20000) return Class::kSingle;
  return Class::kWord;
}

// Whether the character at `at` stands inside a word: the point of "1.2" and "10,000", the apostrophe of "don't".
bool IsInsideWord(std::string_view text, size_t begin, size_t at, size_t length, size_t end) {
  if (at == begin || at + length >= end) return false;
  const std::string_view mark = text.substr(at, length);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool digits = is_digit(text[at - 1]) && is_digit(text[at + length]);
  if (mark == "." || mark == ",") return digits;
  if (mark != "'" && mark != "\u2019") return false;
  const size_t next = LengthAt(text, at + length);
  return !digits && ClassOf(Decode(text.substr(at + length, next))) == Class::kWord;
}

// Cuts a text into words, runs of white space, and single marks.
std::vector<Token> Words(std::string_view text, size_t begin, size_t end) {
  std::vector<Token> tokens;
  for (size_t at = begin; at < end;) {
    const size_t length = LengthAt(text, at);
    Class kind = ClassOf(Decode(text.substr(at, length)));
    if (kind == Class::kMark && !tokens.empty() && tokens.back().kind == Class::kWord &&
        IsInsideWord(text, begin, at, length, end)) {
      kind = Class::kWord;
    }
    const bool joins = (kind == Class::kSpace || kind == Class::kWord) && !tokens.empty() && tokens.back().kind == kind;
    if (joins) {
      tokens.back().end = static_cast<uint32_t>(at + length);
    } else {
      tokens.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(at + length), kind, 0});
    }
    at += length;
  }
  return tokens;
}

// Cuts a text behind its empty lines.
std::vector<Token> Paragraphs(std::string_view text) {
  std::vector<Token> tokens;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find("\n\n", at);
    end = end == std::string_view::npos ? text.size() : std::min(text.find_first_not_of('\n', end), text.size());
    tokens.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(end), Class::kWord, 0});
    at = end;
  }
  return tokens;
}

// Gives equal ids to equal tokens of both sides.
class Interner {
 public:
  void Number(std::string_view text, std::vector<Token>& tokens) {
    for (Token& token : tokens) {
      const auto [at, fresh] =
          ids_.emplace(text.substr(token.begin, token.end - token.begin), static_cast<int>(ids_.size()));
      token.id = at->second;
    }
  }

 private:
  std::unordered_map<std::string_view, int> ids_;
};

// One step of a script over tokens: `count` tokens are kept, removed or added.
struct Step {
  Edit::Kind kind = Edit::Kind::kKept;
  size_t count = 0;
};

void Put(std::vector<Step>& steps, Edit::Kind kind, size_t count) {
  if (count == 0) return;
  if (!steps.empty() && steps.back().kind == kind) {
    steps.back().count += count;
  } else {
    steps.push_back({kind, count});
  }
}

// The greedy search for the furthest points on each diagonal, with its trace. Tokens that both begin or end with are
// cut off before.
class Search {
 public:
  Search(std::span<const Token> before, std::span<const Token> after) : before_(before), after_(after) {}

  // False when the texts differ in more than kDiffDistanceMax tokens.
  bool Run() {
    const int most = std::min<int>(kDiffDistanceMax, static_cast<int>(before_.size() + after_.size()));
    std::vector<int> furthest(static_cast<size_t>(2 * most + 3), 0);
    for (int d = 0; d <= most; ++d) {
      for (int k = -d; k <= d; k += 2) {
        const auto at = static_cast<size_t>(k + most + 1);
        int x = Down(furthest, at, k, d) ? furthest[at + 1] : furthest[at - 1] + 1;
        while (Equal(x, x - k)) ++x;
        furthest[at] = x;
        if (x >= Size(before_) && x - k >= Size(after_)) {
          Keep(furthest, most, d);
          return true;
        }
      }
      Keep(furthest, most, d);
    }
    return false;
  }

  // The script, from the trace backwards.
  std::vector<Step> Script() const {
    std::vector<Step> reversed;
    int x = Size(before_);
    int y = Size(after_);
    for (int d = static_cast<int>(trace_.size()) - 1; d > 0; --d) {
      const int k = x - y;
      const std::vector<int>& last = trace_[static_cast<size_t>(d - 1)];
      const auto reach = [&](int diagonal) {
        const int at = diagonal + d - 1;
        return at < 0 || at >= static_cast<int>(last.size()) ? -1 : last[static_cast<size_t>(at)];
      };
      const bool down = k == -d || (k != d && reach(k - 1) < reach(k + 1));
      const int from_x = down ? reach(k + 1) : reach(k - 1);
      const int from_y = from_x - (down ? k + 1 : k - 1);
      const int kept = std::min(x - from_x, y - from_y);
      Put(reversed, Edit::Kind::kKept, static_cast<size_t>(kept));
      Put(reversed, down ? Edit::Kind::kAdded : Edit::Kind::kRemoved, 1);
      x = from_x;
      y = from_y;
    }
    Put(reversed, Edit::Kind::kKept, static_cast<size_t>(x));
    std::reverse(reversed.begin(), reversed.end());
    return reversed;
  }

 private:
  static int Size(std::span<const Token> tokens) { return static_cast<int>(tokens.size()); }
  static bool Down(const std::vector<int>& furthest, size_t at, int k, int d) {
    return k == -d || (k != d && furthest[at - 1] < furthest[at + 1]);
  }
  bool Equal(int x, int y) const {
    return x >= 0 && y >= 0 && x < Size(before_) && y < Size(after_) &&
           before_[static_cast<size_t>(x)].id == after_[static_cast<size_t>(y)].id;
  }
  // Only the diagonals -d to d have been reached.
  void Keep(const std::vector<int>& furthest, int most, int d) {
    const auto first = furthest.begin() + (most + 1 - d);
    trace_.emplace_back(first, first + 2 * d + 1);
  }

  std::span<const Token> before_;
  std::span<const Token> after_;
  std::vector<std::vector<int>> trace_;
};

std::vector<Step> DiffTokens(std::span<const Token> before, std::span<const Token> after) {
  size_t head = 0;
  const size_t shorter = std::min(before.size(), after.size());
  while (head < shorter && before[head].id == after[head].id) ++head;
  size_t tail = 0;
  while (tail < shorter - head && before[before.size() - 1 - tail].id == after[after.size() - 1 - tail].id) ++tail;
  const auto before_middle = before.subspan(head, before.size() - head - tail);
  const auto after_middle = after.subspan(head, after.size() - head - tail);
  std::vector<Step> steps;
  Put(steps, Edit::Kind::kKept, head);
  Search search(before_middle, after_middle);
  if (before_middle.empty() || after_middle.empty() || !search.Run()) {
    Put(steps, Edit::Kind::kRemoved, before_middle.size());
    Put(steps, Edit::Kind::kAdded, after_middle.size());
  } else {
    for (const Step& step : search.Script()) Put(steps, step.kind, step.count);
  }
  Put(steps, Edit::Kind::kKept, tail);
  return steps;
}

// Gathers edits in order. Runs of removed and added stretches become one of each, removed first; white space and marks
// between two of them do not part them, so that a rewritten phrase is read as one.
class Script {
 public:
  explicit Script(std::string_view before) : before_(before) {}

  void Kept(uint32_t begin, uint32_t end) {
    const uint32_t length = end - begin;
    if (length == 0) return;
    if (edits_.empty() || edits_.back().kind != Edit::Kind::kKept) Open(Edit::Kind::kKept);
    edits_.back().before_end += length;
    edits_.back().after_end += length;
    at_before_ += length;
    at_after_ += length;
  }

  void Changed(uint32_t removed, uint32_t added) {
    if (removed == 0 && added == 0) return;
    AbsorbThinKept();
    if (removed > 0) Extend(Edit::Kind::kRemoved, removed);
    if (added > 0) Extend(Edit::Kind::kAdded, added);
  }

  std::vector<Edit> Finish() { return std::move(edits_); }

 private:
  void Open(Edit::Kind kind) { edits_.push_back({kind, at_before_, at_before_, at_after_, at_after_}); }

  // A kept stretch without any word, between two changes, is removed and added again.
  void AbsorbThinKept() {
    if (edits_.size() < 2 || edits_.back().kind != Edit::Kind::kKept) return;
    const Edit kept = edits_.back();
    if (CountWords(before_.substr(kept.before_begin, kept.before_end - kept.before_begin)) > 0) return;
    if (before_.substr(kept.before_begin, kept.before_end - kept.before_begin).find('\n') != std::string_view::npos) {
      return;
    }
    edits_.pop_back();
    const uint32_t length = kept.before_end - kept.before_begin;
    at_before_ -= length;
    at_after_ -= length;
    Extend(Edit::Kind::kRemoved, length);
    Extend(Edit::Kind::kAdded, length);
  }

  // Lengthens the removed or added stretch of the change that is open, or opens one.
  void Extend(Edit::Kind kind, uint32_t length) {
    const bool removes = kind == Edit::Kind::kRemoved;
    (removes ? at_before_ : at_after_) += length;
    Edit* last = edits_.empty() ? nullptr : &edits_.back();
    if (last != nullptr && last->kind == kind) {
      (removes ? last->before_end : last->after_end) += length;
      return;
    }
    if (removes && last != nullptr && last->kind == Edit::Kind::kAdded) {
      ExtendRemovedBeforeAdded(length);
      return;
    }
    const uint32_t before_begin = removes ? at_before_ - length : at_before_;
    const uint32_t after_begin = removes ? at_after_ : at_after_ - length;
    edits_.push_back({kind, before_begin, at_before_, after_begin, at_after_});
  }

  // The change at the end already added something; what is removed now belongs before that.
  void ExtendRemovedBeforeAdded(uint32_t length) {
    Edit& added = edits_.back();
    if (edits_.size() >= 2 && edits_[edits_.size() - 2].kind == Edit::Kind::kRemoved) {
      edits_[edits_.size() - 2].before_end += length;
    } else {
      const Edit removed{Edit::Kind::kRemoved, added.before_begin, added.before_begin + length, added.after_begin,
                         added.after_begin};
      edits_.insert(edits_.end() - 1, removed);
    }
    edits_.back().before_begin = at_before_;
    edits_.back().before_end = at_before_;
  }

  std::string_view before_;
  uint32_t at_before_ = 0;
  uint32_t at_after_ = 0;
  std::vector<Edit> edits_;
};

uint32_t Length(std::span<const Token> tokens) {
  return tokens.empty() ? 0 : tokens.back().end - tokens.front().begin;
}

// The words of a run of paragraphs that was replaced by another run.
void DiffReplaced(std::string_view before, std::string_view after, std::span<const Token> removed,
                  std::span<const Token> added, Script& script) {
  if (removed.empty() || added.empty()) return script.Changed(Length(removed), Length(added));
  std::vector<Token> old_words = Words(before, removed.front().begin, removed.back().end);
  std::vector<Token> new_words = Words(after, added.front().begin, added.back().end);
  Interner interner;
  interner.Number(before, old_words);
  interner.Number(after, new_words);
  size_t i = 0;
  size_t j = 0;
  for (const Step& step : DiffTokens(old_words, new_words)) {
    if (step.kind == Edit::Kind::kKept) {
      script.Kept(old_words[i].begin, old_words[i + step.count - 1].end);
      i += step.count;
      j += step.count;
    } else if (step.kind == Edit::Kind::kRemoved) {
      script.Changed(Length(std::span(old_words).subspan(i, step.count)), 0);
      i += step.count;
    } else {
      script.Changed(0, Length(std::span(new_words).subspan(j, step.count)));
      j += step.count;
    }
  }
}

}  // namespace

int CountWords(std::string_view text) {
  int count = 0;
  for (const Token& token : Words(text, 0, text.size())) {
    if (token.kind == Class::kWord || token.kind == Class::kSingle) ++count;
  }
  return count;
}

std::vector<Edit> DiffWords(std::string_view before, std::string_view after) {
  std::vector<Token> old_paragraphs = Paragraphs(before);
  std::vector<Token> new_paragraphs = Paragraphs(after);
  Interner interner;
  interner.Number(before, old_paragraphs);
  interner.Number(after, new_paragraphs);
  const std::span<const Token> old_span(old_paragraphs);
  const std::span<const Token> new_span(new_paragraphs);
  Script script(before);
  size_t i = 0;
  size_t j = 0;
  const std::vector<Step> steps = DiffTokens(old_span, new_span);
  for (size_t at = 0; at < steps.size();) {
    if (steps[at].kind == Edit::Kind::kKept) {
      script.Kept(old_span[i].begin, old_span[i + steps[at].count - 1].end);
      i += steps[at].count;
      j += steps[at].count;
      ++at;
      continue;
    }
    size_t removed = 0;
    size_t added = 0;
    for (; at < steps.size() && steps[at].kind != Edit::Kind::kKept; ++at) {
      (steps[at].kind == Edit::Kind::kRemoved ? removed : added) += steps[at].count;
    }
    DiffReplaced(before, after, old_span.subspan(i, removed), new_span.subspan(j, added), script);
    i += removed;
    j += added;
  }
  return script.Finish();
}

}  // namespace dateline::storage
