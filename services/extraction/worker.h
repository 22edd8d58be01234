#pragma once
// Takes documents from storage's log by lease, has them extracted, and commits what came out; the commit acknowledges
// the lease in the same transaction, so a document is neither lost nor done twice. Up to `batch` documents are under
// way at one time: while some are extracted others are fetched and committed, which is what fills two cores.
//
// Two threads: the leaser asks for work (at once when woken, else every poll_interval), the keeper extends leases,
// repeats what storage could not answer, and gives back what failed. Everything else runs in callbacks that do not
// block. When storage is away the worker tries again, for ever; when a lease is lost the result is dropped, because
// another has it; when this process dies the leases expire and another attempt is made. Whatever is not the first
// attempt, or did not end in time, is extracted apart, so that one document neither ends this process twice nor holds
// its threads. Links neither gRPC nor ZeroMQ. Thread-safe.

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/metrics/readiness.h"
#include "common/metrics/registry.h"
#include "services/extraction/archive.h"
#include "services/extraction/extraction_pool.h"

namespace dateline::extraction {

inline constexpr std::string_view kTopic = "document/";
inline constexpr std::string_view kGroup = "extraction";

class Worker {
 public:
  // Runs on the pool; must own or outlive what it uses even when its thread is abandoned.
  using Extract = std::function<absl::StatusOr<Extraction>(const storage::v1::Document&)>;
  // `here` works in this process. `apart` works in one of its own and ends by itself in bounded time; it is for
  // documents that an attempt did not come through with: this process may have died of them.
  struct Extractors {
    Extract here;
    Extract apart;
    std::chrono::milliseconds apart_timeout{30'000};  // Longer than `apart` takes at most.
  };

  struct Options {
    std::string holder = "extraction";                 // Names this process for the operator.
    int batch = 64;                                    // Documents under way, 1 to 256.
    uint64_t bytes_max = uint64_t{128} << 20;          // Their content together; one larger document still goes.
    std::chrono::milliseconds lease_duration{10'000};  // 1 s to 10 min; after a kill documents wait so long.
    std::chrono::milliseconds poll_interval{1'000};
    std::chrono::milliseconds retry_min{100};  // Waits while storage does not answer.
    std::chrono::milliseconds retry_max{2'000};
  };

  // All references outlive the worker; its condition in `readiness` is "storage".
  Worker(Options options, Archive& archive, ExtractionPool& pool, Extractors extractors, metrics::Registry& registry,
         metrics::Readiness& readiness, const Clock& clock);
  // Calls Stop().
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void Start();
  // There may be work: ask now. From any thread, never blocks.
  void Wake();
  // Takes no new work from now on. Returns at once.
  void Drain();
  // Drains, gives what is under way `limit` to be committed, ends the threads. What is left is given back by its lease.
  // The archive must end its calls before the worker is destroyed. Idempotent.
  void Stop(std::chrono::milliseconds limit = std::chrono::seconds(5));

  size_t in_flight() const;

 private:
  // What a document waits for; also where it is taken up again after a failure.
  enum class Step { kFetch, kExtract, kCommit };
  struct Job;
  // Shared by the table and by the callbacks that are under way.
  using JobPtr = std::shared_ptr<Job>;

  void RunLeaser();
  void RunKeeper();
  // How many more documents may be taken; waits until asking makes sense. 0 when draining.
  int WaitForRoom();
  int WorthwhileRoom() const;
  void TakeLeases(const events::v1::LeaseEventsResponse& response, MonotonicTime asked);
  void OnLeaseFailed(const absl::Status& status);

  void Advance(const JobPtr& job, Step step);
  void Fetch(const JobPtr& job);
  void OnFetched(const JobPtr& job, absl::StatusOr<storage::v1::Document> document);
  void SubmitExtraction(const JobPtr& job);
  void OnExtracted(const JobPtr& job, absl::StatusOr<Extraction> result);
  void Commit(const JobPtr& job);
  void OnCommitted(const JobPtr& job, const absl::Status& status);
  void RetryLater(const JobPtr& job, Step step, const absl::Status& status);
  // Gives the event back: for another attempt, or as a dead letter when `permanent`.
  void GiveBack(const JobPtr& job, const absl::Status& status, bool permanent);
  // The document is no longer under way; `result` is counted.
  void Finish(const JobPtr& job, const std::string& result);
  bool IsLost(const JobPtr& job) const;
  bool Stopping() const;

  void ExtendLeases();
  void Nack(const JobPtr& job);
  std::vector<std::pair<JobPtr, Step>> TakeDueRetries();
  void StartWaiting();
  std::chrono::milliseconds Backoff(int failures) const;

  const Options options_;
  Archive& archive_;
  ExtractionPool& pool_;
  const Extractors extractors_;
  metrics::Registry& registry_;
  metrics::Readiness& readiness_;
  const Clock& clock_;
  metrics::Counter& extended_;
  metrics::Counter& apart_;

  mutable Mutex mutex_;
  CondVar leaser_wake_;
  CondVar keeper_wake_;
  CondVar idle_;
  std::map<uint64_t, JobPtr> jobs_ GUARDED_BY(mutex_);  // By sequence.
  std::deque<JobPtr> waiting_ GUARDED_BY(mutex_);       // Leased, but over bytes_max.
  std::deque<JobPtr> to_nack_ GUARDED_BY(mutex_);
  std::multimap<MonotonicTime, std::pair<JobPtr, Step>> retries_ GUARDED_BY(mutex_);
  uint64_t bytes_ GUARDED_BY(mutex_) = 0;
  uint64_t backlog_ GUARDED_BY(mutex_) = 0;
  bool woken_ GUARDED_BY(mutex_) = true;      // Ask at the start.
  bool connected_ GUARDED_BY(mutex_) = true;  // What was logged last.
  bool draining_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  int lease_failures_ = 0;  // Of the leaser only.
  std::thread leaser_;
  std::thread keeper_;
  metrics::CollectorHandle collector_;
};

}  // namespace dateline::extraction
