#include "services/storage/archive_monitor.h"

#include <utility>

#include "common/base/absl_compat.h"
#include "common/log/log.h"

namespace dateline::storage {
namespace {

constexpr std::string_view kStoreCondition = "store";
constexpr std::string_view kLogCondition = "event_log";
// Trims in one go; the next minute goes on.
constexpr int kTrimRoundsMax = 20;

}  // namespace

ArchiveMonitor::ArchiveMonitor(Store& store, metrics::Registry& registry, metrics::Readiness& readiness,
                               const Clock& clock, Options options)
    : store_(store),
      registry_(registry),
      readiness_(readiness),
      clock_(clock),
      options_(std::move(options)),
      next_trim_(clock.Monotonic() + options_.trim_interval) {}

ArchiveMonitor::~ArchiveMonitor() {
  Stop();
}

void ArchiveMonitor::Start() {
  Look();
  thread_ = std::thread([this] { Run(); });
}

void ArchiveMonitor::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

void ArchiveMonitor::Run() {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (!stopping_) wake_.WaitFor(mutex_, options_.interval);
      if (stopping_) return;
    }
    Look();
  }
}

void ArchiveMonitor::Look() {
  const absl::Status alive = store_.Ping();
  readiness_.Set(kStoreCondition, alive.ok(), ToStd(alive.message()));
  LookAtHeads();
  LookAtGroups();
  if (clock_.Monotonic() < next_trim_) return;
  next_trim_ = clock_.Monotonic() + options_.trim_interval;
  Trim();
}

void ArchiveMonitor::LookAtHeads() {
  const auto heads = store_.events().Heads();
  if (!heads.ok()) {
    readiness_.Set(kLogCondition, false, ToStd(heads.status().message()));
    return;
  }
  readiness_.Set(kLogCondition, true);
  for (const eventlog::TopicHead& head : *heads) {
    registry_
        .GetGauge("dateline_eventlog_head_sequence", "The sequence of a topic's latest event.", {{"topic", head.topic}})
        .Set(static_cast<double>(head.head.value()));
    registry_
        .GetGauge("dateline_eventlog_low_water_sequence", "The sequence of a topic's oldest event that is kept.",
                  {{"topic", head.topic}})
        .Set(static_cast<double>(head.low_water.value()));
  }
}

void ArchiveMonitor::LookAtGroups() {
  for (const std::string& group : options_.groups) {
    const auto lag = store_.events().Lag(group, kDocumentTopic);
    if (!lag.ok()) {
      log::Warn("group_lag_unknown", {{"group", group}, {"error", lag.status()}});
      continue;
    }
    const metrics::Labels labels{{"topic", std::string(kDocumentTopic)}, {"group", group}};
    registry_.GetGauge("dateline_eventlog_group_waiting_events", "Events that a group never took.", labels)
        .Set(static_cast<double>(lag->waiting));
    registry_.GetGauge("dateline_eventlog_group_open_events", "Events that a group works on or will try again.", labels)
        .Set(static_cast<double>(lag->open));
    registry_.GetGauge("dateline_eventlog_group_dead_letters", "Events that a group could not process.", labels)
        .Set(static_cast<double>(lag->dead));
  }
}

void ArchiveMonitor::Trim() {
  const WallTime now = clock_.Now();
  for (const std::string_view topic : {kDocumentTopic, kReleaseTopic}) {
    for (int round = 0; round < kTrimRoundsMax; ++round) {
      const auto trimmed = store_.events().Trim({.topic = std::string(topic),
                                                 .before = now - options_.retention,
                                                 .hard_before = now - options_.retention_hard});
      if (!trimmed.ok()) {
        log::Warn("event_trim_failed", {{"topic", topic}, {"error", trimmed.status()}});
        break;
      }
      if (trimmed->abandoned > 0) {
        log::Warn("events_abandoned", {{"topic", topic}, {"count", trimmed->abandoned}});
      }
      if (!trimmed->more) break;
    }
  }
}

}  // namespace dateline::storage
