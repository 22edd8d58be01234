#include "services/notification/subscriptions/postgres/schema.h"

#include "common/eventlog/postgres_event_log.h"

namespace dateline::notification::pg {
namespace {

// As in SQLite (sqlite/schema.cc says what the columns mean), with these differences. No index looks at
// subscription.backlog, which changes with every delivery, so that such a change rewrites no index. Names compare by
// bytes, whatever the database's collation. lease holds a row for each part of the subscriptions, replica one for each
// process that is there; their times are the server's, so that the clocks of the replicas do not matter.
constexpr std::string_view kSubscriptions = R"sql(
CREATE TABLE matching (
  id SMALLINT PRIMARY KEY CHECK (id = 1),
  epoch BYTEA NOT NULL,
  sequence BIGINT NOT NULL,
  event_time_us BIGINT NOT NULL,
  version BIGINT NOT NULL
);
INSERT INTO matching VALUES (1, '', 0, 0, 0);

CREATE TABLE subscription (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL UNIQUE,
  state SMALLINT NOT NULL,
  settings BYTEA NOT NULL,
  request_id TEXT NOT NULL,
  secret TEXT NOT NULL,
  previous_secret TEXT NOT NULL,
  previous_until_us BIGINT NOT NULL,
  version BIGINT NOT NULL,
  behind BIGINT,
  failing_since_us BIGINT,
  last_delivery_us BIGINT,
  backlog BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

CREATE INDEX subscription_version ON subscription (version);
CREATE INDEX subscription_behind ON subscription (id) WHERE behind IS NOT NULL;

CREATE TABLE subscription_removal (
  version BIGINT PRIMARY KEY,
  id BIGINT NOT NULL
);

CREATE TABLE matched_event (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id TEXT COLLATE "C" NOT NULL UNIQUE,
  sequence BIGINT NOT NULL,
  release TEXT NOT NULL,
  payload BYTEA NOT NULL
);

CREATE TABLE delivery (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subscription_id BIGINT NOT NULL REFERENCES subscription (id) ON DELETE CASCADE,
  event BIGINT NOT NULL REFERENCES matched_event (id),
  sequence BIGINT NOT NULL,
  state SMALLINT NOT NULL,
  lane SMALLINT NOT NULL,
  backfill BOOLEAN NOT NULL,
  attempt_count INTEGER NOT NULL,
  first_attempt_us BIGINT,
  next_attempt_us BIGINT NOT NULL,
  create_us BIGINT NOT NULL,
  detail BYTEA NOT NULL,
  UNIQUE (subscription_id, event)
) WITH (fillfactor = 90);

CREATE INDEX delivery_pending ON delivery (subscription_id, lane, id) WHERE state = 1;
CREATE INDEX delivery_log ON delivery (subscription_id, id);
CREATE INDEX delivery_failed ON delivery (subscription_id, id) WHERE state = 3;
CREATE INDEX delivery_by_sequence ON delivery (subscription_id, sequence);
CREATE INDEX delivery_finished ON delivery (create_us) WHERE state <> 1;
CREATE INDEX delivery_event ON delivery (event);

CREATE TABLE backfill (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  operation TEXT COLLATE "C" NOT NULL UNIQUE,
  subscription_id BIGINT NOT NULL,
  subscription_name TEXT NOT NULL,
  epoch BYTEA NOT NULL,
  next_sequence BIGINT NOT NULL,
  start_sequence BIGINT NOT NULL,
  end_sequence BIGINT NOT NULL,
  read_count BIGINT NOT NULL,
  delivered_count BIGINT NOT NULL,
  max_per_minute INTEGER NOT NULL,
  cancelled BOOLEAN NOT NULL,
  done BOOLEAN NOT NULL,
  error_reason TEXT NOT NULL,
  error_message TEXT NOT NULL,
  create_us BIGINT NOT NULL
);

CREATE INDEX backfill_running ON backfill (id) WHERE NOT done;

CREATE TABLE replica (
  name TEXT COLLATE "C" PRIMARY KEY,
  expires TIMESTAMPTZ NOT NULL
);

CREATE TABLE lease (
  part SMALLINT PRIMARY KEY,
  holder TEXT COLLATE "C" NOT NULL,
  fence BIGINT NOT NULL,
  expires TIMESTAMPTZ NOT NULL
) WITH (fillfactor = 50);
INSERT INTO lease SELECT part, '', 0, '-infinity' FROM generate_series(0, 63) AS part;
)sql";

constexpr std::string_view kSavedSearches = R"sql(
CREATE TABLE saved_search (
  name TEXT COLLATE "C" PRIMARY KEY,
  record BYTEA NOT NULL
);
)sql";

}  // namespace

std::vector<sql::Migration> SchemaMigrations() {
  return {{.version = 1, .name = "subscriptions, events, deliveries, backfills, leases", .sql = kSubscriptions},
          eventlog::PostgresSchemaMigration(2),
          {.version = 3, .name = "saved searches", .sql = kSavedSearches}};
}

}  // namespace dateline::notification::pg
