#include "services/ingestion/polling/item_plan.h"

#include <algorithm>
#include <numeric>

#include "common/text/utf8.h"

namespace dateline::ingestion {
namespace {

constexpr size_t kTitleBytesMax = 1'024;
constexpr size_t kSummaryBytesMax = 16 << 10;
constexpr size_t kContentBytesMax = 1 << 20;

// What the source says now, into what is remembered.
void Describe(const IdentifiedItem& listed, ItemRecord* record) {
  const ListedItem& item = listed.item;
  state::ItemState& state = record->state;
  state.set_title(std::string(text::TruncateUtf8(item.title, kTitleBytesMax)));
  state.set_summary(std::string(text::TruncateUtf8(item.summary, kSummaryBytesMax)));
  state.set_content(std::string(text::TruncateUtf8(item.content, kContentBytesMax)));
  state.set_content_type(item.content_type);
  state.set_fingerprint(listed.fingerprint);
  state.set_language(item.language);
  state.clear_authors();
  for (const std::string& author : item.authors) state.add_authors(author);
  if (item.publish_time) state.set_publish_us(ToMicros(*item.publish_time));
  if (!item.link.empty()) state.set_link(item.link);
}

ItemRecord NewItem(const IdentifiedItem& listed, std::string_view source, IdentityReason reason, WallTime now) {
  ItemRecord record;
  record.source = std::string(source);
  record.uri = listed.uri;
  record.guid = listed.item.guid;
  record.title_key = listed.title_key;
  record.host = HostOf(listed.item.link.empty() ? listed.uri : listed.item.link);
  record.last_seen = now;
  record.state.set_first_seen_us(ToMicros(now));
  record.state.set_reason(std::string(IdentityReasonName(reason)));
  Describe(listed, &record);
  return record;
}

// A known item as it is listed now. True when anything has to be stored.
bool Update(const IdentifiedItem& listed, IdentityReason reason, WallTime now, ItemRecord* record) {
  const bool edited = record->state.fingerprint() != listed.fingerprint;
  const bool moved = record->uri != listed.uri || (!listed.item.guid.empty() && record->guid != listed.item.guid);
  if (!edited && !moved) return false;
  record->uri = listed.uri;
  record->guid = listed.item.guid;
  record->title_key = listed.title_key;
  record->last_seen = now;
  record->host = HostOf(listed.item.link.empty() ? listed.uri : listed.item.link);
  record->state.set_reason(std::string(IdentityReasonName(reason)));
  Describe(listed, record);
  if (edited) {
    record->due = now;
    record->state.set_attempts(0);
    record->state.set_rechecks(0);
  }
  return true;
}

// Indices of the items, the newest first; those without a date keep their place in the list.
std::vector<size_t> NewestFirst(const std::vector<IdentifiedItem>& items) {
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const bool dated = std::all_of(items.begin(), items.end(), [](const IdentifiedItem& item) {
    return item.item.publish_time.has_value() || item.item.update_time.has_value();
  });
  if (!dated) return order;
  const auto time = [&](size_t i) {
    return items[i].item.publish_time.value_or(items[i].item.update_time.value_or(WallTime()));
  };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return time(a) > time(b); });
  return order;
}

}  // namespace

ItemPlan PlanItems(const ItemLimits& limits, const std::vector<IdentifiedItem>& items,
                   const std::vector<ItemRecord>& known, std::string_view source, bool first, WallTime now) {
  ItemPlan plan;
  const std::vector<IdentityDecision> decisions = Match(items, known);
  for (const size_t i : NewestFirst(items)) {
    if (decisions[i].known >= 0) {
      ItemRecord record = known[static_cast<size_t>(decisions[i].known)];
      if (Update(items[i], decisions[i].reason, now, &record)) {
        plan.changed.push_back(std::move(record));
      } else if (now - record.last_seen > std::chrono::hours(24)) {
        // Once a day is enough to know that it is still listed.
        plan.seen.push_back(record.id);
      }
      continue;
    }
    if (plan.new_items >= kItemsKept) continue;
    ItemRecord record = NewItem(items[i], source, decisions[i].reason, now);
    if (plan.new_items < (first ? limits.backlog : limits.per_poll)) {
      record.due = now;
    } else {
      ForgetWords(&record.state);
    }
    ++plan.new_items;
    plan.new_times.push_back(items[i].item.publish_time.value_or(now));
    plan.changed.push_back(std::move(record));
  }
  return plan;
}

std::vector<ItemRecord> PlanRereads(const ItemLimits& limits, std::vector<ItemRecord> items, const std::string& recipe,
                                    WallTime now) {
  std::erase_if(items, [&](const ItemRecord& item) {
    return item.state.copy() != state::ItemState::COPY_PAGE || item.state.recipe() == recipe ||
           (item.due && *item.due <= now);
  });
  const auto time = [](const ItemRecord& item) {
    return item.state.publish_us() != 0 ? item.state.publish_us() : item.state.first_seen_us();
  };
  std::stable_sort(items.begin(), items.end(),
                   [&](const ItemRecord& a, const ItemRecord& b) { return time(a) > time(b); });
  if (items.size() > static_cast<size_t>(limits.reread)) items.resize(static_cast<size_t>(limits.reread));
  for (ItemRecord& item : items) {
    item.due = now;
    item.state.set_attempts(0);
  }
  return items;
}

void ForgetWords(state::ItemState* item) {
  item->clear_summary();
  item->clear_content();
  item->clear_content_type();
}

std::optional<WallTime> RetryTime(const ItemLimits& limits, uint32_t attempts, WallTime now) {
  if (attempts >= static_cast<uint32_t>(limits.attempts)) return std::nullopt;
  return now + limits.retry_first * (int64_t{1} << std::min<uint32_t>(attempts - 1, 10));
}

std::optional<WallTime> RecheckTime(const ItemLimits& limits, bool changed, WallTime now, state::ItemState* item) {
  if (changed) item->set_rechecks(0);
  if (item->rechecks() >= limits.rechecks.size()) return std::nullopt;
  const WallTime time = now + limits.rechecks[item->rechecks()];
  item->set_rechecks(item->rechecks() + 1);
  return time;
}

}  // namespace dateline::ingestion
