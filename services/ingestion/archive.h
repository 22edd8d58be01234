#pragma once
// The port to storage, as far as ingestion needs it; GrpcArchive implements it, tests fake it. Thread-safe; outlives
// its calls.

#include <chrono>
#include <functional>

#include "absl/status/statusor.h"
#include "dateline/storage/v1/document_service.pb.h"

namespace dateline::ingestion {

class Archive {
 public:
  using PutDone = std::function<void(absl::StatusOr<storage::v1::PutDocumentResponse>)>;

  virtual ~Archive() = default;
  // Stores a document; `done` comes exactly once, from any thread, and must not block. OK means that it is on disk.
  // When storage cannot be reached or does not answer by the deadline: UNAVAILABLE with reason STORAGE_UNAVAILABLE.
  virtual void PutDocument(storage::v1::PutDocumentRequest request, std::chrono::milliseconds deadline,
                           PutDone done) = 0;
};

}  // namespace dateline::ingestion
