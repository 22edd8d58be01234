#pragma once
// The port to what notification keeps: subscriptions, how far the log has been matched, the events that somebody still
// waits for, and the deliveries with their attempts. MemorySubscriptionStore, SqliteSubscriptionStore and
// PostgresSubscriptionStore, which several processes share, pass one conformance suite. One call is one transaction:
// matches and the cursor behind them are written together, and so are the outcome of an attempt and what it means for
// the subscription. Thread-safe; callbacks may come on a thread of the store and must not block.
//
// A subscription is *live* when it is ACTIVE and `behind` is absent: then it is matched with the shared cursor. One
// that was paused, disabled or has too much waiting stands behind; it is caught up from the log, alone, until it
// reaches the shared cursor and is live again. Matches are computed outside of the transaction, for one version of
// the subscriptions: when any of them has changed meanwhile the commit is refused and the matches are made anew, so
// that a change is visible to the very next event.

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
#include "dateline/notification/v1/subscription.pb.h"
#include "services/notification/resume_token.h"
#include "services/notification/saved_searches/saved_search_store.h"

namespace dateline::notification {

inline constexpr std::string_view kReasonSubscriptionsChanged = "SUBSCRIPTIONS_CHANGED";
// FAILED_PRECONDITION: the outcome of an attempt that began under a lease which another replica holds by now.
inline constexpr std::string_view kReasonLeaseLost = "LEASE_LOST";
inline constexpr std::string_view kSubscriptionTopic = "subscription/";
inline constexpr std::string_view kEventSource = "/dateline/notification";
inline constexpr std::string_view kDisabledEventType = "org.dateline.subscription.disabled";
// Removals that Changes() still knows after a Trim(); who asks from before them is told everything.
inline constexpr int kRemovalsKept = 256;
// Attempts that are kept of one delivery; the oldest go first.
inline constexpr int kAttemptsKept = 20;

// Of a webhook. `previous` signs too until its time, so that receivers can change over. In a record and in the stores
// they are sealed (secret_sealing.h), unless there is no key.
struct SigningSecrets {
  std::string current;  // "whsec_..." when opened; empty for other channels.
  std::string previous;
  WallTime previous_until{};
  bool operator==(const SigningSecrets&) const = default;
};

struct SubscriptionRecord {
  int64_t id = 0;             // Given by the store, never reused.
  v1::Subscription settings;  // Name, filter, channel …; state, state_cause, times and etag too. Never a secret.
  SigningSecrets secrets;
  std::string request_id;                 // Of its creation.
  uint64_t version = 0;                   // The store's count of changes at its latest one.
  std::optional<uint64_t> behind;         // Matched up to here only; absent: up to the shared cursor.
  std::optional<WallTime> failing_since;  // Since when no attempt has succeeded; absent after a success.
  std::optional<WallTime> last_delivery;
  // As they are now; not written by Create() and Change().
  uint64_t backlog = 0;          // Deliveries that wait.
  uint64_t cursor_sequence = 0;  // Of the last event that it is done with.

  bool live() const { return settings.state() == v1::Subscription::STATE_ACTIVE && !behind; }
};

struct SubscriptionPage {
  std::vector<SubscriptionRecord> subscriptions;
  bool more = false;
};

// What has changed since a version.
struct SubscriptionChanges {
  std::vector<SubscriptionRecord> changed;
  std::vector<int64_t> removed;
  // `changed` holds all there are, and what is not among them is gone: not all removals since then are known any more.
  bool complete = false;
  uint64_t version = 0;  // Ask from here the next time.
};

// How far the log has been matched.
struct MatchCursor {
  StreamPosition position;
  WallTime event_time{};  // Of the event there; where to begin in another life of the log.
  bool operator==(const MatchCursor&) const = default;
};

// An event with those who are to get it.
struct MatchedEvent {
  // Those who get it for the same reasons.
  struct Receivers {
    std::vector<int64_t> subscriptions;
    std::vector<std::string> reasons;  // Which clauses matched, with the words.
  };
  uint64_t sequence = 0;
  std::string event_id;
  std::string release;               // The subject.
  std::string payload;               // A serialised io.cloudevents.v1.CloudEvent.
  std::vector<Receivers> receivers;  // No subscription twice.
};

// The shared cursor moves from `from` to `to`. Refused with ABORTED: SUBSCRIPTIONS_CHANGED when `version` is not the
// present one or the cursor is not at `from`.
struct MatchCommit {
  uint64_t version = 0;
  StreamPosition from;
  MatchCursor to;
  std::vector<MatchedEvent> events;  // Only those that have receivers.
};

// One subscription, which stands behind at `from`, moves to `to`; at the shared cursor it becomes live. ABORTED as
// above when it does not stand there any more.
struct CatchUpCommit {
  int64_t subscription = 0;
  uint64_t from = 0;
  uint64_t to = 0;
  std::vector<MatchedEvent> events;
};

// Where a delivery stands in its subscription's order.
enum class Lane {
  kInOrder = 0,  // Each after the one before.
  kAside = 1,    // Backfills and replays: after those, and holding up nobody.
};

struct PendingDelivery {
  int64_t id = 0;
  uint64_t sequence = 0;
  std::string event_id;
  std::string release;
  std::string payload;
  bool backfill = false;
  Lane lane = Lane::kInOrder;
  int attempt_count = 0;  // Since it was made or replayed.
  std::optional<WallTime> first_attempt;
  WallTime next_attempt;
  WallTime create_time;
  std::vector<std::string> reasons;
};

struct PendingQuery {
  int64_t subscription = 0;
  Lane lane = Lane::kInOrder;
  int limit = 1;
  std::vector<int64_t> except{};                  // Those under way.
  std::optional<WallTime> due_by = std::nullopt;  // Only those whose next attempt is not later.
};
// A subscription with the first of what waits for it.
struct PendingWork {
  SubscriptionRecord subscription;
  std::vector<PendingDelivery> deliveries;  // Of one lane, in order.
  // With PendingQuery::due_by, when there are none: when the next of them is due.
  std::optional<WallTime> next_due;
};

// What came of an attempt for one delivery. `attempt` is added to its list.
struct DeliveryOutcome {
  int64_t delivery = 0;
  v1::DeliveryAttempt attempt;
  v1::Delivery::State state = v1::Delivery::STATE_PENDING;
  WallTime next_attempt;  // While it is pending.
};

// The outcome of one request, for all deliveries that it carried, and what it means for the subscription.
struct AttemptCommit {
  int64_t subscription = 0;
  std::vector<DeliveryOutcome> outcomes;
  bool succeeded = false;  // Sets last_delivery and ends failing_since, else that begins when it had not.
  WallTime time;           // When the attempt began.
  // Not empty: the subscription is ACTIVE no more but DISABLED, for this cause, and an event says so.
  std::string disable_cause;
  std::optional<uint64_t> fence = std::nullopt;  // Of the lease that it began under, where replicas share the store.
};

struct DeliveryQuery {
  std::string subscription;                                     // "subscriptions/{subscription}"
  v1::Delivery::State state = v1::Delivery::STATE_UNSPECIFIED;  // Any.
  int limit = 50;
  std::optional<int64_t> before;  // Only those with a smaller id.
};
struct DeliveryPage {
  std::vector<v1::Delivery> deliveries;  // Newest first.
  std::optional<int64_t> next;           // `before` of the next page.
};

struct ReplayQuery {
  std::string subscription;
  std::vector<int64_t> ids;  // These, or the range when empty.
  uint64_t start_sequence = 0;
  uint64_t end_sequence = 0;
  int limit = 10'000;  // More are refused with INVALID_ARGUMENT (TOO_MANY_DELIVERIES).
};

// A backfill under way or done.
struct BackfillRecord {
  std::string operation;  // "operations/{uuid}"
  int64_t subscription = 0;
  std::string subscription_name;
  StreamPosition next;        // Events behind this one are to be looked at …
  uint64_t end_sequence = 0;  // … up to this one.
  uint64_t start_sequence = 0;
  uint64_t read_count = 0;
  uint64_t delivered_count = 0;
  int max_per_minute = 600;
  bool cancelled = false;
  bool done = false;
  std::string error_reason;  // With `done`: why it ended before its end; empty when it did not.
  std::string error_message;
  WallTime create_time;
};

// A step of a backfill: `to` follows `from` in its record. Deliveries that are there already are made pending anew when
// they are finished, and marked.
struct BackfillCommit {
  BackfillRecord from;
  BackfillRecord to;
  std::vector<MatchedEvent> events;
};

struct StoreCounts {
  int64_t subscriptions = 0;
  int64_t active = 0;
  int64_t paused = 0;
  int64_t disabled = 0;
  int64_t behind = 0;
  int64_t backlog = 0;
};

class SubscriptionStore {
 public:
  using Done = std::function<void(absl::Status)>;

  struct Limits {
    int64_t subscriptions_max = 1'000'000;
    uint64_t backlog_max = 100'000;  // A subscription with so many waiting deliveries stands behind.
  };

  virtual ~SubscriptionStore() = default;

  // --- subscriptions ---
  // Sets id and version. ALREADY_EXISTS (SUBSCRIPTION_EXISTS); RESOURCE_EXHAUSTED (TOO_MANY_SUBSCRIPTIONS).
  virtual absl::StatusOr<SubscriptionRecord> Create(SubscriptionRecord record) = 0;
  // NOT_FOUND (SUBSCRIPTION_NOT_FOUND), as everywhere below.
  virtual absl::StatusOr<SubscriptionRecord> Get(std::string_view name) = 0;
  // By name, those behind `after`.
  virtual absl::StatusOr<SubscriptionPage> List(int limit, std::string_view after) = 0;
  // Runs `change` within the transaction; its error is the outcome, and nothing is changed then.
  virtual absl::StatusOr<SubscriptionRecord> Change(std::string_view name,
                                                    const std::function<absl::Status(SubscriptionRecord*)>& change) = 0;
  // With its deliveries.
  virtual absl::Status Delete(std::string_view name,
                              const std::function<absl::Status(const SubscriptionRecord&)>& check) = 0;

  // --- matching ---
  // nullopt before the first MoveCursor().
  virtual absl::StatusOr<std::optional<MatchCursor>> Cursor() = 0;
  // Without matches: at the first start, and for another life of the log. Who stands behind moves back with it.
  virtual absl::Status MoveCursor(const MatchCursor& to) = 0;
  virtual absl::StatusOr<SubscriptionChanges> Changes(uint64_t after_version) = 0;
  // Cheap: the present version.
  virtual uint64_t version() const = 0;
  virtual absl::Status CommitMatches(const MatchCommit& commit, WallTime now) = 0;
  // ACTIVE ones that stand behind and have room, at most `limit`.
  virtual absl::StatusOr<std::vector<SubscriptionRecord>> Behind(int limit) = 0;
  virtual absl::Status CommitCatchUp(const CatchUpCommit& commit, WallTime now) = 0;

  // --- delivering ---
  // Active subscriptions with pending deliveries: all ids.
  virtual absl::StatusOr<std::vector<int64_t>> WithPending() = 0;
  // The first pending deliveries of a lane. No deliveries unless the subscription is ACTIVE. NOT_FOUND.
  virtual absl::StatusOr<PendingWork> Pending(const PendingQuery& query) = 0;
  // What is finished stays so, whatever a late outcome says. FAILED_PRECONDITION (LEASE_LOST): nothing was written, and
  // whoever holds the lease makes the attempt again.
  virtual void CommitAttempt(AttemptCommit commit, Done done) = 0;

  // --- the log of deliveries ---
  virtual absl::StatusOr<DeliveryPage> ListDeliveries(const DeliveryQuery& query) = 0;
  // Finished deliveries become pending again, aside. How many. NOT_FOUND (DELIVERY_NOT_FOUND) for an unknown id.
  virtual absl::StatusOr<int> Replay(const ReplayQuery& query, WallTime now) = 0;
  // Removes finished deliveries made before `before`, events that nothing refers to, and old removals; at most about
  // `limit`. How many deliveries.
  virtual absl::StatusOr<int> Trim(WallTime before, int limit) = 0;

  // --- backfills ---
  virtual absl::Status AddBackfill(const BackfillRecord& record) = 0;
  // NOT_FOUND (OPERATION_NOT_FOUND).
  virtual absl::StatusOr<BackfillRecord> GetBackfill(std::string_view operation) = 0;
  // Newest first, at most `limit`, those behind `after` (an operation's name).
  virtual absl::StatusOr<std::vector<BackfillRecord>> ListBackfills(int limit, std::string_view after) = 0;
  virtual absl::StatusOr<std::vector<BackfillRecord>> RunningBackfills() = 0;
  // ABORTED (BACKFILL_CHANGED) when it does not stand where `from` says.
  virtual absl::Status CommitBackfill(const BackfillCommit& commit, WallTime now) = 0;
  virtual absl::Status CancelBackfill(std::string_view operation) = 0;
  // FAILED_PRECONDITION (OPERATION_RUNNING) while it runs.
  virtual absl::Status DeleteBackfill(std::string_view operation) = 0;

  virtual absl::StatusOr<StoreCounts> Count() = 0;

  // Kept beside the subscriptions.
  virtual SavedSearchStore& saved_searches() = 0;

  // The log of the events about subscriptions, which are written with what they are about.
  virtual eventlog::EventLog& events() = 0;
  // `listener` is called after commits that appended, on a thread of the store; nullptr removes it.
  virtual void SetCommitListener(std::function<void()> listener) = 0;
  // Whose turn it is to publish events, where several processes share the store; null where none do.
  virtual const eventlog::RelayTurn* relay_turn() const { return nullptr; }

  // Refuses new writes and runs those that were accepted. Idempotent.
  virtual absl::Status Close() { return absl::OkStatus(); }
};

// The errors and rules that all stores share.
absl::Status SubscriptionNotFound(std::string_view name);
absl::Status SubscriptionExists(std::string_view name);
absl::Status TooManySubscriptions(int64_t limit);
absl::Status SubscriptionsChanged();
absl::Status LeaseLost(int64_t subscription);
absl::Status DeliveryNotFound(std::string_view subscription, int64_t id);
absl::Status TooManyDeliveries(int limit);
absl::Status OperationNotFound(std::string_view operation);
absl::Status OperationRunning(std::string_view operation);
absl::Status BackfillChanged(std::string_view operation);
// A record that was looked for, which may not be there.
absl::StatusOr<SubscriptionRecord> FoundSubscription(absl::StatusOr<std::optional<SubscriptionRecord>> found,
                                                     std::string_view name);
// All who are to get one of these events, each once, rising.
std::vector<int64_t> ReceiversOf(const std::vector<MatchedEvent>& events);
// What a delivery is made with, a v1.Delivery with the reasons, and what a delivery then keeps there.
std::string DeliveryDetail(const std::vector<std::string>& reasons);
v1::Delivery ParseDeliveryDetail(std::string_view bytes);
// What a change of state means for `behind`, with the shared cursor at `cursor`.
void ApplyStateRules(uint64_t cursor, SubscriptionRecord* record);
// Adds an attempt to the list, of which the latest kAttemptsKept stay.
void AppendAttempt(const v1::DeliveryAttempt& attempt, v1::Delivery* delivery);
// Applies an attempt's meaning for the subscription; true when it is disabled by that, which is a new version and an
// event.
bool ApplyAttempt(const AttemptCommit& commit, SubscriptionRecord* record);
// The event about a subscription that was disabled at this time.
eventlog::NewEvent DisabledEvent(const SubscriptionRecord& record, WallTime time);
// "subscriptions/{subscription}/deliveries/{id}"
std::string DeliveryName(std::string_view subscription, int64_t id);
// The id in such a name; nullopt for a name of another subscription or form.
std::optional<int64_t> DeliveryId(std::string_view subscription, std::string_view name);

}  // namespace dateline::notification
