#pragma once
// Extraction as a call: the same library and the same pool as the worker's, nothing stored. Thread-safe. Everything
// that the constructor gets outlives the server that runs this.

#include <memory>

#include "common/rpc/server_kit.h"
#include "common/rpc/unary.h"
#include "dateline/extraction/v1/extraction_service.grpc.pb.h"
#include "services/extraction/extract.h"
#include "services/extraction/extraction_pool.h"

namespace dateline::extraction {

class ExtractionServiceImpl final : public v1::ExtractionService::CallbackService {
 public:
  // `extractor` is shared with calls that were abandoned because they took too long.
  ExtractionServiceImpl(rpc::ServerKit& kit, ExtractionPool& pool, std::shared_ptr<const Extractor> extractor);

  // Answers with one release for every page that has text, whatever its page_type; with `explain` also why each
  // of its blocks was kept or left.
  grpc::ServerUnaryReactor* ExtractReleases(grpc::CallbackServerContext* context,
                                            const v1::ExtractReleasesRequest* request,
                                            v1::ExtractReleasesResponse* response) override;
  grpc::ServerUnaryReactor* GetExtractorInfo(grpc::CallbackServerContext* context,
                                             const v1::GetExtractorInfoRequest* request,
                                             v1::GetExtractorInfoResponse* response) override;

 private:
  void Extract(const rpc::CallContext& call, const v1::ExtractReleasesRequest& request,
               v1::ExtractReleasesResponse* response, const rpc::Done& done);

  rpc::ServerKit& kit_;
  ExtractionPool& pool_;
  const std::shared_ptr<const Extractor> extractor_;
};

}  // namespace dateline::extraction
