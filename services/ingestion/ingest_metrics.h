#pragma once
// The counters of this service; the README lists them. Thread-safe; the Registry outlives it.

#include <chrono>
#include <string>

#include "common/metrics/registry.h"
#include "dateline/storage/v1/document_service.pb.h"

namespace dateline::ingestion {

class IngestMetrics {
 public:
  explicit IngestMetrics(metrics::Registry& registry)
      : registry_(registry),
        content_bytes_(registry.GetHistogram("dateline_ingestion_document_bytes", "Size of the documents taken in.", {},
                                             metrics::SizeBuckets())),
        fetch_seconds_(registry.GetHistogram("dateline_ingestion_fetch_seconds",
                                             "Time to fetch one page with its robots.txt and redirects.")) {}

  void Stored(storage::v1::PutDocumentResponse::Outcome outcome, size_t bytes) {
    Document(outcome == storage::v1::PutDocumentResponse::OUTCOME_CREATED   ? "created"
             : outcome == storage::v1::PutDocumentResponse::OUTCOME_CHANGED ? "changed"
                                                                            : "unchanged");
    content_bytes_.Observe(static_cast<double>(bytes));
  }
  // `reason`: of the error, from the fixed set of the proto.
  void Refused(const std::string& reason) { Document(reason.empty() ? "OTHER" : reason); }
  void Fetched(const std::string& result, std::chrono::nanoseconds took) {
    registry_
        .GetCounter("dateline_ingestion_fetches_total", "Pages fetched, by result: ok or the reason of the error.",
                    {{"result", result}})
        .Increment();
    fetch_seconds_.Observe(metrics::Seconds(took));
  }

 private:
  void Document(const std::string& result) {
    registry_
        .GetCounter("dateline_ingestion_documents_total",
                    "Documents offered, by result: created, changed, unchanged, or the reason of the error.",
                    {{"result", result}})
        .Increment();
  }

  metrics::Registry& registry_;
  metrics::Histogram& content_bytes_;
  metrics::Histogram& fetch_seconds_;
};

}  // namespace dateline::ingestion
