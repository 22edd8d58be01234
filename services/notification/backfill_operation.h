#pragma once
// google.longrunning.Operations over backfills. Thread-safe; the store outlives it.

#include <functional>

#include "common/base/clock.h"
#include "common/rpc/server_kit.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

// Metadata and response are a BackfillReport.
google::longrunning::Operation ToOperation(const BackfillRecord& record);

class OperationService final : public google::longrunning::Operations::CallbackService {
 public:
  // `changed` is called after a cancellation.
  OperationService(rpc::ServerKit& kit, SubscriptionStore& store, std::function<void()> changed, const Clock& clock)
      : kit_(kit), store_(store), changed_(std::move(changed)), clock_(clock) {}

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
  SubscriptionStore& store_;
  const std::function<void()> changed_;
  const Clock& clock_;
};

}  // namespace dateline::notification
