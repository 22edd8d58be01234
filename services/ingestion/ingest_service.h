#pragma once
// The RPCs that take documents in. IngestDocument checks on the server's executor and then waits for storage without a
// thread; IngestUrl fetches on an executor of its own, so that slow sites do not hold up pushed documents. An OK is
// only given after storage's OK. Thread-safe. Everything that the constructor gets outlives the server that runs this.

#include <chrono>

#include "common/base/clock.h"
#include "common/base/executor.h"
#include "common/http/fetcher.h"
#include "common/metrics/queue_metrics.h"
#include "common/metrics/registry.h"
#include "common/rpc/call_context.h"
#include "common/rpc/server_kit.h"
#include "common/rpc/unary.h"
#include "dateline/ingestion/v1/ingest_service.grpc.pb.h"
#include "services/ingestion/archive.h"
#include "services/ingestion/ingest_metrics.h"
#include "services/ingestion/robots_gate.h"

namespace dateline::ingestion {

class IngestServiceImpl final : public v1::IngestService::CallbackService {
 public:
  struct Options {
    std::chrono::milliseconds storage_timeout{10'000};  // For one PutDocument.
    std::chrono::milliseconds fetch_timeout{30'000};    // For one page with robots.txt and redirects.
    int fetch_threads = 8;
    size_t fetch_queue_max = 64;
  };

  IngestServiceImpl(Options options, rpc::ServerKit& kit, Archive& archive, http::Fetcher& fetcher, RobotsGate& robots,
                    metrics::Registry& registry, const Clock& clock);
  ~IngestServiceImpl() override;

  grpc::ServerUnaryReactor* IngestDocument(grpc::CallbackServerContext* context,
                                           const v1::IngestDocumentRequest* request,
                                           v1::IngestDocumentResponse* response) override;
  grpc::ServerUnaryReactor* IngestUrl(grpc::CallbackServerContext* context, const v1::IngestUrlRequest* request,
                                      v1::IngestUrlResponse* response) override;

  // Refuses new fetches and waits for those that run. After the server has stopped.
  void Stop();

 private:
  void TakeDocument(const rpc::CallContext& call, const v1::IngestDocumentRequest& request,
                    v1::IngestDocumentResponse* response, const rpc::Done& done);
  void QueuePage(const rpc::CallContext& call, const v1::IngestUrlRequest& request, v1::IngestUrlResponse* response,
                 const rpc::Done& done);
  absl::StatusOr<http::Response> Fetch(const rpc::CallContext& call, const std::string& url);
  void TakePage(const rpc::CallContext& call, const v1::IngestUrlRequest& request, v1::IngestUrlResponse* response,
                const rpc::Done& done);
  // Stores and answers. `Response` is either of the two.
  template <class Response>
  void Store(const rpc::CallContext& call, storage::v1::PutDocumentRequest put, Response* response,
             const rpc::Done& done);

  const Options options_;
  rpc::ServerKit& kit_;
  Archive& archive_;
  http::Fetcher& fetcher_;
  RobotsGate& robots_;
  const Clock& clock_;
  IngestMetrics metrics_;
  Executor fetches_;
  metrics::QueueMetrics queue_metrics_;
};

}  // namespace dateline::ingestion
