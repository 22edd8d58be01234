#pragma once
// EntityService: entities are read from the store; what a person decides goes through Derivation, which also works them
// out. Thread-safe; kit, store and derivation outlive it.

#include "common/rpc/call_context.h"
#include "common/rpc/server_kit.h"
#include "dateline/storage/v1/entity_service.grpc.pb.h"
#include "services/storage/derivation.h"
#include "services/storage/entity_store.h"

namespace dateline::storage {

class EntityService final : public v1::EntityService::CallbackService {
 public:
  EntityService(rpc::ServerKit& kit, EntityStore& store, Derivation& derivation)
      : kit_(kit), store_(store), derivation_(derivation) {}

  grpc::ServerUnaryReactor* GetEntity(grpc::CallbackServerContext* context, const v1::GetEntityRequest* request,
                                      v1::GetEntityResponse* response) override;
  grpc::ServerUnaryReactor* ListEntities(grpc::CallbackServerContext* context, const v1::ListEntitiesRequest* request,
                                         v1::ListEntitiesResponse* response) override;
  grpc::ServerUnaryReactor* ListEntityMentions(grpc::CallbackServerContext* context,
                                               const v1::ListEntityMentionsRequest* request,
                                               v1::ListEntityMentionsResponse* response) override;
  grpc::ServerUnaryReactor* ListFigureSeries(grpc::CallbackServerContext* context,
                                             const v1::ListFigureSeriesRequest* request,
                                             v1::ListFigureSeriesResponse* response) override;
  grpc::ServerUnaryReactor* MergeEntities(grpc::CallbackServerContext* context, const v1::MergeEntitiesRequest* request,
                                          v1::MergeEntitiesResponse* response) override;
  grpc::ServerUnaryReactor* SplitEntity(grpc::CallbackServerContext* context, const v1::SplitEntityRequest* request,
                                        v1::SplitEntityResponse* response) override;
  grpc::ServerUnaryReactor* RebuildEntities(grpc::CallbackServerContext* context,
                                            const v1::RebuildEntitiesRequest* request,
                                            v1::RebuildEntitiesResponse* response) override;

 private:
  absl::StatusOr<v1::GetEntityResponse> Get(const v1::GetEntityRequest& request);
  absl::StatusOr<v1::ListEntitiesResponse> List(const v1::ListEntitiesRequest& request);
  absl::StatusOr<v1::ListEntityMentionsResponse> ListMentions(const v1::ListEntityMentionsRequest& request);
  absl::StatusOr<v1::ListFigureSeriesResponse> ListFigures(const v1::ListFigureSeriesRequest& request);
  absl::StatusOr<v1::MergeEntitiesResponse> Merge(const v1::MergeEntitiesRequest& request);
  absl::StatusOr<v1::SplitEntityResponse> Split(const v1::SplitEntityRequest& request);
  absl::StatusOr<v1::RebuildEntitiesResponse> Rebuild();

  rpc::ServerKit& kit_;
  EntityStore& store_;
  Derivation& derivation_;
};

}  // namespace dateline::storage
