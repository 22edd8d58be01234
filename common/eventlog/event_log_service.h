#pragma once
// Serves an event log by RPC: the same service for every owner of topics. Requests are checked here (pages, epochs),
// the rest is the log's. The named methods are plain functions, so that tests call them without a server. Thread-safe,
// keeps no state; the kit and the log outlive it.

#include <string>

#include "absl/status/statusor.h"
#include "common/eventlog/event_log.h"
#include "common/rpc/call_context.h"
#include "common/rpc/server_kit.h"
#include "dateline/events/v1/event_log_service.grpc.pb.h"

namespace dateline::eventlog {

inline constexpr std::string_view kReasonEpochChanged = "EPOCH_CHANGED";  // FAILED_PRECONDITION; metadata epoch.
inline constexpr std::string_view kReasonInvalidPage = "INVALID_PAGE";    // INVALID_ARGUMENT; names the field.
inline constexpr std::string_view kReasonInvalidEpoch = "INVALID_EPOCH";  // INVALID_ARGUMENT; names the field.

class EventLogService final : public events::v1::EventLogService::CallbackService {
 public:
  EventLogService(rpc::ServerKit& kit, EventLog& log) : kit_(kit), log_(log) {}

  absl::StatusOr<events::v1::ReadEventsResponse> Read(const rpc::CallContext& call,
                                                      const events::v1::ReadEventsRequest& request);
  absl::StatusOr<events::v1::GetHeadsResponse> Heads(const rpc::CallContext& call,
                                                     const events::v1::GetHeadsRequest& request);
  absl::StatusOr<events::v1::LeaseEventsResponse> Lease(const rpc::CallContext& call,
                                                        const events::v1::LeaseEventsRequest& request);
  absl::StatusOr<events::v1::ExtendLeasesResponse> Extend(const rpc::CallContext& call,
                                                          const events::v1::ExtendLeasesRequest& request);
  absl::StatusOr<events::v1::AckEventsResponse> Ack(const rpc::CallContext& call,
                                                    const events::v1::AckEventsRequest& request);
  absl::StatusOr<events::v1::NackEventResponse> Nack(const rpc::CallContext& call,
                                                     const events::v1::NackEventRequest& request);
  absl::StatusOr<events::v1::ListDeadLettersResponse> ListDead(const rpc::CallContext& call,
                                                               const events::v1::ListDeadLettersRequest& request);
  absl::StatusOr<events::v1::RetryDeadLettersResponse> RetryDead(const rpc::CallContext& call,
                                                                 const events::v1::RetryDeadLettersRequest& request);

  grpc::ServerUnaryReactor* ReadEvents(grpc::CallbackServerContext* context,
                                       const events::v1::ReadEventsRequest* request,
                                       events::v1::ReadEventsResponse* response) override;
  grpc::ServerUnaryReactor* GetHeads(grpc::CallbackServerContext* context, const events::v1::GetHeadsRequest* request,
                                     events::v1::GetHeadsResponse* response) override;
  grpc::ServerUnaryReactor* LeaseEvents(grpc::CallbackServerContext* context,
                                        const events::v1::LeaseEventsRequest* request,
                                        events::v1::LeaseEventsResponse* response) override;
  grpc::ServerUnaryReactor* ExtendLeases(grpc::CallbackServerContext* context,
                                         const events::v1::ExtendLeasesRequest* request,
                                         events::v1::ExtendLeasesResponse* response) override;
  grpc::ServerUnaryReactor* AckEvents(grpc::CallbackServerContext* context, const events::v1::AckEventsRequest* request,
                                      events::v1::AckEventsResponse* response) override;
  grpc::ServerUnaryReactor* NackEvent(grpc::CallbackServerContext* context, const events::v1::NackEventRequest* request,
                                      events::v1::NackEventResponse* response) override;
  grpc::ServerUnaryReactor* ListDeadLetters(grpc::CallbackServerContext* context,
                                            const events::v1::ListDeadLettersRequest* request,
                                            events::v1::ListDeadLettersResponse* response) override;
  grpc::ServerUnaryReactor* RetryDeadLetters(grpc::CallbackServerContext* context,
                                             const events::v1::RetryDeadLettersRequest* request,
                                             events::v1::RetryDeadLettersResponse* response) override;

 private:
  rpc::ServerKit& kit_;
  EventLog& log_;
};

}  // namespace dateline::eventlog
