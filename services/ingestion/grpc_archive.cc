#include "services/ingestion/grpc_archive.h"

#include <fmt/format.h>
#include <pthread.h>

#include <optional>
#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/rpc/call.h"
#include "common/rpc/channel.h"
#include "common/text/limits.h"

namespace dateline::ingestion {
namespace {

using storage::v1::DocumentService;
using storage::v1::PutDocumentRequest;
using storage::v1::PutDocumentResponse;

constexpr std::chrono::milliseconds kWatchStep{300};

absl::Status Translate(absl::Status status, const std::string& target) {
  const bool unreachable =
      status.code() == absl::StatusCode::kUnavailable || status.code() == absl::StatusCode::kDeadlineExceeded;
  if (!unreachable) return status;
  return Error(
      absl::StatusCode::kUnavailable, "STORAGE_UNAVAILABLE",
      fmt::format("storage at {} does not answer ({}); the document may be sent again: start storage or correct "
                  "storage.address",
                  target, ToStd(status.message())),
      {{"address", target}});
}

}  // namespace

GrpcArchive::GrpcArchive(std::string target, std::shared_ptr<const rpc::TlsIdentity> tls)
    : target_(std::move(target)),
      channel_(rpc::MakeChannel(target_, {.message_bytes_max = text::kMaxDocumentMessageBytes,
                                          .user_agent = "dateline-ingestion",
                                          .tls = std::move(tls)})),
      stub_(DocumentService::NewStub(channel_)) {}

GrpcArchive::~GrpcArchive() {
  Stop();
}

void GrpcArchive::PutDocument(PutDocumentRequest request, std::chrono::milliseconds deadline, PutDone done) {
  rpc::CallOptions options;
  options.deadline = deadline;
  rpc::CallAsync<PutDocumentResponse, PutDocumentRequest>(
      *stub_->async(), &DocumentService::StubInterface::async_interface::PutDocument, std::move(request), options,
      [done = std::move(done), target = target_](absl::StatusOr<PutDocumentResponse> result) {
        if (!result.ok()) result = Translate(std::move(result).status(), target);
        done(std::move(result));
      });
}

void GrpcArchive::Start(std::function<void(bool)> listener) {
  watcher_ = std::thread([this, listener = std::move(listener)] {
    pthread_setname_np(pthread_self(), "storage-watch");
    Watch(listener);
  });
}

void GrpcArchive::Stop() {
  stopping_ = true;
  if (watcher_.joinable()) watcher_.join();
}

void GrpcArchive::Watch(const std::function<void(bool)>& listener) {
  std::optional<bool> told;
  while (!stopping_) {
    const grpc_connectivity_state state = channel_->GetState(/*try_to_connect=*/true);
    const bool connected = state == GRPC_CHANNEL_READY;
    if (told != connected) {
      told = connected;
      listener(connected);
    }
    channel_->WaitForStateChange(state, std::chrono::system_clock::now() + kWatchStep);
  }
}

}  // namespace dateline::ingestion
