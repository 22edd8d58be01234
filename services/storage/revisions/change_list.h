#pragma once
// The changes between two revisions, as they stand in an event: bounded in number and in the length of their values.
// Not thread-safe; made for one comparison.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dateline/events/v1/event_data.pb.h"
#include "services/storage/limits.h"
#include "services/storage/names.h"

namespace dateline::storage {

class ChangeList {
 public:
  // Beyond kChangesMax nothing is added; values are cut at kChangeValueBytesMax.
  void Add(std::string_view field, std::string_view before, std::string_view after, std::string description) {
    if (changes_.size() >= static_cast<size_t>(kChangesMax)) return;
    events::v1::Change& change = changes_.emplace_back();
    change.set_field(std::string(field));
    change.set_old_value(Shorten(before, kChangeValueBytesMax));
    change.set_new_value(Shorten(after, kChangeValueBytesMax));
    change.set_description(std::move(description));
  }

  bool empty() const { return changes_.empty(); }
  std::vector<events::v1::Change> Take() { return std::move(changes_); }

 private:
  std::vector<events::v1::Change> changes_;
};

}  // namespace dateline::storage
