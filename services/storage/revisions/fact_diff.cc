#include "services/storage/revisions/fact_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/storage/revisions/fold.h"

namespace dateline::storage {
namespace {

using release::v1::Release;

// How many facts of one side are compared; pairing takes the square of those that edits touched.
constexpr size_t kStatementsMax = 2'000;

// A change of the text: what was removed and what was added in its place.
struct Hunk {
  uint32_t before_begin = 0;
  uint32_t before_end = 0;
  uint32_t after_begin = 0;
  uint32_t after_end = 0;
  bool adds = false;
};

std::vector<Hunk> HunksOf(std::span<const Edit> edits) {
  std::vector<Hunk> hunks;
  bool open = false;
  for (const Edit& edit : edits) {
    if (edit.kind == Edit::Kind::kKept) {
      open = false;
      continue;
    }
    if (!open) hunks.push_back({edit.before_begin, edit.before_begin, edit.after_begin, edit.after_begin, false});
    open = true;
    Hunk& hunk = hunks.back();
    hunk.before_end = std::max(hunk.before_end, edit.before_end);
    hunk.after_end = std::max(hunk.after_end, edit.after_end);
    hunk.adds = hunk.adds || edit.kind == Edit::Kind::kAdded;
  }
  return hunks;
}

// The hunks [first, last) that touch a range of one of the texts. An empty hunk touches what it stands within.
struct Touched {
  size_t first = 0;
  size_t last = 0;
  bool any() const { return first < last; }
  bool Meets(const Touched& other) const { return first < other.last && other.first < last; }
};

class HunkIndex {
 public:
  explicit HunkIndex(std::vector<Hunk> hunks) : hunks_(std::move(hunks)) {}

  Touched Before(uint32_t begin, uint32_t end) const {
    return Find(begin, end, &Hunk::before_begin, &Hunk::before_end);
  }
  Touched After(uint32_t begin, uint32_t end) const { return Find(begin, end, &Hunk::after_begin, &Hunk::after_end); }
  // Whether nothing was written in the place of what these hunks removed.
  bool OnlyRemoves(const Touched& touched) const {
    return std::none_of(hunks_.begin() + static_cast<std::ptrdiff_t>(touched.first),
                        hunks_.begin() + static_cast<std::ptrdiff_t>(touched.last),
                        [](const Hunk& hunk) { return hunk.adds; });
  }

 private:
  Touched Find(uint32_t begin, uint32_t end, uint32_t Hunk::*from, uint32_t Hunk::*to) const {
    const auto first =
        std::partition_point(hunks_.begin(), hunks_.end(), [&](const Hunk& h) { return h.*to <= begin; });
    const auto last = std::partition_point(first, hunks_.end(), [&](const Hunk& h) { return h.*from < end; });
    return {static_cast<size_t>(first - hunks_.begin()), static_cast<size_t>(last - hunks_.begin())};
  }

  const std::vector<Hunk> hunks_;
};

// A fact that stands in one place, in the terms of the comparison.
struct Statement {
  std::string_view field;  // In the record: "figures".
  std::string_view name;   // For people: "figure".
  std::string key;         // Equal for facts that say the same.
  std::string sort;        // Facts of one sort are paired first: the unit of a figure, the speaker of a quote.
  std::string shown;
  Touched touched;
  bool is_claim = false;  // Removing it takes something back.
};

std::string DateKey(const google::type::Date& date) {
  return fmt::format("{}-{}-{}", date.year(), date.month(), date.day());
}

// Collects the statements of one side. `find` gives the hunks that touch a range of its text.
template <class Find>
std::vector<Statement> StatementsOf(const Release& release, Find find) {
  std::vector<Statement> all;
  const auto add = [&](std::string_view field, std::string_view name, const release::v1::Span& span, std::string key,
                       std::string sort, const std::string& shown, bool is_claim = false) {
    if (all.size() >= kStatementsMax) return;
    all.push_back({field, name, std::move(key), std::move(sort), shown, find(span.start(), span.end()), is_claim});
  };
  for (const auto& figure : release.figures()) {
    add("figures", "figure", figure.span(),
        fmt::format("{}|{}|{}|{}", figure.comparator(), figure.value(), figure.value_to(), figure.unit()),
        figure.unit(), figure.text(), true);
  }
  for (const auto& quote : release.quotes()) {
    release::v1::Span span = quote.span();
    if (quote.has_speaker_span()) {
      span.set_start(std::min(span.start(), quote.speaker_span().start()));
      span.set_end(std::max(span.end(), quote.speaker_span().end()));
    }
    add("quotes", "quote", span, FoldForComparison(quote.text()) + '|' + quote.speaker(), quote.speaker(),
        quote.speaker().empty() ? quote.text() : quote.speaker() + ": " + quote.text(), true);
  }
  for (const auto& date : release.dates()) {
    add("dates", "date", date.span(), DateKey(date.value()) + '|' + DateKey(date.value_to()), {}, date.text());
  }
  for (const auto& event : release.events()) {
    add("events", "event", event.span(),
        fmt::format("{}|{}|{}", FoldForComparison(event.text()), event.place(), DateKey(event.date())), event.place(),
        event.text());
  }
  for (const auto& funding : release.funding()) {
    add("funding", "funding", funding.span(),
        fmt::format("{}|{}|{}", funding.funder(), funding.recipient(), funding.amount().value()), funding.funder(),
        funding.text());
  }
  return all;
}

// "14 million people" and "12 million people" are told as "14 -> 12 million people".
std::string Arrow(std::string_view before, std::string_view after) {
  std::string_view short_before = before;
  std::string_view rest = after;
  while (true) {
    const size_t a = short_before.rfind(' ');
    const size_t b = rest.rfind(' ');
    if (a == std::string_view::npos || b == std::string_view::npos || short_before.substr(a) != rest.substr(b)) break;
    short_before = short_before.substr(0, a);
    rest = rest.substr(0, b);
  }
  return fmt::format("{} -> {}", short_before, after);
}

std::string Changed(const Statement& before, const Statement& after) {
  if (before.field == "quotes") {
    return after.sort.empty() || before.sort != after.sort
               ? fmt::format("quote changed, speaker {} -> {}", before.sort.empty() ? "unknown" : before.sort,
                             after.sort.empty() ? "unknown" : after.sort)
               : fmt::format("quote of {} changed", after.sort);
  }
  if (before.shown == after.shown) return fmt::format("{} changed: {}", after.name, after.shown);
  return fmt::format("{} {}", after.name, Arrow(before.shown, after.shown));
}

std::string Gone(const Statement& statement, std::string_view verb) {
  if (statement.field != "quotes") return fmt::format("{} {}: {}", statement.name, verb, statement.shown);
  return statement.sort.empty() ? fmt::format("quote {}", verb) : fmt::format("quote of {} {}", statement.sort, verb);
}

// Takes what says the same out of both sides, and what no edit touched.
void DropUnchanged(std::vector<Statement>& before, std::vector<Statement>& after) {
  std::map<std::pair<std::string_view, std::string>, int> old_keys;
  std::map<std::pair<std::string_view, std::string>, int> new_keys;
  for (const Statement& s : before) ++old_keys[{s.field, s.key}];
  for (const Statement& s : after) ++new_keys[{s.field, s.key}];
  std::erase_if(before, [&](const Statement& s) { return !s.touched.any() || new_keys.contains({s.field, s.key}); });
  std::erase_if(after, [&](const Statement& s) { return !s.touched.any() || old_keys.contains({s.field, s.key}); });
}

bool DiffStatements(const Release& before, const Release& after, const HunkIndex& hunks, ChangeList& changes) {
  std::vector<Statement> old_ones =
      StatementsOf(before, [&](uint32_t begin, uint32_t end) { return hunks.Before(begin, end); });
  std::vector<Statement> new_ones =
      StatementsOf(after, [&](uint32_t begin, uint32_t end) { return hunks.After(begin, end); });
  DropUnchanged(old_ones, new_ones);
  std::vector<bool> paired(new_ones.size(), false);
  bool taken_back = false;
  for (const Statement& old_one : old_ones) {
    std::optional<size_t> partner;
    for (size_t i = 0; i < new_ones.size(); ++i) {
      const Statement& candidate = new_ones[i];
      if (paired[i] || candidate.field != old_one.field || !candidate.touched.Meets(old_one.touched)) continue;
      if (!partner.has_value()) partner = i;
      if (candidate.sort == old_one.sort) {
        partner = i;
        break;
      }
    }
    if (partner.has_value()) {
      paired[*partner] = true;
      changes.Add(old_one.field, old_one.shown, new_ones[*partner].shown, Changed(old_one, new_ones[*partner]));
    } else {
      changes.Add(old_one.field, old_one.shown, {}, Gone(old_one, "removed"));
      taken_back = taken_back || (old_one.is_claim && hunks.OnlyRemoves(old_one.touched));
    }
  }
  for (size_t i = 0; i < new_ones.size(); ++i) {
    if (!paired[i]) changes.Add(new_ones[i].field, {}, new_ones[i].shown, Gone(new_ones[i], "added"));
  }
  return taken_back;
}

// Someone or something named, wherever it stands.
struct Named {
  std::string shown;
  std::string role;
  bool touched = false;
};

using NamedThings = std::map<std::string, Named>;

template <class List, class Find>
NamedThings NamesOf(const List& list, Find find) {
  NamedThings all;
  for (const auto& thing : list) {
    Named named{thing.display_name(), {}, false};
    if constexpr (requires { thing.role(); }) named.role = thing.role();
    for (const auto& mention : thing.mentions()) {
      named.touched = named.touched || find(mention.start(), mention.end()).any();
    }
    all.emplace(FoldForComparison(thing.display_name()), std::move(named));
  }
  return all;
}

class NameDiff {
 public:
  NameDiff(const Release& before, const Release& after, const HunkIndex& hunks, ChangeList& changes)
      : hunks_(hunks),
        old_text_(FoldForComparison(before.text())),
        new_text_(FoldForComparison(after.text())),
        changes_(changes) {}

  template <class List>
  void Diff(std::string_view field, std::string_view name, const List& before, const List& after) {
    const NamedThings old_ones =
        NamesOf(before, [this](uint32_t begin, uint32_t end) { return hunks_.Before(begin, end); });
    const NamedThings new_ones =
        NamesOf(after, [this](uint32_t begin, uint32_t end) { return hunks_.After(begin, end); });
    for (const auto& [key, named] : old_ones) {
      const auto now = new_ones.find(key);
      if (now != new_ones.end()) {
        Role(field, name, named, now->second);
      } else if (named.touched && !Stands(new_text_, key)) {
        changes_.Add(field, named.shown, {}, fmt::format("{} removed: {}", name, named.shown));
      }
    }
    for (const auto& [key, named] : new_ones) {
      if (old_ones.contains(key) || !named.touched || Stands(old_text_, key)) continue;
      changes_.Add(field, {}, named.shown, fmt::format("{} added: {}", name, named.shown));
    }
  }

 private:
  static bool Stands(std::string_view text, std::string_view words) {
    return text.find(words) != std::string_view::npos;
  }

  // Only a role that the text no longer, or newly, says was changed by the newsroom.
  void Role(std::string_view field, std::string_view name, const Named& before, const Named& after) {
    if (before.role == after.role || before.role.empty() || after.role.empty()) return;
    if (Stands(new_text_, FoldForComparison(before.role)) || Stands(old_text_, FoldForComparison(after.role))) return;
    changes_.Add(fmt::format("{}.role", field), before.role, after.role,
                 fmt::format("role of {} {}: {} -> {}", name, after.shown, before.role, after.role));
  }

  const HunkIndex& hunks_;
  const std::string old_text_;
  const std::string new_text_;
  ChangeList& changes_;
};

}  // namespace

bool DiffFacts(const Release& before, const Release& after, std::span<const Edit> edits, ChangeList& changes) {
  const HunkIndex hunks(HunksOf(edits));
  const bool taken_back = DiffStatements(before, after, hunks, changes);
  NameDiff names(before, after, hunks, changes);
  names.Diff("people", "person", before.people(), after.people());
  names.Diff("organizations", "organization", before.organizations(), after.organizations());
  names.Diff("places", "place", before.places(), after.places());
  names.Diff("programmes", "programme", before.programmes(), after.programmes());
  return taken_back;
}

}  // namespace dateline::storage
