#include "services/notification/subscription_service.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/rpc/unary.h"

namespace dateline::notification {
namespace {

absl::Status NotInThisVersion(std::string_view method) {
  return Error(absl::StatusCode::kUnimplemented, "NOT_IN_THIS_VERSION",
               fmt::format("{} is not in this version; EventStreamService.StreamEvents delivers events", method),
               {{"method", std::string(method)}});
}

}  // namespace

#define DATELINE_METHOD(Name)                                                                                 \
  grpc::ServerUnaryReactor* SubscriptionService::Name(                                                        \
      grpc::CallbackServerContext* context, const v1::Name##Request* request, v1::Name##Response* response) { \
    return rpc::Unary(                                                                                        \
        kit_, context, request, response, "SubscriptionService." #Name,                                       \
        [](const rpc::CallContext&, const v1::Name##Request&) -> absl::StatusOr<v1::Name##Response> {         \
          return NotInThisVersion("SubscriptionService." #Name);                                              \
        });                                                                                                   \
  }
DATELINE_METHOD(CreateSubscription)
DATELINE_METHOD(GetSubscription)
DATELINE_METHOD(ListSubscriptions)
DATELINE_METHOD(UpdateSubscription)
DATELINE_METHOD(DeleteSubscription)
DATELINE_METHOD(PauseSubscription)
DATELINE_METHOD(ResumeSubscription)
DATELINE_METHOD(DryRunSubscription)
DATELINE_METHOD(BackfillSubscription)
DATELINE_METHOD(TestSubscription)
DATELINE_METHOD(RotateSecret)
DATELINE_METHOD(ListDeliveries)
DATELINE_METHOD(ReplayDeliveries)
#undef DATELINE_METHOD

}  // namespace dateline::notification
