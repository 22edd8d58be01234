#pragma once
// DocumentService over the Store port: checks requests, makes page tokens, counts. The named methods are plain
// functions, so that tests call them without a server. Thread-safe; what it refers to outlives it.

#include "absl/status/statusor.h"
#include "common/rpc/call_context.h"
#include "common/rpc/server_kit.h"
#include "common/rpc/unary.h"
#include "dateline/storage/v1/document_service.grpc.pb.h"
#include "services/storage/archive_metrics.h"
#include "services/storage/store.h"

namespace dateline::storage {

class DocumentService final : public v1::DocumentService::CallbackService {
 public:
  DocumentService(rpc::ServerKit& kit, Store& store, ArchiveMetrics& metrics)
      : kit_(kit), store_(store), metrics_(metrics) {}

  void Put(const rpc::CallContext& call, const v1::PutDocumentRequest& request, v1::PutDocumentResponse* response,
           const rpc::Done& done);
  absl::StatusOr<v1::GetDocumentResponse> Get(const rpc::CallContext& call, const v1::GetDocumentRequest& request);
  absl::StatusOr<v1::ListDocumentsResponse> List(const rpc::CallContext& call, const v1::ListDocumentsRequest& request);

  grpc::ServerUnaryReactor* PutDocument(grpc::CallbackServerContext* context, const v1::PutDocumentRequest* request,
                                        v1::PutDocumentResponse* response) override;
  grpc::ServerUnaryReactor* GetDocument(grpc::CallbackServerContext* context, const v1::GetDocumentRequest* request,
                                        v1::GetDocumentResponse* response) override;
  grpc::ServerUnaryReactor* ListDocuments(grpc::CallbackServerContext* context, const v1::ListDocumentsRequest* request,
                                          v1::ListDocumentsResponse* response) override;

 private:
  rpc::ServerKit& kit_;
  Store& store_;
  ArchiveMetrics& metrics_;
};

}  // namespace dateline::storage
