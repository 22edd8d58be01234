#pragma once
// What a list of items means for what is kept: which are new, which were edited or moved, and whose pages have to be
// fetched. Pure functions.

#include <string>
#include <vector>

#include "services/ingestion/identity/item_identity.h"
#include "services/ingestion/polling/source_reader.h"
#include "services/ingestion/sources/source_store.h"

namespace dateline::ingestion {

struct ItemLimits {
  int backlog = 50;    // Newest items of a new source whose pages are fetched; the others are only remembered.
  int per_poll = 500;  // The same for every later poll.
  int reread = 100;    // Newest items whose pages are read again when the source's recipe for pages is another.
  int attempts = 5;    // At a page, before what the source itself says is taken instead.
  std::chrono::milliseconds retry_first{10 * 60 * 1000};  // After a page failed; doubled each time.
  // When pages are read again to find silent edits, after the latest change.
  std::vector<std::chrono::milliseconds> rechecks = {std::chrono::hours(6), std::chrono::hours(24 * 3)};
};

struct ItemPlan {
  std::vector<ItemRecord> changed;  // New and changed, to be stored.
  std::vector<int64_t> seen;        // Known and unchanged.
  int new_items = 0;
  std::vector<WallTime> new_times;  // When the new ones were published, as far as known, else now.
};

// `first`: the source was never read before. `items` in the order of the list.
ItemPlan PlanItems(const ItemLimits& limits, const std::vector<IdentifiedItem>& items,
                   const std::vector<ItemRecord>& known, std::string_view source, bool first, WallTime now);

// Those of a source's items whose page was read by another recipe than `recipe` and has to be read again: the newest of
// them, due now. A page that is to be fetched already is left out.
std::vector<ItemRecord> PlanRereads(const ItemLimits& limits, std::vector<ItemRecord> items, const std::string& recipe,
                                    WallTime now);

// Drops what is only needed until the page is there.
void ForgetWords(state::ItemState* item);

// When a page that failed `attempts` times is tried again; nullopt when it is given up.
std::optional<WallTime> RetryTime(const ItemLimits& limits, uint32_t attempts, WallTime now);

// When a page that was just read is read again; nullopt when it is left alone. Counts the re-read.
std::optional<WallTime> RecheckTime(const ItemLimits& limits, bool changed, WallTime now, state::ItemState* item);

}  // namespace dateline::ingestion
