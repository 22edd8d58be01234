#pragma once
// The terms that an index looks for, by field and kind, and which of them the record at hand has. Internal to
// FilterIndex. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/filter/filter.h"
#include "common/filter/terms.h"

namespace dateline::notification {

class TermTable {
 public:
  struct Field;
  // One term; lives as long as somebody has acquired it.
  struct Entry {
    std::vector<uint32_t> anchored;  // What is found by it; the owner's numbers.
    uint32_t number = 0;             // Its place among all terms, as small as may be.
    uint32_t uses = 0;
    filter::Term::Kind kind{};
    Field* field = nullptr;
    std::string text;
  };

  TermTable();
  ~TermTable();
  TermTable(const TermTable&) = delete;
  TermTable& operator=(const TermTable&) = delete;

  Entry* Acquire(const filter::Term& term);
  void Release(Entry* entry);

  // Begins a round: marks the terms that the record has, and calls `found` for each once.
  template <class Found>
  void Mark(const filter::Subject& subject, const Found& found) {
    ++round_;
    for (const auto& [path, field] : fields_) {
      terms_.clear();
      Terms(subject, path);
      for (const filter::Term& term : terms_) {
        Entry* const entry = Find(*field, term);
        if (entry == nullptr || seen_[entry->number] == round_) continue;
        seen_[entry->number] = round_;
        found(*entry);
      }
    }
  }
  // Whether the record of this round has the term of this number.
  bool Has(uint32_t number) const { return seen_[number] == round_; }
  size_t size() const { return size_; }

 private:
  // Fills terms_.
  void Terms(const filter::Subject& subject, const std::string& path);
  static Entry* Find(const Field& field, const filter::Term& term);

  std::map<std::string, std::unique_ptr<Field>, std::less<>> fields_;
  std::vector<filter::Term> terms_;  // Kept for its memory.
  // By number, the round in which a record had it last. Close together, because every filter that might match looks
  // here.
  std::vector<uint64_t> seen_;
  std::vector<uint32_t> free_;  // Numbers that nobody has.
  uint64_t round_ = 0;
  size_t size_ = 0;
};

}  // namespace dateline::notification
