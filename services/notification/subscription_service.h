#pragma once
// SubscriptionService: the contract stands, this version keeps no subscriptions. Every method answers UNIMPLEMENTED
// with the reason NOT_IN_THIS_VERSION. Thread-safe.

#include "common/rpc/server_kit.h"
#include "dateline/notification/v1/subscription_service.grpc.pb.h"

namespace dateline::notification {

class SubscriptionService final : public v1::SubscriptionService::CallbackService {
 public:
  explicit SubscriptionService(rpc::ServerKit& kit) : kit_(kit) {}

#define DATELINE_METHOD(Name)                                                                            \
  grpc::ServerUnaryReactor* Name(grpc::CallbackServerContext* context, const v1::Name##Request* request, \
                                 v1::Name##Response* response) override
  DATELINE_METHOD(CreateSubscription);
  DATELINE_METHOD(GetSubscription);
  DATELINE_METHOD(ListSubscriptions);
  DATELINE_METHOD(UpdateSubscription);
  DATELINE_METHOD(DeleteSubscription);
  DATELINE_METHOD(PauseSubscription);
  DATELINE_METHOD(ResumeSubscription);
  DATELINE_METHOD(DryRunSubscription);
  DATELINE_METHOD(BackfillSubscription);
  DATELINE_METHOD(TestSubscription);
  DATELINE_METHOD(RotateSecret);
  DATELINE_METHOD(ListDeliveries);
  DATELINE_METHOD(ReplayDeliveries);
#undef DATELINE_METHOD

 private:
  rpc::ServerKit& kit_;
};

}  // namespace dateline::notification
