#pragma once
// The port to what ingestion keeps: sources, their items, hosts and fetches, and the events about sources.
// MemorySourceStore, SqliteSourceStore and PostgresSourceStore, which several processes share, pass one conformance
// suite. One call is one transaction. Thread-safe; callbacks may come on a
// thread of the store, must not block and must not call it back synchronously with a write that waits.
//
// Work is shared out by host, because politeness is owed to hosts: whoever holds the lease of a host polls its sources
// and fetches its pages, and nobody else does. A holder that dies loses its lease with time; what it had not committed
// is done again. Every commit carries the lease and is refused with LEASE_LOST when another took over.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/eventlog/cloud_event.h"
#include "common/eventlog/event_log.h"
#include "common/eventlog/relay.h"
#include "dateline/ingestion/v1/source.pb.h"
#include "dateline/ingestion/v1/source_service.pb.h"
#include "services/ingestion/sources/state.pb.h"
#include "services/ingestion/sources/subscription_store.h"

namespace dateline::ingestion {

inline constexpr std::string_view kSourceTopic = "source/";
inline constexpr std::string_view kEventSource = "/dateline/ingestion";
inline constexpr std::string_view kReasonHostLeaseLost = "LEASE_LOST";
// Fetches that are kept for each source.
inline constexpr int kFetchesKept = 200;
// Items that are remembered for each source; those seen longest ago go first.
inline constexpr int kItemsKept = 20'000;

// A source with what ingestion remembers of it.
struct SourceRecord {
  v1::Source source;  // Settings, state and health; the times of polls are filled in from `state`.
  state::SourceState state;
  std::string host;                   // Whose budget its polls use.
  std::optional<WallTime> next_poll;  // Absent: it is not polled (paused or gone).
};

// An item of a source.
struct ItemRecord {
  int64_t id = 0;      // 0: not stored yet.
  std::string source;  // "sources/{source}"
  std::string uri;     // Canonical.
  std::string guid;
  std::string title_key;  // The folded title and day, by which moved items are found; may be empty.
  std::string host;       // Of its page.
  state::ItemState state;
  std::optional<WallTime> due;  // When its page is to be fetched; absent: nothing is to be done.
  WallTime last_seen;
};

struct HostLease {
  std::string host;
  std::string holder;
  uint64_t token = 0;
  WallTime until;
  state::HostState state;
  // Whoever held it before did not give it back: what was asked last at the host is not known.
  bool inherited = false;
};

// Something to do at a host: one of these.
struct Task {
  std::optional<SourceRecord> poll = std::nullopt;  // A source to poll, or, with a delivery, to read what was pushed.
  std::optional<Delivery> delivery = std::nullopt;
  std::optional<ItemRecord> page = std::nullopt;  // The page of an item, with the record of its source.
  std::optional<SourceRecord> page_source = std::nullopt;
  std::optional<SubscriptionRecord> subscription = std::nullopt;  // To be asked for at its hub, which is this host.
  WallTime due{};
};

struct LeaseParams {
  std::string holder;
  int max = 64;
  std::chrono::milliseconds duration{300'000};
};

// What every commit under a lease says of the host.
struct HostUpdate {
  HostLease lease;                          // With the new state.
  std::chrono::milliseconds keep{300'000};  // The lease lasts this long from now on …
  bool release = false;                     // … or ends.
};

// The outcome of polling a source.
struct PollCommit {
  SourceRecord record;              // State, health and next poll as they are from now on; settings are not written.
  std::string polled_uri;           // Where it was polled; `record.source.uri()` differs when a redirect was adopted.
  std::string adopted_host;         // Of the new address.
  std::vector<ItemRecord> items;    // New and changed ones.
  std::vector<int64_t> seen_items;  // Known ones that were listed again without a change.
  std::vector<v1::Fetch> fetches;
  std::optional<eventlog::NewEvent> event;
  int64_t delivery = 0;  // What was pushed and is read now; 0: it was a poll.
  // When the source was to be polled as this began. Whoever changed that meanwhile wins.
  std::optional<WallTime> next_poll_before = std::nullopt;
  HostUpdate host;
};

// The outcome of fetching the page of an item.
struct PageCommit {
  ItemRecord item;
  // What the page says of the source's health: runs within the transaction, changes health and state, and gives the
  // event to append. Empty when it says nothing.
  std::function<std::optional<eventlog::NewEvent>(SourceRecord*)> judge;
  HostUpdate host;
};

// The outcome of asking a hub.
struct HubCommit {
  std::string token;
  // Runs within the transaction on the record as it is by then. A subscription that has gone meanwhile is no error.
  std::function<void(SubscriptionRecord*)> change;
  HostUpdate host;
};

struct SourceQuery {
  int limit = 50;
  std::string after;  // The name behind which the page begins.
};
struct SourcePage {
  std::vector<SourceRecord> sources;  // By name.
  bool more = false;
};

struct FetchPage {
  std::vector<v1::Fetch> fetches;  // Newest first.
  std::optional<int64_t> next;
};

// By which known items are looked up.
struct ItemKeys {
  std::vector<std::string> uris;
  std::vector<std::string> guids;
  std::vector<std::string> title_keys;
};

struct StoreCounts {
  uint64_t sources = 0;
  uint64_t paused = 0;
  uint64_t items = 0;
  uint64_t items_due = 0;  // Pages that wait to be fetched.
  uint64_t by_health[8] = {};
};

// How a store that writes in groups is doing.
struct WriteStats {
  uint64_t waiting = 0;
  uint64_t writes = 0;
  uint64_t failures = 0;
  uint64_t groups = 0;  // Transactions; writes by groups is the size of a group.
};

class SourceStore {
 public:
  using Done = std::function<void(absl::Status)>;

  virtual ~SourceStore() = default;

  // Adds a source; `record.source.name` and uri are set. ALREADY_EXISTS (SOURCE_EXISTS, metadata source) when the name
  // or the uri is taken.
  virtual absl::Status Create(const SourceRecord& record) = 0;
  // NOT_FOUND (SOURCE_NOT_FOUND).
  virtual absl::StatusOr<SourceRecord> Get(std::string_view name) = 0;
  virtual absl::StatusOr<SourcePage> List(const SourceQuery& query) = 0;
  // Reads, changes and writes a source in one transaction. `change` may run more than once and gives the error to
  // return. When it changes the settings it sets a new etag. A source that is moved in time is due at next_poll.
  virtual absl::StatusOr<SourceRecord> Change(std::string_view name,
                                              const std::function<absl::Status(SourceRecord*)>& change) = 0;
  // Removes a source, its items and fetches. `check` sees the record first and may refuse.
  virtual absl::Status Delete(std::string_view name, const std::function<absl::Status(const SourceRecord&)>& check) = 0;
  virtual absl::StatusOr<FetchPage> ListFetches(std::string_view name, int limit, std::optional<int64_t> before) = 0;

  // Takes hosts that have something to do now, the longest waiting first.
  virtual void LeaseHosts(const LeaseParams& params, WallTime now,
                          std::function<void(absl::StatusOr<std::vector<HostLease>>)> done) = 0;
  // What is to be done at a host, the longest due first.
  virtual absl::StatusOr<std::vector<Task>> Tasks(const std::string& host, WallTime now, int max) = 0;
  // When something is next to be done anywhere that nobody holds; absent when nothing is.
  virtual absl::StatusOr<std::optional<WallTime>> NextDue() = 0;
  virtual absl::StatusOr<std::vector<ItemRecord>> FindItems(std::string_view source, const ItemKeys& keys) = 0;
  // All that are remembered of a source, kItemsKept at most, in the order in which they were stored.
  virtual absl::StatusOr<std::vector<ItemRecord>> Items(std::string_view source) = 0;
  // FAILED_PRECONDITION (LEASE_LOST): nothing was written. A source that was deleted meanwhile loses its outcome
  // silently; one whose address was changed keeps the new one.
  virtual void CommitPoll(PollCommit commit, WallTime now, Done done) = 0;
  virtual void CommitPage(PageCommit commit, WallTime now, Done done) = 0;
  virtual void CommitHub(HubCommit commit, WallTime now, Done done) = 0;
  virtual void CommitHost(HostUpdate update, WallTime now, Done done) = 0;

  virtual absl::StatusOr<StoreCounts> Count() = 0;
  virtual eventlog::EventLog& events() = 0;
  // The same transactions reach both: a change of a source plans its subscriptions anew.
  virtual SubscriptionStore& subscriptions() = 0;

  // `listener` is called after every commit, on a thread of the store; nullptr removes it. A store whose commits only
  // its callers see needs none.
  virtual void SetCommitListener(std::function<void()>) {}
  // Whose turn it is to publish events, where several processes share the store; null where none do.
  virtual const eventlog::RelayTurn* relay_turn() const { return nullptr; }
  // Refuses new writes and runs those that were accepted. Idempotent.
  virtual absl::Status Close() { return absl::OkStatus(); }
  virtual WriteStats write_stats() const { return {}; }
};

// The errors and names that all implementations share.
absl::Status SourceNotFound(std::string_view name);
absl::Status SourceExists(std::string_view name, std::string_view why);
absl::Status HostLeaseLost(const HostLease& lease);
// "sources/{id}" with an id of 4 to 63 characters of [a-z0-9-], beginning with a letter.
bool IsSourceName(std::string_view name);
// The host of an http(s) URL as the key of budgets; empty when it has none.
std::string HostOf(std::string_view uri);
// The record with what lists and answers show: times of polls, failures.
v1::Source Shown(const SourceRecord& record);

// Brings a stored record up to the outcome of a poll without touching what a person may have changed meanwhile.
void ApplyPoll(const PollCommit& commit, SourceRecord* stored);
// Brings a stored item up to the outcome of fetching its page. An edit that was listed meanwhile stays due.
void MergePage(const ItemRecord& fetched, ItemRecord* stored);

}  // namespace dateline::ingestion
