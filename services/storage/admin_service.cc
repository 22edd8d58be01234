#include "services/storage/admin_service.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/rpc/server_stream.h"
#include "common/rpc/unary.h"
#include "services/storage/service_errors.h"

namespace dateline::storage {
namespace {

constexpr size_t kExportBatchBytes = size_t{4} << 20;
constexpr int kImportRecordsMax = 1'000;
constexpr int64_t kDaySeconds = 86'400;
constexpr int64_t kAgeSecondsMax = 200 * 366 * kDaySeconds;
constexpr size_t kSourceBytesMax = 1'024;

absl::Status NoAdministration(std::string_view what) {
  return NotInThisVersion(fmt::format("{} on this database", what));
}

// Records of the archive, one message each.
class ArchiveExport final : public rpc::StreamProducer {
 public:
  ArchiveExport(AdminStore& store, std::string token, rpc::StreamHandle<v1::ExportArchiveResponse> stream)
      : store_(store), token_(std::move(token)), stream_(std::move(stream)) {}

  void OnReady() override {
    if (at_ == records_.size()) {
      absl::StatusOr<std::vector<v1::ExportArchiveResponse>> next = store_.Export(token_, kExportBatchBytes);
      if (!next.ok()) return stream_->Finish(next.status());
      records_ = *std::move(next);
      at_ = 0;
      if (records_.empty()) return stream_->Finish(absl::OkStatus());
    }
    token_ = records_[at_].resume_token();
    // A closed stream takes nothing, and nothing is left to do then.
    (void)stream_->Write(std::move(records_[at_++]));
  }

 private:
  AdminStore& store_;
  std::string token_;
  const rpc::StreamHandle<v1::ExportArchiveResponse> stream_;
  std::vector<v1::ExportArchiveResponse> records_;
  size_t at_ = 0;
};

absl::Status CheckAge(bool given, const google::protobuf::Duration& age, std::string_view field) {
  if (!given || (age.seconds() >= kDaySeconds && age.seconds() <= kAgeSecondsMax)) return absl::OkStatus();
  return FieldError("INVALID_RETENTION", field, "has to be at least a day and at most 200 years; leave it out to keep");
}

absl::Status CheckRule(const v1::RetentionRule& rule) {
  if (rule.source().empty() || rule.source().size() > kSourceBytesMax) {
    return FieldError("INVALID_RETENTION", "rule.source", "has to name a source as releases do, or be \"*\"");
  }
  DATELINE_RETURN_IF_ERROR(CheckAge(rule.has_content_age(), rule.content_age(), "rule.content_age"));
  return CheckAge(rule.has_release_age(), rule.release_age(), "rule.release_age");
}

}  // namespace

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

absl::StatusOr<v1::BackupArchiveResponse> AdminService::Backup(const v1::BackupArchiveRequest& request) {
  if (operations_ == nullptr) return NoAdministration("backing up the archive");
  v1::BackupArchiveResponse response;
  DATELINE_ASSIGN_OR_RETURN(*response.mutable_operation(), operations_->BeginBackup(request));
  return response;
}

absl::StatusOr<v1::VerifyArchiveResponse> AdminService::Verify(const v1::VerifyArchiveRequest& request) {
  if (operations_ == nullptr) return NoAdministration("verifying the archive");
  v1::VerifyArchiveResponse response;
  DATELINE_ASSIGN_OR_RETURN(*response.mutable_operation(), operations_->BeginVerify(request));
  return response;
}

absl::StatusOr<v1::ReprocessDocumentsResponse> AdminService::Reprocess(const v1::ReprocessDocumentsRequest& request) {
  if (operations_ == nullptr) return NoAdministration("reprocessing documents");
  v1::ReprocessDocumentsResponse response;
  DATELINE_ASSIGN_OR_RETURN(*response.mutable_operation(), operations_->BeginReprocess(request));
  return response;
}

absl::StatusOr<v1::ListRetentionRulesResponse> AdminService::ListRules(const v1::ListRetentionRulesRequest&) {
  if (operations_ == nullptr) return NoAdministration("retention");
  DATELINE_ASSIGN_OR_RETURN(auto rules, store_.admin()->RetentionRules());
  v1::ListRetentionRulesResponse response;
  for (v1::RetentionRule& rule : rules) *response.add_rules() = std::move(rule);
  return response;
}

absl::StatusOr<v1::SetRetentionRuleResponse> AdminService::SetRule(const v1::SetRetentionRuleRequest& request) {
  if (operations_ == nullptr) return NoAdministration("retention");
  DATELINE_RETURN_IF_ERROR(CheckRule(request.rule()));
  DATELINE_RETURN_IF_ERROR(store_.admin()->SetRetentionRule(request.rule()));
  v1::SetRetentionRuleResponse response;
  *response.mutable_rule() = request.rule();
  return response;
}

absl::StatusOr<v1::ApplyRetentionResponse> AdminService::ApplyRules(const v1::ApplyRetentionRequest& request) {
  if (operations_ == nullptr) return NoAdministration("retention");
  v1::ApplyRetentionResponse response;
  DATELINE_ASSIGN_OR_RETURN(*response.mutable_operation(), operations_->BeginRetention(request));
  return response;
}

absl::StatusOr<v1::EraseContactResponse> AdminService::Erase(const v1::EraseContactRequest& request) {
  if (operations_ == nullptr) return NoAdministration("erasing a contact");
  return store_.admin()->Erase(request.value(), request.validate_only());
}

bool AdminService::ImportedWithin(std::chrono::steady_clock::duration time) const {
  const auto latest = std::chrono::steady_clock::duration(latest_import_.load());
  return latest.count() != 0 && std::chrono::steady_clock::now().time_since_epoch() - latest < time;
}

absl::StatusOr<v1::ImportArchiveResponse> AdminService::Import(const v1::ImportArchiveRequest& request) {
  if (operations_ == nullptr) return NoAdministration("importing");
  if (request.records_size() > kImportRecordsMax) {
    return FieldError("INVALID_ARCHIVE_RECORD", "records",
                      fmt::format("{} records; at most {} in one call", request.records_size(), kImportRecordsMax));
  }
  latest_import_ = std::chrono::steady_clock::now().time_since_epoch().count();
  auto imported = store_.admin()->Import(request);
  latest_import_ = std::chrono::steady_clock::now().time_since_epoch().count();
  return imported;
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
                    [this](const auto&, const auto& r) { return Backup(r); });
}

grpc::ServerUnaryReactor* AdminService::VerifyArchive(grpc::CallbackServerContext* context,
                                                      const v1::VerifyArchiveRequest* request,
                                                      v1::VerifyArchiveResponse* response) {
  return rpc::Unary(kit_, context, request, response, "AdminService.VerifyArchive",
                    [this](const auto&, const auto& r) { return Verify(r); });
}

grpc::ServerUnaryReactor* AdminService::ReprocessDocuments(grpc::CallbackServerContext* context,
                                                           const v1::ReprocessDocumentsRequest* request,
                                                           v1::ReprocessDocumentsResponse* response) {
  return rpc::Unary(kit_, context, request, response, "AdminService.ReprocessDocuments",
                    [this](const auto&, const auto& r) { return Reprocess(r); });
}

grpc::ServerUnaryReactor* AdminService::EraseContact(grpc::CallbackServerContext* context,
                                                     const v1::EraseContactRequest* request,
                                                     v1::EraseContactResponse* response) {
  return rpc::Unary(kit_, context, request, response, "AdminService.EraseContact",
                    [this](const auto&, const auto& r) { return Erase(r); });
}

grpc::ServerUnaryReactor* AdminService::ListRetentionRules(grpc::CallbackServerContext* context,
                                                           const v1::ListRetentionRulesRequest* request,
                                                           v1::ListRetentionRulesResponse* response) {
  return rpc::Unary(kit_, context, request, response, "AdminService.ListRetentionRules",
                    [this](const auto&, const auto& r) { return ListRules(r); });
}

grpc::ServerUnaryReactor* AdminService::SetRetentionRule(grpc::CallbackServerContext* context,
                                                         const v1::SetRetentionRuleRequest* request,
                                                         v1::SetRetentionRuleResponse* response) {
  return rpc::Unary(kit_, context, request, response, "AdminService.SetRetentionRule",
                    [this](const auto&, const auto& r) { return SetRule(r); });
}

grpc::ServerUnaryReactor* AdminService::ApplyRetention(grpc::CallbackServerContext* context,
                                                       const v1::ApplyRetentionRequest* request,
                                                       v1::ApplyRetentionResponse* response) {
  return rpc::Unary(kit_, context, request, response, "AdminService.ApplyRetention",
                    [this](const auto&, const auto& r) { return ApplyRules(r); });
}

grpc::ServerWriteReactor<v1::ExportArchiveResponse>* AdminService::ExportArchive(
    grpc::CallbackServerContext* context, const v1::ExportArchiveRequest* request) {
  return rpc::StartStream<v1::ExportArchiveResponse>(
      kit_, context, request, "AdminService.ExportArchive",
      [this](
          const rpc::CallContext&, const v1::ExportArchiveRequest& r,
          rpc::StreamHandle<v1::ExportArchiveResponse> stream) -> absl::StatusOr<std::unique_ptr<rpc::StreamProducer>> {
        if (store_.admin() == nullptr) return NoAdministration("exporting the archive");
        return std::unique_ptr<rpc::StreamProducer>(
            std::make_unique<ArchiveExport>(*store_.admin(), r.resume_token(), std::move(stream)));
      });
}

grpc::ServerUnaryReactor* AdminService::ImportArchive(grpc::CallbackServerContext* context,
                                                      const v1::ImportArchiveRequest* request,
                                                      v1::ImportArchiveResponse* response) {
  return rpc::Unary(kit_, context, request, response, "AdminService.ImportArchive",
                    [this](const auto&, const auto& r) { return Import(r); });
}

}  // namespace dateline::storage
