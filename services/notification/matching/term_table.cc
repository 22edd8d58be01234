#include "services/notification/matching/term_table.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"
#include "common/base/absl_compat.h"

namespace dateline::notification {
namespace {

using Kind = filter::Term::Kind;

// How many records the guess of a term's commonness counts for.
constexpr double kGuessWeight = 16;

double Guess(Kind kind, size_t bytes) {
  switch (kind) {
    case Kind::kWord:
      if (bytes <= 3) return .3;
      if (bytes <= 5) return .1;
      return bytes <= 7 ? .04 : .02;
    case Kind::kPair:
      return .001;
    case Kind::kPrefix:
      return .2;
    case Kind::kValue:
      // Languages, enumerations and truths have few values, names many.
      return bytes <= 5 ? .25 : .01;
    case Kind::kPresent:
      return .6;
    case Kind::kChanged:
      return .05;
  }
  return 1;
}

}  // namespace

struct TermTable::Field {
  Field(const TermTable& table, std::string_view name)
      : path(name),
        fields(filter::ResolveTermPath(filter::ReleaseSchema(), name)),
        kinds{NumberSet<TermTable>(table), NumberSet<TermTable>(table), NumberSet<TermTable>(table),
              NumberSet<TermTable>(table), NumberSet<TermTable>(table), NumberSet<TermTable>(table)} {}

  const std::string path;
  const filter::TermPath fields;
  std::array<NumberSet<TermTable>, filter::kTermKinds> kinds;
  size_t size = 0;
};

TermTable::TermTable() : entries_(1), has_{1} {}
TermTable::~TermTable() = default;

TermTable::Key TermTable::KeyOf(std::string_view text) {
  return {absl::Hash<absl::string_view>()(ToAbsl(text)), text};
}

uint32_t TermTable::Acquire(const filter::Term& term) {
  std::unique_ptr<Field>& field = fields_[term.path];
  if (field == nullptr) field = std::make_unique<Field>(*this, term.path);
  NumberSet<TermTable>& numbers = field->kinds[static_cast<size_t>(term.kind)];
  if (const auto found = numbers.Find(KeyOf(term.text))) {
    ++entries_[*found].uses;
    return *found;
  }
  uint32_t number = static_cast<uint32_t>(entries_.size());
  if (free_.empty()) {
    entries_.emplace_back();
    has_.resize(number / 64 + 1);
  } else {
    number = free_.back();
    free_.pop_back();
  }
  Entry& entry = entries_[number];
  entry.text = term.text;
  entry.field = field.get();
  entry.kind = term.kind;
  entry.uses = 1;
  entry.since = records_;
  numbers.Insert(number);
  ++field->size;
  return number;
}

void TermTable::Release(uint32_t number) {
  if (number == kAlways) return;
  Entry& entry = entries_[number];
  if (--entry.uses > 0) return;
  Field* const field = entry.field;
  field->kinds[static_cast<size_t>(entry.kind)].Erase(number);
  entry = {};
  free_.push_back(number);
  if (--field->size == 0) fields_.erase(fields_.find(field->path));
}

double TermTable::Commonness(uint32_t number) const {
  if (number == kAlways) return 1;
  const Entry& entry = entries_[number];
  const double seen = records_ - entry.since;
  return (entry.records + kGuessWeight * Guess(entry.kind, entry.text.size())) / (seen + kGuessWeight);
}

void TermTable::MarkOne(uint32_t number) {
  if (Has(number)) return;
  has_[number / 64] |= uint64_t{1} << (number % 64);
  marked_.push_back(number);
  Entry& entry = entries_[number];
  ++entry.records;
  __builtin_prefetch(&entry.anchored);  // It is asked for next.
}

void TermTable::Mark(const filter::Subject& subject) {
  for (const uint32_t number : marked_) has_[number / 64] &= ~(uint64_t{1} << (number % 64));
  marked_.clear();
  ++records_;
  for (const auto& [path, field] : fields_) {
    const auto& kinds = field->kinds;
    filter::TermKinds wanted = filter::TermKinds::All();
    for (size_t kind = 0; kind < kinds.size(); ++kind) {
      if (kinds[kind].empty()) wanted.Remove(static_cast<Kind>(kind));
    }
    filter::VisitTerms(subject, field->fields, wanted, [&](Kind kind, std::string_view text) {
      const NumberSet<TermTable>& numbers = kinds[static_cast<size_t>(kind)];
      if (numbers.empty()) return;
      if (const auto found = numbers.Find(KeyOf(text))) MarkOne(*found);
    });
  }
}

}  // namespace dateline::notification
