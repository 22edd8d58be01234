#include "services/storage/sqlite/schema.h"

#include "common/eventlog/sqlite_event_log.h"

namespace dateline::storage {
namespace {

// Times are microseconds since 1970 in UTC. Messages are kept as serialised protobuf. A document's and a release's id
// ascend in the order of storing, which is the order of lists; names are derived from the uuid.
constexpr std::string_view kArchive = R"sql(
CREATE TABLE content (
  id INTEGER PRIMARY KEY,
  sha256 BLOB NOT NULL UNIQUE,
  bytes INTEGER NOT NULL,
  zstd BLOB NOT NULL
) STRICT;

CREATE TABLE document (
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE,
  uri TEXT NOT NULL,
  version INTEGER NOT NULL,
  content_id INTEGER NOT NULL REFERENCES content (id),
  create_time_us INTEGER NOT NULL,
  fetch_time_us INTEGER,
  source TEXT NOT NULL,
  content_type TEXT NOT NULL,
  charset TEXT NOT NULL,
  guid TEXT NOT NULL,
  given_uri TEXT NOT NULL,
  feed_hints BLOB,
  state INTEGER NOT NULL,
  failure TEXT NOT NULL DEFAULT '',
  -- What the latest commit answered, a CommitReleasesResponse: the document's releases, and the answer to a repeat.
  result BLOB,
  UNIQUE (uri, version)
) STRICT;

-- Pending and failed documents are few; extracted ones are not in the index.
CREATE INDEX document_unfinished ON document (state, id) WHERE state <> 2;

-- Further places where a known content was seen; the first one stands in its document.
CREATE TABLE sighting (
  uri TEXT NOT NULL,
  source TEXT NOT NULL,
  given_uri TEXT NOT NULL,
  guid TEXT NOT NULL,
  time_us INTEGER NOT NULL,
  PRIMARY KEY (uri, source, given_uri, guid)
) STRICT, WITHOUT ROWID;

CREATE TABLE release (
  id INTEGER PRIMARY KEY,
  uuid BLOB NOT NULL UNIQUE,
  revision INTEGER NOT NULL,
  revision_id INTEGER NOT NULL,
  document_order INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  update_time_us INTEGER NOT NULL,
  withdraw_time_us INTEGER,
  withdraw_cause TEXT NOT NULL DEFAULT '',
  basic BLOB NOT NULL
) STRICT;

CREATE TABLE release_revision (
  id INTEGER PRIMARY KEY,
  release_id INTEGER NOT NULL REFERENCES release (id),
  revision INTEGER NOT NULL,
  document_id INTEGER NOT NULL REFERENCES document (id),
  create_time_us INTEGER NOT NULL,
  change_class INTEGER NOT NULL,
  changes BLOB NOT NULL,
  record BLOB NOT NULL,
  UNIQUE (release_id, revision)
) STRICT;

-- Terms of the latest revisions, folded and separated by spaces before they come here; rowid is release.id.
CREATE VIRTUAL TABLE release_search USING fts5 (title, text, names, content = '', tokenize = 'ascii');

CREATE TABLE archive_setting (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// What is counted of the lines of a site's documents; the bytes are those of SiteLines (site_lines.h).
constexpr std::string_view kSites = R"sql(
CREATE TABLE site (
  name TEXT PRIMARY KEY,
  lines BLOB NOT NULL
) STRICT;
)sql";

// What is worked out of releases after they are stored (derived_store.h). A release waits while derived_revision is
// below revision; so all releases of an archive that is migrated do. The bytes are those of linking/link_profile.proto
// and entities/entity_record.proto. A key of link_posting is 64 bits as a signed number.
constexpr std::string_view kDerived = R"sql(
ALTER TABLE release ADD COLUMN derived_revision INTEGER NOT NULL DEFAULT 0;
CREATE INDEX release_underived ON release (id) WHERE derived_revision < revision;

CREATE TABLE release_derived (
  release_id INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL,
  cluster TEXT NOT NULL,
  refs BLOB NOT NULL,
  profile BLOB NOT NULL
) STRICT;
CREATE INDEX release_cluster ON release_derived (cluster, release_id) WHERE cluster <> '';

CREATE TABLE link_posting (
  key INTEGER NOT NULL,
  release_id INTEGER NOT NULL,
  PRIMARY KEY (key, release_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE release_link (
  release_id INTEGER NOT NULL,
  other_id INTEGER NOT NULL,
  relation INTEGER NOT NULL,
  similarity REAL NOT NULL,
  detail BLOB NOT NULL,
  PRIMARY KEY (release_id, other_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE entity (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind INTEGER NOT NULL,
  release_count INTEGER NOT NULL,
  has_contacts INTEGER NOT NULL,
  record BLOB NOT NULL
) STRICT;
CREATE INDEX entity_by_count ON entity (release_count, id);
CREATE INDEX entity_by_kind ON entity (kind, release_count, id);
CREATE INDEX entity_with_contacts ON entity (release_count, id) WHERE has_contacts = 1;

CREATE TABLE entity_key (
  kind INTEGER NOT NULL,
  key TEXT NOT NULL,
  entity_id INTEGER NOT NULL,
  PRIMARY KEY (kind, key, entity_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE entity_mention (
  entity_id INTEGER NOT NULL,
  release_id INTEGER NOT NULL,
  time_us INTEGER NOT NULL,
  has_figures INTEGER NOT NULL,
  record BLOB NOT NULL,
  PRIMARY KEY (entity_id, release_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX entity_mention_by_time ON entity_mention (entity_id, time_us, release_id);
CREATE INDEX entity_mention_with_figures ON entity_mention (entity_id, time_us, release_id) WHERE has_figures = 1;
CREATE INDEX entity_mention_of_release ON entity_mention (release_id);

-- What a person decided; kept when everything else here is derived anew.
CREATE TABLE entity_pin (
  kind INTEGER NOT NULL,
  key TEXT NOT NULL,
  entity TEXT NOT NULL,
  PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX entity_pin_to ON entity_pin (entity);

-- What was in the archive before is derived without events.
INSERT INTO archive_setting (name, value)
  SELECT 'derived_quiet_up_to', coalesce(max(id), 0) FROM release;
)sql";

// Search over facts, facets and orders by publication; the index is filled when the archive is opened
// (index_rebuild.h). The numbers in release_facet.facets are 32 bits, little-endian: facet_value.id times eight plus
// the field.
constexpr std::string_view kFacts = R"sql(
DROP TABLE release_search;
CREATE VIRTUAL TABLE release_search USING fts5 (title, subtitle, text, names, facts, content = '', tokenize = 'ascii');
CREATE VIRTUAL TABLE release_vocabulary USING fts5vocab (release_search, 'row');

CREATE TABLE facet_value (
  id INTEGER PRIMARY KEY,
  field INTEGER NOT NULL,
  value TEXT NOT NULL,
  UNIQUE (field, value)
) STRICT;

CREATE TABLE release_facet (
  release_id INTEGER PRIMARY KEY,
  sort_day INTEGER NOT NULL,
  facets BLOB NOT NULL
) STRICT;
CREATE INDEX release_by_day ON release_facet (sort_day, release_id);
)sql";

// What the operator does. document.refresh marks what was given to extraction again: what it gives replaces the facts
// of its revision. release.edits counts how often the record of the latest revision was replaced in its place. The
// bytes of operation.record are a google.longrunning.Operation. A content without bytes was removed by retention.
constexpr std::string_view kAdministration = R"sql(
ALTER TABLE document ADD COLUMN refresh INTEGER NOT NULL DEFAULT 0;
CREATE INDEX document_refresh ON document (id) WHERE refresh <> 0;
CREATE INDEX document_content ON document (content_id);
CREATE INDEX release_revision_document ON release_revision (document_id, id);
ALTER TABLE release ADD COLUMN edits INTEGER NOT NULL DEFAULT 0;

CREATE TABLE operation (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  request BLOB NOT NULL,
  cursor INTEGER NOT NULL,
  cancel INTEGER NOT NULL,
  done INTEGER NOT NULL,
  record BLOB NOT NULL
) STRICT;

-- The proof of what was erased: who has the value can take its hash again.
CREATE TABLE erasure (
  id INTEGER PRIMARY KEY,
  time_us INTEGER NOT NULL,
  salt BLOB NOT NULL,
  hash BLOB NOT NULL,
  releases INTEGER NOT NULL,
  revisions INTEGER NOT NULL,
  events INTEGER NOT NULL,
  contents INTEGER NOT NULL
) STRICT;

-- The bytes are a RetentionRule.
CREATE TABLE retention_rule (
  source TEXT PRIMARY KEY,
  record BLOB NOT NULL
) STRICT;

-- Releases that were emptied and wait to be removed.
CREATE TABLE emptied_release (
  release_id INTEGER PRIMARY KEY
) STRICT;
)sql";

// Postings as rows of releases and as runs (linking/posting_index.h), in the place of a row for each key and release.
// The id of a bucket is the number of its run times 8192, and its own. They are filled as everything is derived anew.
constexpr std::string_view kPostings = R"sql(
DROP TABLE link_posting;
CREATE TABLE link_posting (
  sequence INTEGER PRIMARY KEY,
  release_id INTEGER NOT NULL,
  keys BLOB NOT NULL
) STRICT;
CREATE TABLE link_run (
  number INTEGER PRIMARY KEY
) STRICT;
CREATE TABLE link_bucket (
  id INTEGER PRIMARY KEY,
  postings BLOB NOT NULL
) STRICT;
)sql";

// Days of publication by release (sqlite/day_blocks.h), 512 to a row: 32 bits of each, little-endian, the day since
// 1970 times four plus how much of it is known. They are filled when the archive is opened, with the index.
constexpr std::string_view kDays = R"sql(
CREATE TABLE release_days (
  block INTEGER PRIMARY KEY,
  days BLOB NOT NULL
) STRICT;
)sql";

// Mentions stand by release, as they are written: by entity each of them would change a page of its own. Entities are
// counted by kind alone, since a count that changes moves in every index that it is in.
constexpr std::string_view kMentionsByRelease = R"sql(
ALTER TABLE entity_mention RENAME TO entity_mention_before;
CREATE TABLE entity_mention (
  release_id INTEGER NOT NULL,
  entity_id INTEGER NOT NULL,
  time_us INTEGER NOT NULL,
  has_figures INTEGER NOT NULL,
  record BLOB NOT NULL,
  PRIMARY KEY (release_id, entity_id)
) STRICT, WITHOUT ROWID;
INSERT INTO entity_mention (release_id, entity_id, time_us, has_figures, record)
  SELECT release_id, entity_id, time_us, has_figures, record FROM entity_mention_before ORDER BY release_id, entity_id;
DROP TABLE entity_mention_before;
CREATE INDEX entity_mention_by_time ON entity_mention (entity_id, time_us, release_id);
CREATE INDEX entity_mention_with_figures ON entity_mention (entity_id, time_us, release_id) WHERE has_figures = 1;
DROP INDEX entity_by_count;
)sql";

// Runs that are made of runs (linking/posting_runs.h); `moved` is -1 when they are whole. The id of a bucket is the
// number of its run times 2^32, and its own.
constexpr std::string_view kRunsOfRuns = R"sql(
ALTER TABLE link_run ADD COLUMN level INTEGER NOT NULL DEFAULT 0;
ALTER TABLE link_run ADD COLUMN moved INTEGER NOT NULL DEFAULT -1;
UPDATE link_bucket SET id = ((id / 8192) << 32) + id % 8192;
)sql";

}  // namespace

std::vector<sql::Migration> SchemaMigrations() {
  return {eventlog::SchemaMigration(1),
          {.version = 2, .name = "documents, releases, search", .sql = kArchive},
          {.version = 3, .name = "lines of sites", .sql = kSites},
          {.version = 4, .name = "links and entities", .sql = kDerived},
          {.version = 5, .name = "facts, facets, publication in search", .sql = kFacts},
          {.version = 6, .name = "operations, erasures, retention", .sql = kAdministration},
          {.version = 7, .name = "postings in runs", .sql = kPostings},
          {.version = 8, .name = "days of publication in rows", .sql = kDays},
          {.version = 9, .name = "mentions by release", .sql = kMentionsByRelease},
          {.version = 10, .name = "runs of runs", .sql = kRunsOfRuns}};
}

}  // namespace dateline::storage
