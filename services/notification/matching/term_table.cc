#include "services/notification/matching/term_table.h"

#include <array>

namespace dateline::notification {
namespace {

constexpr size_t kKinds = 5;

size_t Index(filter::Term::Kind kind) {
  return static_cast<size_t>(kind);
}

}  // namespace

struct TermTable::Field {
  std::string path;
  std::array<absl::flat_hash_map<std::string, std::unique_ptr<Entry>>, kKinds> entries;
  size_t size = 0;
};

TermTable::TermTable() = default;
TermTable::~TermTable() = default;

TermTable::Entry* TermTable::Acquire(const filter::Term& term) {
  std::unique_ptr<Field>& field = fields_[term.path];
  if (field == nullptr) {
    field = std::make_unique<Field>();
    field->path = term.path;
  }
  std::unique_ptr<Entry>& entry = field->entries[Index(term.kind)][term.text];
  if (entry == nullptr) {
    entry = std::make_unique<Entry>();
    entry->kind = term.kind;
    entry->field = field.get();
    entry->text = term.text;
    if (free_.empty()) {
      entry->number = static_cast<uint32_t>(seen_.size());
      seen_.push_back(0);
    } else {
      entry->number = free_.back();
      seen_[entry->number] = 0;
      free_.pop_back();
    }
    ++field->size;
    ++size_;
  }
  ++entry->uses;
  return entry.get();
}

void TermTable::Release(Entry* entry) {
  if (--entry->uses > 0) return;
  free_.push_back(entry->number);
  Field* const field = entry->field;
  const std::string text = entry->text;
  field->entries[Index(entry->kind)].erase(text);
  --size_;
  if (--field->size == 0) fields_.erase(fields_.find(field->path));
}

TermTable::Entry* TermTable::Find(const Field& field, const filter::Term& term) {
  const auto& entries = field.entries[Index(term.kind)];
  if (entries.empty()) return nullptr;
  const auto found = entries.find(term.text);
  return found == entries.end() ? nullptr : found->second.get();
}

void TermTable::Terms(const filter::Subject& subject, const std::string& path) {
  // The whole text passes here: repeats do no harm, and sorting them away would cost more than looking them up.
  if (path.empty() && subject.changed_fields().empty()) {
    filter::AppendWordTerms(subject.Words(), path, &terms_);
  } else {
    terms_ = filter::TermsOf(subject, path);
  }
}

}  // namespace dateline::notification
