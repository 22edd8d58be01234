#include "services/storage/entity_service.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/unary.h"
#include "services/storage/entities/entity_keys.h"
#include "services/storage/entity_answers.h"
#include "services/storage/limits.h"
#include "services/storage/page_token.h"

namespace dateline::storage {
namespace {

constexpr int kListStandard = 50;
constexpr int kFiguresStandard = 100;
constexpr int kListMost = 1000;

absl::Status CheckName(std::string_view field, const std::string& name) {
  if (KindOfName(name).has_value()) return absl::OkStatus();
  return FieldError(
      "INVALID_ENTITY", field,
      "has to be \"people/{uuid}\", \"organizations/{uuid}\", \"places/{uuid}\" or \"programmes/{uuid}\"");
}

}  // namespace

absl::StatusOr<v1::GetEntityResponse> EntityService::Get(const v1::GetEntityRequest& request) {
  DATELINE_RETURN_IF_ERROR(CheckName("name", request.name()));
  v1::GetEntityResponse response;
  DATELINE_ASSIGN_OR_RETURN(*response.mutable_entity(), AnswerEntity(store_, request.name()));
  return response;
}

absl::StatusOr<v1::ListEntitiesResponse> EntityService::List(const v1::ListEntitiesRequest& request) {
  if (request.query().size() > kQueryBytesMax)
    return FieldError("INVALID_QUERY", "query", fmt::format("has more than {} bytes", kQueryBytesMax));
  PageFingerprint arguments("EntityService.ListEntities");
  arguments.Add(request.kind()).Add(request.query()).Add(request.contacts_only() ? 1 : 0);
  EntityListParams params;
  params.kind = request.kind();
  params.query = request.query();
  params.contacts_only = request.contacts_only();
  DATELINE_ASSIGN_OR_RETURN(params.limit, PageSize(request.page_size(), kListStandard, kListMost));
  DATELINE_ASSIGN_OR_RETURN(params.after, ReadPageToken(arguments, request.page_token()));
  DATELINE_ASSIGN_OR_RETURN(EntityPage page, AnswerEntities(store_, params));
  page.response.set_next_page_token(MakePageToken(arguments, page.next));
  return std::move(page.response);
}

absl::StatusOr<v1::ListEntityMentionsResponse> EntityService::ListMentions(
    const v1::ListEntityMentionsRequest& request) {
  DATELINE_RETURN_IF_ERROR(CheckName("name", request.name()));
  PageFingerprint arguments("EntityService.ListEntityMentions");
  arguments.Add(request.name());
  DATELINE_ASSIGN_OR_RETURN(const int limit, PageSize(request.page_size(), kListStandard, kListMost));
  DATELINE_ASSIGN_OR_RETURN(const auto after, ReadPageToken(arguments, request.page_token()));
  DATELINE_ASSIGN_OR_RETURN(MentionPage page, AnswerMentions(store_, request.name(), limit, after));
  page.response.set_next_page_token(MakePageToken(arguments, page.next));
  return std::move(page.response);
}

absl::StatusOr<v1::ListFigureSeriesResponse> EntityService::ListFigures(const v1::ListFigureSeriesRequest& request) {
  DATELINE_RETURN_IF_ERROR(CheckName("name", request.name()));
  PageFingerprint arguments("EntityService.ListFigureSeries");
  arguments.Add(request.name()).Add(request.unit());
  DATELINE_ASSIGN_OR_RETURN(const int limit, PageSize(request.page_size(), kFiguresStandard, kListMost));
  DATELINE_ASSIGN_OR_RETURN(const auto after, ReadPageToken(arguments, request.page_token()));
  DATELINE_ASSIGN_OR_RETURN(FigurePage page, AnswerFigures(store_, request.name(), request.unit(), limit, after));
  page.response.set_next_page_token(MakePageToken(arguments, page.next));
  return std::move(page.response);
}

absl::StatusOr<v1::MergeEntitiesResponse> EntityService::Merge(const v1::MergeEntitiesRequest& request) {
  DATELINE_RETURN_IF_ERROR(CheckName("name", request.name()));
  for (const std::string& name : request.merged_names()) DATELINE_RETURN_IF_ERROR(CheckName("merged_names", name));
  const std::vector<std::string> merged(request.merged_names().begin(), request.merged_names().end());
  DATELINE_ASSIGN_OR_RETURN(const std::string stayed, derivation_.Merge(request.name(), merged, request.etag()));
  v1::MergeEntitiesResponse response;
  DATELINE_ASSIGN_OR_RETURN(*response.mutable_entity(), AnswerEntity(store_, stayed));
  return response;
}

absl::StatusOr<v1::SplitEntityResponse> EntityService::Split(const v1::SplitEntityRequest& request) {
  DATELINE_RETURN_IF_ERROR(CheckName("name", request.name()));
  const std::vector<std::string> aliases(request.aliases().begin(), request.aliases().end());
  DATELINE_ASSIGN_OR_RETURN(const auto parted, derivation_.Split(request.name(), aliases, request.etag()));
  v1::SplitEntityResponse response;
  DATELINE_ASSIGN_OR_RETURN(*response.mutable_entity(), AnswerEntity(store_, parted.first));
  DATELINE_ASSIGN_OR_RETURN(*response.mutable_split_entity(), AnswerEntity(store_, parted.second));
  return response;
}

absl::StatusOr<v1::RebuildEntitiesResponse> EntityService::Rebuild() {
  DATELINE_ASSIGN_OR_RETURN(const uint64_t waiting, derivation_.Rebuild());
  v1::RebuildEntitiesResponse response;
  response.set_release_count(static_cast<int64_t>(waiting));
  return response;
}

grpc::ServerUnaryReactor* EntityService::GetEntity(grpc::CallbackServerContext* context,
                                                   const v1::GetEntityRequest* request,
                                                   v1::GetEntityResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EntityService.GetEntity",
                    [this](const auto&, const auto& r) { return Get(r); });
}

grpc::ServerUnaryReactor* EntityService::ListEntities(grpc::CallbackServerContext* context,
                                                      const v1::ListEntitiesRequest* request,
                                                      v1::ListEntitiesResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EntityService.ListEntities",
                    [this](const auto&, const auto& r) { return List(r); });
}

grpc::ServerUnaryReactor* EntityService::ListEntityMentions(grpc::CallbackServerContext* context,
                                                            const v1::ListEntityMentionsRequest* request,
                                                            v1::ListEntityMentionsResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EntityService.ListEntityMentions",
                    [this](const auto&, const auto& r) { return ListMentions(r); });
}

grpc::ServerUnaryReactor* EntityService::ListFigureSeries(grpc::CallbackServerContext* context,
                                                          const v1::ListFigureSeriesRequest* request,
                                                          v1::ListFigureSeriesResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EntityService.ListFigureSeries",
                    [this](const auto&, const auto& r) { return ListFigures(r); });
}

grpc::ServerUnaryReactor* EntityService::MergeEntities(grpc::CallbackServerContext* context,
                                                       const v1::MergeEntitiesRequest* request,
                                                       v1::MergeEntitiesResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EntityService.MergeEntities",
                    [this](const auto&, const auto& r) { return Merge(r); });
}

grpc::ServerUnaryReactor* EntityService::SplitEntity(grpc::CallbackServerContext* context,
                                                     const v1::SplitEntityRequest* request,
                                                     v1::SplitEntityResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EntityService.SplitEntity",
                    [this](const auto&, const auto& r) { return Split(r); });
}

grpc::ServerUnaryReactor* EntityService::RebuildEntities(grpc::CallbackServerContext* context,
                                                         const v1::RebuildEntitiesRequest* request,
                                                         v1::RebuildEntitiesResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EntityService.RebuildEntities",
                    [this](const auto&, const auto&) { return Rebuild(); });
}

}  // namespace dateline::storage
