#pragma once
// AdminService over the Store port. This version counts; the rest is known and answers UNIMPLEMENTED
// (NOT_IN_THIS_VERSION). Thread-safe; what it refers to outlives it.

#include "absl/status/statusor.h"
#include "common/rpc/call_context.h"
#include "common/rpc/server_kit.h"
#include "dateline/storage/v1/admin_service.grpc.pb.h"
#include "services/storage/store.h"

namespace dateline::storage {

class AdminService final : public v1::AdminService::CallbackService {
 public:
  AdminService(rpc::ServerKit& kit, Store& store) : kit_(kit), store_(store) {}

  absl::StatusOr<v1::GetArchiveStatsResponse> GetStats(const rpc::CallContext& call,
                                                       const v1::GetArchiveStatsRequest& request);

  grpc::ServerUnaryReactor* GetArchiveStats(grpc::CallbackServerContext* context,
                                            const v1::GetArchiveStatsRequest* request,
                                            v1::GetArchiveStatsResponse* response) override;
  grpc::ServerUnaryReactor* BackupArchive(grpc::CallbackServerContext* context, const v1::BackupArchiveRequest* request,
                                          v1::BackupArchiveResponse* response) override;
  grpc::ServerUnaryReactor* VerifyArchive(grpc::CallbackServerContext* context, const v1::VerifyArchiveRequest* request,
                                          v1::VerifyArchiveResponse* response) override;
  grpc::ServerUnaryReactor* ReprocessDocuments(grpc::CallbackServerContext* context,
                                               const v1::ReprocessDocumentsRequest* request,
                                               v1::ReprocessDocumentsResponse* response) override;
  grpc::ServerUnaryReactor* EraseContact(grpc::CallbackServerContext* context, const v1::EraseContactRequest* request,
                                         v1::EraseContactResponse* response) override;

 private:
  rpc::ServerKit& kit_;
  Store& store_;
};

}  // namespace dateline::storage
