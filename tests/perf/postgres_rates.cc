// Durable writes per second through the archive on PostgreSQL (PostgresStore, in this process) with 1, 8 and 64 writers
// that each wait for their answer, beside a bare libpq loop that sends the same rows into the same schema: one
// connection, a pipeline of as many releases as there are writers, their rows, events and heads, one COMMIT, without
// checking, comparing, asking or answering anything. The server is started for this, with fsync on, in a temporary
// folder. Hashing, compression and serialising are done before the clock starts in the bare loop, and within it in
// ours.
//
// usage: postgres_rates [writes]

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <libpq-fe.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/eventlog/cloud_event.h"
#include "common/sql/postgres/testing/server.h"
#include "services/storage/commit_plan.h"
#include "services/storage/content.h"
#include "services/storage/postgres/facet_rows.h"
#include "services/storage/postgres/postgres_store.h"
#include "services/storage/postgres/release_blocks.h"
#include "services/storage/postgres/search_entry.h"
#include "services/storage/prepared_release.h"
#include "services/storage/release_record.h"
#include "tests/perf/measure.h"
#include "tests/support/releases.h"

namespace dateline::perf {
namespace {

using release::v1::Release;
using storage::PostgresStore;
using testing::PostgresServer;

[[noreturn]] void Fail(const std::string& why) {
  fmt::print(stderr, "postgres_rates: {}\n", why);
  std::exit(1);
}

std::string Uri(size_t number) {
  return fmt::format("https://perf.example/{}", number);
}

Release MakeRelease(size_t number) {
  Release release;
  release.set_name("releases/" + UuidV5(Uri(number)));
  release.set_uri(Uri(number));
  release.set_text(testing::ReleaseTextFile(number));
  release.set_title(release.text().substr(0, release.text().find('\n')));
  release.set_language("en");
  release.mutable_extractor()->set_version("0.0.0-perf");
  return release;
}

std::unique_ptr<PostgresStore> OpenStore(const std::string& connection) {
  PostgresStore::Options options;
  options.connection.connection = connection;
  options.readers = 16;
  auto store = PostgresStore::Open(std::move(options), RealClock());
  if (!store.ok()) Fail(store.status().ToString());
  return *std::move(store);
}

std::vector<std::string> PutAll(PostgresStore& store, size_t count) {
  std::vector<std::future<std::string>> names;
  for (size_t i = 0; i < count; ++i) {
    storage::v1::Document document;
    document.set_uri(Uri(i));
    document.set_content(testing::ReleaseTextFile(i));
    document.set_content_type("text/plain");
    auto promise = std::make_shared<std::promise<std::string>>();
    names.push_back(promise->get_future());
    store.PutDocument(std::move(document), [promise](absl::StatusOr<storage::PutDocumentResult> result) {
      if (!result.ok()) Fail(result.status().ToString());
      promise->set_value(result->document.name());
    });
    // No more at once than the queue takes.
    if (i % 1'000 == 999) names.back().wait();
  }
  std::vector<std::string> all;
  for (auto& name : names) all.push_back(name.get());
  return all;
}

double OurRate(PostgresServer& server, const std::vector<Release>& releases, int writers) {
  const auto store = OpenStore(server.NewDatabase());
  const std::vector<std::string> names = PutAll(*store, releases.size());
  std::atomic<size_t> next{0};
  std::vector<std::thread> threads;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([&] {
      for (size_t n = next++; n < releases.size(); n = next++) {
        storage::v1::CommitReleasesRequest request;
        request.set_document(names[n]);
        *request.add_releases() = releases[n];
        std::promise<absl::Status> done;
        store->CommitReleases(std::move(request),
                              [&done](const absl::StatusOr<storage::v1::CommitReleasesResponse>& result) {
                                done.set_value(result.status());
                              });
        if (const absl::Status status = done.get_future().get(); !status.ok()) Fail(status.ToString());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(releases.size()) / SecondsSince(start);
}

// One value of a statement, in text or binary form.
struct Value {
  std::string text;
  bool binary = false;
};

// A connection without any of our code.
class BareConnection {
 public:
  explicit BareConnection(const std::string& connection) : handle_(PQconnectdb(connection.c_str())) {
    if (PQstatus(handle_) != CONNECTION_OK) Fail(PQerrorMessage(handle_));
    if (PQsetnonblocking(handle_, 0) != 0) Fail("blocking mode");
  }
  ~BareConnection() { PQfinish(handle_); }
  BareConnection(const BareConnection&) = delete;
  BareConnection& operator=(const BareConnection&) = delete;

  void Prepare(const char* name, const char* sql) {
    PGresult* result = PQprepare(handle_, name, sql, 0, nullptr);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) Fail(PQerrorMessage(handle_));
    PQclear(result);
  }
  void BeginPipeline() { PQenterPipelineMode(handle_); }
  void Send(const char* name, const std::vector<Value>& values) {
    std::vector<const char*> texts;
    std::vector<int> lengths;
    std::vector<int> formats;
    for (const Value& value : values) {
      texts.push_back(value.text.c_str());
      lengths.push_back(static_cast<int>(value.text.size()));
      formats.push_back(value.binary ? 1 : 0);
    }
    if (PQsendQueryPrepared(handle_, name, static_cast<int>(values.size()), texts.data(), lengths.data(),
                            formats.data(), 1) == 0) {
      Fail(PQerrorMessage(handle_));
    }
    ++sent_;
  }
  void Finish() {
    if (PQpipelineSync(handle_) == 0) Fail(PQerrorMessage(handle_));
    for (; sent_ > 0; --sent_) {
      PGresult* result = PQgetResult(handle_);
      if (PQresultStatus(result) != PGRES_COMMAND_OK) Fail(PQerrorMessage(handle_));
      PQclear(result);
      PQgetResult(handle_);
    }
    PQclear(PQgetResult(handle_));
  }

 private:
  PGconn* handle_;
  int sent_ = 0;
};

// The rows that the archive writes of a release, made as it makes them.
struct BareRow {
  storage::PreparedRelease prepared;
  std::string uuid;
  storage::pg::SearchEntry entry;
  std::string terms;   // With the tokens of its blocks.
  std::string facets;  // Packed.
  eventlog::Record event;
  std::string result;  // Of the document.
};

BareRow MakeRow(const Release& release, size_t number) {
  const WallTime now = RealClock().Now();
  BareRow row;
  row.prepared = storage::Prepare(storage::PlanRelease(
      release, {.name = storage::DocumentName(release.uri(), 1), .order = number + 1}, {}, nullptr, now));
  row.uuid = storage::NameToKey(release.name());
  row.entry = storage::pg::MakeSearchEntry(row.prepared.plan.new_index);
  row.terms = row.entry.terms;
  storage::pg::AppendBlockTokens(static_cast<int64_t>(number + 1), &row.terms);
  storage::pg::FacetValues values;
  row.facets = storage::pg::PackFacets(row.entry.facets, &values);
  row.event = eventlog::EncodedEvent(*row.prepared.event).WithSequence(eventlog::Sequence(number + 1));
  storage::v1::CommitReleasesResponse response;
  auto& committed = *response.add_releases();
  committed.set_name(release.name());
  committed.set_revision(1);
  committed.set_outcome(row.prepared.plan.outcome);
  committed.set_event_sequence(number + 1);
  row.result = response.SerializeAsString();
  return row;
}

double BareRate(PostgresServer& server, const std::vector<BareRow>& rows, size_t group) {
  const std::string database = server.NewDatabase();
  { PutAll(*OpenStore(database), rows.size()); }
  BareConnection connection(database);
  connection.Prepare("begin", "BEGIN");
  connection.Prepare("commit", "COMMIT");
  connection.Prepare("release",
                     "INSERT INTO release (id, uuid, revision, revision_id, document_order, create_time_us, "
                     "update_time_us, basic) VALUES ($1, $2, 1, $1, $1, 1700000000000000, 1700000000000000, $3)");
  connection.Prepare("revision",
                     "INSERT INTO release_revision (id, release_id, revision, document_id, create_time_us, "
                     "change_class, changes, record) VALUES ($1, $1, 1, $1, 1700000000000000, 0, $3, $2)");
  connection.Prepare("search",
                     "INSERT INTO release_search (release_id, sort_day, last_day, facets, ranking, words, terms, "
                     "overflow, facts) VALUES ($1, 19000, 19000, $2, $3, $4, $5::text::tsvector, "
                     "false, $6)");
  connection.Prepare("event",
                     "INSERT INTO event (topic, sequence, id, type, subject, partition_key, time, payload) VALUES "
                     "('release/', $1, $2, 'org.dateline.release.published', $3, $5, 1700000000000000, $4)");
  connection.Prepare("done", "UPDATE document SET state = 2, result = $2 WHERE id = $1");
  connection.Prepare("waiting", "INSERT INTO release_underived (release_id, revision) VALUES ($1, 1)");
  connection.Prepare("head", "UPDATE event_topic SET head = $1 WHERE topic = 'release/'");
  connection.Prepare("count",
                     "UPDATE archive_count SET pending_documents = pending_documents - $1, releases = releases + $1, "
                     "revisions = revisions + $1, last_release_time_us = 1700000000000000 WHERE id = 1");
  connection.BeginPipeline();
  const auto start = std::chrono::steady_clock::now();
  for (size_t begin = 0; begin < rows.size(); begin += group) {
    const size_t end = std::min(rows.size(), begin + group);
    connection.Send("begin", {});
    for (size_t i = begin; i < end; ++i) {
      const BareRow& row = rows[i];
      const Value id{.text = std::to_string(i + 1)};
      connection.Send("release", {id, {row.uuid, true}, {row.prepared.basic, true}});
      connection.Send("revision", {id, {row.prepared.record, true}, {row.prepared.changes, true}});
      connection.Send(
          "search",
          {id, {row.facets, true}, {row.entry.ranking, true}, {row.entry.words}, {row.terms}, {row.entry.facts}});
      connection.Send(
          "event",
          {id, {row.event.id}, {row.event.subject}, {row.event.payload, true}, {row.event.partition_key, true}});
      connection.Send("done", {id, {row.result, true}});
      connection.Send("waiting", {id});
    }
    connection.Send("head", {{std::to_string(end)}});
    connection.Send("count", {{std::to_string(end - begin)}});
    connection.Send("commit", {});
    connection.Finish();
  }
  return static_cast<double>(rows.size()) / SecondsSince(start);
}

}  // namespace
}  // namespace dateline::perf

int main(int argc, char** argv) {
  using namespace dateline::perf;
  const size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 3'000;
  std::vector<Release> releases;
  std::vector<BareRow> rows;
  for (size_t i = 0; i < count; ++i) {
    rows.push_back(MakeRow(releases.emplace_back(MakeRelease(i)), i));
  }
  PostgresServer server({.fsync = true});
  fmt::print("CommitReleases with search index, durable; {} releases a round\n", count);
  for (const int writers : {1, 8, 64}) {
    // One writer waits for every commit: fewer rows show it as well.
    const size_t used = writers == 1 ? std::min<size_t>(count, 500) : count;
    const std::vector<Release> some(releases.begin(), releases.begin() + static_cast<std::ptrdiff_t>(used));
    const std::vector<BareRow> some_rows(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(used));
    CompareRates(
        fmt::format("PostgreSQL, {} writers", writers), "bare libpq pipeline, same rows", 3,
        [&] { return OurRate(server, some, writers); },
        [&] { return BareRate(server, some_rows, static_cast<size_t>(writers)); });
  }
  return 0;
}
