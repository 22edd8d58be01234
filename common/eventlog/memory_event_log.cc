#include "common/eventlog/memory_event_log.h"

#include <algorithm>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/eventlog/lease_rules.h"
#include "fmt/format.h"

namespace dateline::eventlog {

MemoryEventLog::MemoryEventLog(const Clock& clock, Options options)
    : clock_(clock), options_(std::move(options)), epoch_(options_.epoch) {
  MutexLock lock(mutex_);
  for (const std::string& topic : options_.topics) topics_[topic];
}

void MemoryEventLog::Reset(const Epoch& epoch) {
  MutexLock lock(mutex_);
  epoch_ = epoch;
  for (auto& [name, topic] : topics_) topic = Topic();
  dead_.clear();
}

void MemoryEventLog::SetCommitListener(std::function<void()> listener) {
  MutexLock lock(mutex_);
  listener_ = std::move(listener);
}

Epoch MemoryEventLog::epoch() const {
  MutexLock lock(mutex_);
  return epoch_;
}

MemoryEventLog::Topic* MemoryEventLog::FindTopic(std::string_view name) {
  const auto found = topics_.find(name);
  return found == topics_.end() ? nullptr : &found->second;
}

absl::StatusOr<Record> MemoryEventLog::Append(const NewEvent& event) {
  std::function<void()> listener;
  absl::StatusOr<Record> record;
  {
    MutexLock lock(mutex_);
    DATELINE_RETURN_IF_ERROR(ValidateEvent(event));
    Topic* topic = FindTopic(event.topic);
    if (topic == nullptr) return UnknownTopic(event.topic);
    record = BuildRecord(event, options_.source, topic->head.Next());
    if (!record.ok()) return record;
    topic->head = record->sequence;
    topic->records.emplace(record->sequence, *record);
    listener = listener_;
  }
  if (listener) listener();
  return record;
}

absl::StatusOr<ReadResult> MemoryEventLog::Read(const ReadRequest& request) {
  MutexLock lock(mutex_);
  Topic* topic = FindTopic(request.topic);
  if (topic == nullptr) return UnknownTopic(request.topic);
  if (IsTrimmed(request.after, topic->low_water)) return EventsTrimmed(request.topic, topic->low_water);
  ReadResult result{.epoch = epoch_, .head = topic->head};
  const size_t limit = std::clamp<uint32_t>(request.limit, 1, kReadLimitMax);
  size_t bytes = 0;
  for (auto it = topic->records.upper_bound(request.after); it != topic->records.end(); ++it) {
    bytes += it->second.payload.size();
    if (result.records.size() == limit || (!result.records.empty() && bytes > request.max_bytes)) break;
    result.records.push_back(it->second);
  }
  return result;
}

absl::StatusOr<std::vector<TopicHead>> MemoryEventLog::Heads() {
  MutexLock lock(mutex_);
  std::vector<TopicHead> heads;
  for (const auto& [name, topic] : topics_) heads.push_back({name, topic.head, topic.low_water});
  return heads;
}

void MemoryEventLog::Bury(Topic& topic, std::string_view group_name, Sequence sequence, std::string error) {
  Group& group = topic.groups.find(group_name)->second;
  const auto open = group.open.find(sequence);
  const Record& record = topic.records.at(sequence);
  ++last_dead_id_;  // Apart, because the right side of an assignment is evaluated before the left.
  dead_[last_dead_id_] = {.id = last_dead_id_,
                          .topic = record.topic,
                          .group = std::string(group_name),
                          .sequence = sequence,
                          .subject = record.subject,
                          .error = std::move(error),
                          .attempts = open->second.attempts,
                          .dead_time = FromMicros(ToMicros(clock_.Now()))};
  group.open.erase(open);
}

void MemoryEventLog::TakeExpired(Topic& topic, const LeaseRequest& request, LeaseResult* result) {
  Group& group = topic.groups.find(request.group)->second;
  const WallTime now = clock_.Now();
  std::vector<std::pair<WallTime, Sequence>> available;
  for (const auto& [sequence, open] : group.open) {
    if (open.available <= now) available.emplace_back(open.available, sequence);
  }
  std::ranges::sort(available);
  if (available.size() > request.max) available.resize(request.max);
  for (const auto& [time, sequence] : available) {
    OpenEvent& open = group.open.at(sequence);
    if (open.attempts >= options_.max_attempts) {
      Bury(topic, request.group, sequence, ErrorOfExpired(open.error, open.holder, open.attempts));
      continue;
    }
    if (!FitsLease(request, *result, topic.records.at(sequence))) return;
    ++open.attempts;
    open.available = FromMicros(ToMicros(now + request.duration));
    open.token = fmt::format("m{}", last_token_);
    open.holder = request.holder;
    result->events.push_back({topic.records.at(sequence), open.token, open.attempts, open.available});
  }
}

void MemoryEventLog::TakeNew(Topic& topic, const LeaseRequest& request, LeaseResult* result) {
  Group& group = topic.groups.find(request.group)->second;
  const WallTime expire_time = FromMicros(ToMicros(clock_.Now() + request.duration));
  while (group.next <= topic.head && group.open.size() < options_.open_max) {
    if (!FitsLease(request, *result, topic.records.at(group.next))) return;
    const std::string token = fmt::format("m{}", last_token_);
    group.open[group.next] = {1, expire_time, token, request.holder, ""};
    result->events.push_back({topic.records.at(group.next), token, 1, expire_time});
    group.next = group.next.Next();
  }
}

absl::StatusOr<LeaseResult> MemoryEventLog::Lease(const LeaseRequest& request) {
  DATELINE_RETURN_IF_ERROR(ValidateLease(request));
  MutexLock lock(mutex_);
  Topic* topic = FindTopic(request.topic);
  if (topic == nullptr) return UnknownTopic(request.topic);
  if (!topic->groups.contains(request.group)) {
    if (topic->groups.size() >= kGroupsMax) return TooManyGroups(request);
    topic->groups[request.group].next = topic->low_water;
  }
  ++last_token_;
  LeaseResult result;
  TakeExpired(*topic, request, &result);
  TakeNew(*topic, request, &result);
  std::ranges::sort(result.events, {}, [](const LeasedEvent& event) { return event.record.sequence; });
  result.backlog = topic->head.value() + 1 - topic->groups[request.group].next.value();
  return result;
}

MemoryEventLog::OpenEvent* MemoryEventLog::FindLease(const LeaseReference& lease) {
  Topic* topic = FindTopic(lease.topic);
  if (topic == nullptr) return nullptr;
  const auto group = topic->groups.find(lease.group);
  if (group == topic->groups.end()) return nullptr;
  const auto open = group->second.open.find(lease.sequence);
  const bool held = open != group->second.open.end() && !lease.token.empty() && open->second.token == lease.token;
  return held ? &open->second : nullptr;
}

bool MemoryEventLog::IsDone(const LeaseReference& lease) {
  const Topic* topic = FindTopic(lease.topic);
  if (topic == nullptr) return false;
  const auto group = topic->groups.find(lease.group);
  if (group == topic->groups.end()) return false;
  const auto is_it = [&lease](const auto& entry) {
    return entry.second.sequence == lease.sequence && entry.second.group == lease.group &&
           entry.second.topic == lease.topic;
  };
  return lease.sequence < group->second.next && lease.sequence > Sequence() &&
         !group->second.open.contains(lease.sequence) && std::ranges::none_of(dead_, is_it);
}

absl::StatusOr<std::vector<LeaseReference>> MemoryEventLog::Extend(const std::vector<LeaseReference>& leases,
                                                                   std::chrono::milliseconds duration) {
  DATELINE_RETURN_IF_ERROR(ValidateReferences(leases));
  DATELINE_RETURN_IF_ERROR(ValidateDuration(duration));
  MutexLock lock(mutex_);
  std::vector<LeaseReference> lost;
  for (const LeaseReference& lease : leases) {
    if (FindTopic(lease.topic) == nullptr) return UnknownTopic(lease.topic);
    OpenEvent* open = FindLease(lease);
    if (open == nullptr) {
      lost.push_back(lease);
    } else {
      open->available = FromMicros(ToMicros(clock_.Now() + duration));
    }
  }
  return lost;
}

absl::StatusOr<std::vector<LeaseReference>> MemoryEventLog::Ack(const std::vector<LeaseReference>& leases) {
  DATELINE_RETURN_IF_ERROR(ValidateReferences(leases));
  MutexLock lock(mutex_);
  for (const LeaseReference& lease : leases) {
    // Before anything is changed: the call is one transaction.
    if (FindTopic(lease.topic) == nullptr) return UnknownTopic(lease.topic);
  }
  std::vector<LeaseReference> lost;
  for (const LeaseReference& lease : leases) {
    if (FindLease(lease) != nullptr) {
      FindTopic(lease.topic)->groups.find(lease.group)->second.open.erase(lease.sequence);
    } else if (!IsDone(lease)) {
      lost.push_back(lease);
    }
  }
  return lost;
}

absl::StatusOr<NackResult> MemoryEventLog::Nack(const NackRequest& request) {
  DATELINE_RETURN_IF_ERROR(ValidateNack(request));
  MutexLock lock(mutex_);
  Topic* topic = FindTopic(request.lease.topic);
  if (topic == nullptr) return UnknownTopic(request.lease.topic);
  OpenEvent* open = FindLease(request.lease);
  if (open == nullptr) return LeaseLost(request.lease);
  if (request.permanent || open->attempts >= options_.max_attempts) {
    Bury(*topic, request.lease.group, request.lease.sequence, CutError(request.error));
    return NackResult{.dead = true};
  }
  open->available = FromMicros(ToMicros(clock_.Now() + request.retry_delay));
  open->token.clear();
  open->holder.clear();
  open->error = CutError(request.error);
  return NackResult{.dead = false};
}

absl::StatusOr<DeadLetterPage> MemoryEventLog::ListDeadLetters(const DeadLetterQuery& query) {
  MutexLock lock(mutex_);
  if (!query.topic.empty() && FindTopic(query.topic) == nullptr) return UnknownTopic(query.topic);
  const size_t limit = std::clamp<uint32_t>(query.limit, 1, kReadLimitMax);
  DeadLetterPage page;
  for (auto it = dead_.upper_bound(query.after_id); it != dead_.end(); ++it) {
    const DeadLetter& dead = it->second;
    if (!query.topic.empty() && dead.topic != query.topic) continue;
    if (!query.group.empty() && dead.group != query.group) continue;
    if (page.dead_letters.size() == limit) {
      page.next_after_id = page.dead_letters.back().id;
      break;
    }
    page.dead_letters.push_back(dead);
  }
  return page;
}

absl::StatusOr<uint32_t> MemoryEventLog::RetryDeadLetters(const RetryRequest& request) {
  MutexLock lock(mutex_);
  Topic* topic = FindTopic(request.topic);
  if (topic == nullptr) return UnknownTopic(request.topic);
  if (request.sequences.size() > kReadLimitMax) return TooManySequences(request);
  uint32_t retried = 0;
  for (auto it = dead_.begin(); it != dead_.end() && retried < kReadLimitMax;) {
    const DeadLetter& dead = it->second;
    const bool wanted =
        dead.topic == request.topic && dead.group == request.group &&
        (request.sequences.empty() || std::ranges::find(request.sequences, dead.sequence) != request.sequences.end());
    if (!wanted) {
      ++it;
      continue;
    }
    topic->groups[request.group].open[dead.sequence] = {0, FromMicros(ToMicros(clock_.Now())), "", "", dead.error};
    it = dead_.erase(it);
    ++retried;
  }
  return retried;
}

absl::StatusOr<GroupLag> MemoryEventLog::Lag(std::string_view group_name, std::string_view topic_name) {
  MutexLock lock(mutex_);
  const Topic* topic = FindTopic(topic_name);
  if (topic == nullptr) return UnknownTopic(topic_name);
  const auto group = topic->groups.find(group_name);
  const Sequence next = group == topic->groups.end() ? topic->low_water : group->second.next;
  GroupLag lag{.waiting = topic->head.value() + 1 - next.value(), .done_below = next};
  if (group == topic->groups.end()) return lag;
  lag.open = group->second.open.size();
  if (!group->second.open.empty()) lag.done_below = std::min(next, group->second.open.begin()->first);
  for (const auto& [id, dead] : dead_) lag.dead += dead.topic == topic_name && dead.group == group_name ? 1 : 0;
  return lag;
}

Sequence MemoryEventLog::PinnedBelow(const Topic& topic, std::string_view name) {
  Sequence pinned = topic.head.Next();
  for (const auto& [group_name, group] : topic.groups) {
    pinned = std::min(pinned, group.next);
    if (!group.open.empty()) pinned = std::min(pinned, group.open.begin()->first);
  }
  for (const auto& [id, dead] : dead_) {
    if (dead.topic == name) pinned = std::min(pinned, dead.sequence);
  }
  return pinned;
}

uint64_t MemoryEventLog::DropBelow(Topic& topic, std::string_view name, Sequence low_water) {
  uint64_t abandoned = std::erase_if(
      dead_, [&](const auto& entry) { return entry.second.topic == name && entry.second.sequence < low_water; });
  for (auto& [group_name, group] : topic.groups) {
    abandoned += std::erase_if(group.open, [low_water](const auto& entry) { return entry.first < low_water; });
    group.next = std::max(group.next, low_water);
  }
  topic.records.erase(topic.records.begin(), topic.records.lower_bound(low_water));
  topic.low_water = low_water;
  return abandoned;
}

absl::StatusOr<TrimResult> MemoryEventLog::Trim(const TrimRequest& request) {
  DATELINE_RETURN_IF_ERROR(ValidateTrim(request));
  MutexLock lock(mutex_);
  Topic* topic = FindTopic(request.topic);
  if (topic == nullptr) return UnknownTopic(request.topic);
  const Sequence pinned = PinnedBelow(*topic, request.topic);
  TrimResult result;
  Sequence low_water = topic->low_water;
  for (const auto& [sequence, record] : topic->records) {
    if (!(record.time < request.hard_before || (record.time < request.before && sequence < pinned))) break;
    result.more = result.trimmed == request.limit;
    if (result.more) break;
    low_water = sequence.Next();
    ++result.trimmed;
  }
  result.abandoned = DropBelow(*topic, request.topic, low_water);
  result.low_water = low_water;
  return result;
}

}  // namespace dateline::eventlog
