#include "services/storage/archive_metrics.h"

#include <string>

namespace dateline::storage {
namespace {

metrics::Counter& PutCounter(metrics::Registry& registry, const std::string& outcome) {
  return registry.GetCounter("dateline_storage_documents_put_total", "Documents that were put, by outcome.",
                             {{"outcome", outcome}});
}

metrics::Counter& CommitCounter(metrics::Registry& registry, const std::string& outcome) {
  return registry.GetCounter("dateline_storage_releases_committed_total", "Releases that were committed, by outcome.",
                             {{"outcome", outcome}});
}

metrics::Histogram& WriteSeconds(metrics::Registry& registry, const std::string& operation) {
  return registry.GetHistogram("dateline_storage_write_seconds", "From the handler to the disk.",
                               {{"operation", operation}});
}

}  // namespace

ArchiveMetrics::ArchiveMetrics(metrics::Registry& registry)
    : created_(PutCounter(registry, "created")),
      changed_(PutCounter(registry, "changed")),
      put_unchanged_(PutCounter(registry, "unchanged")),
      published_(CommitCounter(registry, "published")),
      revised_(CommitCounter(registry, "revised")),
      unchanged_(CommitCounter(registry, "unchanged")),
      failed_(registry.GetCounter("dateline_storage_documents_failed_total", "Documents whose extraction gave up.")),
      put_seconds_(WriteSeconds(registry, "put_document")),
      commit_seconds_(WriteSeconds(registry, "commit_releases")) {}

void ArchiveMetrics::CountPut(v1::PutDocumentResponse::Outcome outcome) {
  if (outcome == v1::PutDocumentResponse::OUTCOME_CREATED) created_.Increment();
  if (outcome == v1::PutDocumentResponse::OUTCOME_CHANGED) changed_.Increment();
  if (outcome == v1::PutDocumentResponse::OUTCOME_UNCHANGED) put_unchanged_.Increment();
}

void ArchiveMetrics::CountCommit(const v1::CommitReleasesResponse& response, bool failed) {
  if (failed) failed_.Increment();
  for (const auto& release : response.releases()) {
    if (release.outcome() == v1::CommittedRelease::OUTCOME_PUBLISHED) published_.Increment();
    if (release.outcome() == v1::CommittedRelease::OUTCOME_REVISED) revised_.Increment();
    if (release.outcome() == v1::CommittedRelease::OUTCOME_UNCHANGED) unchanged_.Increment();
  }
}

}  // namespace dateline::storage
