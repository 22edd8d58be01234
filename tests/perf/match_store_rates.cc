// How fast matches become deliveries in the stores, and how fast the outcomes of attempts are written: what bounds a
// replica that matches for all, beside match_rates, which measures finding them. Each event is one transaction here, as
// it is when events come one by one; sixteen events are one when the matcher has fallen behind. First what finding out
// costs why an event matched, which is done once for those who ask for the same, before their deliveries are written.
//
// usage: match_store_rates [subscriptions=5000] [receivers of an event=1000] [events=64]

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>

#include "common/base/clock.h"
#include "common/sql/postgres/testing/server.h"
#include "common/testing/temp_dir.h"
#include "services/notification/matching/release_subject.h"
#include "services/notification/subscriptions/postgres/postgres_subscription_store.h"
#include "services/notification/subscriptions/sqlite/sqlite_subscription_store.h"
#include "tests/perf/measure.h"

namespace dateline::notification {
namespace {

constexpr Epoch kEpoch{1, 2, 3};

void Check(const absl::Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "{}\n", status.ToString());
  std::exit(1);
}

constexpr char kFilter[] = "climate language = en";
// A third of those who get an event ask for the same.
constexpr size_t kGroup = 3;

// Microseconds for each group of receivers.
double ReasonsCost(size_t groups, size_t events) {
  release::v1::Release release;
  release.set_title("Ministers meet for talks about rivers");
  release.set_language("en");
  while (release.text().size() < 4'000) {
    release.mutable_text()->append("The council met again to speak of what rivers and harvests need this year. ");
  }
  release.mutable_text()->append("It is the climate that changes.");
  size_t lines = 0;
  double seconds = 0;
  for (size_t event = 0; event < events; ++event) {
    const filter::Subject subject(release);
    if (!filter::Compile(kFilter)->Matches(subject)) Check(absl::InternalError("the filter does not match"));
    const double begin = perf::ThreadCpuSeconds();
    MatchReasons reasons(subject);
    for (size_t group = 0; group < groups; ++group) lines += reasons.Of(*filter::Compile(kFilter)).size();
    seconds += perf::ThreadCpuSeconds() - begin;
  }
  if (lines == 0) Check(absl::InternalError("there are no reasons"));
  return seconds / static_cast<double>(groups * events) * 1e6;
}

class Bench {
 public:
  Bench(std::string name, SubscriptionStore& store, size_t subscriptions) : name_(std::move(name)), store_(store) {
    Check(store_.MoveCursor({{kEpoch, 0}, clock_.Now()}));
    for (size_t i = 0; i < subscriptions; ++i) {
      SubscriptionRecord record;
      record.settings.set_name(fmt::format("subscriptions/s-{:06}", i));
      record.settings.set_state(v1::Subscription::STATE_ACTIVE);
      record.settings.set_filter(kFilter);
      record.settings.mutable_webhook()->set_uri("https://receiver.example/hook");
      auto created = store_.Create(std::move(record));
      Check(created.status());
      ids_.push_back(created->id);
    }
    version_ = store_.Changes(0)->version;
  }

  void Match(size_t receivers, size_t events, size_t together) {
    const auto start = std::chrono::steady_clock::now();
    for (size_t at = 0; at < events; at += together) {
      MatchCommit commit;
      commit.version = version_;
      commit.from = {kEpoch, sequence_};
      for (size_t i = 0; i < together; ++i) commit.events.push_back(Event(receivers));
      commit.to = {{kEpoch, sequence_}, clock_.Now()};
      Check(store_.CommitMatches(commit, clock_.Now()));
    }
    const double seconds = perf::SecondsSince(start);
    fmt::print("{}: {} events of {} deliveries, {} in a transaction: {:.0f} events/s, {:.0f} deliveries/s\n", name_,
               events, receivers, together, static_cast<double>(events) / seconds,
               static_cast<double>(events * receivers) / seconds);
  }

  // Outcomes of one delivery each, as many under way as the dispatcher allows.
  void Finish(size_t count) {
    std::vector<AttemptCommit> commits;
    for (const int64_t id : ids_) {
      const auto work = store_.Pending({.subscription = id, .limit = 1});
      Check(work.status());
      if (work->deliveries.empty() || commits.size() == count) continue;
      AttemptCommit& commit = commits.emplace_back();
      commit.subscription = id;
      commit.succeeded = true;
      commit.time = clock_.Now();
      DeliveryOutcome& outcome = commit.outcomes.emplace_back();
      outcome.delivery = work->deliveries.front().id;
      outcome.state = v1::Delivery::STATE_SUCCEEDED;
      outcome.attempt.set_http_status(204);
    }
    std::atomic<size_t> left{commits.size()};
    const auto start = std::chrono::steady_clock::now();
    for (AttemptCommit& commit : commits) {
      store_.CommitAttempt(std::move(commit), [&left](const absl::Status& status) {
        Check(status);
        --left;
      });
    }
    while (left > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    perf::PrintRate(name_ + ": outcomes of attempts", static_cast<double>(commits.size()) / perf::SecondsSince(start),
                    fmt::format("{} at once", commits.size()));
  }

 private:
  MatchedEvent Event(size_t receivers) {
    MatchedEvent event;
    event.sequence = ++sequence_;
    event.event_id = fmt::format("event-{}", sequence_);
    event.release = fmt::format("releases/{}", sequence_);
    event.payload.assign(4'000, 'x');
    for (size_t i = 0; i < receivers; ++i) {
      if (i % kGroup == 0) event.receivers.push_back({{}, {"climate (text: \"climate\")"}});
      event.receivers.back().subscriptions.push_back(ids_[(sequence_ * 7 + i) % ids_.size()]);
    }
    return event;
  }

  const std::string name_;
  SubscriptionStore& store_;
  const Clock& clock_ = RealClock();
  std::vector<int64_t> ids_;
  uint64_t version_ = 0;
  uint64_t sequence_ = 0;
};

int Main(int argc, char** argv) {
  const auto number = [&](int at, size_t otherwise) {
    return argc > at ? static_cast<size_t>(std::strtoull(argv[at], nullptr, 10)) : otherwise;
  };
  const size_t subscriptions = std::max<size_t>(number(1, 5'000), 1);
  const size_t receivers = std::min(number(2, 1'000), subscriptions);
  const size_t events = number(3, 64);
  const Clock& clock = RealClock();
  const auto run = [&](const std::string& name, SubscriptionStore& store) {
    Bench bench(name, store, subscriptions);
    bench.Match(receivers, events, 1);
    bench.Match(receivers, events, 16);
    bench.Match(1, events * 8, 1);
    bench.Finish(1'000);
  };
  const double cost = ReasonsCost(receivers / kGroup + 1, events);
  fmt::print("why an event matched: {:.2f} us for a group, {:.2f} us for each of {} deliveries\n", cost,
             cost / static_cast<double>(kGroup), kGroup);
  const testing::TempDir folder;
  {
    auto store = SqliteSubscriptionStore::Open({.path = folder.File("notification.db")}, clock);
    Check(store.status());
    run("SQLite", **store);
  }
  testing::PostgresServer server({.fsync = true});
  auto store =
      PostgresSubscriptionStore::Open({.connection = {.connection = server.NewDatabase()}, .replica = "bench"}, clock);
  Check(store.status());
  run("PostgreSQL", **store);
  return 0;
}

}  // namespace
}  // namespace dateline::notification

int main(int argc, char** argv) {
  return dateline::notification::Main(argc, argv);
}
