#include "services/storage/postgres/new_rows.h"

#include <utility>

#include "common/base/proto_time.h"
#include "services/storage/postgres/document_rows.h"
#include "services/storage/postgres/release_rows.h"

namespace dateline::storage::pg {
namespace {

using sql::postgres::Bytes;
using sql::postgres::Parameters;

// Contents, records and texts that are kept here before they are sent, so that a transaction of large documents does
// not need their memory several times.
constexpr size_t kGatheredBytesMax = size_t{8} << 20;

}  // namespace

void NewRows::Weigh(size_t bytes) {
  bytes_ += bytes;
  if (bytes_ >= kGatheredBytesMax) Send();
}

void NewRows::AddContent(int64_t id, const NewContent& content, uint64_t bytes) {
  contents_.push_back({.id = id, .bytes = static_cast<int64_t>(bytes), .content = &content});
  Weigh(content.compressed.size());
}

void NewRows::AddDocument(int64_t id, int64_t content_id, const v1::Document& document) {
  documents_.push_back({.id = id,
                        .content_id = content_id,
                        .version = document.version(),
                        .create_time_us = ToMicros(FromTimestamp(document.create_time())),
                        .key = NameToKey(document.name()),
                        .uri_hash = HashOf(document.uri()),
                        .record = document.SerializeAsString()});
  Weigh(documents_.back().record.size());
}

void NewRows::SetDocumentResult(const DocumentRow& row) {
  outcomes_[row.id] = {
      .state = row.document.state(), .failure = row.document.failure(), .result = row.result.SerializeAsString()};
}

void NewRows::AddRelease(const ReleaseRow& row, const PreparedRelease& release, int64_t document_id,
                         WallTime create_time) {
  heads_[row.id] = {.is_new = true,
                    .create_time_us = ToMicros(create_time),
                    .key = NameToKey(release.plan.name),
                    .row = row,
                    .update_time_us = ToMicros(release.plan.time),
                    .release = &release};
  AddRevision(row, release, document_id);
}

void NewRows::ReviseRelease(const ReleaseRow& row, const PreparedRelease& release, int64_t document_id) {
  Head& head = heads_[row.id];  // What was gathered of it as a new one stays so.
  head.row = row;
  head.update_time_us = ToMicros(release.plan.time);
  head.release = &release;
  AddRevision(row, release, document_id);
}

void NewRows::AddRevision(const ReleaseRow& row, const PreparedRelease& release, int64_t document_id) {
  revisions_.push_back({.row = row, .document_id = document_id, .release = &release});
  Weigh(release.record.size() + release.basic.size());
}

void NewRows::PutIntoIndex(int64_t release_id, const SearchEntry& entry) {
  entries_[release_id] = &entry;
  Weigh(entry.words.size() + entry.terms.size() + entry.facts.size());
}

void NewRows::SendContents() {
  if (contents_.empty()) return;
  std::vector<int64_t> ids;
  std::vector<Bytes> hashes;
  std::vector<int64_t> sizes;
  std::vector<Bytes> compressed;
  for (const Content& content : contents_) {
    ids.push_back(content.id);
    hashes.push_back({content.content->sha256});
    sizes.push_back(content.bytes);
    compressed.push_back({content.content->compressed});
  }
  connection_.Post("INSERT INTO content (id, sha256, bytes, zstd) SELECT * FROM unnest($1, $2, $3, $4)",
                   Parameters::Of(ids, hashes, sizes, compressed));
  contents_.clear();
}

void NewRows::SendDocuments() {
  if (documents_.empty()) return;
  std::vector<int64_t> ids;
  std::vector<Bytes> keys;
  std::vector<Bytes> uris;
  std::vector<int64_t> versions;
  std::vector<int64_t> contents;
  std::vector<int64_t> times;
  std::vector<Bytes> records;
  for (const Document& document : documents_) {
    ids.push_back(document.id);
    keys.push_back({document.key});
    uris.push_back({document.uri_hash});
    versions.push_back(document.version);
    contents.push_back(document.content_id);
    times.push_back(document.create_time_us);
    records.push_back({document.record});
  }
  connection_.Post(
      "INSERT INTO document (id, uuid, uri_hash, version, content_id, create_time_us, record, state) "
      "SELECT r.*, $8 FROM unnest($1, $2, $3, $4, $5, $6, $7) AS r",
      Parameters::Of(ids, keys, uris, versions, contents, times, records,
                     static_cast<int>(v1::Document::STATE_PENDING)));
  documents_.clear();
}

void NewRows::SendOutcomes() {
  if (outcomes_.empty()) return;
  std::vector<int64_t> ids;
  std::vector<int64_t> states;
  std::vector<Bytes> failures;
  std::vector<Bytes> results;
  for (const auto& [id, outcome] : outcomes_) {
    ids.push_back(id);
    states.push_back(outcome.state);
    failures.push_back({outcome.failure});
    results.push_back({outcome.result});
  }
  connection_.Post(
      "UPDATE document d SET state = r.state, failure = r.failure, result = r.result "
      "FROM unnest($1, $2, $3, $4) AS r (id, state, failure, result) WHERE d.id = r.id",
      Parameters::Of(ids, states, failures, results));
  outcomes_.clear();
}

void NewRows::SendNewHeads() {
  std::vector<int64_t> ids;
  std::vector<Bytes> keys;
  std::vector<int64_t> revisions;
  std::vector<int64_t> revision_ids;
  std::vector<int64_t> orders;
  std::vector<int64_t> create_times;
  std::vector<int64_t> update_times;
  std::vector<Bytes> basics;
  for (const auto& [id, head] : heads_) {
    if (!head.is_new) continue;
    ids.push_back(id);
    keys.push_back({head.key});
    revisions.push_back(head.release->plan.revision);
    revision_ids.push_back(head.row.revision_id);
    orders.push_back(static_cast<int64_t>(head.release->plan.document_order));
    create_times.push_back(head.create_time_us);
    update_times.push_back(head.update_time_us);
    basics.push_back({head.release->basic});
  }
  if (ids.empty()) return;
  connection_.Post(
      "INSERT INTO release (id, uuid, revision, revision_id, document_order, create_time_us, update_time_us, basic) "
      "SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)",
      Parameters::Of(ids, keys, revisions, revision_ids, orders, create_times, update_times, basics));
}

void NewRows::SendRevisedHeads() {
  std::vector<int64_t> ids;
  std::vector<int64_t> revisions;
  std::vector<int64_t> revision_ids;
  std::vector<int64_t> orders;
  std::vector<int64_t> times;
  std::vector<Bytes> basics;
  for (const auto& [id, head] : heads_) {
    if (head.is_new) continue;
    ids.push_back(id);
    revisions.push_back(head.release->plan.revision);
    revision_ids.push_back(head.row.revision_id);
    orders.push_back(static_cast<int64_t>(head.release->plan.document_order));
    times.push_back(head.update_time_us);
    basics.push_back({head.release->basic});
  }
  if (ids.empty()) return;
  // A release whose words changed stands at its source again.
  connection_.Post(
      "UPDATE release t SET revision = r.revision, revision_id = r.revision_id, document_order = r.document_order, "
      "update_time_us = r.update_time_us, basic = r.basic, withdraw_time_us = NULL, withdraw_cause = '' "
      "FROM unnest($1, $2, $3, $4, $5, $6) AS r (id, revision, revision_id, document_order, update_time_us, basic) "
      "WHERE t.id = r.id",
      Parameters::Of(ids, revisions, revision_ids, orders, times, basics));
}

void NewRows::SendRevisions() {
  if (revisions_.empty()) return;
  std::vector<int64_t> ids;
  std::vector<int64_t> releases;
  std::vector<int64_t> numbers;
  std::vector<int64_t> documents;
  std::vector<int64_t> times;
  std::vector<int64_t> classes;
  std::vector<Bytes> changes;
  std::vector<Bytes> records;
  std::map<int64_t, uint32_t> waiting;
  for (const Revision& revision : revisions_) {
    const ReleasePlan& plan = revision.release->plan;
    ids.push_back(revision.row.revision_id);
    releases.push_back(revision.row.id);
    numbers.push_back(plan.revision);
    documents.push_back(revision.document_id);
    times.push_back(ToMicros(plan.time));
    classes.push_back(static_cast<int64_t>(plan.changes.change_class()));
    changes.push_back({revision.release->changes});
    records.push_back({revision.release->record});
    waiting[revision.row.id] = plan.revision;
  }
  connection_.Post(
      "INSERT INTO release_revision (id, release_id, revision, document_id, create_time_us, change_class, changes, "
      "record) SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)",
      Parameters::Of(ids, releases, numbers, documents, times, classes, changes, records));
  LetWait(connection_, waiting);
  revisions_.clear();
}

void NewRows::Send() {
  // What refers to a row comes behind it.
  SendContents();
  SendDocuments();
  SendNewHeads();
  SendRevisedHeads();
  heads_.clear();
  SendRevisions();
  pg::PutIntoIndex(connection_, entries_);
  entries_.clear();
  SendOutcomes();
  bytes_ = 0;
}

}  // namespace dateline::storage::pg
