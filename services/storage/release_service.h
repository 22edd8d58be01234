#pragma once
// ReleaseService over the Store port: checks requests, compiles filters and queries, makes page tokens, counts. The
// named methods are plain functions, so that tests call them without a server. Thread-safe; what it refers to outlives
// it.

#include "absl/status/statusor.h"
#include "common/rpc/call_context.h"
#include "common/rpc/server_kit.h"
#include "common/rpc/unary.h"
#include "dateline/storage/v1/release_service.grpc.pb.h"
#include "services/storage/archive_metrics.h"
#include "services/storage/store.h"

namespace dateline::storage {

class ReleaseService final : public v1::ReleaseService::CallbackService {
 public:
  ReleaseService(rpc::ServerKit& kit, Store& store, ArchiveMetrics& metrics)
      : kit_(kit), store_(store), metrics_(metrics) {}

  void Commit(const rpc::CallContext& call, const v1::CommitReleasesRequest& request,
              v1::CommitReleasesResponse* response, const rpc::Done& done);
  absl::StatusOr<v1::GetReleaseResponse> Get(const rpc::CallContext& call, const v1::GetReleaseRequest& request);
  absl::StatusOr<v1::BatchGetReleasesResponse> BatchGet(const rpc::CallContext& call,
                                                        const v1::BatchGetReleasesRequest& request);
  absl::StatusOr<v1::ListReleasesResponse> List(const rpc::CallContext& call, const v1::ListReleasesRequest& request);
  absl::StatusOr<v1::SearchReleasesResponse> Search(const rpc::CallContext& call,
                                                    const v1::SearchReleasesRequest& request);
  absl::StatusOr<v1::ListReleaseRevisionsResponse> ListRevisions(const rpc::CallContext& call,
                                                                 const v1::ListReleaseRevisionsRequest& request);
  absl::StatusOr<v1::DiffReleaseRevisionsResponse> Diff(const rpc::CallContext& call,
                                                        const v1::DiffReleaseRevisionsRequest& request);
  absl::StatusOr<v1::ListSimilarReleasesResponse> ListSimilarTo(const rpc::CallContext& call,
                                                                const v1::ListSimilarReleasesRequest& request);
  void Withdraw(const rpc::CallContext& call, const v1::WithdrawReleaseRequest& request,
                v1::WithdrawReleaseResponse* response, const rpc::Done& done);

  grpc::ServerUnaryReactor* CommitReleases(grpc::CallbackServerContext* context,
                                           const v1::CommitReleasesRequest* request,
                                           v1::CommitReleasesResponse* response) override;
  grpc::ServerUnaryReactor* GetRelease(grpc::CallbackServerContext* context, const v1::GetReleaseRequest* request,
                                       v1::GetReleaseResponse* response) override;
  grpc::ServerUnaryReactor* BatchGetReleases(grpc::CallbackServerContext* context,
                                             const v1::BatchGetReleasesRequest* request,
                                             v1::BatchGetReleasesResponse* response) override;
  grpc::ServerUnaryReactor* ListReleases(grpc::CallbackServerContext* context, const v1::ListReleasesRequest* request,
                                         v1::ListReleasesResponse* response) override;
  grpc::ServerUnaryReactor* SearchReleases(grpc::CallbackServerContext* context,
                                           const v1::SearchReleasesRequest* request,
                                           v1::SearchReleasesResponse* response) override;
  grpc::ServerUnaryReactor* ListReleaseRevisions(grpc::CallbackServerContext* context,
                                                 const v1::ListReleaseRevisionsRequest* request,
                                                 v1::ListReleaseRevisionsResponse* response) override;
  grpc::ServerUnaryReactor* DiffReleaseRevisions(grpc::CallbackServerContext* context,
                                                 const v1::DiffReleaseRevisionsRequest* request,
                                                 v1::DiffReleaseRevisionsResponse* response) override;
  grpc::ServerUnaryReactor* WithdrawRelease(grpc::CallbackServerContext* context,
                                            const v1::WithdrawReleaseRequest* request,
                                            v1::WithdrawReleaseResponse* response) override;
  grpc::ServerUnaryReactor* ListSimilarReleases(grpc::CallbackServerContext* context,
                                                const v1::ListSimilarReleasesRequest* request,
                                                v1::ListSimilarReleasesResponse* response) override;
  grpc::ServerWriteReactor<v1::ExportReleasesResponse>* ExportReleases(
      grpc::CallbackServerContext* context, const v1::ExportReleasesRequest* request) override;

 private:
  rpc::ServerKit& kit_;
  Store& store_;
  ArchiveMetrics& metrics_;
};

}  // namespace dateline::storage
