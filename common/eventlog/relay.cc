#include "common/eventlog/relay.h"

#include <pthread.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"

namespace dateline::eventlog {

using std::chrono::steady_clock;

Relay::Relay(EventLog& log, PublishPort& port, Options options) : log_(log), port_(port), options_(options) {}

Relay::~Relay() {
  Stop();
}

absl::Status Relay::Start() {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<TopicHead> heads, log_.Heads());
  {
    MutexLock lock(mutex_);
    for (const TopicHead& head : heads) published_[head.topic] = head.head;
  }
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "event-relay");
  return absl::OkStatus();
}

void Relay::Wake() {
  MutexLock lock(mutex_);
  pending_ = true;
  wake_.NotifyOne();
}

void Relay::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyOne();
  }
  if (thread_.joinable()) thread_.join();
}

void Relay::Run() {
  steady_clock::time_point next_head = steady_clock::now();
  bool running = true;
  while (running) {
    running = Wait(next_head);
    PublishNew();
    if (const auto now = steady_clock::now(); now >= next_head) {
      PublishHeads();
      next_head = now + options_.head_interval;
    }
  }
}

bool Relay::Wait(steady_clock::time_point next_head) {
  MutexLock lock(mutex_);
  while (!pending_ && !stopping_) {
    const auto left = next_head - steady_clock::now();
    if (left <= left.zero()) break;
    wake_.WaitFor(mutex_, left);
  }
  pending_ = false;
  return !stopping_;
}

void Relay::PublishNew() {
  const absl::StatusOr<std::vector<TopicHead>> heads = log_.Heads();
  if (!heads.ok()) {
    MutexLock lock(mutex_);
    ++stats_.read_failures;
    return;
  }
  if (!IsMyTurn()) {
    MutexLock lock(mutex_);
    for (const TopicHead& head : *heads) published_[head.topic] = head.head;
    return;
  }
  for (const TopicHead& head : *heads) {
    // What is committed meanwhile comes with its own signal: one busy topic does not starve the others.
    while (published(head.topic) < head.head) {
      if (!PublishTopic(head.topic, head.head)) break;
    }
  }
}

bool Relay::PublishTopic(const std::string& topic, Sequence head) {
  const Sequence after = published(topic);
  const auto wanted = static_cast<uint32_t>(std::min<uint64_t>(options_.page_events, head.value() - after.value()));
  const absl::StatusOr<ReadResult> page =
      log_.Read({.topic = topic, .after = after, .limit = wanted, .max_bytes = options_.page_bytes});
  Sequence last = after;
  if (page.ok()) {
    for (const Record& record : page->records) {
      Count(&Stats::published, port_.Publish(topic, page->epoch, record.sequence, record.payload));
      last = record.sequence;
    }
  }
  const bool trimmed = ErrorReason(page.status()) == kReasonEventsTrimmed;
  MutexLock lock(mutex_);
  if (!page.ok()) ++stats_.read_failures;
  // Events that are trimmed already cannot be published; consumers see the gap and read what there is.
  published_[topic] = trimmed ? head : last;
  return page.ok() && last > after;
}

void Relay::PublishHeads() {
  if (!IsMyTurn()) return;
  std::vector<std::pair<std::string, Sequence>> heads;
  {
    MutexLock lock(mutex_);
    heads.assign(published_.begin(), published_.end());
  }
  const Epoch epoch = log_.epoch();
  for (const auto& [topic, head] : heads) Count(&Stats::heads, port_.PublishHead(topic, epoch, head));
}

void Relay::Count(uint64_t Stats::*counter, bool taken) {
  MutexLock lock(mutex_);
  ++(stats_.*(taken ? counter : &Stats::dropped));
}

Relay::Stats Relay::stats() const {
  MutexLock lock(mutex_);
  return stats_;
}

Sequence Relay::published(std::string_view topic) const {
  MutexLock lock(mutex_);
  const auto found = published_.find(topic);
  return found == published_.end() ? Sequence() : found->second;
}

}  // namespace dateline::eventlog
