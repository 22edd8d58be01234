#include "services/notification/subscription_service.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/notification/page_token.h"
#include "services/notification/subscriptions/secret_sealing.h"

namespace dateline::notification {
namespace {

absl::Status CheckEtag(const std::string& given, const SubscriptionRecord& record) {
  if (given.empty() || given == record.settings.etag()) return absl::OkStatus();
  return Error(absl::StatusCode::kAborted, "ETAG_MISMATCH",
               fmt::format("{} was changed meanwhile; read it again and repeat the change", record.settings.name()),
               {{"subscription", record.settings.name()}});
}

// The settings that a person may set, in the place of those of `record`; what the service keeps stays.
void TakeSettings(v1::Subscription settings, WallTime now, SubscriptionRecord* record) {
  const v1::Subscription& old = record->settings;
  settings.set_name(old.name());
  settings.set_state(old.state());
  settings.set_state_cause(old.state_cause());
  *settings.mutable_create_time() = old.create_time();
  *settings.mutable_update_time() = ToTimestamp(now);
  settings.set_etag(UuidV4());
  record->settings = std::move(settings);
}

}  // namespace

absl::StatusOr<v1::CreateSubscriptionResponse> SubscriptionService::Create(
    const rpc::CallContext&, const v1::CreateSubscriptionRequest& request) {
  SubscriptionRecord record;
  DATELINE_ASSIGN_OR_RETURN(v1::Subscription settings, CheckedSettings(request.subscription(), rules_));
  std::string id = request.subscription_id();
  if (id.empty()) id = request.request_id().empty() ? NewId() : "s-" + UuidV5("request/" + request.request_id());
  DATELINE_RETURN_IF_ERROR(CheckId(id));
  record.settings.set_name("subscriptions/" + id);
  record.settings.set_state(v1::Subscription::STATE_ACTIVE);
  const WallTime now = ports_.clock.Now();
  *record.settings.mutable_create_time() = ToTimestamp(now);
  TakeSettings(std::move(settings), now, &record);
  record.request_id = request.request_id();
  if (record.settings.has_webhook()) {
    record.secrets.current = NewSealedSecret(ports_.secrets, record.settings.name());
  }
  absl::StatusOr<SubscriptionRecord> created = ports_.store.Create(record);
  // The same request again gets the same answer (AIP-155).
  if (ErrorReason(created.status()) == "SUBSCRIPTION_EXISTS" && !request.request_id().empty()) {
    const auto known = ports_.store.Get(record.settings.name());
    if (known.ok() && known->request_id == request.request_id()) created = known;
  }
  if (!created.ok()) return created.status();
  ports_.changed(created->id);
  v1::CreateSubscriptionResponse response;
  *response.mutable_subscription() = Shown(*created);
  if (created->settings.has_webhook()) {
    DATELINE_ASSIGN_OR_RETURN(const SigningSecrets opened, OpenSecrets(ports_.secrets, *created));
    response.mutable_subscription()->mutable_webhook()->set_secret(opened.current);
  }
  return response;
}

absl::StatusOr<v1::GetSubscriptionResponse> SubscriptionService::Get(const rpc::CallContext&,
                                                                     const v1::GetSubscriptionRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const SubscriptionRecord record, ports_.store.Get(request.name()));
  v1::GetSubscriptionResponse response;
  *response.mutable_subscription() = Shown(record);
  return response;
}

absl::StatusOr<v1::ListSubscriptionsResponse> SubscriptionService::List(const rpc::CallContext&,
                                                                        const v1::ListSubscriptionsRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size()));
  DATELINE_ASSIGN_OR_RETURN(const std::string after, ReadPageToken("ListSubscriptions", request.page_token()));
  DATELINE_ASSIGN_OR_RETURN(const SubscriptionPage page, ports_.store.List(size, after));
  v1::ListSubscriptionsResponse response;
  for (const SubscriptionRecord& record : page.subscriptions) *response.add_subscriptions() = Shown(record);
  if (page.more) {
    response.set_next_page_token(MakePageToken("ListSubscriptions", page.subscriptions.back().settings.name()));
  }
  return response;
}

absl::StatusOr<v1::UpdateSubscriptionResponse> SubscriptionService::Update(
    const rpc::CallContext&, const v1::UpdateSubscriptionRequest& request) {
  const WallTime now = ports_.clock.Now();
  DATELINE_ASSIGN_OR_RETURN(
      const SubscriptionRecord record,
      ports_.store.Change(request.subscription().name(), [&](SubscriptionRecord* stored) -> absl::Status {
        DATELINE_RETURN_IF_ERROR(CheckEtag(request.subscription().etag(), *stored));
        v1::Subscription merged = stored->settings;
        DATELINE_RETURN_IF_ERROR(ApplyMask(request.subscription(), request.update_mask(), &merged));
        DATELINE_ASSIGN_OR_RETURN(v1::Subscription settings, CheckedSettings(merged, rules_));
        TakeSettings(std::move(settings), now, stored);
        // A subscription that becomes a webhook needs a secret; RotateSecret shows one.
        if (stored->settings.has_webhook() && stored->secrets.current.empty()) {
          stored->secrets.current = NewSealedSecret(ports_.secrets, stored->settings.name());
        }
        if (!stored->settings.has_webhook()) stored->secrets = {};
        return absl::OkStatus();
      }));
  ports_.changed(record.id);
  v1::UpdateSubscriptionResponse response;
  *response.mutable_subscription() = Shown(record);
  return response;
}

absl::StatusOr<v1::DeleteSubscriptionResponse> SubscriptionService::Delete(
    const rpc::CallContext&, const v1::DeleteSubscriptionRequest& request) {
  DATELINE_RETURN_IF_ERROR(ports_.store.Delete(
      request.name(), [&](const SubscriptionRecord& record) { return CheckEtag(request.etag(), record); }));
  ports_.changed(0);
  return v1::DeleteSubscriptionResponse();
}

absl::StatusOr<SubscriptionRecord> SubscriptionService::SetState(const std::string& name,
                                                                 v1::Subscription::State state) {
  const WallTime now = ports_.clock.Now();
  DATELINE_ASSIGN_OR_RETURN(SubscriptionRecord record, ports_.store.Change(name, [&](SubscriptionRecord* stored) {
    if (stored->settings.state() == state) return absl::OkStatus();
    stored->settings.set_state(state);
    stored->settings.set_state_cause(state == v1::Subscription::STATE_PAUSED ? "paused by request" : "");
    stored->failing_since.reset();
    *stored->settings.mutable_update_time() = ToTimestamp(now);
    stored->settings.set_etag(UuidV4());
    return absl::OkStatus();
  }));
  ports_.changed(record.id);
  return record;
}

absl::StatusOr<v1::PauseSubscriptionResponse> SubscriptionService::Pause(const rpc::CallContext&,
                                                                         const v1::PauseSubscriptionRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const SubscriptionRecord record, SetState(request.name(), v1::Subscription::STATE_PAUSED));
  v1::PauseSubscriptionResponse response;
  *response.mutable_subscription() = Shown(record);
  return response;
}

absl::StatusOr<v1::ResumeSubscriptionResponse> SubscriptionService::Resume(
    const rpc::CallContext&, const v1::ResumeSubscriptionRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const SubscriptionRecord record, SetState(request.name(), v1::Subscription::STATE_ACTIVE));
  v1::ResumeSubscriptionResponse response;
  *response.mutable_subscription() = Shown(record);
  return response;
}

absl::StatusOr<v1::RotateSecretResponse> SubscriptionService::Rotate(const rpc::CallContext&,
                                                                     const v1::RotateSecretRequest& request) {
  const WallTime now = ports_.clock.Now();
  DATELINE_ASSIGN_OR_RETURN(const SubscriptionRecord record,
                            ports_.store.Change(request.name(), [&](SubscriptionRecord* stored) -> absl::Status {
                              if (!stored->settings.has_webhook()) {
                                return FieldError("INVALID_CHANNEL", "name",
                                                  fmt::format("{} is no webhook and has no secret", request.name()));
                              }
                              notification::Rotate(NewSealedSecret(ports_.secrets, request.name()), now,
                                                   &stored->secrets);
                              return absl::OkStatus();
                            }));
  v1::RotateSecretResponse response;
  *response.mutable_subscription() = Shown(record);
  DATELINE_ASSIGN_OR_RETURN(const SigningSecrets opened, OpenSecrets(ports_.secrets, record));
  response.mutable_subscription()->mutable_webhook()->set_secret(opened.current);
  return response;
}

// The methods that answer on the server's executor: each is its named function.
#define DATELINE_METHOD(Name, Function)                                                                         \
  grpc::ServerUnaryReactor* SubscriptionService::Name(                                                          \
      grpc::CallbackServerContext* context, const v1::Name##Request* request, v1::Name##Response* response) {   \
    return rpc::Unary(kit_, context, request, response, "SubscriptionService." #Name,                           \
                      [this](const rpc::CallContext& call, const auto& r) { return this->Function(call, r); }); \
  }
DATELINE_METHOD(CreateSubscription, Create)
DATELINE_METHOD(GetSubscription, Get)
DATELINE_METHOD(ListSubscriptions, List)
DATELINE_METHOD(UpdateSubscription, Update)
DATELINE_METHOD(DeleteSubscription, Delete)
DATELINE_METHOD(PauseSubscription, Pause)
DATELINE_METHOD(ResumeSubscription, Resume)
DATELINE_METHOD(DryRunSubscription, TryOnThePast)
DATELINE_METHOD(BackfillSubscription, Backfill)
DATELINE_METHOD(RotateSecret, Rotate)
DATELINE_METHOD(ListDeliveries, Deliveries)
DATELINE_METHOD(ReplayDeliveries, Replay)
#undef DATELINE_METHOD

grpc::ServerUnaryReactor* SubscriptionService::TestSubscription(grpc::CallbackServerContext* context,
                                                                const v1::TestSubscriptionRequest* request,
                                                                v1::TestSubscriptionResponse* response) {
  return rpc::UnaryAsync(kit_, context, request, response, "SubscriptionService.TestSubscription",
                         [this](const rpc::CallContext&, const v1::TestSubscriptionRequest& r,
                                v1::TestSubscriptionResponse* out, const rpc::Done& done) { Test(r, out, done); });
}

}  // namespace dateline::notification
