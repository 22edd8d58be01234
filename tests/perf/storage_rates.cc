// Durable writes per second through the archive (SqliteStore, in this process) beside a bare SQLite loop that inserts
// the same rows into the same schema with synchronous=FULL, without checking, comparing or answering anything:
// documents with kInFlight at once beside groups of kGroup; releases by 1, 8 and 64 writers that each wait for their
// answer, beside groups of as many. Hashing, compression and serialising are done before the clock starts in the bare
// loop, and within it in ours.
//
// usage: storage_rates [writes]

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/base/mutex.h"
#include "common/sql/database.h"
#include "common/testing/temp_dir.h"
#include "services/extraction/extract.h"
#include "services/storage/content.h"
#include "services/storage/release_record.h"
#include "services/storage/sqlite/schema.h"
#include "services/storage/sqlite/sqlite_store.h"
#include "tests/perf/measure.h"
#include "tests/support/releases.h"

namespace dateline::perf {
namespace {

using release::v1::Release;
using storage::SqliteStore;

constexpr size_t kInFlight = 256;
constexpr size_t kGroup = 128;

// Lets kInFlight asynchronous writes be open at once.
class Window {
 public:
  void Enter() {
    const MutexLock lock(mutex_);
    while (open_ >= kInFlight) changed_.Wait(mutex_);
    ++open_;
  }
  void Leave(const absl::Status& status) {
    if (!status.ok()) {
      fmt::print(stderr, "write failed: {}\n", std::string(status.message()));
      std::exit(1);
    }
    const MutexLock lock(mutex_);
    --open_;
    changed_.NotifyAll();
  }
  void Drain() {
    const MutexLock lock(mutex_);
    while (open_ > 0) changed_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  size_t open_ GUARDED_BY(mutex_) = 0;
};

std::string Uri(size_t number) {
  return fmt::format("https://perf.example/{}", number);
}

storage::v1::Document MakeDocument(size_t number) {
  storage::v1::Document document;
  document.set_uri(Uri(number));
  document.set_content(testing::ReleaseTextFile(number));
  document.set_content_type("text/plain");
  return document;
}

// The releases of the documents, as extraction makes them.
std::vector<Release> MakeReleases(size_t count) {
  const auto extractor = extraction::Extractor::Create();
  std::vector<Release> releases;
  for (size_t i = 0; i < count; ++i) {
    const std::string text = testing::ReleaseTextFile(i);
    const std::string uri = Uri(i);
    auto release = (*extractor)->Extract({.bytes = text, .uri = uri, .content_type = "text/plain"});
    if (!release.ok()) std::exit(1);
    release->set_name("releases/" + UuidV5(uri));
    release->set_uri(uri);
    releases.push_back(*std::move(release));
  }
  return releases;
}

std::unique_ptr<SqliteStore> OpenStore(const testing::TempDir& folder) {
  auto store = SqliteStore::Open({.path = folder.File("storage.db")}, RealClock());
  if (!store.ok()) std::exit(1);
  return *std::move(store);
}

void PutAll(SqliteStore& store, size_t count, std::vector<std::string>* names) {
  Window window;
  names->resize(count);
  for (size_t i = 0; i < count; ++i) {
    window.Enter();
    store.PutDocument(MakeDocument(i), [&window, names, i](absl::StatusOr<storage::PutDocumentResult> result) {
      if (result.ok()) (*names)[i] = result->document.name();
      window.Leave(result.status());
    });
  }
  window.Drain();
}

double OurPutRate(size_t count) {
  const testing::TempDir folder;
  const auto store = OpenStore(folder);
  std::vector<std::string> names;
  const auto start = std::chrono::steady_clock::now();
  PutAll(*store, count, &names);
  return static_cast<double>(count) / SecondsSince(start);
}

double OurCommitRate(const std::vector<Release>& releases, size_t writers) {
  const testing::TempDir folder;
  const auto store = OpenStore(folder);
  std::vector<std::string> names;
  PutAll(*store, releases.size(), &names);
  std::atomic<size_t> next{0};
  std::vector<std::thread> threads;
  const auto start = std::chrono::steady_clock::now();
  for (size_t writer = 0; writer < writers; ++writer) {
    threads.emplace_back([&] {
      for (size_t i = next++; i < releases.size(); i = next++) {
        storage::v1::CommitReleasesRequest request;
        request.set_document(names[i]);
        *request.add_releases() = releases[i];
        std::promise<absl::Status> done;
        store->CommitReleases(std::move(request),
                              [&done](const absl::StatusOr<storage::v1::CommitReleasesResponse>& result) {
                                done.set_value(result.status());
                              });
        if (const absl::Status status = done.get_future().get(); !status.ok()) {
          fmt::print(stderr, "write failed: {}\n", std::string(status.message()));
          std::exit(1);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(releases.size()) / SecondsSince(start);
}

// A database with the schema of the archive, opened without any of our code.
class BareDatabase {
 public:
  BareDatabase() {
    {
      const auto made = OpenStore(folder_);  // Applies the migrations and closes.
    }
    Check(sqlite3_open(folder_.File("storage.db").c_str(), &database_));
    Execute("PRAGMA journal_mode=WAL");
    Execute("PRAGMA synchronous=FULL");
    Execute("PRAGMA foreign_keys=ON");
  }
  ~BareDatabase() {
    for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }
  BareDatabase(const BareDatabase&) = delete;
  BareDatabase& operator=(const BareDatabase&) = delete;

  void Execute(const char* sql) { Check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
  sqlite3_stmt* Prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    Check(sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr));
    statements_.push_back(statement);
    return statement;
  }
  static void Text(sqlite3_stmt* statement, int at, const std::string& value) {
    sqlite3_bind_text(statement, at, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
  }
  static void Bytes(sqlite3_stmt* statement, int at, const std::string& value) {
    sqlite3_bind_blob(statement, at, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
  }
  void Run(sqlite3_stmt* statement) {
    while (sqlite3_step(statement) == SQLITE_ROW) {
    }
    Check(sqlite3_reset(statement));
  }

 private:
  void Check(int code) {
    if (code == SQLITE_OK) return;
    fmt::print(stderr, "bare loop: {}\n", database_ == nullptr ? "cannot open" : sqlite3_errmsg(database_));
    std::exit(1);
  }
  testing::TempDir folder_;
  sqlite3* database_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
};

// The event that goes with each write: one head update, one row.
class BareEvents {
 public:
  BareEvents(BareDatabase& database, const char* topic, size_t payload_bytes)
      : database_(database), topic_(topic), payload_(payload_bytes, 'p') {
    next_ = database.Prepare("UPDATE event_topic SET head = head + 1 WHERE topic = ? RETURNING head");
    insert_ = database.Prepare(
        "INSERT INTO event (topic, sequence, id, type, subject, partition_key, time, payload) VALUES (?, ?, ?, ?, ?, "
        "?, ?, ?)");
  }
  void Append(size_t number, const std::string& id, const std::string& subject) {
    BareDatabase::Text(next_, 1, topic_);
    database_.Run(next_);
    BareDatabase::Text(insert_, 1, topic_);
    sqlite3_bind_int64(insert_, 2, static_cast<int64_t>(number + 1));
    BareDatabase::Text(insert_, 3, id);
    BareDatabase::Text(insert_, 4, "org.dateline.release.published");
    BareDatabase::Text(insert_, 5, subject);
    BareDatabase::Text(insert_, 6, "perf.example");
    sqlite3_bind_int64(insert_, 7, 1'700'000'000);
    BareDatabase::Bytes(insert_, 8, payload_);
    database_.Run(insert_);
  }

 private:
  BareDatabase& database_;
  const std::string topic_;
  const std::string payload_;
  sqlite3_stmt* next_;
  sqlite3_stmt* insert_;
};

// Puts rows for documents in; the same for both bare loops, timed only in one.
class BareDocuments {
 public:
  explicit BareDocuments(BareDatabase& database) : database_(database), events_(database, "document/", 400) {
    content_ = database.Prepare("INSERT INTO content (sha256, bytes, zstd) VALUES (?1, ?2, ?3)");
    document_ = database.Prepare(
        "INSERT INTO document (uuid, uri, version, content_id, create_time_us, source, content_type, charset, guid, "
        "given_uri, "
        "state) VALUES (?1, ?2, 1, ?3, 1, '', 'text/plain', '', '', '', 1)");
  }
  void Insert(size_t number, const std::string& sha256, const std::string& compressed, const std::string& uri,
              const std::string& uuid) {
    BareDatabase::Bytes(content_, 1, sha256);
    sqlite3_bind_int64(content_, 2, 1000);
    BareDatabase::Bytes(content_, 3, compressed);
    database_.Run(content_);
    BareDatabase::Bytes(document_, 1, uuid);
    BareDatabase::Text(document_, 2, uri);
    sqlite3_bind_int64(document_, 3, static_cast<int64_t>(number + 1));
    database_.Run(document_);
    events_.Append(number, uuid, uri);
  }

 private:
  BareDatabase& database_;
  BareEvents events_;
  sqlite3_stmt* content_;
  sqlite3_stmt* document_;
};

struct BareRow {
  std::string sha256;
  std::string compressed;
  std::string uri;
  std::string uuid;
};

std::vector<BareRow> MakeRows(size_t count) {
  std::vector<BareRow> rows;
  for (size_t i = 0; i < count; ++i) {
    const std::string text = testing::ReleaseTextFile(i);
    const std::string uri = Uri(i);
    rows.push_back(
        {storage::Sha256Bytes(text), storage::CompressContent(text), uri, storage::Sha256Bytes(uri).substr(0, 16)});
  }
  return rows;
}

// Calls `insert(i)` for all rows in groups, each one transaction.
void InGroups(BareDatabase& database, size_t count, size_t group, const std::function<void(size_t)>& insert) {
  for (size_t begin = 0; begin < count; begin += group) {
    database.Execute("BEGIN IMMEDIATE");
    for (size_t i = begin; i < std::min(count, begin + group); ++i) insert(i);
    database.Execute("COMMIT");
  }
}

double BarePutRate(const std::vector<BareRow>& rows) {
  BareDatabase database;
  BareDocuments documents(database);
  const auto start = std::chrono::steady_clock::now();
  InGroups(database, rows.size(), kGroup,
           [&](size_t i) { documents.Insert(i, rows[i].sha256, rows[i].compressed, rows[i].uri, rows[i].uuid); });
  return static_cast<double>(rows.size()) / SecondsSince(start);
}

double BareCommitRate(const std::vector<BareRow>& rows, const std::vector<Release>& releases, size_t group) {
  BareDatabase database;
  BareDocuments documents(database);
  InGroups(database, rows.size(), kGroup,
           [&](size_t i) { documents.Insert(i, rows[i].sha256, rows[i].compressed, rows[i].uri, rows[i].uuid); });
  std::vector<std::string> records;
  for (const Release& release : releases) records.push_back(release.SerializeAsString());
  std::vector<storage::IndexedText> texts;
  for (const Release& release : releases) texts.push_back(storage::IndexRelease(release, WallTime()));
  const std::string basic(400, 'b');
  sqlite3_stmt* release = database.Prepare(
      "INSERT INTO release (uuid, revision, revision_id, document_order, create_time_us, update_time_us, basic) "
      "VALUES (?1, 1, ?2, 1, 1, 1, ?3)");
  sqlite3_stmt* revision = database.Prepare(
      "INSERT INTO release_revision (release_id, revision, document_id, create_time_us, change_class, changes, record) "
      "VALUES (?1, 1, ?1, 1, 0, x'', ?2)");
  sqlite3_stmt* search = database.Prepare(
      "INSERT INTO release_search (rowid, title, subtitle, text, names, facts) "
      "VALUES (?1, ?2, '', ?3, ?4, ?5)");
  sqlite3_stmt* facet =
      database.Prepare("INSERT INTO release_facet (release_id, sort_day, facets) VALUES (?1, 19000, ?2)");
  sqlite3_stmt* done = database.Prepare("UPDATE document SET state = 2, result = ?2 WHERE id = ?1");
  BareEvents events(database, "release/", 1200);
  const auto start = std::chrono::steady_clock::now();
  InGroups(database, releases.size(), group, [&](size_t i) {
    const auto id = static_cast<int64_t>(i + 1);
    BareDatabase::Bytes(release, 1, rows[i].uuid);
    sqlite3_bind_int64(release, 2, id);
    BareDatabase::Bytes(release, 3, basic);
    database.Run(release);
    sqlite3_bind_int64(revision, 1, id);
    BareDatabase::Bytes(revision, 2, records[i]);
    database.Run(revision);
    sqlite3_bind_int64(search, 1, id);
    BareDatabase::Text(search, 2, releases[i].title());
    BareDatabase::Text(search, 3, texts[i].text);
    BareDatabase::Text(search, 4, texts[i].names);
    BareDatabase::Text(search, 5, texts[i].facts);
    database.Run(search);
    sqlite3_bind_int64(facet, 1, id);
    BareDatabase::Bytes(facet, 2, rows[i].uuid);
    database.Run(facet);
    sqlite3_bind_int64(done, 1, id);
    BareDatabase::Bytes(done, 2, rows[i].uuid);
    database.Run(done);
    events.Append(i, rows[i].uuid, rows[i].uri);
  });
  return static_cast<double>(releases.size()) / SecondsSince(start);
}

}  // namespace
}  // namespace dateline::perf

int main(int argc, char** argv) {
  using namespace dateline::perf;
  const size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000;
  const auto rows = MakeRows(count);
  const auto releases = MakeReleases(count);
  fmt::print("{} writes a round; {} in flight; bare groups of {}\n", count, kInFlight, kGroup);
  CompareRates(
      "PutDocument, durable", "bare SQLite loop, same rows", 3, [&] { return OurPutRate(count); },
      [&] { return BarePutRate(rows); });
  for (const size_t writers : {1U, 8U, 64U}) {
    // One writer waits for every commit: fewer rows show it as well.
    const auto used = static_cast<std::ptrdiff_t>(writers == 1 ? std::min<size_t>(count, 1'000) : count);
    const std::vector<BareRow> some_rows(rows.begin(), rows.begin() + used);
    const std::vector<Release> some(releases.begin(), releases.begin() + used);
    CompareRates(
        fmt::format("CommitReleases with search index, durable, {} writers", writers), "bare SQLite loop, same rows", 3,
        [&] { return OurCommitRate(some, writers); }, [&] { return BareCommitRate(some_rows, some, writers); });
  }
  return 0;
}
