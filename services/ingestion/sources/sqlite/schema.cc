#include "services/ingestion/sources/sqlite/schema.h"

#include "common/eventlog/sqlite_event_log.h"

namespace dateline::ingestion {
namespace {

// Times are microseconds since 1970 in UTC; NULL means never. Messages are kept as serialised protobuf. A source's name
// is kept without "sources/". host.ready_us is the earliest time at which something is due at the host and the host has
// rested; it is brought up to date by every write that touches the host's sources or items.
constexpr std::string_view kSources = R"sql(
CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  uri TEXT NOT NULL UNIQUE,
  host TEXT NOT NULL,
  health INTEGER NOT NULL,
  paused INTEGER NOT NULL,
  next_poll_us INTEGER,
  settings BLOB NOT NULL,
  state BLOB NOT NULL
) STRICT;

CREATE INDEX source_due ON source (host, next_poll_us) WHERE next_poll_us IS NOT NULL;

CREATE TABLE item (
  id INTEGER PRIMARY KEY,
  source_id INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
  uri TEXT NOT NULL,
  guid TEXT NOT NULL,
  title_key TEXT NOT NULL,
  host TEXT NOT NULL,
  due_us INTEGER,
  last_seen_us INTEGER NOT NULL,
  state BLOB NOT NULL
) STRICT;

CREATE INDEX item_uri ON item (source_id, uri);
CREATE INDEX item_guid ON item (source_id, guid) WHERE guid <> '';
CREATE INDEX item_title ON item (source_id, title_key) WHERE title_key <> '';
CREATE INDEX item_seen ON item (source_id, last_seen_us);
CREATE INDEX item_due ON item (host, due_us) WHERE due_us IS NOT NULL;

CREATE TABLE host (
  host TEXT PRIMARY KEY,
  ready_us INTEGER,
  backoff_until_us INTEGER NOT NULL DEFAULT 0,
  holder TEXT NOT NULL DEFAULT '',
  token INTEGER NOT NULL DEFAULT 0,
  lease_until_us INTEGER NOT NULL DEFAULT 0,
  state BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX host_ready ON host (ready_us) WHERE ready_us IS NOT NULL;

CREATE TABLE fetch (
  id INTEGER PRIMARY KEY,
  source_id INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
  record BLOB NOT NULL
) STRICT;

CREATE INDEX fetch_source ON fetch (source_id, id);
)sql";

// A subscription names its source instead of referring to it, because it outlives the source until its hub was told.
constexpr std::string_view kSubscriptions = R"sql(
CREATE TABLE subscription (
  id INTEGER PRIMARY KEY,
  token TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  hub TEXT NOT NULL,
  topic TEXT NOT NULL,
  host TEXT NOT NULL,
  due_us INTEGER,
  state BLOB NOT NULL
) STRICT;

CREATE INDEX subscription_source ON subscription (source);
CREATE INDEX subscription_due ON subscription (host, due_us) WHERE due_us IS NOT NULL;

CREATE TABLE delivery (
  id INTEGER PRIMARY KEY,
  source_id INTEGER NOT NULL REFERENCES source (id) ON DELETE CASCADE,
  topic TEXT NOT NULL,
  content_type TEXT NOT NULL,
  receive_us INTEGER NOT NULL,
  body BLOB NOT NULL
) STRICT;

CREATE INDEX delivery_source ON delivery (source_id, id);
)sql";

}  // namespace

std::vector<sql::Migration> IngestionMigrations() {
  return {eventlog::SchemaMigration(1),
          {.version = 2, .name = "sources, items, hosts, fetches", .sql = kSources},
          {.version = 3, .name = "subscriptions at hubs, and what they pushed", .sql = kSubscriptions}};
}

}  // namespace dateline::ingestion
