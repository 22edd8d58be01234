#include "services/storage/entity_service.h"

#include "common/rpc/unary.h"
#include "services/storage/service_errors.h"

namespace dateline::storage {

grpc::ServerUnaryReactor* EntityService::GetEntity(grpc::CallbackServerContext* context,
                                                   const v1::GetEntityRequest* request,
                                                   v1::GetEntityResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EntityService.GetEntity",
                    [](const auto&, const auto&) -> absl::StatusOr<v1::GetEntityResponse> {
                      return NotInThisVersion("getting an entity");
                    });
}

grpc::ServerUnaryReactor* EntityService::ListEntities(grpc::CallbackServerContext* context,
                                                      const v1::ListEntitiesRequest* request,
                                                      v1::ListEntitiesResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EntityService.ListEntities",
                    [](const auto&, const auto&) -> absl::StatusOr<v1::ListEntitiesResponse> {
                      return NotInThisVersion("listing entities");
                    });
}

grpc::ServerUnaryReactor* EntityService::ListEntityMentions(grpc::CallbackServerContext* context,
                                                            const v1::ListEntityMentionsRequest* request,
                                                            v1::ListEntityMentionsResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EntityService.ListEntityMentions",
                    [](const auto&, const auto&) -> absl::StatusOr<v1::ListEntityMentionsResponse> {
                      return NotInThisVersion("listing mentions");
                    });
}

grpc::ServerUnaryReactor* EntityService::ListFigureSeries(grpc::CallbackServerContext* context,
                                                          const v1::ListFigureSeriesRequest* request,
                                                          v1::ListFigureSeriesResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EntityService.ListFigureSeries",
                    [](const auto&, const auto&) -> absl::StatusOr<v1::ListFigureSeriesResponse> {
                      return NotInThisVersion("following figures over time");
                    });
}

grpc::ServerUnaryReactor* EntityService::MergeEntities(grpc::CallbackServerContext* context,
                                                       const v1::MergeEntitiesRequest* request,
                                                       v1::MergeEntitiesResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EntityService.MergeEntities",
                    [](const auto&, const auto&) -> absl::StatusOr<v1::MergeEntitiesResponse> {
                      return NotInThisVersion("merging entities");
                    });
}

grpc::ServerUnaryReactor* EntityService::SplitEntity(grpc::CallbackServerContext* context,
                                                     const v1::SplitEntityRequest* request,
                                                     v1::SplitEntityResponse* response) {
  return rpc::Unary(kit_, context, request, response, "EntityService.SplitEntity",
                    [](const auto&, const auto&) -> absl::StatusOr<v1::SplitEntityResponse> {
                      return NotInThisVersion("splitting an entity");
                    });
}

}  // namespace dateline::storage
