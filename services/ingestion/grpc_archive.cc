#include "services/ingestion/grpc_archive.h"

#include <fmt/format.h>

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

GrpcArchive::GrpcArchive(std::string target, std::shared_ptr<const rpc::TlsIdentity> tls,
                         std::function<void(bool)> connection_listener)
    : target_(std::move(target)),
      stub_(DocumentService::NewStub(
          rpc::MakeChannel(target_, {.message_bytes_max = text::kMaxDocumentMessageBytes,
                                     .user_agent = "dateline-ingestion",
                                     .tls = std::move(tls),
                                     .connection_listener = std::move(connection_listener)}))) {}

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

}  // namespace dateline::ingestion
