#include "services/storage/operations_service.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/unary.h"
#include "services/storage/page_token.h"
#include "services/storage/service_errors.h"

namespace dateline::storage {
namespace {

using google::longrunning::ListOperationsRequest;
using google::longrunning::ListOperationsResponse;
using google::longrunning::Operation;

constexpr int kListStandard = 50;
constexpr int kListMost = 1000;
// One call holds a thread of the executor for no longer; clients call again.
constexpr std::chrono::milliseconds kWaitMost{20'000};

absl::StatusOr<std::optional<bool>> DoneOf(const std::string& filter) {
  if (filter.empty()) return std::optional<bool>();
  if (filter == "done = true" || filter == "done=true") return std::optional<bool>(true);
  if (filter == "done = false" || filter == "done=false") return std::optional<bool>(false);
  return FieldError("INVALID_FILTER", "filter", "give \"done = true\", \"done = false\" or nothing");
}

}  // namespace

absl::StatusOr<ListOperationsResponse> OperationsService::List(const ListOperationsRequest& request) {
  if (store_ == nullptr) return ListOperationsResponse();
  PageFingerprint arguments("Operations.ListOperations");
  arguments.Add(request.filter());
  DATELINE_ASSIGN_OR_RETURN(const std::optional<bool> done, DoneOf(request.filter()));
  DATELINE_ASSIGN_OR_RETURN(const int limit, PageSize(request.page_size(), kListStandard, kListMost));
  DATELINE_ASSIGN_OR_RETURN(const auto after, ReadPageToken(arguments, request.page_token()));
  const uint64_t before = after.has_value() ? after->id : std::numeric_limits<uint64_t>::max();
  DATELINE_ASSIGN_OR_RETURN(auto found, store_->ListOperations(done, before, limit + 1));
  ListOperationsResponse response;
  for (size_t i = 0; i < found.size() && i < static_cast<size_t>(limit); ++i) {
    *response.add_operations() = std::move(found[i].operation);
  }
  if (found.size() > static_cast<size_t>(limit)) {
    const Position last{.score = 0, .id = found[static_cast<size_t>(limit) - 1].id};
    response.set_next_page_token(MakePageToken(arguments, last));
  }
  return response;
}

absl::StatusOr<Operation> OperationsService::Wait(const rpc::CallContext&,
                                                  const google::longrunning::WaitOperationRequest& request) {
  if (runner_ == nullptr) return NotInThisVersion("an operation");
  const auto wanted =
      std::chrono::milliseconds(request.timeout().seconds() * 1000 + request.timeout().nanos() / 1'000'000);
  return runner_->Wait(request.name(),
                       request.has_timeout() ? std::clamp(wanted, std::chrono::milliseconds(0), kWaitMost) : kWaitMost);
}

grpc::ServerUnaryReactor* OperationsService::ListOperations(grpc::CallbackServerContext* context,
                                                            const ListOperationsRequest* request,
                                                            ListOperationsResponse* response) {
  return rpc::Unary(kit_, context, request, response, "Operations.ListOperations",
                    [this](const auto&, const auto& r) { return List(r); });
}

grpc::ServerUnaryReactor* OperationsService::GetOperation(grpc::CallbackServerContext* context,
                                                          const google::longrunning::GetOperationRequest* request,
                                                          Operation* response) {
  return rpc::Unary(kit_, context, request, response, "Operations.GetOperation",
                    [this](const auto&, const auto& r) -> absl::StatusOr<Operation> {
                      if (store_ == nullptr) return NotInThisVersion("an operation");
                      DATELINE_ASSIGN_OR_RETURN(StoredOperation stored, store_->GetOperation(r.name()));
                      return std::move(stored.operation);
                    });
}

grpc::ServerUnaryReactor* OperationsService::DeleteOperation(grpc::CallbackServerContext* context,
                                                             const google::longrunning::DeleteOperationRequest* request,
                                                             google::protobuf::Empty* response) {
  return rpc::Unary(kit_, context, request, response, "Operations.DeleteOperation",
                    [this](const auto&, const auto& r) -> absl::StatusOr<google::protobuf::Empty> {
                      if (store_ == nullptr) return NotInThisVersion("an operation");
                      DATELINE_RETURN_IF_ERROR(store_->DeleteOperation(r.name()));
                      return google::protobuf::Empty();
                    });
}

grpc::ServerUnaryReactor* OperationsService::CancelOperation(grpc::CallbackServerContext* context,
                                                             const google::longrunning::CancelOperationRequest* request,
                                                             google::protobuf::Empty* response) {
  return rpc::Unary(kit_, context, request, response, "Operations.CancelOperation",
                    [this](const auto&, const auto& r) -> absl::StatusOr<google::protobuf::Empty> {
                      if (runner_ == nullptr) return NotInThisVersion("an operation");
                      DATELINE_RETURN_IF_ERROR(runner_->Cancel(r.name()));
                      return google::protobuf::Empty();
                    });
}

grpc::ServerUnaryReactor* OperationsService::WaitOperation(grpc::CallbackServerContext* context,
                                                           const google::longrunning::WaitOperationRequest* request,
                                                           Operation* response) {
  return rpc::Unary(kit_, context, request, response, "Operations.WaitOperation",
                    [this](const auto& call, const auto& r) { return Wait(call, r); });
}

}  // namespace dateline::storage
