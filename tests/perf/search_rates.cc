// What searches over a large archive cost: p50 and p99 by word, phrase, filter, facets, list, get and timeline, each
// beside the bare SQL that finds the same rows in the same tables; memory and size. In SQLite or PostgreSQL.

#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/sql/postgres/testing/server.h"
#include "common/testing/temp_dir.h"
#include "services/storage/database_store.h"
#include "services/storage/derivation.h"
#include "services/storage/entity_answers.h"
#include "services/storage/match_plan.h"
#include "services/storage/postgres/postgres_store.h"
#include "services/storage/sqlite/sqlite_store.h"
#include "tests/perf/archive_generator.h"
#include "tests/perf/bare_archive.h"
#include "tests/perf/measure.h"

namespace dateline::perf {
namespace {

constexpr uint64_t kSeed = 2026;
constexpr int kQueries = 200;
constexpr size_t kInFlight = 512;

double MemoryMiB() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Puts documents and commits releases until the archive holds `count`.
void Fill(storage::Store& store, ArchiveGenerator& generator, size_t count) {
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

using Run = std::function<void(int)>;

// Ours and the bare ones in turn, so that a slow moment hits all.
void Compare(const std::string& name, const Run& ours, const Run& bare, const Run& ranked = nullptr) {
  std::map<std::string, std::vector<double>> took;
  const auto time = [&took](const std::string& which, const Run& run, int i) {
    const auto start = std::chrono::steady_clock::now();
    run(i);
    took[which].push_back(SecondsSince(start) * 1000);
  };
  const std::string found = "  bare SQL";
  const std::string by_rank = "  bare SQL, ranked";
  for (int i = 0; i < kQueries; ++i) {
    time(found, bare, i);
    if (ranked) time(by_rank, ranked, i);
    time(name, ours, i);
  }
  for (const std::string& which : {name, found, by_rank}) {
    if (took[which].empty()) continue;
    PrintLatency(which, took[which]);
    if (which != name) fmt::print("    ratio of medians {:.2f}\n", Median(took[name]) / Median(took[which]));
  }
}

struct Question {
  std::string query;
  std::string filter;
  std::vector<storage::FacetField> facets;
};

using Store = storage::DatabaseStore;

void Ask(const std::string& name, Store& store, BareArchive& bare, const std::function<Question(int)>& make) {
  const auto params = [&](int i) {
    const Question question = make(i);
    storage::SearchParams search;
    search.query = *storage::ParseSearchQuery(question.query);
    search.filter = *filter::Compile(question.filter);
    search.facets = question.facets;
    return search;
  };
  int64_t found = 0;
  const auto ours = [&](int i) {
    const auto page = store.SearchReleases(params(i));
    DATELINE_CHECK(page.ok(), name);
    found += page->total;
  };
  const auto plan = [&](int i) {
    const storage::SearchParams search = params(i);
    return storage::PlanSearch(search.query, search.filter);
  };
  const bool facets = !make(0).facets.empty();
  Compare(
      name, ours, [&](int i) { facets ? bare.Facets(plan(i)) : bare.Find(plan(i)); },
      facets ? Run() : [&](int i) { bare.Rank(plan(i)); });
  fmt::print("  {} found on average\n", found / kQueries);
}

void AskAll(Store& store, BareArchive& bare, const ArchiveGenerator& generator) {
  const auto word = [&](int i) { return generator.Word(static_cast<size_t>(20 + i * 37)); };
  Ask("search by a word", store, bare, [&](int i) { return Question{word(i), "", {}}; });
  Ask("search by two words", store, bare, [&](int i) { return Question{word(i) + " " + word(i + 3), "", {}}; });
  Ask("search by a phrase", store, bare, [&](int i) {
    const auto& words = generator.Person(static_cast<size_t>(i * 5));
    return Question{"\"" + words + "\"", "", {}};
  });
  Ask("word with filter", store, bare, [&](int i) {
    const std::string country = generator.Country(static_cast<size_t>(i % 20));
    return Question{word(i), fmt::format("places.country_code = {} publish.date >= 2018", country), {}};
  });
  Ask("word with facets", store, bare, [&](int i) {
    return Question{
        word(i), "", {storage::FacetField::kCountry, storage::FacetField::kYear, storage::FacetField::kOrganization}};
  });
}

void ListAndGet(Store& store, BareArchive& bare, const ArchiveGenerator& generator, size_t count) {
  const auto person = [&](int i) {
    return *filter::Compile(fmt::format("people.display_name = \"{}\"", generator.Person(static_cast<size_t>(i))));
  };
  Compare(
      "list by filter",
      [&](int i) {
        storage::ReleaseQuery query;
        query.limit = 20;
        query.filter = person(i);
        DATELINE_CHECK(store.ListReleases(query).ok(), "list");
      },
      [&](int i) { bare.Find(storage::PlanFilter(person(i))); });
  Compare(
      "list the newest",
      [&](int) {
        storage::ReleaseQuery query;
        query.limit = 20;
        DATELINE_CHECK(store.ListReleases(query).ok(), "list");
      },
      [&](int) { bare.Newest(); });
  const auto name = [count](int i) {
    return "releases/" + UuidV5(fmt::format("https://made-up.example/{}", static_cast<size_t>(i) * 7919 % count));
  };
  Compare(
      "get",
      [&](int i) {
        DATELINE_CHECK(store.GetRelease({.name = name(i), .revision = 0}, storage::View::kFull).ok(), name(i));
      },
      [&](int i) { bare.Get(name(i)); });
}

// Works out links and entities of the first `count` releases that wait, and reads what is said of the most frequent.
void Timelines(Store& store, BareArchive& bare, size_t count) {
  storage::Derivation derivation(store.derived(), RealClock());
  size_t derived = 0;
  for (size_t until = 1'000; derived < count; until *= 2) {
    const auto start = std::chrono::steady_clock::now();
    const double cpu = ProcessCpuSeconds();
    const size_t before = derived;
    int step = 1;
    while (derived < std::min(count, until) && step > 0) {
      const auto done = derivation.Step();
      DATELINE_CHECK(done.ok(), done.status().ToString());
      step = *done;
      derived += static_cast<size_t>(step);
    }
    if (derived == before) break;
    const auto releases = static_cast<double>(derived - before);
    fmt::print("  links and entities up to {:>7} releases {:>6.0f}/s, {:.2f} ms of CPU each\n", derived,
               releases / SecondsSince(start), (ProcessCpuSeconds() - cpu) / releases * 1e3);
  }
  storage::EntityQuery query;
  query.limit = kQueries;
  const auto entities = store.derived().ListEntityRows(query);
  DATELINE_CHECK(entities.ok() && !entities->empty(), "entities");
  const auto entity = [&](int i) -> const storage::EntityRow& {
    return (*entities)[static_cast<size_t>(i) % entities->size()];
  };
  Compare(
      "timeline of an entity",
      [&](int i) {
        DATELINE_CHECK(storage::AnswerMentions(store.derived(), entity(i).name, 50, std::nullopt).ok(), entity(i).name);
      },
      [&](int i) { bare.Timeline(entity(i).id); });
  fmt::print("  of {} to {} releases\n", entities->back().release_count, entities->front().release_count);
}

void Measure(Store& store, BareArchive& bare, size_t count, size_t derive) {
  ArchiveGenerator generator(kSeed);
  Fill(store, generator, count);
  AskAll(store, bare, generator);
  ListAndGet(store, bare, generator, count);
  if (derive > 0) Timelines(store, bare, derive);
  fmt::print("memory {:.0f} MiB at most; archive {:.0f} MiB, {:.1f} KiB a release\n", MemoryMiB(),
             static_cast<double>(store.Stats().bytes) / (1 << 20),
             static_cast<double>(store.Stats().bytes) / 1024 / static_cast<double>(count));
}

void RunSqlite(const std::string& path, size_t count, size_t derive) {
  auto store = storage::SqliteStore::Open({.path = path, .vfs = {}}, RealClock());
  DATELINE_CHECK(store.ok(), store.status().ToString());
  const auto bare = OpenBareSqlite(path);
  Measure(**store, *bare, count, derive);
}

void RunPostgres(std::string connection, size_t count, size_t derive) {
  std::unique_ptr<testing::PostgresServer> server;
  if (connection.empty()) {
    server = std::make_unique<testing::PostgresServer>(testing::PostgresServer::Options{.fsync = true});
    connection = server->NewDatabase();
  }
  storage::PostgresStore::Options options;
  options.connection.connection = connection;
  auto store = storage::PostgresStore::Open(std::move(options), RealClock());
  DATELINE_CHECK(store.ok(), store.status().ToString());
  const auto bare = OpenBarePostgres(connection);
  Measure(**store, *bare, count, derive);
}

}  // namespace
}  // namespace dateline::perf

int main(int argc, char** argv) {
  size_t count = 10'000;
  size_t derive = 0;
  std::string file;
  std::string connection;
  bool postgres = false;
  CLI::App app("What searches over a large archive cost, beside bare SQL on the same tables");
  app.add_option("releases", count, "How many there are")->capture_default_str();
  app.add_option("--file", file, "SQLite: keep the archive there and use it again");
  app.add_flag("--postgres", postgres, "On a PostgreSQL server that is started for it");
  app.add_option("--connection", connection, "On this PostgreSQL database, which is kept");
  app.add_option("--derive", derive, "Work out links and entities of so many releases, and read timelines");
  CLI11_PARSE(app, argc, argv);
  fmt::print("{} releases\n", count);
  if (postgres || !connection.empty()) {
    dateline::perf::RunPostgres(connection, count, derive);
    return 0;
  }
  const dateline::testing::TempDir folder;
  dateline::perf::RunSqlite(file.empty() ? folder.File("storage.db") : file, count, derive);
  return 0;
}
