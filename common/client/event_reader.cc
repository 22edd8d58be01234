#include "common/client/event_reader.h"

#include <algorithm>
#include <utility>

#include "common/rpc/status.h"

namespace dateline::client {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRetryDelayMin{100};
constexpr milliseconds kRetryDelayMax{2'000};
constexpr int kTriesMin = 2;

// The token is good, so going on from it is safe.
bool CanRetry(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) || absl::IsCancelled(status) ||
         absl::IsDeadlineExceeded(status) || absl::IsInternal(status);
}

}  // namespace

EventReader::EventReader(notification::v1::EventStreamService::StubInterface& stub, Options options)
    : stub_(stub), options_(std::move(options)) {}

absl::Status EventReader::Run(const Handler& handler) {
  milliseconds delay = kRetryDelayMin;
  auto broken_since = std::chrono::steady_clock::now();
  int failures = 0;  // In a row.
  while (true) {
    bool opened = false;
    bool ended = false;
    const absl::Status status = ReadOnce(handler, &opened, &ended);
    if (ended) return absl::OkStatus();
    const auto now = std::chrono::steady_clock::now();
    if (opened) {
      delay = kRetryDelayMin;
      broken_since = now;
      failures = 0;
    }
    ++failures;
    const milliseconds limit = options_.retry_limit;
    const bool again = limit.count() < 0 || now - broken_since < limit || (limit.count() > 0 && failures < kTriesMin);
    if (!CanRetry(status) || !again) return status;
    if (opened && options_.on_retry) options_.on_retry(status);
    if (!Pause(delay)) return absl::OkStatus();
    delay = std::min(delay * 2, kRetryDelayMax);
  }
}

absl::Status EventReader::ReadOnce(const Handler& handler, bool* opened, bool* ended) {
  grpc::ClientContext context;
  {
    const MutexLock lock(mutex_);
    *ended = stop_;
    if (stop_) return absl::OkStatus();
    context_ = &context;
  }
  const auto reader = stub_.StreamEvents(&context, options_.request);
  Response response;
  bool wanted = true;
  while (wanted && reader->Read(&response)) {
    *opened = true;
    wanted = handler(response);
    if (response.resume_token().empty()) continue;
    options_.request.set_resume_token(response.resume_token());
    options_.request.clear_start();
    options_.request.clear_start_time();
  }
  if (!wanted) context.TryCancel();
  const grpc::Status status = reader->Finish();
  const MutexLock lock(mutex_);
  context_ = nullptr;
  *ended = !wanted || stop_;
  // A server that ends a stream without error is going away.
  return status.ok() ? absl::UnavailableError("the stream ended") : rpc::FromGrpc(status);
}

bool EventReader::Pause(milliseconds delay) {
  const auto deadline = std::chrono::steady_clock::now() + delay;
  const MutexLock lock(mutex_);
  while (!stop_) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left.count() <= 0 || !stopped_.WaitFor(mutex_, left)) break;
  }
  return !stop_;
}

void EventReader::Stop() {
  const MutexLock lock(mutex_);
  stop_ = true;
  // Under the lock, so that the context cannot die meanwhile; TryCancel only posts.
  if (context_ != nullptr) context_->TryCancel();
  stopped_.NotifyAll();
}

}  // namespace dateline::client
