// What searches over a large archive cost: p50 and p99 by word, phrase, filter, facets, list and get, each beside the
// bare SQL that finds the same rows on the same file; memory and size of the file. Usage: search_rates [RELEASES
// [FILE]]. With FILE the archive is kept there and used again.

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/testing/temp_dir.h"
#include "services/storage/match_plan.h"
#include "services/storage/sqlite/search_index.h"
#include "services/storage/sqlite/sqlite_store.h"
#include "tests/perf/archive_generator.h"
#include "tests/perf/measure.h"

namespace dateline::perf {
namespace {

using storage::SqliteStore;

constexpr uint64_t kSeed = 2026;
constexpr int kQueries = 200;
constexpr size_t kInFlight = 512;

double MemoryMiB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Puts documents and commits releases until the archive holds `count`.
void Fill(SqliteStore& store, ArchiveGenerator& generator, size_t count) {
  const auto start = std::chrono::steady_clock::now();
  const size_t begin = store.Stats().releases;
  for (size_t at = begin; at < count; at += kInFlight) {
    const size_t end = std::min(count, at + kInFlight);
    std::vector<std::promise<std::string>> documents(end - at);
    std::vector<std::future<std::string>> stored;
    for (size_t i = at; i < end; ++i) {
      storage::v1::Document document;
      document.set_uri(fmt::format("https://made-up.example/{}", i));
      document.set_content(fmt::format("document {}", i));
      stored.push_back(documents[i - at].get_future());
      store.PutDocument(std::move(document), [&promise = documents[i - at]](auto result) {
        DATELINE_CHECK(result.ok(), "put");
        promise.set_value(result->document.name());
      });
    }
    std::vector<std::promise<void>> commits(end - at);
    for (size_t i = at; i < end; ++i) {
      storage::v1::CommitReleasesRequest request;
      request.set_document(stored[i - at].get());
      release::v1::Release release = generator.Make(i);
      release.set_uri(fmt::format("https://made-up.example/{}", i));
      release.set_name("releases/" + UuidV5(release.uri()));
      *request.add_releases() = std::move(release);
      store.CommitReleases(std::move(request), [&promise = commits[i - at]](auto result) {
        DATELINE_CHECK(result.ok(), "commit");
        promise.set_value();
      });
    }
    for (auto& commit : commits) commit.get_future().wait();
  }
  if (begin < count) PrintRate("commit", static_cast<double>(count - begin) / SecondsSince(start), "durable");
}

// A connection that runs bare SQL.
class Bare {
 public:
  explicit Bare(const std::string& path) {
    DATELINE_CHECK(sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK, path);
  }
  ~Bare() { sqlite3_close(handle_); }
  // The newest 10,000 matches, and the records of 20 of them.
  void Find(const std::string& match) {
    std::vector<int64_t> ids =
        Ids("SELECT rowid FROM release_search WHERE release_search MATCH ?1 ORDER BY rowid DESC "
            "LIMIT 10000",
            match);
    if (ids.size() > 20) ids.resize(20);
    for (const int64_t id : ids) Read(id);
  }
  void List() {
    for (const int64_t id : Ids("SELECT id FROM release ORDER BY id DESC LIMIT 20", {})) Read(id);
  }
  void Read(int64_t id) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(handle_,
                       "SELECT v.record FROM release r JOIN release_revision v ON v.id = r.revision_id WHERE r.id = ?1",
                       -1, &statement, nullptr);
    sqlite3_bind_int64(statement, 1, id);
    DATELINE_CHECK(sqlite3_step(statement) == SQLITE_ROW, "row");
    bytes_ += static_cast<size_t>(sqlite3_column_bytes(statement, 0));
    sqlite3_finalize(statement);
  }

 private:
  std::vector<int64_t> Ids(const char* sql, const std::string& match) {
    sqlite3_stmt* statement = nullptr;
    sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr);
    if (!match.empty()) sqlite3_bind_text(statement, 1, match.c_str(), -1, SQLITE_TRANSIENT);
    std::vector<int64_t> ids;
    while (sqlite3_step(statement) == SQLITE_ROW) ids.push_back(sqlite3_column_int64(statement, 0));
    sqlite3_finalize(statement);
    return ids;
  }
  sqlite3* handle_ = nullptr;
  size_t bytes_ = 0;
};

// Ours and the bare one in turn, so that a slow moment hits both.
void Compare(const std::string& name, const std::function<void(int)>& ours, const std::function<void(int)>& bare) {
  std::vector<double> our_ms;
  std::vector<double> bare_ms;
  for (int i = 0; i < kQueries; ++i) {
    auto start = std::chrono::steady_clock::now();
    bare(i);
    bare_ms.push_back(SecondsSince(start) * 1000);
    start = std::chrono::steady_clock::now();
    ours(i);
    our_ms.push_back(SecondsSince(start) * 1000);
  }
  PrintLatency(name, our_ms);
  PrintLatency("  bare SQL", bare_ms);
  fmt::print("  ratio of medians {:.2f}\n", Median(our_ms) / Median(bare_ms));
}

struct Question {
  std::string query;
  std::string filter;
  std::vector<storage::FacetField> facets;
};

void Ask(const std::string& name, SqliteStore& store, Bare& bare, const std::function<Question(int)>& make) {
  const auto params = [&](int i) {
    const Question question = make(i);
    storage::SearchParams search;
    search.query = *storage::ParseSearchQuery(question.query);
    search.filter = *filter::Compile(question.filter);
    search.facets = question.facets;
    return search;
  };
  int64_t found = 0;
  Compare(
      name,
      [&](int i) {
        const auto page = store.SearchReleases(params(i));
        DATELINE_CHECK(page.ok(), name);
        found += page->total;
      },
      [&](int i) {
        const storage::SearchParams search = params(i);
        bare.Find(storage::ToFts5(storage::PlanSearch(search.query, search.filter)));
      });
  fmt::print("  {} found on average\n", found / kQueries);
}

void Run(size_t count, const std::string& path) {
  ArchiveGenerator generator(kSeed);
  auto store = *SqliteStore::Open({.path = path, .vfs = {}}, RealClock());
  Fill(*store, generator, count);
  Bare bare(path);
  const auto word = [&](int i) { return generator.Word(static_cast<size_t>(20 + i * 37)); };
  Ask("search by a word", *store, bare, [&](int i) { return Question{word(i), "", {}}; });
  Ask("search by two words", *store, bare, [&](int i) { return Question{word(i) + " " + word(i + 3), "", {}}; });
  Ask("search by a phrase", *store, bare, [&](int i) {
    const auto& words = generator.Person(static_cast<size_t>(i * 5));
    return Question{"\"" + words + "\"", "", {}};
  });
  Ask("word with filter", *store, bare, [&](int i) {
    const std::string country = generator.Country(static_cast<size_t>(i % 20));
    return Question{word(i), fmt::format("places.country_code = {} publish.date >= 2018", country), {}};
  });
  Ask("word with facets", *store, bare, [&](int i) {
    return Question{
        word(i), "", {storage::FacetField::kCountry, storage::FacetField::kYear, storage::FacetField::kOrganization}};
  });
  Compare(
      "list by filter",
      [&](int i) {
        storage::ReleaseQuery query;
        query.limit = 20;
        query.filter =
            *filter::Compile(fmt::format("people.display_name = \"{}\"", generator.Person(static_cast<size_t>(i))));
        DATELINE_CHECK(store->ListReleases(query).ok(), "list");
      },
      [&](int i) {
        const auto filter =
            *filter::Compile(fmt::format("people.display_name = \"{}\"", generator.Person(static_cast<size_t>(i))));
        bare.Find(storage::ToFts5(storage::PlanFilter(filter)));
      });
  Compare(
      "list the newest",
      [&](int) {
        storage::ReleaseQuery query;
        query.limit = 20;
        DATELINE_CHECK(store->ListReleases(query).ok(), "list");
      },
      [&](int) { bare.List(); });
  Compare(
      "get",
      [&](int i) {
        const std::string uri = fmt::format("https://made-up.example/{}", static_cast<size_t>(i) * 7919 % count);
        DATELINE_CHECK(store->GetRelease({.name = "releases/" + UuidV5(uri), .revision = 0}, storage::View::kFull).ok(),
                       uri);
      },
      [&](int i) { bare.Read(static_cast<int64_t>(static_cast<size_t>(i) * 7919 % count + 1)); });
  fmt::print("memory {:.0f} MiB at most; file {:.0f} MiB, {:.1f} KiB a release\n", MemoryMiB(),
             static_cast<double>(store->Stats().bytes) / (1 << 20),
             static_cast<double>(store->Stats().bytes) / 1024 / static_cast<double>(count));
}

}  // namespace
}  // namespace dateline::perf

int main(int argc, char** argv) {
  const size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000;
  fmt::print("{} releases\n", count);
  if (argc > 2) {
    dateline::perf::Run(count, argv[2]);
    return 0;
  }
  dateline::testing::TempDir folder;
  dateline::perf::Run(count, (std::filesystem::path(folder.path()) / "storage.db").string());
  return 0;
}
