#pragma once
// The stream of ExportReleases: reads the archive page by page, oldest first, one page ahead of the reader at most.
// Each message carries a token with which a broken export goes on. One object for each call; see rpc::StreamProducer.

#include <memory>

#include "absl/status/statusor.h"
#include "common/rpc/server_stream.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/storage/store.h"

namespace dateline::storage {

// INVALID_ARGUMENT (INVALID_FILTER, INVALID_QUERY, INVALID_PAGE) for a request that cannot be understood. `store`
// outlives the stream.
absl::StatusOr<std::unique_ptr<rpc::StreamProducer>> MakeExport(Store& store, const v1::ExportReleasesRequest& request,
                                                                rpc::StreamHandle<v1::ExportReleasesResponse> stream);

}  // namespace dateline::storage
