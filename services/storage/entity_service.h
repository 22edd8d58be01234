#pragma once
// EntityService as far as this version has it: every method is known and answers UNIMPLEMENTED (NOT_IN_THIS_VERSION),
// so that clients can tell it from a service that does not speak the contract. Thread-safe; the kit outlives it.

#include "common/rpc/server_kit.h"
#include "dateline/storage/v1/entity_service.grpc.pb.h"

namespace dateline::storage {

class EntityService final : public v1::EntityService::CallbackService {
 public:
  explicit EntityService(rpc::ServerKit& kit) : kit_(kit) {}

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

 private:
  rpc::ServerKit& kit_;
};

}  // namespace dateline::storage
