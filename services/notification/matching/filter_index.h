#pragma once
// Which subscriptions want an event: an inverted index over their filters. Filters that ask for the same (after
// filter::Normalize) are one, with the list of their subscriptions, and what matches is handed on as such lists: the
// cost of an event follows the different filters that might match and not the number of subscriptions. A filter is
// found by the terms of one group that it requires, the one that is rarest in the records that have passed; two more
// that it requires stand beside it there and rule most of what is found out, or decide it, without a look at the
// filter. The rest is evaluated, each different clause once for all filters that have it. Filters that require nothing
// are always evaluated.
//
// Pure domain code; not thread-safe, one thread owns it. It agrees with filter::Filter::Matches on every record: a
// property test holds it to that.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "common/filter/filter.h"
#include "services/notification/event_types.h"
#include "services/notification/matching/kept_filter.h"

namespace dateline::notification {

class FilterIndex {
 public:
  FilterIndex();
  ~FilterIndex();
  FilterIndex(const FilterIndex&) = delete;
  FilterIndex& operator=(const FilterIndex&) = delete;

  // Adds a subscription, or replaces what it asked for. INVALID_ARGUMENT (INVALID_FILTER): it is not there then.
  // RESOURCE_EXHAUSTED (TOO_MANY_FILTERS) beyond 33 million different ones.
  absl::Status Put(int64_t id, std::string_view filter, EventTypeSet types);
  void Remove(int64_t id);
  void Clear();

  // Subscriptions whose filters ask for the same, which matches. Valid until the index is changed or asked again.
  class Match {
   public:
    Match(const KeptFilter& filter, std::span<const int64_t> subscriptions)
        : filter_(&filter), subscriptions_(subscriptions) {}
    // As one of them wrote it; it compiles.
    std::string_view filter() const { return filter_->text(); }
    std::span<const int64_t> subscriptions() const { return subscriptions_; }

   private:
    const KeptFilter* filter_;
    std::span<const int64_t> subscriptions_;
  };
  // Those that match a record of which nothing is missing, in an event of this type. In no particular order.
  std::vector<Match> Find(const filter::Subject& subject, EventTypeSet type);

  struct Size {
    size_t subscriptions = 0;
    size_t filters = 0;  // Different ones.
    size_t clauses = 0;  // Different ones that terms do not decide.
    size_t terms = 0;    // By which filters are found, or clauses decided.
    size_t unbound = 0;  // Filters that require nothing.
  };
  Size size() const;

  // What the latest Find() did.
  struct Work {
    size_t found = 0;      // Filters that some term of the record found.
    size_t evaluated = 0;  // Those of them that had to be looked at.
    size_t clauses = 0;    // Clauses that were evaluated.
  };
  Work work() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dateline::notification
