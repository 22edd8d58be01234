#include "common/sql/postgres/group_writer.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/sql/postgres/error_map.h"
#include "fmt/format.h"

namespace dateline::sql::postgres {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

GroupWriter::Options ByKey(GroupWriter::Options options) {
  options.connection.by_key = true;
  return options;
}

}  // namespace

GroupWriter::GroupWriter(Options options) : options_(ByKey(std::move(options))), random_(std::random_device()()) {
  DATELINE_CHECK(options_.queue_max >= 1 && options_.queue_max <= 1'000'000, "queue_max: 1 to 1,000,000");
  DATELINE_CHECK(options_.group_max >= 1 && options_.group_max <= 4'096, "group_max: 1 to 4,096");
  DATELINE_CHECK(options_.attempts_max >= 1 && options_.attempts_max <= 100, "attempts_max: 1 to 100");
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), options_.name.substr(0, 15).c_str());
}

GroupWriter::~GroupWriter() {
  Close();
}

absl::Status GroupWriter::Refusal() const {
  if (closing_) {
    return Error(absl::StatusCode::kUnavailable, kReasonDatabaseClosed, "the database is closed; try again later");
  }
  if (queue_.size() >= options_.queue_max) {
    return Error(absl::StatusCode::kResourceExhausted, kReasonWriteQueueFull,
                 fmt::format("{} writes to the database wait already; try again later", queue_.size()));
  }
  return absl::OkStatus();
}

void GroupWriter::Write(Body body, Done done) {
  absl::Status refusal;
  {
    MutexLock lock(mutex_);
    refusal = Refusal();
    if (refusal.ok()) {
      queue_.push_back({std::move(body), std::move(done), steady_clock::now(), absl::OkStatus()});
      work_.NotifyOne();
      return;
    }
    ++stats_.rejects;
  }
  done(std::move(refusal));
}

absl::Status GroupWriter::WriteAndWait(Body body) {
  DATELINE_CHECK(std::this_thread::get_id() != thread_.get_id(), "WriteAndWait() on the writer's thread never ends");
  struct {
    Mutex mutex;
    CondVar changed;
    bool done = false;
    absl::Status outcome;
  } wait;
  Write(std::move(body), [&wait](absl::Status outcome) {
    MutexLock lock(wait.mutex);
    wait.outcome = std::move(outcome);
    wait.done = true;
    // Under the lock: as soon as it is free the waiter may return and take the condition with it.
    wait.changed.NotifyOne();
  });
  MutexLock lock(wait.mutex);
  while (!wait.done) wait.changed.Wait(wait.mutex);
  return std::move(wait.outcome);
}

bool GroupWriter::NextGroup(std::deque<Request>* group) {
  MutexLock lock(mutex_);
  while (queue_.empty() && !closing_) work_.Wait(mutex_);
  if (queue_.empty()) return false;
  while (!queue_.empty() && group->size() < options_.group_max) {
    group->push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return true;
}

void GroupWriter::Run() {
  while (true) {
    std::deque<Request> group;
    if (!NextGroup(&group)) break;
    RunGroup(group);
  }
  connection_.reset();
}

void GroupWriter::RunGroup(std::deque<Request>& group) {
  bool alone = false;
  const absl::Status outcome = RunTransaction(group, 0, group.size(), &alone);
  if (!alone) return Finish(group, 0, group.size(), outcome);
  for (size_t i = 0; i < group.size(); ++i) {
    bool ignored = false;
    Finish(group, i, 1, RunTransaction(group, i, 1, &ignored));
  }
}

absl::Status GroupWriter::RunTransaction(std::deque<Request>& group, size_t begin, size_t count, bool* alone) {
  milliseconds pause = options_.retry_pause;
  for (int attempt = 1;; ++attempt) {
    absl::Status outcome = EnsureConnection();
    if (!outcome.ok()) return outcome;
    outcome = Attempt(group, begin, count, alone);
    if (!outcome.ok() && (IsConnectionLoss(outcome) || connection_->broken())) {
      SetState(outcome);
      connection_.reset();
    }
    const bool again = IsConnectionLoss(outcome) || IsConflict(outcome);
    if (!again || attempt == options_.attempts_max) return outcome;
    {
      MutexLock lock(mutex_);
      ++stats_.retries;
    }
    *alone = false;
    if (!Pause(pause + milliseconds(random_() % static_cast<unsigned>(pause.count() + 1)))) return outcome;
    pause *= 2;
  }
}

absl::Status GroupWriter::Attempt(std::deque<Request>& group, size_t begin, size_t count, bool* alone) {
  Connection& connection = *connection_;
  connection.Begin();
  bool any = false;
  for (size_t i = begin; i < begin + count; ++i) {
    connection.MarkClean();
    Request& request = group[i];
    request.outcome = request.body(connection);
    if (request.outcome.ok()) {
      any = true;
      continue;
    }
    const bool lost = IsConnectionLoss(request.outcome) || IsConflict(request.outcome) || connection.broken();
    if (!lost && !connection.wrote() && !connection.failed()) continue;
    absl::Status failure = connection.broken() && !IsConflict(request.outcome) ? connection.Sync() : request.outcome;
    connection.Rollback();
    // One body's own mistake is not the others'; lost connections and conflicts are everyone's.
    *alone = !lost && count > 1;
    return failure;
  }
  if (!any && connection.Sync().ok()) {
    connection.Rollback();
    return absl::OkStatus();
  }
  const auto commit_begin = steady_clock::now();
  absl::Status committed = connection.Commit();
  if (!committed.ok()) {
    connection.Rollback();
    // What was sent without waiting may have failed by the fault of any of them.
    *alone = count > 1 && !IsConnectionLoss(committed) && !IsConflict(committed) &&
             ErrorReason(committed) != kReasonOutcomeUnknown;
    return committed;
  }
  const auto took = duration_cast<microseconds>(steady_clock::now() - commit_begin);
  MutexLock lock(mutex_);
  stats_.commit_time_total += took;
  stats_.commit_time_max = std::max(stats_.commit_time_max, took);
  return absl::OkStatus();
}

absl::Status GroupWriter::EnsureConnection() {
  if (connection_ != nullptr && !connection_->broken()) return absl::OkStatus();
  connection_.reset();
  const auto deadline = steady_clock::now() + options_.reconnect_max;
  milliseconds pause = options_.retry_pause;
  while (true) {
    absl::StatusOr<std::unique_ptr<Connection>> opened = Connection::Open(options_.connection);
    SetState(opened.status());
    if (opened.ok()) {
      connection_ = *std::move(opened);
      MutexLock lock(mutex_);
      ++stats_.reconnects;
      return absl::OkStatus();
    }
    if (!IsConnectionLoss(opened.status()) || steady_clock::now() + pause > deadline || !Pause(pause)) {
      return opened.status();
    }
    pause = std::min(pause * 2, milliseconds(500));
  }
}

bool GroupWriter::Pause(milliseconds time) {
  const auto end = steady_clock::now() + time;
  MutexLock lock(mutex_);
  while (!closing_) {
    const auto left = end - steady_clock::now();
    if (left <= left.zero()) return true;
    work_.WaitFor(mutex_, left);
  }
  return false;
}

void GroupWriter::Finish(std::deque<Request>& group, size_t begin, size_t count, const absl::Status& outcome) {
  const auto now = steady_clock::now();
  bool any = false;
  {
    MutexLock lock(mutex_);
    for (size_t i = begin; i < begin + count; ++i) {
      stats_.latency_total += duration_cast<microseconds>(now - group[i].queued);
      any = any || (outcome.ok() && group[i].outcome.ok());
      if (!outcome.ok() || !group[i].outcome.ok()) ++stats_.write_failures;
    }
    stats_.writes += count;
    stats_.group_size_last = count;
    ++(outcome.ok() ? stats_.groups : stats_.commit_failures);
  }
  if (any) {
    MutexLock lock(listener_mutex_);
    if (listener_) listener_();
  }
  for (size_t i = begin; i < begin + count; ++i) {
    Request& request = group[i];
    request.done(outcome.ok() ? std::move(request.outcome) : outcome);
    // What the callbacks hold is not kept until the slowest of the group is done.
    request.done = nullptr;
    request.body = nullptr;
  }
}

void GroupWriter::SetCommitListener(std::function<void()> listener) {
  MutexLock lock(listener_mutex_);
  listener_ = std::move(listener);
}

void GroupWriter::Close() {
  MutexLock close_lock(close_mutex_);
  if (!thread_.joinable()) return;
  DATELINE_CHECK(std::this_thread::get_id() != thread_.get_id(), "Close() on the writer's thread never ends");
  {
    MutexLock lock(mutex_);
    closing_ = true;
    work_.NotifyAll();
  }
  thread_.join();
}

void GroupWriter::SetState(const absl::Status& state) {
  MutexLock lock(mutex_);
  state_ = state;
}

absl::Status GroupWriter::state() const {
  MutexLock lock(mutex_);
  return state_;
}

void GroupWriter::AddTo(Stats* stats) const {
  MutexLock lock(mutex_);
  stats->queue_depth += queue_.size();
  stats->queue_capacity += options_.queue_max;
  stats->writes += stats_.writes;
  stats->write_failures += stats_.write_failures;
  stats->rejects += stats_.rejects;
  stats->groups += stats_.groups;
  stats->commit_failures += stats_.commit_failures;
  stats->group_size_last = stats_.group_size_last;
  stats->commit_time_total += stats_.commit_time_total;
  stats->commit_time_max = std::max(stats->commit_time_max, stats_.commit_time_max);
  stats->latency_total += stats_.latency_total;
  stats->retries += stats_.retries;
  stats->reconnects += stats_.reconnects;
}

}  // namespace dateline::sql::postgres
