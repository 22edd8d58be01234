// Durable writes per second through the archive (SqliteStore, in this process) beside a bare SQLite loop that inserts
// the very rows that the archive wrote, read back from it, into the same schema with synchronous=FULL, without
// checking, comparing or answering anything: documents with kInFlight at once beside groups of kGroup; releases by 1, 8
// and 64 writers that each wait for their answer, beside groups of as many. Hashing, compression, folding and
// serialising are done before the clock starts in the bare loop, and within it in ours.
//
// usage: storage_rates [writes]

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
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
#include "services/storage/release_record.h"
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

double OurCommitRate(const std::vector<Release>& releases, size_t writers, const testing::TempDir& folder) {
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

// A database of the archive, opened without any of our code, as our own connection is set up.
class BareDatabase {
 public:
  explicit BareDatabase(const std::string& path) {
    Check(sqlite3_open(path.c_str(), &database_));
    Execute(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; "
        "PRAGMA cell_size_check=ON; PRAGMA cache_size=-32768");
  }
  ~BareDatabase() {
    for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
    sqlite3_close(database_);
  }
  BareDatabase(const BareDatabase&) = delete;
  BareDatabase& operator=(const BareDatabase&) = delete;

  void Execute(const char* sql) { Check(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr)); }
  sqlite3_stmt* Prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    Check(sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr));
    statements_.push_back(statement);
    return statement;
  }
  static void Text(sqlite3_stmt* statement, int at, const std::string& value) {
    sqlite3_bind_text(statement, at, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
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
  sqlite3* database_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
};

// Rows that our store wrote, value by value, so that the bare loop writes the very same ones.
class Rows {
 public:
  Rows(BareDatabase& from, const std::string& select) {
    sqlite3_stmt* statement = from.Prepare(select);
    while (sqlite3_step(statement) == SQLITE_ROW) {
      auto& row = rows_.emplace_back();
      for (int i = 0; i < sqlite3_column_count(statement); ++i) {
        row.push_back(sqlite3_value_dup(sqlite3_column_value(statement, i)));
      }
    }
    sqlite3_reset(statement);
  }
  ~Rows() {
    for (auto& row : rows_) {
      for (sqlite3_value* value : row) sqlite3_value_free(value);
    }
  }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  size_t size() const { return rows_.size(); }
  // Binds a row's values to ?1, ?2, ….
  void Bind(sqlite3_stmt* statement, size_t row) const {
    for (size_t i = 0; i < rows_[row].size(); ++i) {
      sqlite3_bind_value(statement, static_cast<int>(i) + 1, rows_[row][i]);
    }
  }
  int64_t Int(size_t row, size_t column) const { return sqlite3_value_int64(rows_[row][column]); }
  std::string Blob(size_t row, size_t column) const {
    sqlite3_value* value = rows_[row][column];
    return {static_cast<const char*>(sqlite3_value_blob(value)), static_cast<size_t>(sqlite3_value_bytes(value))};
  }

 private:
  std::vector<std::vector<sqlite3_value*>> rows_;
};

// Calls `insert(i)` for all rows in groups, each one transaction.
void InGroups(BareDatabase& database, size_t count, size_t group, const std::function<void(size_t)>& insert) {
  for (size_t begin = 0; begin < count; begin += group) {
    database.Execute("BEGIN IMMEDIATE");
    for (size_t i = begin; i < std::min(count, begin + group); ++i) insert(i);
    database.Execute("COMMIT");
  }
}

// The events of one topic, each with the update of its head.
class BareEvents {
 public:
  BareEvents(BareDatabase& from, const std::string& topic)
      : rows_(from,
              "SELECT topic, sequence, id, type, subject, partition_key, time, payload FROM event WHERE topic = '" +
                  topic + "' ORDER BY sequence"),
        topic_(topic) {}
  void Prepare(BareDatabase& to) {
    next_ = to.Prepare("UPDATE event_topic SET head = head + 1 WHERE topic = ?1 RETURNING head");
    insert_ = to.Prepare(
        "INSERT INTO event (topic, sequence, id, type, subject, partition_key, time, payload) VALUES (?1, ?2, ?3, ?4, "
        "?5, ?6, ?7, ?8)");
  }
  void Append(BareDatabase& to, size_t i) {
    BareDatabase::Text(next_, 1, topic_);
    to.Run(next_);
    rows_.Bind(insert_, i);
    to.Run(insert_);
  }

 private:
  const Rows rows_;
  const std::string topic_;
  sqlite3_stmt* next_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

// What PutDocument wrote, written again into an empty archive.
double BarePutRate(size_t count) {
  const testing::TempDir written;
  {
    const auto store = OpenStore(written);
    std::vector<std::string> names;
    PutAll(*store, count, &names);
  }
  BareDatabase from(written.File("storage.db"));
  const Rows contents(from, "SELECT id, sha256, bytes, zstd FROM content ORDER BY id");
  const Rows documents(from,
                       "SELECT id, uuid, uri, version, content_id, create_time_us, fetch_time_us, source, "
                       "content_type, charset, guid, given_uri, feed_hints, state FROM document ORDER BY id");
  BareEvents events(from, "document/");
  const testing::TempDir folder;
  { OpenStore(folder); }  // Applies the migrations and closes.
  BareDatabase to(folder.File("storage.db"));
  sqlite3_stmt* content = to.Prepare("INSERT INTO content (id, sha256, bytes, zstd) VALUES (?1, ?2, ?3, ?4)");
  sqlite3_stmt* document = to.Prepare(
      "INSERT INTO document (id, uuid, uri, version, content_id, create_time_us, fetch_time_us, source, content_type, "
      "charset, guid, given_uri, feed_hints, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
      "?14)");
  events.Prepare(to);
  const auto start = std::chrono::steady_clock::now();
  InGroups(to, documents.size(), kGroup, [&](size_t i) {
    contents.Bind(content, i);
    to.Run(content);
    documents.Bind(document, i);
    to.Run(document);
    events.Append(to, i);
  });
  return static_cast<double>(documents.size()) / SecondsSince(start);
}

// What CommitReleases wrote, written again into an archive that holds the documents.
class BareCommits {
 public:
  explicit BareCommits(const std::string& written)
      : from_(written),
        heads_(from_,
               "SELECT id, uuid, revision, revision_id, document_order, create_time_us, update_time_us, basic FROM "
               "release ORDER BY id"),
        revisions_(from_,
                   "SELECT id, release_id, revision, document_id, create_time_us, change_class, changes, record FROM "
                   "release_revision ORDER BY id"),
        facets_(from_, "SELECT release_id, sort_day, facets FROM release_facet ORDER BY release_id"),
        values_(from_, "SELECT id, field, value FROM facet_value ORDER BY id"),
        days_(from_, "SELECT block, days FROM release_days ORDER BY block"),
        outcomes_(from_,
                  "SELECT d.id, d.state, d.failure, d.result FROM release_revision v JOIN document d ON d.id = "
                  "v.document_id ORDER BY v.id"),
        events_(from_, "release/") {
    for (size_t i = 0; i < revisions_.size(); ++i) {
      Release record;
      record.ParseFromString(revisions_.Blob(i, 7));
      texts_.push_back(storage::IndexRelease(record, FromMicros(heads_.Int(i, 5))));
    }
  }

  double Rate(const std::string& path, size_t group) {
    BareDatabase to(path);
    Prepare(to);
    const auto start = std::chrono::steady_clock::now();
    InGroups(to, heads_.size(), group, [&](size_t i) { Insert(to, i); });
    return static_cast<double>(heads_.size()) / SecondsSince(start);
  }

 private:
  void Prepare(BareDatabase& to) {
    head_ = to.Prepare(
        "INSERT INTO release (id, uuid, revision, revision_id, document_order, create_time_us, update_time_us, basic) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    revision_ = to.Prepare(
        "INSERT INTO release_revision (id, release_id, revision, document_id, create_time_us, change_class, changes, "
        "record) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    search_ = to.Prepare(
        "INSERT INTO release_search (rowid, title, subtitle, text, names, facts) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    facet_ = to.Prepare("INSERT INTO release_facet (release_id, sort_day, facets) VALUES (?1, ?2, ?3)");
    value_ = to.Prepare("INSERT INTO facet_value (id, field, value) VALUES (?1, ?2, ?3)");
    day_ = to.Prepare("INSERT INTO release_days (block, days) VALUES (?1, ?2)");
    outcome_ = to.Prepare("UPDATE document SET state = ?2, failure = ?3, result = ?4 WHERE id = ?1");
    events_.Prepare(to);
    next_value_ = 0;
    next_days_ = 0;
  }

  void Insert(BareDatabase& to, size_t i) {
    const auto run = [&](const Rows& rows, sqlite3_stmt* statement, size_t row) {
      rows.Bind(statement, row);
      to.Run(statement);
    };
    run(heads_, head_, i);
    run(revisions_, revision_, i);
    sqlite3_bind_int64(search_, 1, heads_.Int(i, 0));
    BareDatabase::Text(search_, 2, texts_[i].title);
    BareDatabase::Text(search_, 3, texts_[i].subtitle);
    BareDatabase::Text(search_, 4, texts_[i].text);
    BareDatabase::Text(search_, 5, texts_[i].names);
    BareDatabase::Text(search_, 6, texts_[i].facts);
    to.Run(search_);
    for (; next_value_ < values_.size() && values_.Int(next_value_, 0) <= HighestValue(i); ++next_value_) {
      run(values_, value_, next_value_);
    }
    run(facets_, facet_, i);
    // A row of many releases: written once, where ours writes it with each group.
    if (next_days_ < days_.size() && i * days_.size() >= next_days_ * heads_.size()) run(days_, day_, next_days_++);
    run(outcomes_, outcome_, i);
    events_.Append(to, i);
  }

  // The highest facet_value.id among the facets of a release.
  int64_t HighestValue(size_t i) const {
    const std::string packed = facets_.Blob(i, 2);
    uint32_t highest = 0;
    for (size_t at = 0; at + sizeof(uint32_t) <= packed.size(); at += sizeof(uint32_t)) {
      uint32_t entry = 0;
      std::memcpy(&entry, packed.data() + at, sizeof(entry));
      highest = std::max(highest, entry >> 3U);
    }
    return highest;
  }

  BareDatabase from_;
  const Rows heads_;
  const Rows revisions_;
  const Rows facets_;
  const Rows values_;
  const Rows days_;
  const Rows outcomes_;
  BareEvents events_;
  std::vector<storage::IndexedText> texts_;
  size_t next_value_ = 0;
  size_t next_days_ = 0;
  sqlite3_stmt* head_ = nullptr;
  sqlite3_stmt* revision_ = nullptr;
  sqlite3_stmt* search_ = nullptr;
  sqlite3_stmt* facet_ = nullptr;
  sqlite3_stmt* value_ = nullptr;
  sqlite3_stmt* day_ = nullptr;
  sqlite3_stmt* outcome_ = nullptr;
};

double BareCommitRate(const std::vector<Release>& releases, size_t group) {
  const testing::TempDir written;
  OurCommitRate(releases, 64, written);
  BareCommits commits(written.File("storage.db"));
  const testing::TempDir folder;
  {
    const auto store = OpenStore(folder);
    std::vector<std::string> names;
    PutAll(*store, releases.size(), &names);
  }
  return commits.Rate(folder.File("storage.db"), group);
}

}  // namespace
}  // namespace dateline::perf

int main(int argc, char** argv) {
  using namespace dateline::perf;
  const size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000;
  const auto releases = MakeReleases(count);
  fmt::print("{} writes a round; {} in flight; bare groups of {}\n", count, kInFlight, kGroup);
  CompareRates(
      "PutDocument, durable", "bare SQLite loop, same rows", 3, [&] { return OurPutRate(count); },
      [&] { return BarePutRate(count); });
  for (const size_t writers : {1U, 8U, 64U}) {
    // One writer waits for every commit: fewer rows show it as well.
    const auto used = static_cast<std::ptrdiff_t>(writers == 1 ? std::min<size_t>(count, 1'000) : count);
    const std::vector<Release> some(releases.begin(), releases.begin() + used);
    CompareRates(
        fmt::format("CommitReleases with search index, durable, {} writers", writers), "bare SQLite loop, same rows", 3,
        [&] {
          const dateline::testing::TempDir folder;
          return OurCommitRate(some, writers, folder);
        },
        [&] { return BareCommitRate(some, writers); });
  }
  return 0;
}
