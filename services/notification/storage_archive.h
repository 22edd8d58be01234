#pragma once
// The archive as the storage service serves it. Thread-safe; the stubs outlive it.

#include <chrono>

#include "common/eventlog/event_log_client.h"
#include "dateline/storage/v1/release_service.grpc.pb.h"
#include "services/notification/event_archive.h"

namespace dateline::notification {

class StorageArchive final : public EventArchive {
 public:
  using ReleaseStub = storage::v1::ReleaseService::StubInterface;

  // Every call takes at most `deadline`.
  StorageArchive(eventlog::EventLogStub& log, ReleaseStub& releases, std::chrono::milliseconds deadline);

  absl::StatusOr<LogBounds> GetBounds() override;
  absl::StatusOr<std::vector<Entry>> ReadEvents(const StreamPosition& after, uint32_t limit) override;
  absl::StatusOr<release::v1::Release> GetRelease(const std::string& name, uint32_t revision) override;

 private:
  eventlog::EventLogClient log_;
  ReleaseStub& releases_;
  const std::chrono::milliseconds deadline_;
};

}  // namespace dateline::notification
