#pragma once
// The port to storage, as far as the worker needs it; GrpcArchive implements it, tests fake it. Thread-safe; outlives
// its calls. Methods that take a callback call it exactly once, from any thread, possibly before they return; it must
// not block.

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "dateline/events/v1/event_log_service.pb.h"
#include "dateline/storage/v1/document.pb.h"
#include "dateline/storage/v1/release_service.pb.h"

namespace dateline::extraction {

class Archive {
 public:
  using DocumentDone = std::function<void(absl::StatusOr<storage::v1::Document>)>;
  using CommitDone = std::function<void(absl::Status)>;

  virtual ~Archive() = default;

  // These three block, for at most a few seconds.
  virtual absl::StatusOr<events::v1::LeaseEventsResponse> Lease(const events::v1::LeaseEventsRequest& request) = 0;
  virtual absl::StatusOr<events::v1::ExtendLeasesResponse> Extend(const events::v1::ExtendLeasesRequest& request) = 0;
  virtual absl::Status Nack(const events::v1::NackEventRequest& request) = 0;

  // The document with its content.
  virtual void GetDocument(const std::string& name, DocumentDone done) = 0;
  // `request` stays valid until `done`.
  virtual void Commit(const storage::v1::CommitReleasesRequest& request, CommitDone done) = 0;
};

}  // namespace dateline::extraction
