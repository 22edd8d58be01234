#include "services/ingestion/source_service.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/rpc/unary.h"

namespace dateline::ingestion {
namespace {

template <class Request, class Response>
grpc::ServerUnaryReactor* Refuse(rpc::ServerKit& kit, grpc::CallbackServerContext* context, const Request* request,
                                 Response* response, const char* method) {
  return rpc::Unary(kit, context, request, response, method,
                    [method](const rpc::CallContext&, const Request&) -> absl::StatusOr<Response> {
                      return Error(absl::StatusCode::kUnimplemented, "NOT_IN_THIS_VERSION",
                                   fmt::format("{} is not in version {}; push documents or fetch single pages with "
                                               "IngestService",
                                               method, DATELINE_VERSION));
                    });
}

}  // namespace

grpc::ServerUnaryReactor* SourceServiceImpl::CreateSource(grpc::CallbackServerContext* context,
                                                          const v1::CreateSourceRequest* request,
                                                          v1::CreateSourceResponse* response) {
  return Refuse(kit_, context, request, response, "SourceService.CreateSource");
}

grpc::ServerUnaryReactor* SourceServiceImpl::GetSource(grpc::CallbackServerContext* context,
                                                       const v1::GetSourceRequest* request,
                                                       v1::GetSourceResponse* response) {
  return Refuse(kit_, context, request, response, "SourceService.GetSource");
}

grpc::ServerUnaryReactor* SourceServiceImpl::ListSources(grpc::CallbackServerContext* context,
                                                         const v1::ListSourcesRequest* request,
                                                         v1::ListSourcesResponse* response) {
  return Refuse(kit_, context, request, response, "SourceService.ListSources");
}

grpc::ServerUnaryReactor* SourceServiceImpl::UpdateSource(grpc::CallbackServerContext* context,
                                                          const v1::UpdateSourceRequest* request,
                                                          v1::UpdateSourceResponse* response) {
  return Refuse(kit_, context, request, response, "SourceService.UpdateSource");
}

grpc::ServerUnaryReactor* SourceServiceImpl::DeleteSource(grpc::CallbackServerContext* context,
                                                          const v1::DeleteSourceRequest* request,
                                                          v1::DeleteSourceResponse* response) {
  return Refuse(kit_, context, request, response, "SourceService.DeleteSource");
}

grpc::ServerUnaryReactor* SourceServiceImpl::PauseSource(grpc::CallbackServerContext* context,
                                                         const v1::PauseSourceRequest* request,
                                                         v1::PauseSourceResponse* response) {
  return Refuse(kit_, context, request, response, "SourceService.PauseSource");
}

grpc::ServerUnaryReactor* SourceServiceImpl::ResumeSource(grpc::CallbackServerContext* context,
                                                          const v1::ResumeSourceRequest* request,
                                                          v1::ResumeSourceResponse* response) {
  return Refuse(kit_, context, request, response, "SourceService.ResumeSource");
}

grpc::ServerUnaryReactor* SourceServiceImpl::PollSource(grpc::CallbackServerContext* context,
                                                        const v1::PollSourceRequest* request,
                                                        v1::PollSourceResponse* response) {
  return Refuse(kit_, context, request, response, "SourceService.PollSource");
}

grpc::ServerUnaryReactor* SourceServiceImpl::DiscoverSources(grpc::CallbackServerContext* context,
                                                             const v1::DiscoverSourcesRequest* request,
                                                             v1::DiscoverSourcesResponse* response) {
  return Refuse(kit_, context, request, response, "SourceService.DiscoverSources");
}

grpc::ServerUnaryReactor* SourceServiceImpl::TestRecipe(grpc::CallbackServerContext* context,
                                                        const v1::TestRecipeRequest* request,
                                                        v1::TestRecipeResponse* response) {
  return Refuse(kit_, context, request, response, "SourceService.TestRecipe");
}

grpc::ServerUnaryReactor* SourceServiceImpl::ListFetches(grpc::CallbackServerContext* context,
                                                         const v1::ListFetchesRequest* request,
                                                         v1::ListFetchesResponse* response) {
  return Refuse(kit_, context, request, response, "SourceService.ListFetches");
}

grpc::ServerUnaryReactor* SourceServiceImpl::ImportSources(grpc::CallbackServerContext* context,
                                                           const v1::ImportSourcesRequest* request,
                                                           v1::ImportSourcesResponse* response) {
  return Refuse(kit_, context, request, response, "SourceService.ImportSources");
}

grpc::ServerUnaryReactor* SourceServiceImpl::ExportSources(grpc::CallbackServerContext* context,
                                                           const v1::ExportSourcesRequest* request,
                                                           v1::ExportSourcesResponse* response) {
  return Refuse(kit_, context, request, response, "SourceService.ExportSources");
}

}  // namespace dateline::ingestion
