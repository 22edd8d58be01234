#include "services/storage/administration/operation_runner.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"
#include "google/protobuf/empty.pb.h"

namespace dateline::storage {
namespace {

using google::longrunning::Operation;

constexpr uint64_t kNewest = std::numeric_limits<uint64_t>::max();
constexpr int kUnfinishedMax = 1'000;
// How often what others began, or asked to stop, is looked for.
constexpr std::chrono::milliseconds kLookAgain{1'000};
constexpr std::chrono::milliseconds kLookForEnd{250};

absl::Status MustEndNow() {
  return Error(absl::StatusCode::kCancelled, "OPERATION_CANCELLED", "the operation was asked to end; begin it again");
}

}  // namespace

void OperationStep::Load(google::protobuf::Message* metadata) const {
  if (stored_.operation.has_metadata()) stored_.operation.metadata().UnpackTo(metadata);
}

absl::Status OperationStep::Save(const google::protobuf::Message& metadata, uint64_t cursor) {
  stored_.operation.mutable_metadata()->PackFrom(metadata);
  stored_.cursor = cursor;
  DATELINE_RETURN_IF_ERROR(runner_.store_.SaveOperation(&stored_));
  return stopping() ? MustEndNow() : absl::OkStatus();
}

bool OperationStep::stopping() {
  if (runner_.Stopping() || !runner_.IsMine()) return true;
  const auto now = std::chrono::steady_clock::now();
  if (!stored_.cancel && now - looked_ > kLookForEnd) {
    looked_ = now;
    const auto latest = runner_.store_.GetOperation(stored_.operation.name());
    stored_.cancel = latest.ok() && latest->cancel;
  }
  return stored_.cancel;
}

void OperationStep::Wait(std::chrono::milliseconds time) const {
  MutexLock lock(runner_.mutex_);
  if (!runner_.stopping_) runner_.changed_.WaitFor(runner_.mutex_, time);
}

void OperationRunner::Repeat(std::string kind, std::chrono::seconds interval, std::function<bool()> wanted) {
  repeated_.push_back({.kind = std::move(kind),
                       .interval = interval,
                       .wanted = std::move(wanted),
                       .due = std::chrono::steady_clock::now() + std::chrono::minutes(1)});
}

void OperationRunner::BeginRepeated() {
  for (Repeated& repeated : repeated_) {
    const auto now = std::chrono::steady_clock::now();
    if (now < repeated.due || !IsMine()) continue;
    repeated.due = now + repeated.interval;
    if (!repeated.wanted()) continue;
    if (const auto begun = Begin(repeated.kind, google::protobuf::Empty(), google::protobuf::Empty()); !begun.ok()) {
      log::Warn("operation_not_begun", {{"kind", repeated.kind}, {"error", begun.status()}});
    }
  }
}

void OperationRunner::Start() {
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "operations");
}

void OperationRunner::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

bool OperationRunner::Stopping() {
  MutexLock lock(mutex_);
  return stopping_;
}

absl::StatusOr<Operation> OperationRunner::Begin(std::string_view kind, const google::protobuf::Message& request,
                                                 const google::protobuf::Message& metadata) {
  DATELINE_ASSIGN_OR_RETURN(const std::vector<StoredOperation> open,
                            store_.ListOperations(false, kNewest, kUnfinishedMax));
  for (const StoredOperation& other : open) {
    if (other.kind != kind) continue;
    return Error(
        absl::StatusCode::kAborted, "OPERATION_RUNNING",
        fmt::format("{} of the kind \"{}\" is not done yet; wait for it or cancel it", other.operation.name(), kind),
        {{"operation", other.operation.name()}});
  }
  StoredOperation stored;
  stored.kind = std::string(kind);
  stored.request = request.SerializeAsString();
  stored.operation.set_name("operations/" + UuidV4());
  stored.operation.mutable_metadata()->PackFrom(metadata);
  DATELINE_RETURN_IF_ERROR(store_.SaveOperation(&stored));
  MutexLock lock(mutex_);
  woken_ = true;
  changed_.NotifyAll();
  return std::move(stored.operation);
}

absl::Status OperationRunner::Cancel(std::string_view name) {
  DATELINE_ASSIGN_OR_RETURN(const StoredOperation stored, store_.GetOperation(name));
  if (stored.operation.done()) return absl::OkStatus();
  return store_.CancelOperation(name);
}

absl::StatusOr<Operation> OperationRunner::Wait(std::string_view name, std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(StoredOperation stored, store_.GetOperation(name));
    const auto left = end - std::chrono::steady_clock::now();
    if (stored.operation.done() || left <= std::chrono::steady_clock::duration::zero()) return stored.operation;
    MutexLock lock(mutex_);
    if (stopping_) return stored.operation;
    // Not to miss one that ended between the look and the wait, or in another process.
    changed_.WaitFor(mutex_, std::min<std::chrono::nanoseconds>(left, kLookForEnd));
  }
}

StoredOperation OperationRunner::Next() {
  if (!IsMine()) return {};
  absl::StatusOr<std::vector<StoredOperation>> open = store_.ListOperations(false, kNewest, kUnfinishedMax);
  if (!open.ok()) {
    log::Warn("operations_not_read", {{"error", open.status()}});
    return {};
  }
  // They come newest first.
  return open->empty() ? StoredOperation() : std::move(open->back());
}

void OperationRunner::Run() {
  while (true) {
    BeginRepeated();
    StoredOperation next = Next();
    const bool done = next.id != 0 && RunOne(std::move(next));
    MutexLock lock(mutex_);
    if (!done && !woken_ && !stopping_) changed_.WaitFor(mutex_, kLookAgain);
    woken_ = false;
    if (stopping_) return;
  }
}

bool OperationRunner::RunOne(StoredOperation stored) {
  const std::string name = stored.operation.name();
  const auto work = works_.find(stored.kind);
  google::protobuf::Any response;
  absl::Status outcome;
  if (work == works_.end()) {
    outcome = Error(absl::StatusCode::kUnimplemented, "NOT_IN_THIS_VERSION",
                    fmt::format("this version does not know operations of the kind \"{}\"", stored.kind));
  } else if (stored.cancel) {
    outcome = MustEndNow();
  } else {
    OperationStep step(*this, stored);
    outcome = work->second(step, &response);
  }
  // Ended by the process, or because the turn is another's, and not by anybody's wish: it is taken up again.
  if (outcome.code() == absl::StatusCode::kCancelled && !stored.cancel) return false;
  if (outcome.code() == absl::StatusCode::kUnavailable) {
    log::Warn("operation_waits", {{"operation", name}, {"kind", stored.kind}, {"error", outcome}});
    return false;
  }
  stored.operation.set_done(true);
  if (outcome.ok()) {
    *stored.operation.mutable_response() = std::move(response);
  } else {
    stored.operation.mutable_error()->set_code(static_cast<int>(outcome.code()));
    stored.operation.mutable_error()->set_message(std::string(ToStd(outcome.message())));
  }
  if (absl::Status saved = store_.SaveOperation(&stored); !saved.ok()) {
    log::Error("operation_not_saved", {{"operation", name}, {"error", saved}});
    return false;
  }
  log::Info("operation_done", {{"operation", name}, {"kind", stored.kind}, {"outcome", outcome}});
  MutexLock lock(mutex_);
  changed_.NotifyAll();
  return true;
}

}  // namespace dateline::storage
