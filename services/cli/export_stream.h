#pragma once
// Reads the records of an archive from storage, in one stream as its caller sees it. Servers end connections of some
// age, and the streams on them, so that clients resolve names again (`server.connection_age_max`), and pods are
// replaced: where a stream ends so, another goes on behind the last record.

#include <chrono>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "dateline/storage/v1/admin_service.grpc.pb.h"

namespace dateline::cli {

struct ExportStreamOptions {
  std::chrono::milliseconds pause{500};  // Before a stream is opened again; doubled while nothing comes.
  int empty_streams_max = 6;             // So many in a row that bring nothing end the reading.
};

// Calls `take` with each record behind `token` (empty: all), until it answers false, which is no error. A service that
// has not given anything yet is not asked again.
absl::Status ReadExport(storage::v1::AdminService::StubInterface& stub, std::string token,
                        const std::function<bool(storage::v1::ExportArchiveResponse&)>& take,
                        const ExportStreamOptions& options = {});

}  // namespace dateline::cli
