#pragma once
// The archive over gRPC: one channel to the storage service. Calls are asynchronous, so a document that waits for
// storage's disk holds no thread here. Thread-safe.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/rpc/tls.h"
#include "dateline/storage/v1/document_service.grpc.pb.h"
#include "services/ingestion/archive.h"

namespace dateline::ingestion {

class GrpcArchive final : public Archive {
 public:
  // `target`, `tls`, `connection_listener`: as in rpc::MakeChannel.
  explicit GrpcArchive(std::string target, std::shared_ptr<const rpc::TlsIdentity> tls = nullptr,
                       std::function<void(bool connected)> connection_listener = nullptr);
  GrpcArchive(const GrpcArchive&) = delete;
  GrpcArchive& operator=(const GrpcArchive&) = delete;

  void PutDocument(storage::v1::PutDocumentRequest request, std::chrono::milliseconds deadline, PutDone done) override;

 private:
  const std::string target_;
  const std::unique_ptr<storage::v1::DocumentService::Stub> stub_;
};

}  // namespace dateline::ingestion
