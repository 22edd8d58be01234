#include "services/notification/backfill_operation.h"

#include <algorithm>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/rpc/unary.h"
#include "dateline/notification/v1/subscription_service.pb.h"
#include "google/rpc/error_details.pb.h"
#include "services/notification/page_token.h"

namespace dateline::notification {
namespace {

using namespace google::longrunning;  // The messages of one service, in a file about it alone.
using std::chrono::milliseconds;

constexpr milliseconds kWaitMax{30'000};
constexpr milliseconds kLookInterval{100};

absl::StatusOr<bool> WantsDone(const std::string& filter, const BackfillRecord& record) {
  if (filter.empty()) return true;
  if (filter == "done = true") return record.done;
  if (filter == "done = false") return !record.done;
  return FieldError("INVALID_FILTER", "filter", "filter: operations know \"done = true\" and \"done = false\" only");
}

}  // namespace

Operation ToOperation(const BackfillRecord& record) {
  Operation operation;
  operation.set_name(record.operation);
  v1::BackfillReport report;
  report.set_read_count(record.read_count);
  report.set_delivered_count(record.delivered_count);
  report.set_total_count(record.end_sequence - std::min(record.start_sequence, record.end_sequence));
  operation.mutable_metadata()->PackFrom(report);
  operation.set_done(record.done);
  if (!record.done) return operation;
  if (record.error_reason.empty()) {
    operation.mutable_response()->PackFrom(report);
    return operation;
  }
  const bool cancelled = record.error_reason == "CANCELLED";
  google::rpc::Status& error = *operation.mutable_error();
  error.set_code(static_cast<int>(cancelled ? absl::StatusCode::kCancelled : absl::StatusCode::kFailedPrecondition));
  error.set_message(record.error_message);
  google::rpc::ErrorInfo info;
  info.set_reason(record.error_reason);
  info.set_domain(std::string(kErrorDomain));
  error.add_details()->PackFrom(info);
  return operation;
}

grpc::ServerUnaryReactor* OperationService::ListOperations(grpc::CallbackServerContext* context,
                                                           const ListOperationsRequest* request,
                                                           ListOperationsResponse* response) {
  return rpc::Unary(
      kit_, context, request, response, "Operations.ListOperations",
      [this](const rpc::CallContext&, const ListOperationsRequest& r) -> absl::StatusOr<ListOperationsResponse> {
        DATELINE_ASSIGN_OR_RETURN(const int size, PageSize(r.page_size()));
        const std::string arguments = "ListOperations\n" + r.filter();
        DATELINE_ASSIGN_OR_RETURN(std::string after, ReadPageToken(arguments, r.page_token()));
        ListOperationsResponse out;
        while (true) {
          DATELINE_ASSIGN_OR_RETURN(const auto records, store_.ListBackfills(size, after));
          for (const BackfillRecord& record : records) {
            DATELINE_ASSIGN_OR_RETURN(const bool wanted, WantsDone(r.filter(), record));
            if (wanted && out.operations_size() == size) {
              out.set_next_page_token(MakePageToken(arguments, after));
              return out;
            }
            if (wanted) *out.add_operations() = ToOperation(record);
            after = record.operation;
          }
          if (records.size() < static_cast<size_t>(size)) return out;
        }
      });
}

grpc::ServerUnaryReactor* OperationService::GetOperation(grpc::CallbackServerContext* context,
                                                         const GetOperationRequest* request, Operation* response) {
  return rpc::Unary(kit_, context, request, response, "Operations.GetOperation",
                    [this](const rpc::CallContext&, const GetOperationRequest& r) -> absl::StatusOr<Operation> {
                      DATELINE_ASSIGN_OR_RETURN(const BackfillRecord record, store_.GetBackfill(r.name()));
                      return ToOperation(record);
                    });
}

grpc::ServerUnaryReactor* OperationService::DeleteOperation(grpc::CallbackServerContext* context,
                                                            const DeleteOperationRequest* request,
                                                            google::protobuf::Empty* response) {
  return rpc::Unary(
      kit_, context, request, response, "Operations.DeleteOperation",
      [this](const rpc::CallContext&, const DeleteOperationRequest& r) -> absl::StatusOr<google::protobuf::Empty> {
        DATELINE_RETURN_IF_ERROR(store_.DeleteBackfill(r.name()));
        return google::protobuf::Empty();
      });
}

grpc::ServerUnaryReactor* OperationService::CancelOperation(grpc::CallbackServerContext* context,
                                                            const CancelOperationRequest* request,
                                                            google::protobuf::Empty* response) {
  return rpc::Unary(
      kit_, context, request, response, "Operations.CancelOperation",
      [this](const rpc::CallContext&, const CancelOperationRequest& r) -> absl::StatusOr<google::protobuf::Empty> {
        DATELINE_RETURN_IF_ERROR(store_.CancelBackfill(r.name()));
        changed_();
        return google::protobuf::Empty();
      });
}

grpc::ServerUnaryReactor* OperationService::WaitOperation(grpc::CallbackServerContext* context,
                                                          const WaitOperationRequest* request, Operation* response) {
  return rpc::Unary(kit_, context, request, response, "Operations.WaitOperation",
                    [this](const rpc::CallContext& call, const WaitOperationRequest& r) -> absl::StatusOr<Operation> {
                      const milliseconds asked = r.has_timeout() ? FromDuration(r.timeout()) : kWaitMax;
                      const MonotonicTime end = clock_.Monotonic() + std::min(asked, call.TimeLeft(kWaitMax) * 9 / 10);
                      Mutex mutex;
                      CondVar never;
                      while (true) {
                        DATELINE_ASSIGN_OR_RETURN(const BackfillRecord record, store_.GetBackfill(r.name()));
                        if (record.done || call.IsCancelled() || clock_.Monotonic() >= end) return ToOperation(record);
                        MutexLock lock(mutex);
                        never.WaitFor(mutex, kLookInterval);
                      }
                    });
}

}  // namespace dateline::notification
