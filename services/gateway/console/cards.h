#pragma once
// Releases as the rows of lists: title, when, whence, first words, what is in it. Lists come without text and facts;
// the few numbers and words that a row shows of them are remembered for a while by name and revision, so that a page of
// a list costs one small call and another for what was not shown before. Thread-safe; bounded.

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "dateline/release/v1/release.pb.h"
#include "google/protobuf/repeated_field.h"
#include "services/gateway/backend/backend.h"
#include "services/gateway/console/charts.h"
#include "services/gateway/console/value.h"

namespace dateline::gateway {

class Cards {
 public:
  Cards(Backend& backend, const Clock& clock) : backend_(backend), clock_(clock) {}
  using Releases = google::protobuf::RepeatedPtrField<release::v1::Release>;

  // A row for each, in their order; "release_row.html" shows them. Where the facts cannot be read, rows are without.
  Value::List Rows(const Releases& releases, WallTime now);
  Value Row(const release::v1::Release& full, WallTime now);
  // Whom and what these releases name, as label, href (may be empty) and count: those that at least `least` of them
  // name, the most frequent first, without the entity `except`.
  struct NamedQuery {
    size_t most = 8;
    int least = 1;
    std::string_view except{};
  };
  Value::List NamedMost(const Releases& releases, const NamedQuery& query);
  // Where they are about, for DotMap(): the places that most of them name first.
  std::vector<Dot> Places(const Releases& releases, size_t most);

  static constexpr size_t kRememberedMax = 4'000;
  // Then it is read again: what its names lead to changes when somebody joins or parts entities.
  static constexpr std::chrono::minutes kRemembered{5};
  // A release so young may not be joined to its entities yet, and is not remembered without them.
  static constexpr std::chrono::minutes kYoung{2};
  static constexpr int kNamedMax = 12;

 private:
  struct Named {
    std::string label;
    std::string entity;  // Its resource name; empty for what has no page.
  };
  struct Glance {
    std::string lead;
    std::vector<std::string> contents;  // "2 quotes", "1 figure"
    std::vector<Named> named;           // People and organisations, the first kNamedMax of each.
    std::vector<Dot> places;            // Those with coordinates, the first kNamedMax.
  };
  // Shared with the pages that show it when it is forgotten.
  using GlancePtr = std::shared_ptr<const Glance>;
  // One for each release, in their order; those that are not known are read, in one call.
  std::vector<GlancePtr> GlancesOf(const Releases& releases);
  static Glance GlanceAt(const release::v1::Release& release);
  struct Remembered {
    GlancePtr glance;
    MonotonicTime read{};
  };
  void Remember(const release::v1::Release& release, GlancePtr glance) EXCLUDES(mutex_);
  // Null when it is not known.
  GlancePtr Recall(const std::string& key) EXCLUDES(mutex_);

  Backend& backend_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<std::string, Remembered, std::less<>> glances_ GUARDED_BY(mutex_);
  std::list<std::string> order_ GUARDED_BY(mutex_);  // Oldest first.
};

// What a row shows that the record itself says.
Value RowValue(const release::v1::Release& release, WallTime now);
// The time by which lists are ordered and grouped.
const google::protobuf::Timestamp& ListTime(const release::v1::Release& release);

}  // namespace dateline::gateway
