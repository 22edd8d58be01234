#include "services/storage/postgres/schema.h"

#include "common/eventlog/postgres_event_log.h"

namespace dateline::storage::pg {
namespace {

// Times are microseconds since 1970 in UTC. Messages are kept as serialised protobuf. Ids ascend in the order of
// commits, which is the order of lists: they are given out under the lock of the event log's heads. What is looked up
// by a text that may be long (a URI, a site) is looked up by its hash, because an index takes only short values.
constexpr std::string_view kArchive = R"sql(
CREATE TABLE content (
  id BIGINT PRIMARY KEY,
  sha256 BYTEA NOT NULL UNIQUE,
  bytes BIGINT NOT NULL,
  zstd BYTEA NOT NULL
);
ALTER TABLE content ALTER COLUMN zstd SET STORAGE EXTERNAL;

CREATE TABLE document (
  id BIGINT PRIMARY KEY,
  uuid BYTEA NOT NULL UNIQUE,
  uri_hash BYTEA NOT NULL,
  version BIGINT NOT NULL,
  content_id BIGINT NOT NULL REFERENCES content (id),
  create_time_us BIGINT NOT NULL,
  -- The message as it was stored, without content, state and outcome.
  record BYTEA NOT NULL,
  state BIGINT NOT NULL,
  failure BYTEA NOT NULL DEFAULT '',
  -- What the latest commit answered, a CommitReleasesResponse: the document's releases, and the answer to a repeat.
  result BYTEA,
  UNIQUE (uri_hash, version)
);
-- Pending and failed documents are few; extracted ones are not in the index.
CREATE INDEX document_unfinished ON document (state, id) WHERE state <> 2;

-- Further places where a known content was seen; the first one stands in its document.
CREATE TABLE sighting (
  hash BYTEA PRIMARY KEY,
  uri_hash BYTEA NOT NULL,
  record BYTEA NOT NULL
);
CREATE INDEX sighting_uri ON sighting (uri_hash);

CREATE TABLE release (
  id BIGINT PRIMARY KEY,
  uuid BYTEA NOT NULL UNIQUE,
  revision BIGINT NOT NULL,
  revision_id BIGINT NOT NULL,
  document_order BIGINT NOT NULL,
  create_time_us BIGINT NOT NULL,
  update_time_us BIGINT NOT NULL,
  withdraw_time_us BIGINT,
  withdraw_cause BYTEA NOT NULL DEFAULT '',
  basic BYTEA NOT NULL
);

CREATE TABLE release_revision (
  id BIGINT PRIMARY KEY,
  release_id BIGINT NOT NULL REFERENCES release (id),
  revision BIGINT NOT NULL,
  document_id BIGINT NOT NULL REFERENCES document (id),
  create_time_us BIGINT NOT NULL,
  change_class BIGINT NOT NULL,
  changes BYTEA NOT NULL,
  record BYTEA NOT NULL,
  UNIQUE (release_id, revision)
);

-- What is searched for, of the latest revisions: terms that were folded before they came here. "words" holds them in
-- their order for phrases, "terms" each once with where it occurs. A release with more different terms than a TSVECTOR
-- takes has none of them there and is found by its words.
CREATE TABLE release_search (
  release_id BIGINT PRIMARY KEY REFERENCES release (id),
  title TEXT NOT NULL,
  words TEXT NOT NULL,
  terms TSVECTOR NOT NULL,
  overflow BOOLEAN NOT NULL
);
CREATE INDEX release_search_terms ON release_search USING gin (terms);
CREATE INDEX release_search_overflow ON release_search (release_id) WHERE overflow;

-- What is counted of the lines of a site's documents; the bytes are those of SiteLines (site_lines.h).
CREATE TABLE site (
  hash BYTEA PRIMARY KEY,
  lines BYTEA NOT NULL
);

-- One row: how many there are, so that nobody has to count.
CREATE TABLE archive_count (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  documents BIGINT NOT NULL,
  pending_documents BIGINT NOT NULL,
  failed_documents BIGINT NOT NULL,
  releases BIGINT NOT NULL,
  revisions BIGINT NOT NULL,
  last_release_time_us BIGINT NOT NULL
) WITH (fillfactor = 10);
INSERT INTO archive_count VALUES (1, 0, 0, 0, 0, 0, 0);

CREATE TABLE archive_setting (
  name TEXT COLLATE "C" PRIMARY KEY,
  value BIGINT NOT NULL
);
)sql";

// Links and entities (derived_store.h). Keys are bytes, because they are compared and cut as bytes, and short ones,
// because an index takes no others (derived_rows.cc). What waits stands in a table of its own: a mark in the release's
// wide row would write that row twice.
constexpr std::string_view kDerived = R"sql(
CREATE TABLE release_underived (
  release_id BIGINT PRIMARY KEY,
  revision BIGINT NOT NULL
);
INSERT INTO release_underived SELECT id, revision FROM release;

CREATE TABLE release_derived (
  release_id BIGINT PRIMARY KEY,
  revision BIGINT NOT NULL,
  cluster TEXT COLLATE "C" NOT NULL,
  refs BYTEA NOT NULL,
  profile BYTEA NOT NULL
);
CREATE INDEX release_cluster ON release_derived (cluster, release_id) WHERE cluster <> '';

CREATE TABLE link_posting (
  key BIGINT NOT NULL,
  release_id BIGINT NOT NULL,
  PRIMARY KEY (key, release_id)
);

CREATE TABLE release_link (
  release_id BIGINT NOT NULL,
  other_id BIGINT NOT NULL,
  relation BIGINT NOT NULL,
  similarity DOUBLE PRECISION NOT NULL,
  detail BYTEA NOT NULL,
  PRIMARY KEY (release_id, other_id)
);

CREATE TABLE entity (
  id BIGINT PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL UNIQUE,
  kind BIGINT NOT NULL,
  release_count BIGINT NOT NULL,
  has_contacts BIGINT NOT NULL,
  record BYTEA NOT NULL
);
CREATE INDEX entity_by_count ON entity (release_count, id);
CREATE INDEX entity_by_kind ON entity (kind, release_count, id);
CREATE INDEX entity_with_contacts ON entity (release_count, id) WHERE has_contacts <> 0;

CREATE TABLE entity_key (
  kind BIGINT NOT NULL,
  key BYTEA NOT NULL,
  entity_id BIGINT NOT NULL,
  PRIMARY KEY (kind, key, entity_id)
);

CREATE TABLE entity_mention (
  entity_id BIGINT NOT NULL,
  release_id BIGINT NOT NULL,
  time_us BIGINT NOT NULL,
  has_figures BIGINT NOT NULL,
  record BYTEA NOT NULL,
  PRIMARY KEY (entity_id, release_id)
);
CREATE INDEX entity_mention_by_time ON entity_mention (entity_id, time_us, release_id);
CREATE INDEX entity_mention_with_figures ON entity_mention (entity_id, time_us, release_id) WHERE has_figures <> 0;
CREATE INDEX entity_mention_of_release ON entity_mention (release_id);

-- What a person decided; kept when everything else here is derived anew.
CREATE TABLE entity_pin (
  kind BIGINT NOT NULL,
  key BYTEA NOT NULL,
  entity TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (kind, key)
);
CREATE INDEX entity_pin_to ON entity_pin (entity);

-- What was in the archive before is derived without events. Whoever derives holds the row of the generation.
INSERT INTO archive_setting (name, value)
  SELECT 'derived_quiet_up_to', coalesce(max(id), 0) FROM release
  UNION ALL SELECT 'derived_generation', 0
  UNION ALL SELECT 'derived_rules', 0;
)sql";

// Search over facts, facets and orders by publication; the index is filled when the archive is opened (search_index.h).
// The four texts hold the words in their order, each between spaces; "terms" each word once with where it occurs, and
// the tokens of the facts. A release with more than a TSVECTOR takes has none there and is found by its texts and
// "facts". A facet is the number of its field as a digit, and the value.
constexpr std::string_view kFacts = R"sql(
DROP TABLE release_search;
CREATE TABLE release_search (
  release_id BIGINT PRIMARY KEY REFERENCES release (id),
  title TEXT NOT NULL,
  subtitle TEXT NOT NULL,
  text TEXT NOT NULL,
  names TEXT NOT NULL,
  terms TSVECTOR NOT NULL,
  overflow BOOLEAN NOT NULL,
  facts TEXT NOT NULL
);
CREATE INDEX release_search_terms ON release_search USING gin (terms);
CREATE INDEX release_search_overflow ON release_search (release_id) WHERE overflow;

CREATE TABLE release_facet (
  release_id BIGINT PRIMARY KEY REFERENCES release (id),
  sort_day BIGINT NOT NULL,
  facets TEXT[] COLLATE "C" NOT NULL
);
CREATE INDEX release_by_day ON release_facet (sort_day, release_id);
)sql";

// What the operator does. document.refresh marks what was given to extraction again: what it gives replaces the facts
// of its revision. release.edits counts how often the record of the latest revision was replaced in its place. The
// bytes of operation.record are a google.longrunning.Operation. A content without bytes was removed by retention.
constexpr std::string_view kAdministration = R"sql(
ALTER TABLE document ADD COLUMN refresh BOOLEAN NOT NULL DEFAULT false;
CREATE INDEX document_refresh ON document (id) WHERE refresh;
CREATE INDEX document_content ON document (content_id);
CREATE INDEX release_revision_document ON release_revision (document_id, id);
ALTER TABLE release ADD COLUMN edits BIGINT NOT NULL DEFAULT 0;

CREATE TABLE operation (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name TEXT COLLATE "C" NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  request BYTEA NOT NULL,
  cursor BIGINT NOT NULL,
  cancel BOOLEAN NOT NULL,
  done BOOLEAN NOT NULL,
  record BYTEA NOT NULL
);

-- The proof of what was erased: who has the value can take its hash again.
CREATE TABLE erasure (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  time_us BIGINT NOT NULL,
  salt BYTEA NOT NULL,
  hash BYTEA NOT NULL,
  releases BIGINT NOT NULL,
  revisions BIGINT NOT NULL,
  events BIGINT NOT NULL,
  contents BIGINT NOT NULL
);

-- The key is the hash of the source, the bytes are a RetentionRule.
CREATE TABLE retention_rule (
  source_hash BYTEA PRIMARY KEY,
  record BYTEA NOT NULL
);

-- Releases that were emptied and wait to be removed.
CREATE TABLE emptied_release (
  release_id BIGINT PRIMARY KEY
);
)sql";

// Postings as rows of releases and as runs (linking/posting_index.h), in the place of a row for each key and release.
// They are filled as everything is derived anew.
constexpr std::string_view kPostings = R"sql(
DROP TABLE link_posting;
CREATE TABLE link_posting (
  sequence BIGINT PRIMARY KEY,
  release_id BIGINT NOT NULL,
  keys BYTEA NOT NULL
);
CREATE TABLE link_run (
  number BIGINT PRIMARY KEY
);
CREATE TABLE link_bucket (
  run BIGINT NOT NULL,
  bucket BIGINT NOT NULL,
  postings BYTEA NOT NULL,
  PRIMARY KEY (run, bucket)
);
INSERT INTO archive_setting (name, value) VALUES ('link_latest', 0), ('link_resets', 0) ON CONFLICT (name) DO NOTHING;
)sql";

// Terms and text stand outside of their rows, so that a look at many rows, for their number and whether they are
// visible, reads few pages. For rows that are written from now on; those of before are found as well, only slower.
constexpr std::string_view kNarrowRows = R"sql(
ALTER TABLE release_search SET (toast_tuple_target = 256);
ALTER TABLE release_search ALTER COLUMN title SET STORAGE MAIN;
ALTER TABLE release_search ALTER COLUMN subtitle SET STORAGE MAIN;
ALTER TABLE release_search ALTER COLUMN names SET STORAGE MAIN;
ALTER TABLE release_search ALTER COLUMN facts SET STORAGE MAIN;
)sql";

// One row of search for each release, narrow enough that looking at ten thousand of them reads few pages: what stands
// outside of it is read for phrases alone (words, the four parts with a break between them) or by the index (terms).
// What a page is chosen by stands inside: the days that the date may mean (2147483647: it has none), the keys of the
// facets, and what ranking needs (ranking.h). Filled when the archive is opened.
constexpr std::string_view kRowsToRank = R"sql(
DROP TABLE release_search;
DROP TABLE release_facet;
CREATE TABLE release_search (
  release_id BIGINT PRIMARY KEY REFERENCES release (id),
  sort_day INTEGER NOT NULL,
  last_day INTEGER NOT NULL,
  overflow BOOLEAN NOT NULL,
  facets BYTEA NOT NULL,
  ranking BYTEA NOT NULL,
  words TEXT NOT NULL,
  terms TSVECTOR NOT NULL,
  facts TEXT NOT NULL
) WITH (toast_tuple_target = 256);
ALTER TABLE release_search ALTER COLUMN facets SET STORAGE MAIN;
ALTER TABLE release_search ALTER COLUMN ranking SET STORAGE MAIN;
ALTER TABLE release_search ALTER COLUMN facts SET STORAGE MAIN;
CREATE INDEX release_search_terms ON release_search USING gin (terms);
CREATE INDEX release_search_overflow ON release_search (release_id) WHERE overflow;
CREATE INDEX release_by_day ON release_search (sort_day, release_id);

-- The texts of facets by the keys that rows of search hold.
CREATE TABLE facet_value (
  key BIGINT PRIMARY KEY,
  value TEXT NOT NULL
);
)sql";

// Mentions are found by release and by time; the key that begins with the entity did for neither what another index
// does not. Entities are counted by kind alone, since a count that changes moves in every index that it is in.
constexpr std::string_view kMentionsByRelease = R"sql(
ALTER TABLE entity_mention DROP CONSTRAINT entity_mention_pkey;
ALTER TABLE entity_mention ADD PRIMARY KEY (release_id, entity_id);
DROP INDEX entity_mention_of_release;
DROP INDEX entity_by_count;
)sql";

// Runs that are made of runs (linking/posting_runs.h); `moved` is -1 when they are whole.
constexpr std::string_view kRunsOfRuns = R"sql(
ALTER TABLE link_run ADD COLUMN level BIGINT NOT NULL DEFAULT 0, ADD COLUMN moved BIGINT NOT NULL DEFAULT -1;
)sql";

}  // namespace

std::vector<sql::Migration> SchemaMigrations() {
  return {eventlog::PostgresSchemaMigration(1),
          {.version = 2, .name = "documents, releases, search", .sql = kArchive},
          {.version = 3, .name = "links and entities", .sql = kDerived},
          {.version = 4, .name = "facts, facets, publication in search", .sql = kFacts},
          {.version = 5, .name = "operations, erasures, retention", .sql = kAdministration},
          {.version = 6, .name = "postings in runs", .sql = kPostings},
          {.version = 7, .name = "narrow rows of search", .sql = kNarrowRows},
          {.version = 8, .name = "rows to rank by", .sql = kRowsToRank},
          {.version = 9, .name = "mentions by release", .sql = kMentionsByRelease},
          {.version = 10, .name = "runs of runs", .sql = kRunsOfRuns}};
}

}  // namespace dateline::storage::pg
