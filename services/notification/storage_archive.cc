#include "services/notification/storage_archive.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/call.h"
#include "services/notification/release_follower.h"

namespace dateline::notification {

StorageArchive::StorageArchive(eventlog::EventLogStub& log, ReleaseStub& releases, std::chrono::milliseconds deadline)
    : log_(log, deadline), releases_(releases), deadline_(deadline) {}

absl::StatusOr<LogBounds> StorageArchive::GetBounds() {
  DATELINE_ASSIGN_OR_RETURN(const eventlog::HeadsResult result, log_.Heads(kReleaseTopic));
  for (const eventlog::TopicHead& head : result.heads) {
    if (head.topic == kReleaseTopic) return LogBounds{result.epoch, head.head.value(), head.low_water.value()};
  }
  return Error(absl::StatusCode::kUnavailable, "STORAGE_UNAVAILABLE",
               fmt::format("storage does not own the topic {}; check storage.address", kReleaseTopic));
}

absl::StatusOr<std::vector<EventArchive::Entry>> StorageArchive::ReadEvents(const StreamPosition& after,
                                                                            uint32_t limit) {
  DATELINE_ASSIGN_OR_RETURN(
      eventlog::ReadResult result,
      log_.Read({.topic = kReleaseTopic, .after = eventlog::Sequence(after.sequence), .limit = limit}, after.epoch));
  std::vector<Entry> entries;
  entries.reserve(result.records.size());
  for (eventlog::Record& record : result.records) {
    entries.push_back({record.sequence.value(), std::move(record.payload)});
  }
  return entries;
}

absl::StatusOr<release::v1::Release> StorageArchive::GetRelease(const std::string& name, uint32_t revision) {
  storage::v1::GetReleaseRequest request;
  request.set_name(revision > 0 ? fmt::format("{}/revisions/{}", name, revision) : name);
  request.set_view(storage::v1::RELEASE_VIEW_FULL);
  storage::v1::GetReleaseResponse response;
  DATELINE_RETURN_IF_ERROR(rpc::Call(releases_, &ReleaseStub::GetRelease, request, &response, {.deadline = deadline_}));
  return std::move(*response.mutable_release());
}

}  // namespace dateline::notification
