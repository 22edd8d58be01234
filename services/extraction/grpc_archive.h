#pragma once
// The archive over gRPC: one channel to the storage service. Retries belong to the worker, which knows how long its
// leases last, so the channel makes none. Thread-safe. Stop() ends every call; after it no callback comes any more.

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "common/base/mutex.h"
#include "common/rpc/call.h"
#include "common/rpc/tls.h"
#include "dateline/events/v1/event_log_service.grpc.pb.h"
#include "dateline/storage/v1/document_service.grpc.pb.h"
#include "dateline/storage/v1/release_service.grpc.pb.h"
#include "services/extraction/archive.h"

namespace dateline::extraction {

class GrpcArchive final : public Archive {
 public:
  // `target`, `tls`: as in rpc::MakeChannel.
  explicit GrpcArchive(const std::string& target, std::shared_ptr<const rpc::TlsIdentity> tls = nullptr);
  // Calls Stop().
  ~GrpcArchive() override;
  GrpcArchive(const GrpcArchive&) = delete;
  GrpcArchive& operator=(const GrpcArchive&) = delete;

  absl::StatusOr<events::v1::LeaseEventsResponse> Lease(const events::v1::LeaseEventsRequest& request) override;
  absl::StatusOr<events::v1::ExtendLeasesResponse> Extend(const events::v1::ExtendLeasesRequest& request) override;
  absl::Status Nack(const events::v1::NackEventRequest& request) override;
  void GetDocument(const std::string& name, DocumentDone done) override;
  void Commit(const storage::v1::CommitReleasesRequest& request, CommitDone done) override;

  // Cancels what is open and waits for its callbacks. No call may be made afterwards.
  void Stop();

 private:
  // Registers a call before it starts, its handle after; Close() may come between the two.
  uint64_t Open();
  void Keep(uint64_t id, std::shared_ptr<rpc::AsyncCall> call);
  void Close(uint64_t id);

  const std::unique_ptr<events::v1::EventLogService::Stub> events_;
  const std::unique_ptr<storage::v1::DocumentService::Stub> documents_;
  const std::unique_ptr<storage::v1::ReleaseService::Stub> releases_;
  Mutex mutex_;
  CondVar closed_;
  uint64_t last_id_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  // Shared with gRPC's callback, as CallAsync wants it. Null until Keep().
  std::map<uint64_t, std::shared_ptr<rpc::AsyncCall>> open_ GUARDED_BY(mutex_);

  GrpcArchive(const std::shared_ptr<grpc::ChannelInterface>& channel);
};

}  // namespace dateline::extraction
