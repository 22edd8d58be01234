#pragma once
// The RPCs about watched sources. Reads and settings go to the store on the server's executor; what asks the network
// (discovery, trying a recipe) runs on an executor of its own, and PollSource waits for the crawler without a thread.
// The named methods are plain functions, so that tests call them without a server. Thread-safe; what the constructor
// gets outlives the server that runs this.

#include <chrono>
#include <functional>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/rpc/call_context.h"
#include "common/rpc/server_kit.h"
#include "common/rpc/unary.h"
#include "dateline/ingestion/v1/source_service.grpc.pb.h"
#include "services/ingestion/polling/crawler.h"
#include "services/ingestion/sources/source_store.h"
#include "services/ingestion/survey/site_survey.h"

namespace dateline::ingestion {

class SourceServiceImpl final : public v1::SourceService::CallbackService {
 public:
  struct Options {
    std::chrono::milliseconds poll_wait{60'000};  // For PollSource.
    int survey_threads = 4;
    size_t survey_queue_max = 32;
    ScheduleLimits schedule;
  };

  SourceServiceImpl(Options options, rpc::ServerKit& kit, SourceStore& store, Crawler& crawler, SiteSurvey& survey,
                    const Clock& clock);
  ~SourceServiceImpl() override;

  absl::StatusOr<v1::CreateSourceResponse> Create(const rpc::CallContext& call, const v1::CreateSourceRequest& request);
  absl::StatusOr<v1::GetSourceResponse> Get(const rpc::CallContext& call, const v1::GetSourceRequest& request);
  absl::StatusOr<v1::ListSourcesResponse> List(const rpc::CallContext& call, const v1::ListSourcesRequest& request);
  absl::StatusOr<v1::UpdateSourceResponse> Update(const rpc::CallContext& call, const v1::UpdateSourceRequest& request);
  absl::StatusOr<v1::DeleteSourceResponse> Delete(const rpc::CallContext& call, const v1::DeleteSourceRequest& request);
  absl::StatusOr<v1::PauseSourceResponse> Pause(const rpc::CallContext& call, const v1::PauseSourceRequest& request);
  absl::StatusOr<v1::ResumeSourceResponse> Resume(const rpc::CallContext& call, const v1::ResumeSourceRequest& request);
  void Poll(const rpc::CallContext& call, const v1::PollSourceRequest& request, v1::PollSourceResponse* response,
            const rpc::Done& done);
  absl::StatusOr<v1::ListFetchesResponse> Fetches(const rpc::CallContext& call, const v1::ListFetchesRequest& request);
  absl::StatusOr<v1::ImportSourcesResponse> Import(const rpc::CallContext& call,
                                                   const v1::ImportSourcesRequest& request);
  absl::StatusOr<v1::ExportSourcesResponse> Export(const rpc::CallContext& call,
                                                   const v1::ExportSourcesRequest& request);

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

  // Refuses new surveys and waits for those that run. After the server has stopped.
  void Stop();

 private:
  // Stores a checked source under its name, or under one made from its host.
  absl::StatusOr<SourceRecord> Add(SourceRecord record, const std::string& wanted_id);
  // Runs what asks the network on the executor for it.
  void Survey(const rpc::Done& done, std::function<absl::Status()> work);

  const Options options_;
  rpc::ServerKit& kit_;
  SourceStore& store_;
  Crawler& crawler_;
  SiteSurvey& survey_;
  const Clock& clock_;
  Executor surveys_;
};

}  // namespace dateline::ingestion
