#include "services/storage/admin_service.h"

#include "common/base/proto_time.h"
#include "common/rpc/unary.h"
#include "services/storage/release_record.h"
#include "services/storage/service_errors.h"

namespace dateline::storage {

absl::StatusOr<v1::GetArchiveStatsResponse> AdminService::GetStats(const rpc::CallContext&,
                                                                   const v1::GetArchiveStatsRequest&) {
  const StoreStats stats = store_.Stats();
  v1::GetArchiveStatsResponse response;
  response.set_document_count(stats.documents);
  response.set_pending_document_count(stats.pending_documents);
  response.set_failed_document_count(stats.failed_documents);
  response.set_release_count(stats.releases);
  response.set_revision_count(stats.revisions);
  response.set_database_bytes(stats.bytes);
  if (stats.last_release_time.has_value())
    *response.mutable_last_release_time() = ToTimestamp(*stats.last_release_time);
  response.set_schema_version(stats.schema_version);
  return response;
}

grpc::ServerUnaryReactor* AdminService::GetArchiveStats(grpc::CallbackServerContext* context,
                                                        const v1::GetArchiveStatsRequest* request,
                                                        v1::GetArchiveStatsResponse* response) {
  return rpc::Unary(kit_, context, request, response, "AdminService.GetArchiveStats",
                    [this](const auto& call, const auto& r) { return GetStats(call, r); });
}

grpc::ServerUnaryReactor* AdminService::BackupArchive(grpc::CallbackServerContext* context,
                                                      const v1::BackupArchiveRequest* request,
                                                      v1::BackupArchiveResponse* response) {
  return rpc::Unary(kit_, context, request, response, "AdminService.BackupArchive",
                    [](const auto&, const auto&) -> absl::StatusOr<v1::BackupArchiveResponse> {
                      return NotInThisVersion("backing up the archive");
                    });
}

grpc::ServerUnaryReactor* AdminService::VerifyArchive(grpc::CallbackServerContext* context,
                                                      const v1::VerifyArchiveRequest* request,
                                                      v1::VerifyArchiveResponse* response) {
  return rpc::Unary(kit_, context, request, response, "AdminService.VerifyArchive",
                    [](const auto&, const auto&) -> absl::StatusOr<v1::VerifyArchiveResponse> {
                      return NotInThisVersion("verifying the archive");
                    });
}

grpc::ServerUnaryReactor* AdminService::ReprocessDocuments(grpc::CallbackServerContext* context,
                                                           const v1::ReprocessDocumentsRequest* request,
                                                           v1::ReprocessDocumentsResponse* response) {
  return rpc::Unary(kit_, context, request, response, "AdminService.ReprocessDocuments",
                    [](const auto&, const auto&) -> absl::StatusOr<v1::ReprocessDocumentsResponse> {
                      return NotInThisVersion("reprocessing documents");
                    });
}

grpc::ServerUnaryReactor* AdminService::EraseContact(grpc::CallbackServerContext* context,
                                                     const v1::EraseContactRequest* request,
                                                     v1::EraseContactResponse* response) {
  return rpc::Unary(kit_, context, request, response, "AdminService.EraseContact",
                    [](const auto&, const auto&) -> absl::StatusOr<v1::EraseContactResponse> {
                      return NotInThisVersion("erasing a contact");
                    });
}

}  // namespace dateline::storage
