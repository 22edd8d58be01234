#pragma once
// Runs operations: work that outlives the call that began it and a restart of the service. One at a time, in the order
// of beginning, on a thread of its own. The state of each is kept by the store, so what was not done when a process
// ended goes on from its cursor; of several processes that share a store, the one whose turn it is runs them.
// Thread-safe. The store and the turn outlive it.

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/eventlog/relay.h"
#include "google/protobuf/message.h"
#include "services/storage/administration/admin_store.h"

namespace dateline::storage {

class OperationRunner;

// What the work of an operation may do besides its own. Used by that work only.
class OperationStep {
 public:
  OperationStep(OperationRunner& runner, StoredOperation& stored) : runner_(runner), stored_(stored) {}

  const std::string& request() const { return stored_.request; }
  uint64_t cursor() const { return stored_.cursor; }
  // Unpacks the latest metadata; leaves `metadata` alone when there are none.
  void Load(google::protobuf::Message* metadata) const;
  // Keeps how far the work is. CANCELLED when it has to end: it was asked to, or the process stops (then it goes on).
  absl::Status Save(const google::protobuf::Message& metadata, uint64_t cursor);
  // Whether it has to end.
  bool stopping();
  // Waits, shorter when it has to end.
  void Wait(std::chrono::milliseconds time) const;

 private:
  OperationRunner& runner_;
  StoredOperation& stored_;
  std::chrono::steady_clock::time_point looked_{};  // When the wish to stop was looked for.
};

class OperationRunner {
 public:
  // Packs its result into `response`.
  using Work = std::function<absl::Status(OperationStep& step, google::protobuf::Any* response)>;

  // Without a turn the store is this process's alone.
  OperationRunner(AdminStore& store, const eventlog::RelayTurn* turn) : store_(store), turn_(turn) {}
  ~OperationRunner() { Stop(); }

  // Before Start().
  void Register(std::string kind, Work work) { works_[std::move(kind)] = std::move(work); }
  // Begins an operation of the kind by itself, a minute after Start() and then at this interval, while `wanted` says
  // so. Before Start().
  void Repeat(std::string kind, std::chrono::seconds interval, std::function<bool()> wanted);
  // Takes up what was left and begins to run.
  void Start();
  void Stop();

  // Stores a new operation, which is run soon. ABORTED (OPERATION_RUNNING) while another of the kind is not done.
  absl::StatusOr<google::longrunning::Operation> Begin(std::string_view kind, const google::protobuf::Message& request,
                                                       const google::protobuf::Message& metadata);
  // Asks it to end. What is done stays so. NOT_FOUND (OPERATION_NOT_FOUND).
  absl::Status Cancel(std::string_view name);
  // Waits until it is done or the time is over; answers its latest state.
  absl::StatusOr<google::longrunning::Operation> Wait(std::string_view name, std::chrono::milliseconds time);

 private:
  friend class OperationStep;
  void Run();
  // The operation that began first of those that are not done; an id of 0 when there is none or the turn is another's.
  StoredOperation Next();
  // Begins what is to be repeated and is due.
  void BeginRepeated();
  // False when it has to be taken up again.
  bool RunOne(StoredOperation stored);
  bool IsMine() const { return turn_ == nullptr || turn_->IsMine(); }
  bool Stopping() EXCLUDES(mutex_);

  AdminStore& store_;
  const eventlog::RelayTurn* const turn_;
  std::map<std::string, Work, std::less<>> works_;
  struct Repeated {
    std::string kind;
    std::chrono::seconds interval{0};
    std::function<bool()> wanted;
    std::chrono::steady_clock::time_point due;
  };
  std::vector<Repeated> repeated_;  // Its thread only, once started.
  std::thread thread_;
  Mutex mutex_;
  CondVar changed_;
  bool woken_ GUARDED_BY(mutex_) = true;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace dateline::storage
