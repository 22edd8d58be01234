#pragma once
// Asks the extraction service what it makes of a stored document now, for the preview of a reprocessing. Stores
// nothing. Thread-safe.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/tls.h"
#include "dateline/extraction/v1/extraction_service.grpc.pb.h"
#include "dateline/release/v1/release.pb.h"
#include "dateline/storage/v1/document.pb.h"

namespace dateline::storage {

class Reextraction {
 public:
  // `target`, `tls`: as in rpc::MakeChannel.
  Reextraction(const std::string& target, std::shared_ptr<const rpc::TlsIdentity> tls);

  // `document` has its content. UNAVAILABLE when the service does not answer; else the errors of ExtractReleases.
  absl::StatusOr<std::vector<release::v1::Release>> Extract(const v1::Document& document);

 private:
  const std::unique_ptr<extraction::v1::ExtractionService::StubInterface> stub_;
};

}  // namespace dateline::storage
