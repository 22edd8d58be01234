#include "common/rpc/server_stream.h"

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include <exception>

#include "common/base/error.h"

namespace dateline::rpc {
namespace {

constexpr std::chrono::milliseconds kRetryDelay{1'000};

absl::Status Threw(const CallContext& call, const char* what) {
  return Error(absl::StatusCode::kInternal, "HANDLER_EXCEPTION", fmt::format("{}: {}", call.method(), what));
}

// Runs `work`, which may call libraries that throw.
template <class Work>
absl::Status Guarded(const CallContext& call, Work work) {
  try {
    return work();
  } catch (const std::exception& error) {
    return Threw(call, error.what());
  } catch (...) {
    return Threw(call, "an exception of unknown type");
  }
}

}  // namespace

StreamCore::StreamCore(ServerKit& kit, grpc::CallbackServerContext* context, CallContext call)
    : kit_(kit),
      call_(std::move(call)),
      started_(kit.clock().Monotonic()),
      stats_(kit.StartCall(call_.method())),
      context_(context) {}

void StreamCore::SetTrailer(const std::string& key, const std::string& value) {
  MutexLock lock(mutex_);
  for (auto& [name, current] : trailer_) {
    if (name == key) {
      current = value;
      return;
    }
  }
  trailer_.emplace_back(key, value);
}

void StreamCore::Finish(const absl::Status& status) {
  MutexLock lock(mutex_);
  FinishLocked(status);
}

bool StreamCore::closed() const {
  MutexLock lock(mutex_);
  return finished_;
}

void StreamCore::Open(std::function<absl::StatusOr<std::unique_ptr<StreamProducer>>()> open) {
  auto self = shared_from_this();
  if (absl::Status added = kit_.AddStream(self, call_.peer()); !added.ok()) return Finish(added);
  {
    MutexLock lock(mutex_);
    counted_ = true;
  }
  const bool queued = kit_.TrySubmit([this, self, open = std::move(open)] {
    std::shared_ptr<StreamProducer> producer;
    const absl::Status opened = Guarded(call_, [&] {
      auto made = open();
      if (made.ok()) producer = *std::move(made);
      return made.status();
    });
    if (!opened.ok()) return Finish(opened);
    bool over = false;
    bool submit = false;
    {
      MutexLock lock(mutex_);
      over = context_ == nullptr;
      if (!over) producer_ = producer;
      if (!over && !finished_) {
        // At once, so that the client sees that it is subscribed before there is an event.
        StartInitialMetadata();
        submit = WantTurn();
      }
    }
    if (over) producer->OnClosed();
    if (submit) SubmitTurn();
  });
  if (!queued) {
    Finish(WithRetryDelay(
        Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
              fmt::format("{}: {} calls wait already; try again later", call_.method(), kit_.options().queue_max)),
        kRetryDelay));
  }
}

bool StreamCore::TakePlace() {
  if (!ready_ || finished_) return false;
  ready_ = false;
  writing_ = true;
  waiting_since_ = kit_.clock().Monotonic();
  return true;
}

void StreamCore::FinishLocked(const absl::Status& status) {
  if (finished_) return;
  finished_ = true;
  ready_ = false;
  status_ = status;
  waiting_since_ = kit_.clock().Monotonic();
  for (const auto& [key, value] : trailer_) context_->AddTrailingMetadata(key, value);
  // A message may still be on its way: gRPC sends the status after it.
  StartFinish(ToGrpc(status));
}

bool StreamCore::WantTurn() {
  if (turn_active_) {
    turn_again_ = true;
    return false;
  }
  turn_active_ = true;
  return true;
}

void StreamCore::SubmitTurn() {
  if (kit_.TrySubmit([self = shared_from_this()] { self->RunTurn(); })) return;
  MutexLock lock(mutex_);
  turn_owed_ = true;
}

void StreamCore::RunTurn() {
  std::shared_ptr<StreamProducer> producer;
  {
    MutexLock lock(mutex_);
    if (finished_) return;
    ready_ = true;
    producer = producer_;
  }
  const absl::Status ran = Guarded(call_, [&] {
    producer->OnReady();
    return absl::OkStatus();
  });
  bool submit = false;
  {
    MutexLock lock(mutex_);
    if (!ran.ok()) FinishLocked(ran);
    turn_active_ = false;
    if (turn_again_ && !finished_) {
      turn_again_ = false;
      submit = WantTurn();
    }
  }
  // Queued anew instead of looping here, so that one busy stream does not keep a thread from the others.
  if (submit) SubmitTurn();
}

void StreamCore::OnWriteDone(bool ok) {
  bool submit = false;
  {
    MutexLock lock(mutex_);
    writing_ = false;
    if (!ok) {
      FinishLocked(Error(absl::StatusCode::kCancelled, "CANCELLED", "the connection to the reader broke"));
    } else if (!finished_) {
      submit = WantTurn();
    }
  }
  if (submit) SubmitTurn();
}

void StreamCore::OnCancel() {
  call_.MarkCancelled();
  Finish(Error(absl::StatusCode::kCancelled, "CANCELLED", "the reader gave up"));
}

void StreamCore::OnDone() {
  std::shared_ptr<StreamProducer> producer;
  absl::Status status;
  bool counted = false;
  {
    MutexLock lock(mutex_);
    context_ = nullptr;
    producer = std::move(producer_);
    status = status_;
    counted = counted_;
  }
  if (producer != nullptr) producer->OnClosed();
  if (counted) kit_.RemoveStream(shared_from_this(), call_.peer());
  kit_.FinishCall(stats_, call_.peer(), status, kit_.clock().Monotonic() - started_);
}

void StreamCore::Tick() {
  bool submit = false;
  {
    MutexLock lock(mutex_);
    if (context_ == nullptr) return;
    const bool overdue = kit_.clock().Monotonic() - waiting_since_ > kit_.options().stream_stall_max;
    if (finished_) {
      // The status waits behind a message that the reader does not take: give the memory back.
      if (overdue && !reset_) {
        reset_ = true;
        context_->TryCancel();
      }
      return;
    }
    if (writing_ && overdue) {
      FinishLocked(Error(absl::StatusCode::kResourceExhausted, "SLOW_CONSUMER",
                         fmt::format("{}: a message was not taken within {} ms; read faster, and resume where you were",
                                     call_.method(), kit_.options().stream_stall_max.count())));
      return;
    }
    if (turn_owed_) {
      turn_owed_ = false;
      submit = true;
    }
  }
  if (submit) SubmitTurn();
}

}  // namespace dateline::rpc
