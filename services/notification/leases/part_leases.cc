#include "services/notification/leases/part_leases.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "common/log/log.h"

namespace dateline::notification {
namespace {

// Rounds within the time of a lease, so that some may fail.
constexpr int kRoundsPerLease = 5;

}  // namespace

PartLeases::PartLeases(Options options, LeaseTable& table, Gained gained, const Clock& clock)
    : options_(std::move(options)), table_(table), gained_(std::move(gained)), clock_(clock) {}

PartLeases::~PartLeases() {
  Stop();
}

void PartLeases::Start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "leases");
    Run();
  });
}

void PartLeases::Drain() {
  MutexLock lock(mutex_);
  draining_ = true;
}

void PartLeases::Stop() {
  {
    MutexLock lock(mutex_);
    if (stopping_) return;
    draining_ = true;
    stopping_ = true;
    wake_.NotifyAll();
  }
  if (!thread_.joinable()) return;
  thread_.join();
  if (const absl::Status left = table_.Leave(options_.replica); !left.ok()) {
    log::Warn("leases_not_given_up", {{"error", left}});
  }
}

void PartLeases::Run() {
  while (true) {
    if (const absl::Status step = Step(); !step.ok()) log::Warn("lease_round_failed", {{"error", step}});
    MutexLock lock(mutex_);
    if (stopping_) return;
    wake_.WaitFor(mutex_, options_.duration / kRoundsPerLease);
    if (stopping_) return;
  }
}

LeaseRound PartLeases::Plan(MonotonicTime now, bool* resumed) {
  MutexLock lock(mutex_);
  LeaseRound round{options_.replica, options_.duration, {}, /*takes=*/!draining_};
  const auto held = std::count_if(parts_.begin(), parts_.end(), [](const Part& part) { return part.held; });
  auto surplus = stats_.replicas > 0 ? held - FairShare(stats_.replicas) : 0;
  // From the end, so that the part that leads stays where it is.
  for (int part = kParts - 1; part >= 0; --part) {
    Part& state = parts_[static_cast<size_t>(part)];
    if (!state.held) continue;
    if (surplus <= 0) {
      *resumed = *resumed || state.yielding.has_value();
      state.yielding.reset();
      continue;
    }
    --surplus;
    if (!state.yielding) state.yielding = now;
    if (state.under_way == 0 || now - *state.yielding >= options_.yield_max) round.release.push_back(part);
  }
  return round;
}

absl::Status PartLeases::Step() {
  const MonotonicTime now = clock_.Monotonic();
  bool resumed = false;
  auto result = table_.Round(Plan(now, &resumed));
  if (!result.ok()) {
    MutexLock lock(mutex_);
    ++stats_.failures;
    return result.status();
  }
  const bool gained = Apply(*result, now + options_.duration);
  if ((gained || resumed) && gained_) gained_();
  return absl::OkStatus();
}

bool PartLeases::Apply(const LeaseRoundResult& result, MonotonicTime until) {
  MutexLock lock(mutex_);
  const bool led = parts_[kLeadingPart].held;
  const int replicas = stats_.replicas;
  // After a pause everything counts as new: others may have had the parts in between, or not.
  const bool lapsed = until_ <= clock_.Monotonic();
  std::array<Part, kParts> before = parts_;
  for (Part& part : parts_) part.held = false;
  bool gained = false;
  for (const LeaseRoundResult::Held& held : result.held) {
    const auto at = static_cast<size_t>(held.part);
    if (at >= parts_.size()) continue;
    const bool same = before[at].held && before[at].fence == held.fence;
    if (!same) {
      ++stats_.gained;
      if (before[at].held) ++stats_.lost;
      parts_[at].yielding.reset();
    }
    gained = gained || !same || lapsed;
    parts_[at].held = true;
    parts_[at].fence = held.fence;
  }
  for (size_t at = 0; at < parts_.size(); ++at) {
    if (before[at].held && !parts_[at].held && !before[at].yielding) ++stats_.lost;
    if (!parts_[at].held) parts_[at].yielding.reset();
  }
  until_ = until;
  stats_.held = static_cast<int>(result.held.size());
  stats_.replicas = result.replicas;
  stats_.leads = parts_[kLeadingPart].held;
  if (gained || stats_.replicas != replicas || stats_.leads != led) {
    log::Info("leases_changed",
              {{"parts", stats_.held}, {"replicas", stats_.replicas}, {"leads", stats_.leads ? "yes" : "no"}});
  }
  return gained;
}

bool PartLeases::Usable(const Part& part) const {
  return part.held && !part.yielding && !draining_ && clock_.Monotonic() < until_;
}

bool PartLeases::Holds(int64_t subscription) const {
  MutexLock lock(mutex_);
  return Usable(parts_[static_cast<size_t>(PartOf(subscription))]);
}

bool PartLeases::Leads() const {
  MutexLock lock(mutex_);
  return Usable(parts_[kLeadingPart]);
}

std::optional<Leases::Grant> PartLeases::Begin(int64_t subscription) {
  MutexLock lock(mutex_);
  Part& part = parts_[static_cast<size_t>(PartOf(subscription))];
  if (!Usable(part)) return std::nullopt;
  ++part.under_way;
  return Grant{part.fence};
}

void PartLeases::End(int64_t subscription) {
  MutexLock lock(mutex_);
  --parts_[static_cast<size_t>(PartOf(subscription))].under_way;
}

PartLeases::Stats PartLeases::stats() const {
  MutexLock lock(mutex_);
  Stats stats = stats_;
  stats.held = 0;
  for (const Part& part : parts_) stats.held += Usable(part) ? 1 : 0;
  stats.leads = Usable(parts_[kLeadingPart]);
  return stats;
}

}  // namespace dateline::notification
