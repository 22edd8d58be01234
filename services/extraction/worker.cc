#include "services/extraction/worker.h"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/log/log.h"
#include "dateline/events/v1/event_data.pb.h"
#include "services/extraction/document_work.h"

namespace dateline::extraction {
namespace {

constexpr std::chrono::milliseconds kKeeperInterval{500};
constexpr std::chrono::milliseconds kBusyRetry{20};     // When the pool is full.
constexpr std::chrono::milliseconds kNackDelay{1'000};  // Until the next attempt.
constexpr int kExtendMax = 256;
constexpr int kBackoffDoublings = 10;
constexpr int kRefusalsMax = 50;

// Whether the same call may succeed a little later.
bool IsTransient(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnknown:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct Worker::Job {
  events::v1::LeaseReference lease;
  events::v1::DocumentEvent event;
  bool apart = false;  // In a process of its own.
  // Set by one step, read by the next: steps of a job never overlap.
  std::shared_ptr<const storage::v1::Document> document;  // Shared with an extraction that may be abandoned.
  storage::v1::CommitReleasesRequest commit;
  int failures = 0;
  absl::Status error;  // Why it is given back.
  bool permanent = false;
  // Under Worker::mutex_.
  MonotonicTime lease_end;
  bool lost = false;
  bool counted = false;  // Its bytes are in bytes_.
};

Worker::Worker(Options options, Archive& archive, ExtractionPool& pool, Extractors extractors,
               metrics::Registry& registry, metrics::Readiness& readiness, const Clock& clock)
    : options_(std::move(options)),
      archive_(archive),
      pool_(pool),
      extractors_(std::move(extractors)),
      registry_(registry),
      readiness_(readiness),
      clock_(clock),
      extended_(registry.GetCounter("dateline_extraction_leases_extended_total", "Leases made to last longer.")),
      apart_(registry.GetCounter("dateline_extraction_isolated_total",
                                 "Documents extracted in a process of their own, after an attempt that failed.")) {
  collector_ = registry.AddCollector([this](metrics::Sink& sink) {
    MutexLock lock(mutex_);
    sink.Gauge("dateline_extraction_in_flight_items", "Documents under way.", {}, static_cast<double>(jobs_.size()));
    sink.Gauge("dateline_extraction_in_flight_bytes", "Their content together.", {}, static_cast<double>(bytes_));
    sink.Gauge("dateline_extraction_backlog_items", "Documents that wait in storage, as the last lease said.", {},
               static_cast<double>(backlog_));
  });
}

Worker::~Worker() {
  Stop();
}

void Worker::Start() {
  readiness_.Set("storage", false, "no lease was answered yet");
  leaser_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "leaser");
    RunLeaser();
  });
  keeper_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "keeper");
    RunKeeper();
  });
}

void Worker::Wake() {
  {
    MutexLock lock(mutex_);
    woken_ = true;
  }
  leaser_wake_.NotifyOne();
}

void Worker::Drain() {
  {
    MutexLock lock(mutex_);
    draining_ = true;
  }
  leaser_wake_.NotifyAll();
}

void Worker::Stop(std::chrono::milliseconds limit) {
  Drain();
  if (leaser_.joinable()) leaser_.join();
  {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    MutexLock lock(mutex_);
    while (!jobs_.empty() && keeper_.joinable() && std::chrono::steady_clock::now() < deadline) {
      idle_.WaitFor(mutex_, deadline - std::chrono::steady_clock::now());
    }
    stopping_ = true;
  }
  keeper_wake_.NotifyAll();
  if (keeper_.joinable()) keeper_.join();
}

size_t Worker::in_flight() const {
  MutexLock lock(mutex_);
  return jobs_.size();
}

// Asking for one or two at a time would cost storage a transaction each.
int Worker::WorthwhileRoom() const {
  return std::max(1, options_.batch / 4);
}

int Worker::WaitForRoom() {
  const MonotonicTime poll = clock_.Monotonic() + options_.poll_interval;
  MutexLock lock(mutex_);
  for (;;) {
    if (draining_) return 0;
    const int room = options_.batch - static_cast<int>(jobs_.size());
    const bool due = woken_ || clock_.Monotonic() >= poll;
    if (due && room >= WorthwhileRoom()) {
      woken_ = false;
      return room;
    }
    leaser_wake_.WaitFor(mutex_, options_.poll_interval);
  }
}

void Worker::RunLeaser() {
  for (int room = WaitForRoom(); room > 0; room = WaitForRoom()) {
    events::v1::LeaseEventsRequest request;
    request.set_topic(std::string(kTopic));
    request.set_group(std::string(kGroup));
    request.set_holder(options_.holder);
    request.set_max_events(room);
    *request.mutable_lease_duration() = ToDuration(options_.lease_duration);
    const MonotonicTime asked = clock_.Monotonic();
    const absl::StatusOr<events::v1::LeaseEventsResponse> response = archive_.Lease(request);
    if (!response.ok()) {
      OnLeaseFailed(response.status());
      continue;
    }
    lease_failures_ = 0;
    readiness_.Set("storage", true);
    bool reconnected = false;
    {
      MutexLock lock(mutex_);
      backlog_ = response->backlog();
      // More waits: go on without being woken. An empty answer ends that, whatever the backlog says.
      if (response->events_size() > 0 && (backlog_ > 0 || response->events_size() == room)) woken_ = true;
      reconnected = !std::exchange(connected_, true);
    }
    if (reconnected) log::Info("storage_reached");
    TakeLeases(*response, asked);
  }
}

void Worker::OnLeaseFailed(const absl::Status& status) {
  readiness_.Set("storage", false, ToStd(status.message()));
  const MonotonicTime until = clock_.Monotonic() + Backoff(lease_failures_++);
  bool first = false;
  {
    MutexLock lock(mutex_);
    first = std::exchange(connected_, false);
  }
  if (first) log::Warn("storage_unreachable", {{"error", status}});
  MutexLock lock(mutex_);
  while (!draining_ && clock_.Monotonic() < until) leaser_wake_.WaitFor(mutex_, until - clock_.Monotonic());
  woken_ = true;
}

void Worker::TakeLeases(const events::v1::LeaseEventsResponse& response, MonotonicTime asked) {
  for (const events::v1::LeasedEvent& leased : response.events()) {
    auto job = std::make_shared<Job>();
    job->lease.set_topic(std::string(kTopic));
    job->lease.set_group(std::string(kGroup));
    job->lease.set_sequence(leased.sequence());
    job->lease.set_lease_token(leased.lease_token());
    job->apart = leased.attempt() > 1;
    const bool readable = leased.event().proto_data().UnpackTo(&job->event) && !job->event.document().empty();
    {
      MutexLock lock(mutex_);
      job->lease_end = asked + options_.lease_duration;
      // A lease of the same event that we held before has ended; its job drops its result.
      if (const auto old = jobs_.find(leased.sequence()); old != jobs_.end()) old->second->lost = true;
      jobs_[leased.sequence()] = job;
      if (readable) waiting_.push_back(job);
    }
    if (!readable) {
      GiveBack(job, Error(absl::StatusCode::kInvalidArgument, "INVALID_EVENT", "the event names no document"), true);
    }
  }
  StartWaiting();
}

// Starts what waits, as far as the bytes allow.
void Worker::StartWaiting() {
  std::vector<JobPtr> ready;
  {
    MutexLock lock(mutex_);
    while (!waiting_.empty()) {
      const JobPtr& job = waiting_.front();
      if (bytes_ > 0 && bytes_ + job->event.content_bytes() > options_.bytes_max) break;
      bytes_ += job->event.content_bytes();
      job->counted = true;
      ready.push_back(job);
      waiting_.pop_front();
    }
  }
  for (const JobPtr& job : ready) Fetch(job);
}

void Worker::Advance(const JobPtr& job, Step step) {
  switch (step) {
    case Step::kFetch:
      return Fetch(job);
    case Step::kExtract:
      return SubmitExtraction(job);
    case Step::kCommit:
      return Commit(job);
  }
}

void Worker::Fetch(const JobPtr& job) {
  archive_.GetDocument(job->event.document(), [this, job](absl::StatusOr<storage::v1::Document> document) {
    OnFetched(job, std::move(document));
  });
}

void Worker::OnFetched(const JobPtr& job, absl::StatusOr<storage::v1::Document> document) {
  if (IsLost(job)) return Finish(job, "lease_lost");
  if (!document.ok()) {
    if (IsTransient(document.status())) return RetryLater(job, Step::kFetch, document.status());
    return GiveBack(job, document.status(), document.status().code() == absl::StatusCode::kNotFound);
  }
  job->document = std::make_shared<const storage::v1::Document>(*std::move(document));
  job->failures = 0;
  SubmitExtraction(job);
}

void Worker::SubmitExtraction(const JobPtr& job) {
  // The work must own what it uses; the worker itself may be gone when an abandoned thread comes back.
  const bool apart = job->apart;
  const bool taken = pool_.TrySubmit(
      ExtractionPool::Lane::kWorker,
      [extract = apart ? extractors_.apart : extractors_.here, document = job->document] { return extract(*document); },
      [this, job](absl::StatusOr<Extraction> result) { OnExtracted(job, std::move(result)); },
      apart ? std::optional(extractors_.apart_timeout) : std::nullopt);
  if (taken && apart) apart_.Increment();
  if (taken) return;
  MutexLock lock(mutex_);
  retries_.emplace(clock_.Monotonic() + kBusyRetry, std::make_pair(job, Step::kExtract));
  keeper_wake_.NotifyOne();
}

void Worker::OnExtracted(const JobPtr& job, absl::StatusOr<Extraction> result) {
  if (IsLost(job)) return Finish(job, "lease_lost");
  if (result.status().code() == absl::StatusCode::kDeadlineExceeded && !job->apart) {
    job->apart = true;
    return SubmitExtraction(job);
  }
  job->document.reset();
  if (!result.ok() && !IsPermanent(result.status())) return GiveBack(job, result.status(), false);
  if (!result.ok()) {
    log::Warn("extraction_failed", {{"document", job->event.document()}, {"error", result.status()}});
  }
  job->commit = MakeCommit(job->event.document(), job->lease, std::move(result));
  Commit(job);
}

void Worker::Commit(const JobPtr& job) {
  if (IsLost(job)) return Finish(job, "lease_lost");
  archive_.Commit(job->commit, [this, job](const absl::Status& status) { OnCommitted(job, status); });
}

void Worker::OnCommitted(const JobPtr& job, const absl::Status& status) {
  if (status.ok()) {
    return Finish(job, !job->commit.failure().empty()    ? "failed"
                       : job->commit.releases_size() > 0 ? "extracted"
                                                         : "no_release");
  }
  if (ErrorReason(status) == "LEASE_LOST") return Finish(job, "lease_lost");
  if (IsTransient(status)) return RetryLater(job, Step::kCommit, status);
  if (job->commit.releases_size() > 0 && status.code() == absl::StatusCode::kInvalidArgument) {
    // Storage will never take this record. The document is marked, so that an operator sees it.
    log::Error("release_refused", {{"document", job->event.document()}, {"error", status}});
    job->commit = MakeCommit(job->event.document(), job->lease, status);
    return Commit(job);
  }
  GiveBack(job, status, !job->commit.failure().empty());
}

void Worker::RetryLater(const JobPtr& job, Step step, const absl::Status& status) {
  // A storage that is away is waited for without end; one that keeps refusing this document is not.
  if (job->failures >= kRefusalsMax && status.code() != absl::StatusCode::kUnavailable)
    return GiveBack(job, status, false);
  log::Debug("extraction_retry", {{"document", job->event.document()}, {"error", status}});
  registry_
      .GetCounter("dateline_extraction_retries_total", "Calls to storage that are made again.",
                  {{"call", step == Step::kFetch ? "get_document" : "commit_releases"}})
      .Increment();
  MutexLock lock(mutex_);
  retries_.emplace(clock_.Monotonic() + Backoff(job->failures++), std::make_pair(job, step));
  keeper_wake_.NotifyOne();
}

void Worker::GiveBack(const JobPtr& job, const absl::Status& status, bool permanent) {
  log::Warn("document_given_back", {{"document", job->event.document()}, {"error", status}, {"permanent", permanent}});
  job->error = status;
  job->permanent = permanent;
  MutexLock lock(mutex_);
  to_nack_.push_back(job);
  keeper_wake_.NotifyOne();
}

void Worker::Finish(const JobPtr& job, const std::string& result) {
  registry_
      .GetCounter("dateline_extraction_documents_total",
                  "Documents done, by result: extracted, no_release, failed, given_back, lease_lost.",
                  {{"result", result}})
      .Increment();
  bool room_again = false;
  {
    MutexLock lock(mutex_);
    const auto entry = jobs_.find(job->lease.sequence());
    if (entry != jobs_.end() && entry->second == job) jobs_.erase(entry);
    if (std::exchange(job->counted, false)) bytes_ -= job->event.content_bytes();
    if (jobs_.empty()) idle_.NotifyAll();
    room_again = options_.batch - static_cast<int>(jobs_.size()) >= WorthwhileRoom();
  }
  if (room_again) leaser_wake_.NotifyOne();
  StartWaiting();
}

bool Worker::Stopping() const {
  MutexLock lock(mutex_);
  return stopping_;
}

bool Worker::IsLost(const JobPtr& job) const {
  MutexLock lock(mutex_);
  return job->lost;
}

void Worker::RunKeeper() {
  for (;;) {
    std::deque<JobPtr> nacks;
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      if (to_nack_.empty() && (retries_.empty() || retries_.begin()->first > clock_.Monotonic())) {
        std::chrono::nanoseconds wait = kKeeperInterval;
        if (!retries_.empty())
          wait = std::min(wait, std::chrono::nanoseconds(retries_.begin()->first - clock_.Monotonic()));
        keeper_wake_.WaitFor(mutex_, wait);
      }
      nacks.swap(to_nack_);
    }
    for (const JobPtr& job : nacks) {
      // Each may take as long as a call does: a stop waits for one of them, and the leases give back the rest.
      if (Stopping()) return;
      Nack(job);
    }
    for (const auto& [job, step] : TakeDueRetries()) Advance(job, step);
    ExtendLeases();
  }
}

std::vector<std::pair<Worker::JobPtr, Worker::Step>> Worker::TakeDueRetries() {
  std::vector<std::pair<JobPtr, Step>> due;
  MutexLock lock(mutex_);
  const auto end = retries_.upper_bound(clock_.Monotonic());
  for (auto at = retries_.begin(); at != end; ++at) due.push_back(at->second);
  retries_.erase(retries_.begin(), end);
  return due;
}

void Worker::Nack(const JobPtr& job) {
  events::v1::NackEventRequest request;
  *request.mutable_lease() = job->lease;
  request.set_error(std::string(ToStd(job->error.message())));
  *request.mutable_retry_delay() = ToDuration(kNackDelay);
  request.set_permanent(job->permanent);
  // When this fails the lease expires, which gives the event back just as well.
  if (const absl::Status status = archive_.Nack(request); !status.ok()) {
    log::Debug("nack_failed", {{"document", job->event.document()}, {"error", status}});
  }
  Finish(job, "given_back");
}

void Worker::ExtendLeases() {
  events::v1::ExtendLeasesRequest request;
  *request.mutable_lease_duration() = ToDuration(options_.lease_duration);
  const MonotonicTime asked = clock_.Monotonic();
  {
    MutexLock lock(mutex_);
    for (const auto& [sequence, job] : jobs_) {
      if (request.leases_size() == kExtendMax) break;
      if (!job->lost && job->lease_end - asked < options_.lease_duration / 2) *request.add_leases() = job->lease;
    }
  }
  if (request.leases_size() == 0) return;
  const absl::StatusOr<events::v1::ExtendLeasesResponse> response = archive_.Extend(request);
  // Without an answer the leases may still hold; storage decides at the commit.
  if (!response.ok()) return;
  extended_.Increment(static_cast<double>(request.leases_size() - response->lost_size()));
  MutexLock lock(mutex_);
  for (const events::v1::LeaseReference& lease : request.leases()) {
    const auto entry = jobs_.find(lease.sequence());
    if (entry != jobs_.end() && entry->second->lease.lease_token() == lease.lease_token()) {
      entry->second->lease_end = asked + options_.lease_duration;
    }
  }
  for (const events::v1::LeaseReference& lost : response->lost()) {
    const auto entry = jobs_.find(lost.sequence());
    if (entry != jobs_.end() && entry->second->lease.lease_token() == lost.lease_token()) entry->second->lost = true;
  }
}

std::chrono::milliseconds Worker::Backoff(int failures) const {
  const auto wait = options_.retry_min * (1LL << std::min(failures, kBackoffDoublings));
  return std::min<std::chrono::milliseconds>(wait, options_.retry_max);
}

}  // namespace dateline::extraction
