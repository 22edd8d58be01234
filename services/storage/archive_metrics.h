#pragma once
// What the archive counts while it works: outcomes and how long a write takes from the handler to the disk. Kept by
// reference by the services; thread-safe. The registry outlives it.

#include <chrono>

#include "common/metrics/registry.h"
#include "dateline/storage/v1/document_service.pb.h"
#include "dateline/storage/v1/release_service.pb.h"

namespace dateline::storage {

class ArchiveMetrics {
 public:
  explicit ArchiveMetrics(metrics::Registry& registry);

  void CountPut(v1::PutDocumentResponse::Outcome outcome);
  void CountCommit(const v1::CommitReleasesResponse& response, bool failed);
  void ObservePut(std::chrono::nanoseconds took) { put_seconds_.Observe(metrics::Seconds(took)); }
  void ObserveCommit(std::chrono::nanoseconds took) { commit_seconds_.Observe(metrics::Seconds(took)); }

 private:
  metrics::Counter& created_;
  metrics::Counter& changed_;
  metrics::Counter& put_unchanged_;
  metrics::Counter& published_;
  metrics::Counter& revised_;
  metrics::Counter& unchanged_;
  metrics::Counter& failed_;
  metrics::Histogram& put_seconds_;
  metrics::Histogram& commit_seconds_;
};

}  // namespace dateline::storage
