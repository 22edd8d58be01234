#pragma once
// The archive over gRPC: one channel to the storage service, and a thread that watches whether it is connected. Calls
// are asynchronous, so a document that waits for storage's disk holds no thread here. Thread-safe besides Start and
// Stop, which belong to one thread. Stop it only when no call is open.

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "common/rpc/tls.h"
#include "dateline/storage/v1/document_service.grpc.pb.h"
#include "services/ingestion/archive.h"

namespace dateline::ingestion {

class GrpcArchive final : public Archive {
 public:
  // `target`, `tls`: as in rpc::MakeChannel. Connects at Start().
  explicit GrpcArchive(std::string target, std::shared_ptr<const rpc::TlsIdentity> tls = nullptr);
  // Calls Stop().
  ~GrpcArchive() override;
  GrpcArchive(const GrpcArchive&) = delete;
  GrpcArchive& operator=(const GrpcArchive&) = delete;

  void PutDocument(storage::v1::PutDocumentRequest request, std::chrono::milliseconds deadline, PutDone done) override;

  // Tells `listener`, on a thread of its own, whether storage is connected: once soon and at every change.
  void Start(std::function<void(bool connected)> listener);
  // Within half a second.
  void Stop();

 private:
  void Watch(const std::function<void(bool)>& listener);

  const std::string target_;
  const std::shared_ptr<grpc::Channel> channel_;  // Shared with the stub, as gRPC wants it.
  const std::unique_ptr<storage::v1::DocumentService::Stub> stub_;
  std::atomic<bool> stopping_{false};
  std::thread watcher_;
};

}  // namespace dateline::ingestion
