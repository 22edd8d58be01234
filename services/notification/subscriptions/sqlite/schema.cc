#include "services/notification/subscriptions/sqlite/schema.h"

#include "common/eventlog/sqlite_event_log.h"

namespace dateline::notification {
namespace {

// Times are microseconds since 1970 in UTC; NULL means never. Messages are kept as serialised protobuf. A
// subscription's name is kept without "subscriptions/". matching has one row: the shared cursor (epoch is empty before
// the first start) and the count of changes, which every change of a subscription's settings raises and writes into its
// row. delivery.detail is a v1.Delivery with the match reasons and the attempts. backlog counts the pending deliveries
// of a subscription, so that nobody has to.
constexpr std::string_view kSubscriptions = R"sql(
CREATE TABLE matching (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch BLOB NOT NULL,
  sequence INTEGER NOT NULL,
  event_time_us INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
INSERT INTO matching VALUES (1, x'', 0, 0, 0);

CREATE TABLE subscription (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  state INTEGER NOT NULL,
  settings BLOB NOT NULL,
  request_id TEXT NOT NULL,
  secret TEXT NOT NULL,
  previous_secret TEXT NOT NULL,
  previous_until_us INTEGER NOT NULL,
  version INTEGER NOT NULL,
  behind INTEGER,
  failing_since_us INTEGER,
  last_delivery_us INTEGER,
  backlog INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX subscription_version ON subscription (version);
CREATE INDEX subscription_behind ON subscription (state, backlog) WHERE behind IS NOT NULL;
CREATE INDEX subscription_waiting ON subscription (state) WHERE backlog > 0;

CREATE TABLE subscription_removal (
  version INTEGER PRIMARY KEY,
  id INTEGER NOT NULL
) STRICT;

CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  event_id TEXT NOT NULL UNIQUE,
  sequence INTEGER NOT NULL,
  release TEXT NOT NULL,
  payload BLOB NOT NULL
) STRICT;

CREATE TABLE delivery (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  subscription_id INTEGER NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
  event INTEGER NOT NULL REFERENCES event (id),
  sequence INTEGER NOT NULL,
  state INTEGER NOT NULL,
  lane INTEGER NOT NULL,
  backfill INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  first_attempt_us INTEGER,
  next_attempt_us INTEGER NOT NULL,
  create_us INTEGER NOT NULL,
  detail BLOB NOT NULL,
  UNIQUE (subscription_id, event)
) STRICT;

CREATE INDEX delivery_pending ON delivery (subscription_id, lane, id) WHERE state = 1;
CREATE INDEX delivery_by_state ON delivery (subscription_id, state, id);
CREATE INDEX delivery_by_sequence ON delivery (subscription_id, sequence);
CREATE INDEX delivery_finished ON delivery (create_us) WHERE state <> 1;
CREATE INDEX delivery_event ON delivery (event);

CREATE TABLE backfill (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  operation TEXT NOT NULL UNIQUE,
  subscription_id INTEGER NOT NULL,
  subscription_name TEXT NOT NULL,
  epoch BLOB NOT NULL,
  next_sequence INTEGER NOT NULL,
  start_sequence INTEGER NOT NULL,
  end_sequence INTEGER NOT NULL,
  read_count INTEGER NOT NULL,
  delivered_count INTEGER NOT NULL,
  max_per_minute INTEGER NOT NULL,
  cancelled INTEGER NOT NULL,
  done INTEGER NOT NULL,
  error_reason TEXT NOT NULL,
  error_message TEXT NOT NULL,
  create_us INTEGER NOT NULL
) STRICT;

CREATE INDEX backfill_running ON backfill (id) WHERE done = 0;
)sql";

// "event" is a table of the log.
constexpr std::string_view kRenamed = "ALTER TABLE event RENAME TO matched_event;";

// record is a v1.SavedSearch without its name.
constexpr std::string_view kSavedSearches = R"sql(
CREATE TABLE saved_search (
  name TEXT PRIMARY KEY,
  record BLOB NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace

std::vector<sql::Migration> NotificationMigrations() {
  return {{.version = 1, .name = "subscriptions, events, deliveries, backfills", .sql = kSubscriptions},
          {.version = 2, .name = "another name for the events that somebody waits for", .sql = kRenamed},
          eventlog::SchemaMigration(3),
          {.version = 4, .name = "saved searches", .sql = kSavedSearches}};
}

}  // namespace dateline::notification
