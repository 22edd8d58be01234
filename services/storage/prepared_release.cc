#include "services/storage/prepared_release.h"

#include <utility>

#include "common/base/check.h"
#include "services/storage/release_record.h"
#include "services/storage/store.h"

namespace dateline::storage {

PreparedRelease Prepare(ReleasePlan plan) {
  PreparedRelease prepared;
  if (plan.outcome != v1::CommittedRelease::OUTCOME_UNCHANGED) {
    prepared.record = std::move(plan.record_bytes);
    prepared.basic = BasicView(plan.record).SerializeAsString();
    prepared.changes = plan.changes.SerializeAsString();
    prepared.event = eventlog::EncodeEvent(plan.event, kEventSource);
    plan.record = release::v1::Release();
    plan.event = eventlog::NewEvent();
  }
  prepared.plan = std::move(plan);
  return prepared;
}

release::v1::Release IncomingOf(const PreparedRelease& prepared) {
  if (prepared.record.empty()) return prepared.plan.record;
  release::v1::Release record;
  // These bytes were serialised in this process.
  DATELINE_CHECK(record.ParseFromString(prepared.record), prepared.plan.name);
  return record;
}

eventlog::LeaseReference ToReference(const events::v1::LeaseReference& lease) {
  return {.topic = lease.topic(),
          .group = lease.group(),
          .sequence = eventlog::Sequence(lease.sequence()),
          .token = lease.lease_token()};
}

}  // namespace dateline::storage
