#include "services/ingestion/sources/postgres/schema.h"

#include "common/eventlog/postgres_event_log.h"

namespace dateline::ingestion {
namespace {

// As in SQLite (sources/sqlite/schema.cc): times are microseconds since 1970 in UTC, messages serialised protobuf, a
// source's name stands without "sources/". Texts that sites choose freely are BYTEA, because TEXT holds no NUL; names
// and addresses are compared byte by byte. Rows are locked in the order host, source, subscription; whoever brings
// host.ready_us up to date holds the row of the host first, so that it sees what others committed meanwhile.
constexpr std::string_view kSources = R"sql(
CREATE TABLE source (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL UNIQUE,
  uri TEXT COLLATE "C" NOT NULL UNIQUE,
  host TEXT COLLATE "C" NOT NULL,
  health BIGINT NOT NULL,
  paused BOOLEAN NOT NULL,
  next_poll_us BIGINT,
  settings BYTEA NOT NULL,
  state BYTEA NOT NULL
);

CREATE INDEX source_due ON source (host, next_poll_us) WHERE next_poll_us IS NOT NULL;

CREATE TABLE item (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_id BIGINT NOT NULL REFERENCES source (id) ON DELETE CASCADE,
  uri TEXT COLLATE "C" NOT NULL,
  guid BYTEA NOT NULL,
  title_key BYTEA NOT NULL,
  host TEXT COLLATE "C" NOT NULL,
  due_us BIGINT,
  last_seen_us BIGINT NOT NULL,
  state BYTEA NOT NULL
);

-- By digest, because identifiers may be longer than an entry of an index.
CREATE INDEX item_uri ON item (source_id, md5(uri));
CREATE INDEX item_guid ON item (source_id, md5(guid)) WHERE guid <> '';
CREATE INDEX item_title ON item (source_id, md5(title_key)) WHERE title_key <> '';
CREATE INDEX item_seen ON item (source_id, last_seen_us);
CREATE INDEX item_due ON item (host, due_us) WHERE due_us IS NOT NULL;

CREATE TABLE host (
  host TEXT COLLATE "C" PRIMARY KEY,
  ready_us BIGINT,
  backoff_until_us BIGINT NOT NULL DEFAULT 0,
  holder TEXT NOT NULL DEFAULT '',
  token BIGINT NOT NULL DEFAULT 0,
  lease_until_us BIGINT NOT NULL DEFAULT 0,
  state BYTEA NOT NULL DEFAULT ''
);

CREATE INDEX host_ready ON host (ready_us) WHERE ready_us IS NOT NULL;
CREATE INDEX host_leased ON host (lease_until_us) WHERE lease_until_us > 0;

-- FETCH is a word of SQL.
CREATE TABLE poll_fetch (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_id BIGINT NOT NULL REFERENCES source (id) ON DELETE CASCADE,
  record BYTEA NOT NULL
);

CREATE INDEX poll_fetch_source ON poll_fetch (source_id, id);

-- A subscription names its source instead of referring to it, because it outlives the source until its hub was told.
CREATE TABLE subscription (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token TEXT COLLATE "C" NOT NULL UNIQUE,
  source TEXT COLLATE "C" NOT NULL,
  hub TEXT COLLATE "C" NOT NULL,
  topic TEXT COLLATE "C" NOT NULL,
  host TEXT COLLATE "C" NOT NULL,
  due_us BIGINT,
  state BYTEA NOT NULL
);

CREATE INDEX subscription_source ON subscription (source);
CREATE INDEX subscription_due ON subscription (host, due_us) WHERE due_us IS NOT NULL;

CREATE TABLE delivery (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source_id BIGINT NOT NULL REFERENCES source (id) ON DELETE CASCADE,
  topic TEXT NOT NULL,
  content_type TEXT NOT NULL,
  receive_us BIGINT NOT NULL,
  body BYTEA NOT NULL
);

CREATE INDEX delivery_source ON delivery (source_id, id);
)sql";

}  // namespace

std::vector<sql::Migration> PostgresMigrations() {
  return {eventlog::PostgresSchemaMigration(1),
          {.version = 2, .name = "sources, items, hosts, fetches, subscriptions", .sql = kSources}};
}

}  // namespace dateline::ingestion
