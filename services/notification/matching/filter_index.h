#pragma once
// Which subscriptions want an event: an inverted index over their filters, so that the cost of an event depends on
// those that might match and hardly on how many there are. Equal filters are kept and matched once. Every filter is
// found by the terms of one group that it requires (common/filter/terms.h), the one that is likely to be rarest; two
// more that it requires rule most of those out, or decide them; the rest is evaluated, each different clause once for
// all filters that have it. Filters that require nothing are always evaluated.
//
// Pure domain code; not thread-safe, one thread owns it. It agrees with filter::Filter::Matches on every record: a
// property test holds it to that.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/filter/filter.h"
#include "services/notification/event_types.h"

namespace dateline::notification {

class FilterIndex {
 public:
  FilterIndex();
  ~FilterIndex();
  FilterIndex(const FilterIndex&) = delete;
  FilterIndex& operator=(const FilterIndex&) = delete;

  // Adds a subscription, or replaces what it asked for. INVALID_ARGUMENT (INVALID_FILTER): it is not there then.
  absl::Status Put(int64_t id, std::string_view filter, EventTypeSet types);
  void Remove(int64_t id);
  void Clear();

  // Subscriptions with one filter that matches.
  struct Match {
    const filter::Filter* filter = nullptr;  // Of the index; valid until it is changed.
    const std::vector<int64_t>* subscriptions = nullptr;
  };
  // Those that match a record of which nothing is missing, in an event of this type. In no particular order.
  std::vector<Match> Find(const filter::Subject& subject, EventTypeSet type);

  struct Size {
    size_t subscriptions = 0;
    size_t filters = 0;  // Distinct.
    size_t clauses = 0;  // Distinct, over all filters.
    size_t terms = 0;    // By which filters are found, or clauses decided.
    size_t unbound = 0;  // Filters that require nothing.
  };
  Size size() const;
  // How many filters the latest Find() could not rule out by their terms.
  size_t evaluated() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dateline::notification
