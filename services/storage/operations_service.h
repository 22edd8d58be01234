#pragma once
// google.longrunning.Operations over the operations of the archive. Thread-safe; what it refers to outlives it.

#include "common/rpc/call_context.h"
#include "common/rpc/server_kit.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "services/storage/administration/admin_store.h"
#include "services/storage/administration/operation_runner.h"

namespace dateline::storage {

class OperationsService final : public google::longrunning::Operations::CallbackService {
 public:
  // Null where the back end has no administration: then there are no operations.
  OperationsService(rpc::ServerKit& kit, AdminStore* store, OperationRunner* runner)
      : kit_(kit), store_(store), runner_(runner) {}

  absl::StatusOr<google::longrunning::ListOperationsResponse> List(
      const google::longrunning::ListOperationsRequest& request);
  absl::StatusOr<google::longrunning::Operation> Wait(const rpc::CallContext& call,
                                                      const google::longrunning::WaitOperationRequest& request);

  grpc::ServerUnaryReactor* ListOperations(grpc::CallbackServerContext* context,
                                           const google::longrunning::ListOperationsRequest* request,
                                           google::longrunning::ListOperationsResponse* response) override;
  grpc::ServerUnaryReactor* GetOperation(grpc::CallbackServerContext* context,
                                         const google::longrunning::GetOperationRequest* request,
                                         google::longrunning::Operation* response) override;
  grpc::ServerUnaryReactor* DeleteOperation(grpc::CallbackServerContext* context,
                                            const google::longrunning::DeleteOperationRequest* request,
                                            google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* CancelOperation(grpc::CallbackServerContext* context,
                                            const google::longrunning::CancelOperationRequest* request,
                                            google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* WaitOperation(grpc::CallbackServerContext* context,
                                          const google::longrunning::WaitOperationRequest* request,
                                          google::longrunning::Operation* response) override;

 private:
  rpc::ServerKit& kit_;
  AdminStore* const store_;
  OperationRunner* const runner_;
};

}  // namespace dateline::storage
