#include "services/storage/prepared_release.h"

#include <utility>

#include "services/storage/release_record.h"

namespace dateline::storage {

PreparedRelease Prepare(ReleasePlan plan) {
  PreparedRelease prepared;
  if (plan.outcome != v1::CommittedRelease::OUTCOME_UNCHANGED) {
    prepared.record = plan.record.SerializeAsString();
    prepared.basic = BasicView(plan.record).SerializeAsString();
    prepared.changes = plan.changes.SerializeAsString();
  }
  prepared.plan = std::move(plan);
  return prepared;
}

eventlog::LeaseReference ToReference(const events::v1::LeaseReference& lease) {
  return {.topic = lease.topic(),
          .group = lease.group(),
          .sequence = eventlog::Sequence(lease.sequence()),
          .token = lease.lease_token()};
}

}  // namespace dateline::storage
