#pragma once
// SubscriptionService: settings, the past, deliveries. Settings are checked here and kept by the store; matching and
// delivering go on by themselves and are only woken. Thread-safe; everything that it is given outlives it.

#include <functional>
#include <string>

#include "common/base/clock.h"
#include "common/rpc/server_kit.h"
#include "common/rpc/unary.h"
#include "common/secrets/secret_box.h"
#include "dateline/notification/v1/subscription_service.grpc.pb.h"
#include "services/notification/delivery/dispatcher.h"
#include "services/notification/event_archive.h"
#include "services/notification/subscriptions/subscription_settings.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

class SubscriptionService final : public v1::SubscriptionService::CallbackService {
 public:
  struct Ports {
    SubscriptionStore& store;
    EventArchive& archive;
    Channels channels;
    const secrets::SecretBox& secrets;
    const Clock& clock;
    // A subscription was changed: matching, the past and delivering look again. The id is 0 when it is gone.
    std::function<void(int64_t)> changed;
  };

  SubscriptionService(rpc::ServerKit& kit, ChannelRules rules, Ports ports)
      : kit_(kit), rules_(std::move(rules)), ports_(std::move(ports)) {}

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
#define DATELINE_HANDLER(Function, Name) \
  absl::StatusOr<v1::Name##Response> Function(const rpc::CallContext&, const v1::Name##Request&)
  DATELINE_HANDLER(Create, CreateSubscription);
  DATELINE_HANDLER(Get, GetSubscription);
  DATELINE_HANDLER(List, ListSubscriptions);
  DATELINE_HANDLER(Update, UpdateSubscription);
  DATELINE_HANDLER(Delete, DeleteSubscription);
  DATELINE_HANDLER(Pause, PauseSubscription);
  DATELINE_HANDLER(Resume, ResumeSubscription);
  DATELINE_HANDLER(TryOnThePast, DryRunSubscription);
  DATELINE_HANDLER(Backfill, BackfillSubscription);
  DATELINE_HANDLER(Rotate, RotateSecret);
  DATELINE_HANDLER(Deliveries, ListDeliveries);
  DATELINE_HANDLER(Replay, ReplayDeliveries);
#undef DATELINE_HANDLER
  void Test(const v1::TestSubscriptionRequest& request, v1::TestSubscriptionResponse* response, const rpc::Done& done);
  absl::StatusOr<SubscriptionRecord> SetState(const std::string& name, v1::Subscription::State state);

  rpc::ServerKit& kit_;
  const ChannelRules rules_;
  const Ports ports_;
};

}  // namespace dateline::notification
