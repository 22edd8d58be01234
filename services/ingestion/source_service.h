#pragma once
// The RPCs about watched sources. This version fetches single pages and takes pushed documents only, so every method
// answers UNIMPLEMENTED with reason NOT_IN_THIS_VERSION, which clients can tell from a service that does not know the
// method. Thread-safe; the kit outlives the server that runs this.

#include "common/rpc/server_kit.h"
#include "dateline/ingestion/v1/source_service.grpc.pb.h"

namespace dateline::ingestion {

class SourceServiceImpl final : public v1::SourceService::CallbackService {
 public:
  explicit SourceServiceImpl(rpc::ServerKit& kit) : kit_(kit) {}

  grpc::ServerUnaryReactor* CreateSource(grpc::CallbackServerContext* context, const v1::CreateSourceRequest* request,
                                         v1::CreateSourceResponse* response) override;
  grpc::ServerUnaryReactor* GetSource(grpc::CallbackServerContext* context, const v1::GetSourceRequest* request,
                                      v1::GetSourceResponse* response) override;
  grpc::ServerUnaryReactor* ListSources(grpc::CallbackServerContext* context, const v1::ListSourcesRequest* request,
                                        v1::ListSourcesResponse* response) override;
  grpc::ServerUnaryReactor* UpdateSource(grpc::CallbackServerContext* context, const v1::UpdateSourceRequest* request,
                                         v1::UpdateSourceResponse* response) override;
  grpc::ServerUnaryReactor* DeleteSource(grpc::CallbackServerContext* context, const v1::DeleteSourceRequest* request,
                                         v1::DeleteSourceResponse* response) override;
  grpc::ServerUnaryReactor* PauseSource(grpc::CallbackServerContext* context, const v1::PauseSourceRequest* request,
                                        v1::PauseSourceResponse* response) override;
  grpc::ServerUnaryReactor* ResumeSource(grpc::CallbackServerContext* context, const v1::ResumeSourceRequest* request,
                                         v1::ResumeSourceResponse* response) override;
  grpc::ServerUnaryReactor* PollSource(grpc::CallbackServerContext* context, const v1::PollSourceRequest* request,
                                       v1::PollSourceResponse* response) override;
  grpc::ServerUnaryReactor* DiscoverSources(grpc::CallbackServerContext* context,
                                            const v1::DiscoverSourcesRequest* request,
                                            v1::DiscoverSourcesResponse* response) override;
  grpc::ServerUnaryReactor* TestRecipe(grpc::CallbackServerContext* context, const v1::TestRecipeRequest* request,
                                       v1::TestRecipeResponse* response) override;
  grpc::ServerUnaryReactor* ListFetches(grpc::CallbackServerContext* context, const v1::ListFetchesRequest* request,
                                        v1::ListFetchesResponse* response) override;
  grpc::ServerUnaryReactor* ImportSources(grpc::CallbackServerContext* context, const v1::ImportSourcesRequest* request,
                                          v1::ImportSourcesResponse* response) override;
  grpc::ServerUnaryReactor* ExportSources(grpc::CallbackServerContext* context, const v1::ExportSourcesRequest* request,
                                          v1::ExportSourcesResponse* response) override;

 private:
  rpc::ServerKit& kit_;
};

}  // namespace dateline::ingestion
