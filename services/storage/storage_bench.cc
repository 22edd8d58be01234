// Durable throughput of SqliteStore beside its ceiling. The store is driven in-process with a bounded number of calls
// in flight, as the handlers drive it; the ceiling is a bare loop on the SQLite library that writes the same rows into
// the same schema, 128 to a transaction, with nothing else around it. Compare figures of one run only. Run by hand:
//   build/release/perf/storage_bench

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/base/executor.h"
#include "common/base/ids.h"
#include "common/base/mutex.h"
#include "common/testing/temp_dir.h"
#include "services/storage/content.h"
#include "services/storage/sqlite/sqlite_store.h"

namespace dateline::storage {
namespace {

constexpr int kInFlight = 512;
constexpr int kCallers = 4;
constexpr int kGroup = 128;
constexpr int kBatch = 2'000;  // Items for each iteration.

// About 5 KB of words that differ from document to document.
std::string Words(int seed) {
  static const char* const kWords[] = {"ministry", "river",    "harbour", "programme", "announced", "support",
                                       "of",       "the",      "and",     "million",   "people",    "climate",
                                       "school",   "regional", "meeting", "fund"};
  std::string text;
  auto state = static_cast<uint32_t>(seed) * 2'654'435'761U + 1;
  while (text.size() < 5'000) {
    state = state * 1'664'525U + 1'013'904'223U;
    text += kWords[(state >> 16) % 16];
    text += (state >> 24) % 12 == 0 ? fmt::format("{} ", state % 10'000) : std::string(" ");
  }
  return text;
}

// Lets at most kInFlight calls be open.
class Window {
 public:
  void Enter() {
    MutexLock lock(mutex_);
    while (open_ >= kInFlight) changed_.Wait(mutex_);
    ++open_;
  }
  void Leave() {
    MutexLock lock(mutex_);
    --open_;
    changed_.NotifyOne();
  }
  void WaitUntilEmpty() {
    MutexLock lock(mutex_);
    while (open_ > 0) changed_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int open_ GUARDED_BY(mutex_) = 0;
};

std::unique_ptr<SqliteStore> OpenStore(const testing::TempDir& folder) {
  auto store = SqliteStore::Open({.path = folder.File("storage.db"), .vfs = {}}, RealClock());
  DATELINE_CHECK(store.ok(), store.status().ToString());
  return *std::move(store);
}

v1::Document MakeBenchDocument(int number) {
  v1::Document document;
  document.set_uri(fmt::format("https://example.org/news/{}", number));
  document.set_given_uri(document.uri());
  document.set_content_type("text/html");
  document.set_content(Words(number));
  return document;
}

release::v1::Release MakeBenchRelease(int number) {
  release::v1::Release release;
  release.set_uri(fmt::format("https://example.org/news/{}", number));
  release.set_name("releases/" + UuidV5(release.uri()));
  release.set_title(fmt::format("Release number {}", number));
  release.set_text(Words(number));
  release.set_language("en");
  release.mutable_extractor()->set_version("bench");
  for (int i = 0; i < 20; ++i) {
    auto* person = release.add_people();
    person->set_display_name(fmt::format("Person {}", i));
    person->add_mentions()->set_end(10);
  }
  return release;
}

// Calls `start(i, done)` for each item from kCallers threads, as the handlers' executor does, and waits for all.
template <class Start>
void Drive(Start start) {
  Executor callers({.name = "bench", .threads = kCallers, .queue_max = kInFlight});
  Window window;
  for (int i = 0; i < kBatch; ++i) {
    window.Enter();
    DATELINE_CHECK(callers.TrySubmit([&start, &window, i] { start(i, [&window] { window.Leave(); }); }),
                   "the window is the bound");
  }
  window.WaitUntilEmpty();
}

void PutAll(SqliteStore& store, const std::vector<v1::Document>& documents, std::vector<std::string>* names) {
  Drive([&](int i, auto leave) {
    const auto index = static_cast<size_t>(i);
    store.PutDocument(documents[index], [names, index, leave](absl::StatusOr<PutDocumentResult> result) {
      DATELINE_CHECK(result.ok(), result.status().ToString());
      (*names)[index] = result->document.name();
      leave();
    });
  });
}

std::vector<v1::Document> MakeBenchDocuments(int first) {
  std::vector<v1::Document> documents;
  for (int i = 0; i < kBatch; ++i) documents.push_back(MakeBenchDocument(first + i));
  return documents;
}

// Where the time of the writing thread went, over the whole life of the store.
void Report(benchmark::State& state, const SqliteStore& store) {
  const sql::Stats stats = store.database_stats();
  state.counters["groups"] = static_cast<double>(stats.groups);
  state.counters["commit_ms"] = static_cast<double>(stats.commit_time_total.count()) / 1'000;
  state.counters["checkpoints"] = static_cast<double>(stats.checkpoints);
}

void BM_PutDocument(benchmark::State& state) {
  testing::TempDir folder;
  auto store = OpenStore(folder);
  int next = 0;
  std::vector<std::string> names(kBatch);
  for (auto _ : state) {
    state.PauseTiming();
    const auto documents = MakeBenchDocuments(next);
    next += kBatch;
    state.ResumeTiming();
    PutAll(*store, documents, &names);
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
  Report(state, *store);
}
BENCHMARK(BM_PutDocument)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(5);

void BM_CommitReleases(benchmark::State& state) {
  testing::TempDir folder;
  auto store = OpenStore(folder);
  int next = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<std::string> names(kBatch);
    PutAll(*store, MakeBenchDocuments(next), &names);
    std::vector<v1::CommitReleasesRequest> requests(kBatch);
    for (int i = 0; i < kBatch; ++i) {
      requests[static_cast<size_t>(i)].set_document(names[static_cast<size_t>(i)]);
      *requests[static_cast<size_t>(i)].add_releases() = MakeBenchRelease(next + i);
    }
    next += kBatch;
    state.ResumeTiming();
    Drive([&](int i, auto leave) {
      store->CommitReleases(requests[static_cast<size_t>(i)],
                            [leave](absl::StatusOr<v1::CommitReleasesResponse> result) {
                              DATELINE_CHECK(result.ok(), result.status().ToString());
                              leave();
                            });
    });
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
  Report(state, *store);
}
BENCHMARK(BM_CommitReleases)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(5);

// One prepared statement of the bare loop.
class Bare {
 public:
  Bare(sqlite3* db, const std::string& sql) {
    DATELINE_CHECK(sqlite3_prepare_v2(db, sql.c_str(), -1, &statement_, nullptr) == SQLITE_OK, sqlite3_errmsg(db));
  }
  ~Bare() { sqlite3_finalize(statement_); }
  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;
  Bare& Number(int index, int64_t value) {
    sqlite3_bind_int64(statement_, index, value);
    return *this;
  }
  Bare& Blob(int index, const std::string& value) {
    sqlite3_bind_blob64(statement_, index, value.data(), value.size(), SQLITE_STATIC);
    return *this;
  }
  Bare& Text(int index, const std::string& value) {
    sqlite3_bind_text(statement_, index, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
    return *this;
  }
  void Run() {
    while (sqlite3_step(statement_) == SQLITE_ROW) {
    }
    const int code = sqlite3_reset(statement_);
    DATELINE_CHECK(code == SQLITE_OK, sqlite3_errstr(code));
  }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

struct CloseDb {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};

// The schema of the archive, opened by hand.
std::unique_ptr<sqlite3, CloseDb> OpenBare(const testing::TempDir& folder) {
  OpenStore(folder).reset();
  sqlite3* db = nullptr;
  DATELINE_CHECK(sqlite3_open(folder.File("storage.db").c_str(), &db) == SQLITE_OK, "open");
  DATELINE_CHECK(
      sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", nullptr, nullptr, nullptr) == SQLITE_OK,
      "pragma");
  return std::unique_ptr<sqlite3, CloseDb>(db);
}

// What the log writes for one event; the payload has the size of a typical one.
class BareEvents {
 public:
  BareEvents(sqlite3* db, std::string topic, size_t payload_bytes)
      : insert_(db,
                "INSERT INTO event (topic, sequence, id, type, subject, partition_key, time, payload) "
                "VALUES (?1, ?2, ?3, 'type', ?4, 'example.org', 1, ?5)"),
        head_(db, "UPDATE event_topic SET head = ?1 WHERE topic = ?2"),
        topic_(std::move(topic)),
        payload_(payload_bytes, 'p') {}
  void Append(const std::string& subject) {
    ++sequence_;
    const std::string id = UuidV4();
    insert_.Text(1, topic_).Number(2, sequence_).Text(3, id).Text(4, subject).Blob(5, payload_).Run();
    head_.Number(1, sequence_).Text(2, topic_).Run();
  }

 private:
  Bare insert_;
  Bare head_;
  const std::string topic_;
  const std::string payload_;
  int64_t sequence_ = 0;
};

// Runs `write` for each item, kGroup items to a transaction.
template <class Write>
void RunGroups(sqlite3* db, int first, Write write) {
  Bare begin(db, "BEGIN IMMEDIATE");
  Bare commit(db, "COMMIT");
  for (int i = 0; i < kBatch; ++i) {
    if (i % kGroup == 0) begin.Run();
    write(first + i);
    if (i % kGroup == kGroup - 1 || i == kBatch - 1) commit.Run();
  }
}

constexpr const char* kInsertContent = "INSERT INTO content (sha256, bytes, zstd) VALUES (?1, 5000, ?2)";
constexpr const char* kInsertDocument =
    "INSERT INTO document (uuid, uri, version, content_id, create_time_us, source, content_type, charset, guid, "
    "given_uri, "
    "state) VALUES (?1, ?2, 1, ?3, 1, '', 'text/html', '', '', ?2, 1)";

void BM_BarePut(benchmark::State& state) {
  testing::TempDir folder;
  const auto db = OpenBare(folder);
  Bare content(db.get(), kInsertContent);
  Bare document(db.get(), kInsertDocument);
  BareEvents events(db.get(), std::string(kDocumentTopic), 450);
  int next = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<std::string> hashes;
    std::vector<std::string> compressed;
    for (int i = 0; i < kBatch; ++i) {
      hashes.push_back(Sha256Bytes(Words(next + i)));
      compressed.push_back(CompressContent(Words(next + i)));
    }
    state.ResumeTiming();
    RunGroups(db.get(), next, [&](int number) {
      const auto index = static_cast<size_t>(number - next);
      const std::string uri = fmt::format("https://example.org/news/{}", number);
      const std::string name = DocumentName(uri, 1);
      const std::string key = NameToKey(name);
      content.Blob(1, hashes[index]).Blob(2, compressed[index]).Run();
      document.Blob(1, key).Text(2, uri).Number(3, number + 1).Run();
      events.Append(name);
    });
    next += kBatch;
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(BM_BarePut)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(5);

void BM_BareCommit(benchmark::State& state) {
  testing::TempDir folder;
  const auto db = OpenBare(folder);
  Bare content(db.get(), kInsertContent);
  Bare document(db.get(), kInsertDocument);
  Bare release(db.get(),
               "INSERT INTO release (uuid, revision, revision_id, document_order, create_time_us, update_time_us, "
               "basic) VALUES (?1, 1, ?2, ?2, 1, 1, ?3)");
  Bare revision(db.get(),
                "INSERT INTO release_revision (release_id, revision, document_id, create_time_us, change_class, "
                "changes, record) VALUES (?1, 1, ?1, 1, 0, x'', ?2)");
  Bare search(db.get(), "INSERT INTO release_search (rowid, title, text, names) VALUES (?1, ?2, ?3, ?4)");
  Bare update(db.get(), "UPDATE document SET state = 2, result = ?2 WHERE id = ?1");
  BareEvents events(db.get(), std::string(kReleaseTopic), 1'200);
  int next = 0;
  for (auto _ : state) {
    state.PauseTiming();
    RunGroups(db.get(), next, [&](int number) {
      const std::string uri = fmt::format("https://example.org/news/{}", number);
      const std::string hash = Sha256Bytes(uri);
      const std::string compressed = CompressContent(Words(number));
      const std::string key = NameToKey(DocumentName(uri, 1));
      content.Blob(1, hash).Blob(2, compressed).Run();
      document.Blob(1, key).Text(2, uri).Number(3, number + 1).Run();
    });
    std::vector<PreparedRelease> prepared;
    for (int i = 0; i < kBatch; ++i) {
      prepared.push_back(Prepare(PlanRelease(MakeBenchRelease(next + i), {}, {}, nullptr, FromMicros(1))));
    }
    state.ResumeTiming();
    RunGroups(db.get(), next, [&](int number) {
      const PreparedRelease& item = prepared[static_cast<size_t>(number - next)];
      const IndexedText& index = item.plan.new_index;
      const int64_t id = number + 1;
      const std::string key = NameToKey(item.plan.name);
      release.Blob(1, key).Number(2, id).Blob(3, item.basic).Run();
      revision.Number(1, id).Blob(2, item.record).Run();
      search.Number(1, id).Text(2, index.title).Text(3, index.text).Text(4, index.names).Run();
      update.Number(1, id).Blob(2, item.plan.name).Run();
      events.Append(item.plan.name);
    });
    next += kBatch;
  }
  state.SetItemsProcessed(state.iterations() * kBatch);
}
BENCHMARK(BM_BareCommit)->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(5);

}  // namespace
}  // namespace dateline::storage

BENCHMARK_MAIN();
