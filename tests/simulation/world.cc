#include "tests/simulation/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "common/base/error.h"
#include "tests/simulation/model.h"

namespace dateline::simulation {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr std::array<std::string_view, 3> kTopics = {"document/", "release/", "source/"};
constexpr std::array<size_t, 3> kOwnerOf = {0, 0, 1};  // By topic.
constexpr size_t kOwners = 2;
constexpr size_t kConsumers = 2;
constexpr size_t kBusesMax = 2;
constexpr MonotonicTime kStart{std::chrono::hours(1)};
constexpr nanoseconds kHeadInterval = 1s;
// Many times what the busiest history takes.
constexpr uint64_t kStepsMax = 3'000'000;
// After healing: back-offs that are under way (two of at most 6.25 s), silence, a poll, and something for delays.
constexpr nanoseconds kRecovery = 20s;

class World {
 public:
  World(uint64_t seed, Mutation mutation) : random_(seed), mutation_(mutation) {}

  Outcome Run() {
    Draw();
    for (size_t topic = 0; topic < kTopics.size(); ++topic) {
      logs_[topic].epoch = NewEpoch();
      Commit(topic, 0);
      SendHead(topic);
    }
    for (size_t host = 0; host < kConsumers; ++host) {
      for (size_t topic = 0; topic < kTopics.size(); ++topic) {
        followers_.push_back(std::make_unique<Follower>());
        followers_.back()->topic = topic;
        followers_.back()->host = host;
        Restart(*followers_.back());
      }
    }
    const MonotonicTime heal_at = now_ + Between(5s, 40s);
    Trouble();
    RunUntil(heal_at);
    Heal();
    const MonotonicTime quiet_at = now_ + 1s;
    RunUntil(quiet_at);
    committing_ = false;
    RunUntil(quiet_at + Bound());
    CheckAllCaughtUp();
    for (const auto& follower : followers_) Count(*follower);
    return std::move(outcome_);
  }

 private:
  // Randomness.
  uint64_t Below(uint64_t limit) { return random_() % limit; }
  bool Chance(double probability) { return static_cast<double>(random_() >> 11) * 0x1p-53 < probability; }
  nanoseconds Between(nanoseconds low, nanoseconds high) {
    return low + nanoseconds(static_cast<int64_t>(Below(static_cast<uint64_t>((high - low).count()) + 1)));
  }
  template <typename T, size_t N>
  T OneOf(const T (&values)[N]) {
    return values[Below(N)];
  }
  Epoch NewEpoch() {
    Epoch epoch;
    for (uint8_t& byte : epoch) byte = static_cast<uint8_t>(random_());
    return epoch;
  }

  void Draw() {
    faults_.drop = OneOf({0.0, 0.01, 0.2, 0.9});
    faults_.repeat = OneOf({0.0, 0.05, 0.5});
    faults_.late = OneOf({0.0, 0.02, 0.2});
    faults_.late_max = OneOf<nanoseconds>({50ms, 1s, 6s});
    faults_.reorder = Chance(0.5);
    faults_.read_error = OneOf({0.0, 0.1, 0.5});
    faults_.effect_error = OneOf({0.0, 0.02, 0.2});
    faults_.step_crash = OneOf({0.0, 0.002, 0.02});
    faults_.slow = OneOf({0.0, 0.01});
    commit_interval_ = OneOf<nanoseconds>({20ms, 200ms, 2s});
    trouble_interval_ = OneOf<nanoseconds>({200ms, 1s, 5s});
    buses_ = 1 + Below(kBusesMax);
    bus_returns_ = !Chance(0.1);
    options_.read_limit = OneOf<uint32_t>({3, 16, 256});
    options_.buffer_messages_max = OneOf<size_t>({1, 8, 4096});
    bus_up_.fill(true);
    for (auto& row : link_up_) row.fill(true);
  }

  // The schedule.
  void At(MonotonicTime time, std::function<void()> step) { schedule_.push({time, next_order_++, std::move(step)}); }
  void After(nanoseconds delay, std::function<void()> step) { At(now_ + delay, std::move(step)); }
  void RunUntil(MonotonicTime end) {
    while (outcome_.violation.empty() && !schedule_.empty() && schedule_.top().time <= end) {
      const Step step = schedule_.top();
      schedule_.pop();
      now_ = step.time;
      step.run();
      if (next_order_ > kStepsMax) outcome_.violation = fmt::format("no end after {} steps: a busy loop", kStepsMax);
    }
    now_ = end;
  }

  void Violation(const Follower& follower, const std::string& what) {
    if (!outcome_.violation.empty()) return;
    outcome_.violation =
        fmt::format("at {:.3f} s, host {} topic {}: {}", std::chrono::duration<double>(now_ - kStart).count(),
                    follower.host, kTopics[follower.topic], what);
  }

  // Owners: commit, publish and HEAD are separate steps, so that a crash falls between them.
  void Commit(size_t topic, uint64_t life) {
    Owner& owner = owners_[kOwnerOf[topic]];
    if (owner.life != life || !committing_) return;
    Log& log = logs_[topic];
    for (uint64_t n = 1 + (Chance(0.1) ? Below(40) : Below(3)); n > 0; --n) {
      log.events.push_back(fmt::format("{} {} #{}", EpochName(log.epoch), kTopics[topic], log.head() + 1));
      archive_[log.epoch].push_back(log.events.back());
    }
    longest_log_ = std::max(longest_log_, log.head());
    After(Between(0ms, 3ms), [this, topic, life] { Relay(topic, life); });
    After(Between(1ms, 2 * commit_interval_), [this, topic, life] { Commit(topic, life); });
  }

  void Relay(size_t topic, uint64_t life) {
    Log& log = logs_[topic];
    if (owners_[kOwnerOf[topic]].life != life || log.published >= log.head()) return;
    const uint64_t sequence = ++log.published;
    Publish(topic, {std::string(kTopics[topic]), log.epoch, sequence, log.events[sequence - 1]});
    After(Between(0ms, 1ms), [this, topic, life] { Relay(topic, life); });
  }

  void SendHead(size_t topic) {
    const Log& log = logs_[topic];
    if (owners_[kOwnerOf[topic]].up) Publish(topic, {std::string(kTopics[topic]), log.epoch, log.head(), std::nullopt});
    After(kHeadInterval, [this, topic] { SendHead(topic); });
  }

  void CrashOwner(size_t index) {
    Owner& owner = owners_[index];
    if (!owner.up) return;
    ++outcome_.owner_crashes;
    owner.up = false;
    ++owner.life;
    After(Between(1ms, 8s), [this, index] { StartOwner(index); });
  }

  void StartOwner(size_t index) {
    Owner& owner = owners_[index];
    if (owner.up) return;
    owner.up = true;
    const bool wiped = troubled_ && Chance(0.15);
    outcome_.wipes += wiped ? 1 : 0;
    for (size_t topic = 0; topic < kTopics.size(); ++topic) {
      if (kOwnerOf[topic] != index) continue;
      Log& log = logs_[topic];
      if (wiped) log = {NewEpoch(), {}, 0, 0};
      // The relay does not remember what it sent: it sends some of it again.
      log.published = log.head() - std::min<uint64_t>(log.head(), Below(20));
      After(Between(0ms, 100ms), [this, topic, life = owner.life] { Relay(topic, life); });
      After(Between(0ms, 100ms), [this, topic, life = owner.life] { Commit(topic, life); });
    }
  }

  void Trim(size_t topic) {
    Log& log = logs_[topic];
    if (log.head() == 0) return;
    ++outcome_.trims;
    log.low_water = std::max(log.low_water, Below(log.head() + 1));
  }

  // The bus.
  void Publish(size_t topic, const bus::Message& message) {
    for (size_t bus = 0; bus < buses_; ++bus) {
      if (!bus_up_[bus]) continue;
      for (const auto& follower : followers_) {
        if (follower->topic != topic || !link_up_[bus][follower->host]) continue;
        if (troubled_ && Chance(faults_.drop)) continue;
        Deliver(bus, *follower, message);
        while (troubled_ && Chance(faults_.repeat)) Deliver(bus, *follower, message);
      }
    }
  }

  void Deliver(size_t bus, Follower& follower, const bus::Message& message) {
    nanoseconds delay = Between(50us, 3ms);
    if (troubled_ && Chance(faults_.late)) delay = Between(0ms, faults_.late_max);
    MonotonicTime at = now_ + delay;
    if (!faults_.reorder) {
      MonotonicTime& last = last_delivery_[bus][follower.host][follower.topic];
      last = at = std::max(at, last);
    }
    At(at, [this, &follower, message] {
      if (!follower.consumer) return;
      follower.consumer->OnMessage(Mutated(message, *follower.consumer), now_);
      Pump(follower);
    });
  }

  bus::Message Mutated(bus::Message message, const bus::Consumer& consumer) const {
    const uint64_t next = consumer.cursor().sequence + 1;
    if (mutation_ == Mutation::kNoGapDetection && message.sequence > next) message.sequence = next;
    if (mutation_ == Mutation::kNoEpochDetection && consumer.cursor().epoch) message.epoch = *consumer.cursor().epoch;
    return message;
  }

  // Consumers.
  void Restart(Follower& follower) {
    follower.consumer =
        std::make_unique<bus::Consumer>(OptionsOf(follower), follower.cursor, now_, [this] { return random_(); });
    follower.wake_at = MonotonicTime::max();
    Pump(follower);
  }

  bus::ConsumerOptions OptionsOf(const Follower& follower) const {
    bus::ConsumerOptions options = options_;
    options.topic = std::string(kTopics[follower.topic]);
    return options;
  }

  void Crash(Follower& follower) {
    if (!follower.consumer) return;
    ++outcome_.consumer_crashes;
    Count(follower);
    follower.consumer.reset();
    const uint64_t life = ++follower.life;
    After(Between(0ms, 3s), [this, &follower, life] {
      if (follower.life == life && !follower.consumer) Restart(follower);
    });
  }

  // Runs `step` after a while unless the process dies before; it may die right here.
  void StepOf(Follower& follower, std::function<void()> step) {
    if (troubled_ && Chance(faults_.step_crash)) return Crash(follower);
    const nanoseconds delay = troubled_ && Chance(faults_.slow) ? Between(0ms, 2s) : Between(10us, 2ms);
    After(delay, [&follower, life = follower.life, step = std::move(step)] {
      if (follower.life == life && follower.consumer) step();
    });
  }

  void Pump(Follower& follower) {
    bus::Consumer& consumer = *follower.consumer;
    if (mutation_ == Mutation::kNoSilenceDetection && consumer.cursor().epoch) {
      consumer.OnMessage({std::string(kTopics[follower.topic]), *consumer.cursor().epoch, 0, std::nullopt}, now_);
    }
    if (std::optional<bus::ConsumerAction> action = consumer.Next(now_)) {
      StepOf(follower, [this, &follower, action = *std::move(action)] {
        std::visit([this, &follower](const auto& specific) { Do(follower, specific); }, action);
      });
      return;
    }
    const MonotonicTime wake = consumer.NextWake(now_);
    if (wake >= follower.wake_at || wake == MonotonicTime::max()) return;
    follower.wake_at = wake;
    At(wake, [this, &follower, life = follower.life, wake] {
      if (follower.life != life || follower.wake_at != wake || !follower.consumer) return;
      follower.wake_at = MonotonicTime::max();
      Pump(follower);
    });
  }

  void Do(Follower& follower, const bus::ApplyAction& action) {
    const bus::Event& event = action.event;
    const bool fails = troubled_ && Chance(faults_.effect_error);
    const bus::Cursor position{event.epoch, event.sequence};
    if (mutation_ == Mutation::kCursorBeforeEffect) follower.cursor = position;
    const auto report = [this, &follower, fails, position] {
      if (!fails || mutation_ == Mutation::kSkipsFailedEffects) follower.cursor = position;
      const bool told = fails && mutation_ != Mutation::kSkipsFailedEffects;
      follower.consumer->OnApplied(told ? absl::UnavailableError("simulated") : absl::OkStatus(), now_);
      Pump(follower);
    };
    const auto store = [this, &follower, event, fails, position, report] {
      if (!fails) {
        CheckEffect(follower, event);
        follower.effect = position;
        if (mutation_ != Mutation::kCursorAfterEffect) follower.cursor = position;
      }
      StepOf(follower, report);
    };
    StepOf(follower, store);
  }

  void Do(Follower& follower, const bus::ReadAction& action) {
    absl::StatusOr<bus::ReadBatch> result = Read(follower, action);
    if (mutation_ == Mutation::kNoEpochDetection && result.ok() && follower.consumer->cursor().epoch) {
      result->epoch = *follower.consumer->cursor().epoch;
      result->head = std::max(result->head, action.after);
    }
    // The answer is as of now and arrives later.
    StepOf(follower, [this, &follower, result = std::move(result)] {
      follower.consumer->OnReadResult(result, now_);
      Pump(follower);
    });
  }

  absl::StatusOr<bus::ReadBatch> Read(const Follower& follower, const bus::ReadAction& action) {
    const Log& log = logs_[follower.topic];
    if (!owners_[kOwnerOf[follower.topic]].up || (troubled_ && Chance(faults_.read_error))) {
      return absl::UnavailableError("simulated");
    }
    if (mutation_ != Mutation::kNoEpochDetection && action.epoch && *action.epoch != log.epoch && Chance(0.5)) {
      return Error(absl::StatusCode::kFailedPrecondition, bus::kReasonEpochChanged, "simulated",
                   {{"epoch", EpochToHex(log.epoch)}});
    }
    if (action.after < log.low_water) {
      return Error(absl::StatusCode::kOutOfRange, bus::kReasonEventsTrimmed, "simulated");
    }
    bus::ReadBatch batch{log.epoch, log.head(), {}};
    const uint64_t page = 1 + Below(action.limit);
    for (uint64_t s = action.after + 1; s <= log.head() && batch.entries.size() < page; ++s) {
      batch.entries.push_back({s, log.events[s - 1]});
    }
    return batch;
  }

  void Do(Follower& follower, const bus::ResyncAction& action) {
    StepOf(follower, [this, &follower, action] {
      const Log& log = logs_[follower.topic];
      absl::StatusOr<bus::Cursor> cursor = bus::Cursor{action.epoch, 0};
      if (action.reason == bus::ResyncReason::kTrimmed) {
        // A service asks the owner for a snapshot and where it stands.
        cursor = owners_[kOwnerOf[follower.topic]].up
                     ? absl::StatusOr<bus::Cursor>(bus::Cursor{log.epoch, log.low_water})
                     : absl::UnavailableError("simulated");
        outcome_.trim_resyncs += cursor.ok() ? 1 : 0;
      }
      if (cursor.ok()) follower.cursor = follower.effect = *cursor;
      StepOf(follower, [this, &follower, cursor] {
        follower.consumer->OnResynced(cursor, now_);
        Pump(follower);
      });
    });
  }

  // The oracle.
  void CheckEffect(const Follower& follower, const bus::Event& event) {
    const bus::Cursor& before = follower.effect;
    const auto what = [&event] { return fmt::format("event {} of epoch {}", event.sequence, EpochName(event.epoch)); };
    if (before.epoch && *before.epoch != event.epoch) {
      return Violation(follower, fmt::format("{} follows epoch {}", what(), EpochName(*before.epoch)));
    }
    if (event.sequence != before.sequence + 1) {
      return Violation(follower, fmt::format("{} follows event {}", what(), before.sequence));
    }
    const std::string expected =
        fmt::format("{} {} #{}", EpochName(event.epoch), kTopics[follower.topic], event.sequence);
    const auto committed = archive_.find(event.epoch);
    if (committed == archive_.end() || event.sequence > committed->second.size()) {
      return Violation(follower, what() + " was never committed");
    }
    if (event.payload != expected) {
      Violation(follower, fmt::format("{} was applied with the payload \"{}\"", what(), event.payload));
    }
  }

  void CheckAllCaughtUp() {
    for (const auto& follower : followers_) {
      const Log& log = logs_[follower->topic];
      const bus::Cursor& effect = follower->effect;
      if (effect.sequence != log.head() || (effect.epoch && *effect.epoch != log.epoch) || follower->cursor != effect) {
        Violation(*follower,
                  fmt::format("stands at {} of epoch {}, the log at {} of {}", effect.sequence,
                              effect.epoch ? EpochName(*effect.epoch) : "-", log.head(), EpochName(log.epoch)));
      } else if (bus_returns_ && follower->consumer && follower->consumer->state() != bus::ConsumerState::kLive) {
        Violation(*follower, fmt::format("is in the state {} although the bus is well",
                                         bus::ConsumerStateName(follower->consumer->state())));
      }
    }
  }

  nanoseconds Bound() const {
    // A page takes at least one read interval and may hold one event only.
    return kRecovery + static_cast<int64_t>(longest_log_) * (options_.read_interval + 20ms);
  }

  // Faults that come and go.
  void Trouble() {
    if (!troubled_) return;
    const auto outage = [this] { return Chance(0.2) ? Between(3s, 20s) : Between(1ms, 2s); };
    switch (Below(6)) {
      case 0:
        CrashOwner(Below(kOwners));
        break;
      case 1:
        Crash(*followers_[Below(followers_.size())]);
        break;
      case 2:
        Toggle(bus_up_[Below(buses_)], outage());
        break;
      case 3:
        Toggle(link_up_[Below(buses_)][Below(kConsumers)], outage());
        break;
      case 4:
        std::for_each(bus_up_.begin(), bus_up_.end(), [&](bool& up) { Toggle(up, outage()); });
        break;
      case 5:
        if (Chance(0.1)) Trim(Below(kTopics.size()));
        break;
    }
    After(Between(1ms, 2 * trouble_interval_), [this] { Trouble(); });
  }

  void Toggle(bool& up, nanoseconds outage) {
    if (!up) return;
    up = false;
    After(outage, [&up] { up = true; });
  }

  void Heal() {
    troubled_ = false;
    for (auto& row : link_up_) row.fill(true);
    bus_up_.fill(bus_returns_);
    if (!bus_returns_) {
      buses_ = 0;
      ++outcome_.bus_never_returns;
    }
    for (size_t owner = 0; owner < kOwners; ++owner) StartOwner(owner);
    for (const auto& follower : followers_) {
      if (!follower->consumer) Restart(*follower);
    }
  }

  void Count(const Follower& follower) {
    if (!follower.consumer) return;
    const bus::ConsumerStats& from = follower.consumer->stats();
    bus::ConsumerStats& to = outcome_.consumers;
    to.applied += from.applied;
    to.apply_failures += from.apply_failures;
    to.duplicates += from.duplicates;
    to.gaps += from.gaps;
    to.silences += from.silences;
    to.foreign_epochs += from.foreign_epochs;
    to.buffer_drops += from.buffer_drops;
    to.reads += from.reads;
    to.read_failures += from.read_failures;
    to.resyncs += from.resyncs;
  }

  struct Step {
    MonotonicTime time;
    uint64_t order;
    std::function<void()> run;
    bool operator<(const Step& other) const { return std::tie(other.time, other.order) < std::tie(time, order); }
  };

  std::mt19937_64 random_;
  const Mutation mutation_;
  MonotonicTime now_ = kStart;
  std::priority_queue<Step> schedule_;
  uint64_t next_order_ = 0;

  Faults faults_;
  nanoseconds commit_interval_{0};
  nanoseconds trouble_interval_{0};
  bool troubled_ = true;
  bool committing_ = true;
  bool bus_returns_ = true;
  bus::ConsumerOptions options_;

  std::array<Log, kTopics.size()> logs_;
  std::array<Owner, kOwners> owners_;
  std::map<Epoch, std::vector<std::string>> archive_;  // All that was ever committed.
  uint64_t longest_log_ = 0;

  size_t buses_ = 1;
  std::array<bool, kBusesMax> bus_up_{};
  std::array<std::array<bool, kConsumers>, kBusesMax> link_up_{};
  MonotonicTime last_delivery_[kBusesMax][kConsumers][kTopics.size()] = {};

  std::vector<std::unique_ptr<Follower>> followers_;
  Outcome outcome_;
};

}  // namespace

Outcome Simulate(uint64_t seed, Mutation mutation) {
  return World(seed, mutation).Run();
}

}  // namespace dateline::simulation
