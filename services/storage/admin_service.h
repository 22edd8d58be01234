#pragma once
// AdminService over the ports of the store: counts, and the operations that an operator begins. Thread-safe; what it
// refers to outlives it.

#include <atomic>
#include <chrono>
#include <memory>

#include "absl/status/statusor.h"
#include "common/rpc/call_context.h"
#include "common/rpc/server_kit.h"
#include "dateline/storage/v1/admin_service.grpc.pb.h"
#include "services/storage/administration/archive_operations.h"
#include "services/storage/store.h"

namespace dateline::storage {

class AdminService final : public v1::AdminService::CallbackService {
 public:
  // `operations` is null where the store has no administration.
  AdminService(rpc::ServerKit& kit, Store& store, ArchiveOperations* operations)
      : kit_(kit), store_(store), operations_(operations) {}

  absl::StatusOr<v1::GetArchiveStatsResponse> GetStats(const rpc::CallContext& call,
                                                       const v1::GetArchiveStatsRequest& request);
  absl::StatusOr<v1::BackupArchiveResponse> Backup(const v1::BackupArchiveRequest& request);
  absl::StatusOr<v1::VerifyArchiveResponse> Verify(const v1::VerifyArchiveRequest& request);
  absl::StatusOr<v1::ReprocessDocumentsResponse> Reprocess(const v1::ReprocessDocumentsRequest& request);
  absl::StatusOr<v1::EraseContactResponse> Erase(const v1::EraseContactRequest& request);
  absl::StatusOr<v1::ListRetentionRulesResponse> ListRules(const v1::ListRetentionRulesRequest& request);
  absl::StatusOr<v1::SetRetentionRuleResponse> SetRule(const v1::SetRetentionRuleRequest& request);
  absl::StatusOr<v1::ApplyRetentionResponse> ApplyRules(const v1::ApplyRetentionRequest& request);
  absl::StatusOr<v1::ImportArchiveResponse> Import(const v1::ImportArchiveRequest& request);
  // Whether records were taken in so lately.
  bool ImportedWithin(std::chrono::steady_clock::duration time) const;

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
  grpc::ServerUnaryReactor* ListRetentionRules(grpc::CallbackServerContext* context,
                                               const v1::ListRetentionRulesRequest* request,
                                               v1::ListRetentionRulesResponse* response) override;
  grpc::ServerUnaryReactor* SetRetentionRule(grpc::CallbackServerContext* context,
                                             const v1::SetRetentionRuleRequest* request,
                                             v1::SetRetentionRuleResponse* response) override;
  grpc::ServerUnaryReactor* ApplyRetention(grpc::CallbackServerContext* context,
                                           const v1::ApplyRetentionRequest* request,
                                           v1::ApplyRetentionResponse* response) override;
  grpc::ServerWriteReactor<v1::ExportArchiveResponse>* ExportArchive(grpc::CallbackServerContext* context,
                                                                     const v1::ExportArchiveRequest* request) override;
  grpc::ServerUnaryReactor* ImportArchive(grpc::CallbackServerContext* context, const v1::ImportArchiveRequest* request,
                                          v1::ImportArchiveResponse* response) override;

 private:
  rpc::ServerKit& kit_;
  Store& store_;
  ArchiveOperations* const operations_;
  std::atomic<std::chrono::steady_clock::rep> latest_import_{0};
};

}  // namespace dateline::storage
