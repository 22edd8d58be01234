#pragma once
// Which known item a listed one is. An item is one release whatever a site changes about it: its identifier, its
// address, its title. Decided by canonical URL, by identifier and by content, in this order, each only where it really
// identifies: a URL that several items of one list share says nothing, nor does an identifier; a known item that the
// list still carries under its own address cannot have moved. Pure functions.

#include <string>
#include <string_view>
#include <vector>

#include "services/ingestion/polling/source_reader.h"
#include "services/ingestion/sources/source_store.h"

namespace dateline::ingestion {

// Why an item was taken for a known one, or for new. The names are kept with the item.
enum class IdentityReason {
  kNew,          // Nothing known is like it.
  kSameUrl,      // Its canonical URL is known.
  kSameGuid,     // Its identifier is known; its address changed.
  kSameContent,  // Title and day, or the words, are known, and the old address is gone from the list.
  kGuidReused,   // New although its identifier is known: address, title and content are others.
};
std::string_view IdentityReasonName(IdentityReason reason);

// A listed item with what identifies it.
struct IdentifiedItem {
  ListedItem item;
  std::string uri;          // Canonical.
  std::string title_key;    // Empty when the title is too short to identify anything.
  std::string fingerprint;  // Of what the source says.
};

// Makes the keys. Items without a usable address get one within the source's own; those with neither address nor
// content nor title are left out, as are repeats of the same item within the list, where the richer copy stays.
std::vector<IdentifiedItem> Identify(std::vector<ListedItem> items, const std::string& source_uri);

// The keys under which known items have to be looked up.
ItemKeys KeysOf(const std::vector<IdentifiedItem>& items);

struct IdentityDecision {
  int known = -1;  // The index of the known item; -1 for a new one.
  IdentityReason reason = IdentityReason::kNew;
};

// One decision for each item. No known item is given to two.
std::vector<IdentityDecision> Match(const std::vector<IdentifiedItem>& items, const std::vector<ItemRecord>& known);

}  // namespace dateline::ingestion
