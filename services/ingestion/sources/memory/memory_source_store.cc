#include "services/ingestion/sources/memory/memory_source_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/status_macros.h"
#include "services/ingestion/websub/subscription_rules.h"

namespace dateline::ingestion {
namespace {

std::optional<WallTime> Earlier(std::optional<WallTime> a, std::optional<WallTime> b) {
  if (!a) return b;
  return b ? std::min(*a, *b) : a;
}

}  // namespace

MemorySourceStore::MemorySourceStore(const Clock& clock)
    : clock_(clock), log_(clock, {.topics = {std::string(kSourceTopic)}, .source = std::string(kEventSource)}) {}

absl::Status MemorySourceStore::Create(const SourceRecord& record) {
  MutexLock lock(mutex_);
  if (sources_.contains(record.source.name())) return SourceExists(record.source.name(), "the name is taken");
  for (const auto& [name, known] : sources_) {
    if (known.source.uri() == record.source.uri()) return SourceExists(name, "it has the same address");
  }
  sources_[record.source.name()] = record;
  hosts_.try_emplace(record.host);
  return absl::OkStatus();
}

absl::StatusOr<SourceRecord> MemorySourceStore::Get(std::string_view name) {
  MutexLock lock(mutex_);
  const auto found = sources_.find(name);
  if (found == sources_.end()) return SourceNotFound(name);
  return found->second;
}

absl::StatusOr<SourcePage> MemorySourceStore::List(const SourceQuery& query) {
  MutexLock lock(mutex_);
  SourcePage page;
  for (auto at = sources_.upper_bound(query.after); at != sources_.end(); ++at) {
    if (static_cast<int>(page.sources.size()) == query.limit) {
      page.more = true;
      break;
    }
    page.sources.push_back(at->second);
  }
  return page;
}

absl::StatusOr<SourceRecord> MemorySourceStore::Change(std::string_view name,
                                                       const std::function<absl::Status(SourceRecord*)>& change) {
  MutexLock lock(mutex_);
  const auto found = sources_.find(name);
  if (found == sources_.end()) return SourceNotFound(name);
  SourceRecord record = found->second;
  DATELINE_RETURN_IF_ERROR(change(&record));
  for (const auto& [other, known] : sources_) {
    if (other != name && known.source.uri() == record.source.uri())
      return SourceExists(other, "it has the same address");
  }
  Reconcile(&record, std::string(name));
  found->second = record;
  hosts_.try_emplace(record.host);
  return record;
}

absl::Status MemorySourceStore::Delete(std::string_view name,
                                       const std::function<absl::Status(const SourceRecord&)>& check) {
  MutexLock lock(mutex_);
  const auto found = sources_.find(name);
  if (found == sources_.end()) return SourceNotFound(name);
  DATELINE_RETURN_IF_ERROR(check(found->second));
  for (auto at = items_.begin(); at != items_.end();) {
    if (at->second.source != name) {
      ++at;
      continue;
    }
    if (at->second.due) due_items_[at->second.host].erase({*at->second.due, at->first});
    at = items_.erase(at);
  }
  fetches_.erase(std::string(name));
  deliveries_.erase(std::string(name));
  Reconcile(nullptr, std::string(name));
  sources_.erase(found);
  return absl::OkStatus();
}

absl::StatusOr<FetchPage> MemorySourceStore::ListFetches(std::string_view name, int limit,
                                                         std::optional<int64_t> before) {
  MutexLock lock(mutex_);
  if (!sources_.contains(name)) return SourceNotFound(name);
  FetchPage page;
  const auto& fetches = fetches_[std::string(name)];
  auto at = before ? fetches.lower_bound(*before) : fetches.end();
  while (at != fetches.begin()) {
    if (static_cast<int>(page.fetches.size()) == limit) {
      page.next = at->first;
      break;
    }
    --at;
    page.fetches.push_back(at->second);
  }
  return page;
}

std::optional<WallTime> MemorySourceStore::Ready(const std::string& host) const {
  std::optional<WallTime> due;
  for (const auto& [name, record] : sources_) {
    if (record.host != host) continue;
    due = Earlier(due, record.next_poll);
    const auto pushed = deliveries_.find(name);
    if (pushed != deliveries_.end() && !pushed->second.empty()) {
      due = Earlier(due, pushed->second.begin()->second.receive_time);
    }
  }
  for (const auto& [token, subscription] : subscriptions_) {
    if (subscription.host == host) due = Earlier(due, subscription.due);
  }
  const auto items = due_items_.find(host);
  if (items != due_items_.end() && !items->second.empty()) due = Earlier(due, items->second.begin()->first);
  const auto known = hosts_.find(host);
  if (!due || known == hosts_.end()) return due;
  return std::max(*due, FromMicros(known->second.state.backoff_until_us()));
}

void MemorySourceStore::LeaseHosts(const LeaseParams& params, WallTime now,
                                   std::function<void(absl::StatusOr<std::vector<HostLease>>)> done) {
  std::vector<HostLease> leases;
  {
    MutexLock lock(mutex_);
    std::vector<std::pair<WallTime, std::string>> ready;
    for (const auto& [name, host] : hosts_) {
      const auto time = host.lease_until <= now ? Ready(name) : std::nullopt;
      if (time && *time <= now) ready.emplace_back(*time, name);
    }
    std::sort(ready.begin(), ready.end());
    if (ready.size() > static_cast<size_t>(params.max)) ready.resize(static_cast<size_t>(params.max));
    for (const auto& [time, name] : ready) {
      Host& host = hosts_[name];
      const bool inherited = host.lease_until != WallTime();
      host.holder = params.holder;
      host.token = ++last_token_;
      host.lease_until = now + params.duration;
      leases.push_back({name, host.holder, host.token, host.lease_until, host.state, inherited});
    }
  }
  done(std::move(leases));
}

absl::StatusOr<std::vector<Task>> MemorySourceStore::Tasks(const std::string& host, WallTime now, int max) {
  MutexLock lock(mutex_);
  std::vector<Task> tasks;
  for (const auto& [name, record] : sources_) {
    if (record.host != host) continue;
    const auto pushed = deliveries_.find(name);
    if (pushed != deliveries_.end() && !pushed->second.empty()) {
      const Delivery& delivery = pushed->second.begin()->second;
      tasks.push_back({.poll = record, .delivery = delivery, .due = delivery.receive_time});
    }
    if (record.next_poll && *record.next_poll <= now) tasks.push_back({.poll = record, .due = *record.next_poll});
  }
  for (const auto& [token, subscription] : subscriptions_) {
    if (subscription.host == host && subscription.due && *subscription.due <= now) {
      tasks.push_back({.subscription = subscription, .due = *subscription.due});
    }
  }
  int pages = 0;
  for (const auto& [due, id] : due_items_[host]) {
    if (due > now || pages++ == max) break;
    const ItemRecord& item = items_.at(id);
    tasks.push_back({.page = item, .page_source = sources_.at(item.source), .due = due});
  }
  // Polls first where times are the same, then in the order of storing.
  std::stable_sort(tasks.begin(), tasks.end(), [](const Task& a, const Task& b) { return a.due < b.due; });
  if (tasks.size() > static_cast<size_t>(max)) tasks.resize(static_cast<size_t>(max));
  return tasks;
}

absl::StatusOr<std::optional<WallTime>> MemorySourceStore::NextDue() {
  MutexLock lock(mutex_);
  std::optional<WallTime> due;
  for (const auto& [name, host] : hosts_) {
    const auto ready = Ready(name);
    if (ready) due = Earlier(due, std::max(*ready, host.lease_until));
  }
  return due;
}

absl::StatusOr<std::vector<ItemRecord>> MemorySourceStore::FindItems(std::string_view source, const ItemKeys& keys) {
  MutexLock lock(mutex_);
  const std::set<std::string> uris(keys.uris.begin(), keys.uris.end());
  const std::set<std::string> guids(keys.guids.begin(), keys.guids.end());
  const std::set<std::string> titles(keys.title_keys.begin(), keys.title_keys.end());
  std::vector<ItemRecord> found;
  for (const auto& [id, item] : items_) {
    if (item.source != source) continue;
    if (uris.contains(item.uri) || (!item.guid.empty() && guids.contains(item.guid)) ||
        (!item.title_key.empty() && titles.contains(item.title_key))) {
      found.push_back(item);
    }
  }
  return found;
}

absl::StatusOr<std::vector<ItemRecord>> MemorySourceStore::Items(std::string_view source) {
  MutexLock lock(mutex_);
  std::vector<ItemRecord> items;
  for (const auto& [id, item] : items_) {
    if (item.source == source) items.push_back(item);
  }
  return items;
}

void MemorySourceStore::KeepItem(ItemRecord item) {
  const auto known = items_.find(item.id);
  if (known != items_.end() && known->second.due) {
    due_items_[known->second.host].erase({*known->second.due, known->first});
  }
  hosts_.try_emplace(item.host);
  if (item.due) due_items_[item.host].insert({*item.due, item.id});
  items_[item.id] = std::move(item);
}

absl::Status MemorySourceStore::TakeUpdate(const HostUpdate& update, WallTime now) {
  Host& host = hosts_[update.lease.host];
  if (host.token != update.lease.token) return HostLeaseLost(update.lease);
  host.state = update.lease.state;
  host.lease_until = update.release ? WallTime() : now + update.keep;
  return absl::OkStatus();
}

absl::Status MemorySourceStore::ApplyPollLocked(PollCommit* commit, WallTime now) {
  DATELINE_RETURN_IF_ERROR(TakeUpdate(commit->host, now));
  const std::string name = commit->record.source.name();
  const auto found = sources_.find(name);
  if (found == sources_.end()) return absl::OkStatus();
  const bool known_address = std::any_of(sources_.begin(), sources_.end(), [&](const auto& entry) {
    return entry.first != name && entry.second.source.uri() == commit->record.source.uri();
  });
  if (known_address) commit->record.source.set_uri(commit->polled_uri);
  ApplyPoll(*commit, &found->second);
  if (commit->delivery != 0) deliveries_[name].erase(commit->delivery);
  Reconcile(&found->second, name);
  hosts_.try_emplace(found->second.host);
  for (ItemRecord& item : commit->items) {
    if (item.id == 0) item.id = ++last_id_;
    KeepItem(std::move(item));
  }
  for (const int64_t id : commit->seen_items) {
    if (const auto item = items_.find(id); item != items_.end()) item->second.last_seen = now;
  }
  auto& fetches = fetches_[name];
  for (v1::Fetch& fetch : commit->fetches) fetches[++last_id_] = std::move(fetch);
  while (fetches.size() > static_cast<size_t>(kFetchesKept)) fetches.erase(fetches.begin());
  return absl::OkStatus();
}

void MemorySourceStore::CommitPoll(PollCommit commit, WallTime now, Done done) {
  absl::Status status;
  {
    MutexLock lock(mutex_);
    status = ApplyPollLocked(&commit, now);
  }
  if (status.ok() && commit.event) status = log_.Append(*commit.event).status();
  done(status);
}

absl::Status MemorySourceStore::ApplyPageLocked(PageCommit* commit, WallTime now) {
  DATELINE_RETURN_IF_ERROR(TakeUpdate(commit->host, now));
  const auto item = items_.find(commit->item.id);
  if (item == items_.end()) return absl::OkStatus();
  ItemRecord merged = item->second;
  MergePage(commit->item, &merged);
  KeepItem(std::move(merged));
  return absl::OkStatus();
}

void MemorySourceStore::CommitPage(PageCommit commit, WallTime now, Done done) {
  absl::Status status;
  std::optional<eventlog::NewEvent> event;
  {
    MutexLock lock(mutex_);
    status = ApplyPageLocked(&commit, now);
    const auto source = sources_.find(commit.item.source);
    if (status.ok() && commit.judge && source != sources_.end()) event = commit.judge(&source->second);
  }
  if (event) status = log_.Append(*event).status();
  done(status);
}

void MemorySourceStore::CommitHub(HubCommit commit, WallTime now, Done done) {
  absl::Status status;
  {
    MutexLock lock(mutex_);
    status = TakeUpdate(commit.host, now);
    const auto found = subscriptions_.find(commit.token);
    if (status.ok() && found != subscriptions_.end()) {
      SubscriptionRecord subscription = found->second;
      commit.change(&subscription);
      KeepSubscription(std::move(subscription));
    }
  }
  done(status);
}

void MemorySourceStore::CommitHost(HostUpdate update, WallTime now, Done done) {
  absl::Status status;
  {
    MutexLock lock(mutex_);
    status = TakeUpdate(update, now);
  }
  done(status);
}

void MemorySourceStore::Reconcile(SourceRecord* record, const std::string& name) {
  std::vector<SubscriptionRecord> known;
  for (const auto& [token, subscription] : subscriptions_) {
    if (subscription.source == name) known.push_back(subscription);
  }
  for (SubscriptionRecord& changed : PlanSubscriptions(record, name, known, clock_.Now())) {
    KeepSubscription(std::move(changed));
  }
}

void MemorySourceStore::KeepSubscription(SubscriptionRecord subscription) {
  if (subscription.ended) {
    subscriptions_.erase(subscription.token);
    return;
  }
  const auto source = sources_.find(subscription.source);
  if (source != sources_.end()) ShowSubscription(subscription, &source->second);
  hosts_.try_emplace(subscription.host);
  if (subscription.id == 0) subscription.id = ++last_id_;
  const std::string token = subscription.token;
  subscriptions_[token] = std::move(subscription);
}

absl::StatusOr<SubscriptionRecord> MemorySourceStore::FindSubscription(std::string_view token) {
  MutexLock lock(mutex_);
  const auto found = subscriptions_.find(token);
  if (found == subscriptions_.end()) return SubscriptionNotFound();
  return found->second;
}

absl::Status MemorySourceStore::ChangeSubscription(std::string_view token, const SubscriptionStore::Change& change) {
  MutexLock lock(mutex_);
  const auto found = subscriptions_.find(token);
  if (found == subscriptions_.end()) return SubscriptionNotFound();
  SubscriptionRecord subscription = found->second;
  DATELINE_RETURN_IF_ERROR(change(&subscription));
  KeepSubscription(std::move(subscription));
  return absl::OkStatus();
}

absl::Status MemorySourceStore::AddDelivery(std::string_view token, const Delivery& delivery) {
  MutexLock lock(mutex_);
  const auto found = subscriptions_.find(token);
  if (found == subscriptions_.end()) return SubscriptionNotFound();
  const std::string& source = found->second.source;
  if (!sources_.contains(source)) return SourceNotFound(source);
  auto& waiting = deliveries_[source];
  if (waiting.size() >= static_cast<size_t>(kDeliveriesMax)) return DeliveriesWait(source);
  Delivery kept = delivery;
  kept.id = ++last_id_;
  waiting.emplace(kept.id, std::move(kept));
  return absl::OkStatus();
}

absl::StatusOr<StoreCounts> MemorySourceStore::Count() {
  MutexLock lock(mutex_);
  StoreCounts counts;
  for (const auto& [name, record] : sources_) {
    ++counts.sources;
    if (record.source.state() == v1::Source::STATE_PAUSED) ++counts.paused;
    ++counts.by_health[static_cast<size_t>(record.source.health()) % std::size(counts.by_health)];
  }
  counts.items = items_.size();
  for (const auto& [id, item] : items_) counts.items_due += item.due ? 1 : 0;
  return counts;
}

}  // namespace dateline::ingestion
