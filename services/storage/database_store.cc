#include "services/storage/database_store.h"

#include "common/base/error.h"
#include "common/sql/reasons.h"

namespace dateline::storage {

absl::Status TranslateWriteError(const absl::Status& status) {
  return ErrorReason(status) == sql::kReasonWriteQueueFull ? QueueFull() : status;
}

absl::Status QueueFull() {
  return Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
               "the archive has more writes waiting than it takes; send the request again after a moment");
}

}  // namespace dateline::storage
