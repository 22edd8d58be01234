// Proves what the conformance suite cannot ask of every back end: several replicas (each a store of its own here) that
// derive from one archive at the same time, a person who decides at one while another derives, a turn that passes on,
// and a server that is killed in the middle of steps. What they find together is what one process finds alone, which
// the memory store shows. Named after the back end, as conformance is.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/sql/postgres/testing/server.h"
#include "common/testing/wait.h"
#include "services/storage/conformance/store_under_test.h"
#include "services/storage/derivation.h"
#include "services/storage/derivation_worker.h"
#include "services/storage/entity_answers.h"
#include "services/storage/memory/memory_store.h"
#include "services/storage/postgres/postgres_store.h"
#include "services/storage/similar_releases.h"

namespace dateline::storage {
namespace {

using ::testing::ElementsAreArray;
using testing::PostgresServer;
using testing::WaitUntil;

// A server that recovers on a busy machine takes its time.
constexpr std::chrono::milliseconds kLong{60'000};

std::unique_ptr<PostgresStore> Open(const std::string& connection, const Clock& clock) {
  PostgresStore::Options options;
  options.connection.connection = connection;
  options.readers = 2;
  auto opened = PostgresStore::Open(std::move(options), clock);
  EXPECT_TRUE(opened.ok()) << opened.status();
  return opened.ok() ? *std::move(opened) : nullptr;
}

std::string UriOf(int number) {
  return fmt::format("https://port{}.example/news", number);
}

// Two of each text; each names two people, of whom the first is the same everywhere.
void PublishOne(Store& store, int number) {
  std::string text;
  for (int i = 0; i < 20; ++i)
    text += fmt::format("The council{0} heard{1} how boats{0} reached pier{1} before dawn{0}. ", number / 2, i);
  release::v1::Release release = MakeRelease(UriOf(number), fmt::format("News {}", number), text);
  for (const std::string& name : {std::string("Ana Borg"), fmt::format("Ivo{0} Hall{0}", number / 2)}) {
    auto* person = release.add_people();
    person->set_display_name(name);
    person->set_organization("Harbour Board");
  }
  const auto put = PutAndWait(store, MakeDocument(release.uri(), text));
  ASSERT_TRUE(put.ok()) << put.status();
  v1::CommitReleasesRequest request;
  request.set_document(put->document.name());
  *request.add_releases() = release;
  const auto committed = CommitAndWait(store, request);
  ASSERT_TRUE(committed.ok()) << committed.status();
}

// Steps until it is told to stop and nothing waits. Counts what was derived; other errors than those of `mayfail` fail.
void DeriveUntil(Derivation& derivation, const std::atomic<bool>& stop, std::atomic<int>* derived,
                 absl::StatusCode may_fail) {
  while (true) {
    const bool last = stop;
    const auto step = derivation.Step();
    if (step.ok()) {
      *derived += *step;
      if (*step == 0 && last) return;
    } else if (ErrorReason(step.status()) != kReasonDerivedChanged) {
      EXPECT_EQ(step.status().code(), may_fail) << step.status();
    }
  }
}

// The subjects of all events of links, in their order.
std::vector<std::string> LinkedSubjects(Store& store) {
  std::vector<std::string> subjects;
  for (const auto& event : EventsOf(store, kReleaseTopic)) {
    if (event.type() == "org.dateline.release.linked") subjects.push_back(event.attributes().at("subject").ce_string());
  }
  return subjects;
}

std::vector<std::string> LinkedSubjectsOfOneProcess(int releases) {
  const FakeClock clock;
  MemoryStore store(clock);
  Derivation derivation(store.derived(), clock);
  for (int i = 0; i < releases; ++i) PublishOne(store, i);
  EXPECT_TRUE(derivation.Drain().ok());
  return LinkedSubjects(store);
}

void ExpectDerivedLikeByOneProcess(Store& store, int releases) {
  EXPECT_EQ(*store.derived().CountUnderived(), 0u);
  EXPECT_THAT(LinkedSubjects(store), ElementsAreArray(LinkedSubjectsOfOneProcess(releases)));
  for (int i = 0; i < releases; ++i) {
    const auto similar = ListSimilar(store.derived(), "releases/" + UuidV5(UriOf(i)), 10);
    ASSERT_TRUE(similar.ok()) << similar.status();
    EXPECT_EQ(similar->releases_size(), 1) << i;
  }
  EntityListParams params;
  params.kind = v1::Entity::KIND_PERSON;
  params.limit = 500;
  const auto people = AnswerEntities(store.derived(), params);
  ASSERT_TRUE(people.ok()) << people.status();
  ASSERT_EQ(people->response.entities_size(), releases / 2 + 1);
  EXPECT_EQ(people->response.entities(0).display_name(), "Ana Borg");
  EXPECT_EQ(people->response.entities(0).release_count(), releases) << "every release counts once";
}

TEST(postgres, ReplicasThatDeriveTogetherDeriveEachReleaseOnce) {
  const FakeClock clock;
  const std::string connection = PostgresServer::Shared().NewDatabase();
  const auto one = Open(connection, clock);
  const auto two = Open(connection, clock);
  constexpr int kReleases = 60;
  std::atomic<bool> stop{false};
  std::atomic<int> derived{0};
  std::vector<std::thread> replicas;
  for (PostgresStore* const store : {one.get(), two.get()}) {
    replicas.emplace_back([&, store] {
      Derivation derivation(store->derived(), clock, {.releases_max = 3});
      DeriveUntil(derivation, stop, &derived, absl::StatusCode::kOk);
    });
  }
  for (int i = 0; i < kReleases; ++i) PublishOne(i % 2 == 0 ? *one : *two, i);
  stop = true;
  for (std::thread& replica : replicas) replica.join();
  EXPECT_EQ(derived, kReleases);
  ExpectDerivedLikeByOneProcess(*one, kReleases);
}

TEST(postgres, OnlyTheReplicaWhoseTurnItIsDerivesAndAnotherTakesOver) {
  const FakeClock clock;
  const std::string connection = PostgresServer::Shared().NewDatabase();
  struct Replica {
    std::unique_ptr<PostgresStore> store;
    std::unique_ptr<Derivation> derivation;
    std::unique_ptr<DerivationWorker> worker;
  };
  std::vector<Replica> replicas(2);
  for (Replica& replica : replicas) {
    replica.store = Open(connection, clock);
    replica.derivation = std::make_unique<Derivation>(replica.store->derived(), clock);
    DerivationWorker::Options options;
    options.turn = replica.store->relay_turn();
    replica.worker = std::make_unique<DerivationWorker>(*replica.derivation, replica.store->derived(), options);
    replica.store->SetCommitListener([worker = replica.worker.get()] { worker->Wake(); });
    replica.worker->Start();
  }
  const auto has_turn = [](const Replica& replica) { return replica.store->relay_turn()->IsMine(); };
  ASSERT_TRUE(WaitUntil(kLong, [&] { return has_turn(replicas[0]) != has_turn(replicas[1]); }));
  Replica& holder = has_turn(replicas[0]) ? replicas[0] : replicas[1];
  Replica& other = has_turn(replicas[0]) ? replicas[1] : replicas[0];
  for (int i = 0; i < 10; ++i) PublishOne(*other.store, i);
  EXPECT_TRUE(WaitUntil(kLong, [&] { return holder.worker->derived() == 10; }));
  EXPECT_EQ(other.worker->derived(), 0u);
  holder.store->SetCommitListener(nullptr);
  holder.worker->Stop();
  ASSERT_TRUE(holder.store->Close().ok());
  for (int i = 10; i < 20; ++i) PublishOne(*other.store, i);
  EXPECT_TRUE(WaitUntil(kLong, [&] { return other.worker->derived() == 10; }));
  EXPECT_EQ(holder.worker->failures() + other.worker->failures(), 0u);
  ExpectDerivedLikeByOneProcess(*other.store, 20);
  other.store->SetCommitListener(nullptr);
}

TEST(postgres, APersonDecidesAtOneReplicaWhileAnotherDerives) {
  const FakeClock clock;
  const std::string connection = PostgresServer::Shared().NewDatabase();
  const auto one = Open(connection, clock);
  const auto two = Open(connection, clock);
  Derivation first(one->derived(), clock, {.releases_max = 1});
  Derivation second(two->derived(), clock);
  for (int i = 0; i < 4; ++i) PublishOne(*one, i);
  ASSERT_TRUE(first.Drain().ok());
  const auto name_of = [&](const std::string& words) {
    EntityListParams params;
    params.kind = v1::Entity::KIND_PERSON;
    params.query = words;
    params.limit = 10;
    const auto people = AnswerEntities(two->derived(), params);
    return people.ok() && people->response.entities_size() > 0 ? people->response.entities(0).name() : std::string();
  };
  for (int i = 4; i < 24; ++i) PublishOne(*one, i);
  std::atomic<bool> stop{false};
  std::atomic<int> derived{0};
  std::thread replica([&] { DeriveUntil(first, stop, &derived, absl::StatusCode::kOk); });
  const auto merged = second.Merge(name_of("ivo0 hall0"), {name_of("ivo1 hall1")}, "");
  stop = true;
  replica.join();
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_EQ(derived, 20);
  EXPECT_EQ(AnswerEntity(one->derived(), *merged)->release_count(), 4);
  // It outlives deriving anew, whoever does it.
  ASSERT_TRUE(first.Rebuild().ok());
  ASSERT_TRUE(second.Drain().ok());
  EXPECT_EQ(AnswerEntity(one->derived(), *merged)->release_count(), 4);
}

TEST(postgres, DerivesEachReleaseOnceWhenTheServerIsKilled) {
  const FakeClock clock;
  PostgresServer server({.fsync = true});
  const auto store = Open(server.NewDatabase(), clock);
  constexpr int kReleases = 60;
  for (int i = 0; i < kReleases; ++i) PublishOne(*store, i);
  std::atomic<bool> stop{false};
  std::atomic<int> derived{0};
  Derivation derivation(store->derived(), clock, {.releases_max = 1});
  std::thread replica([&] { DeriveUntil(derivation, stop, &derived, absl::StatusCode::kUnavailable); });
  for (const int from : {5, 20}) {
    EXPECT_TRUE(WaitUntil(kLong, [&] { return derived >= from; }));
    server.Kill();
    server.Start();
  }
  stop = true;
  replica.join();
  ExpectDerivedLikeByOneProcess(*store, kReleases);
}

}  // namespace
}  // namespace dateline::storage
