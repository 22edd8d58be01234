#include "services/cli/export_stream.h"

#include <thread>
#include <utility>

#include "common/rpc/call.h"

namespace dateline::cli {

using storage::v1::ExportArchiveRequest;
using storage::v1::ExportArchiveResponse;

absl::Status ReadExport(storage::v1::AdminService::StubInterface& stub, std::string token,
                        const std::function<bool(ExportArchiveResponse&)>& take, const ExportStreamOptions& options) {
  ExportArchiveRequest request;
  request.set_resume_token(std::move(token));
  bool begun = false;
  int empty = 0;
  auto pause = options.pause;
  while (true) {
    grpc::ClientContext context;
    const auto reader = stub.ExportArchive(&context, request);
    bool brought = false;
    ExportArchiveResponse response;
    while (reader->Read(&response)) {
      brought = true;
      // Copied before `take` gets the record, which may be moved from.
      request.set_resume_token(response.resume_token());
      if (take(response)) continue;
      context.TryCancel();
      reader->Finish();
      return absl::OkStatus();
    }
    const grpc::Status status = reader->Finish();
    if (status.ok()) return absl::OkStatus();
    const absl::Status failure = rpc::FailureOf(status, /*cancelled_here=*/false);
    begun = begun || brought;
    empty = brought ? 0 : empty + 1;
    if (!begun || !absl::IsUnavailable(failure) || empty >= options.empty_streams_max) return failure;
    pause = brought ? options.pause : pause * 2;
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace dateline::cli
