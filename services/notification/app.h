#pragma once
// The object graph of dateline-notification, and its order of start and stop. Start() does not wait for storage: the
// service becomes ready when the log has been reached, and streams survive storage being away. Stopping: the follower,
// then all streams with UNAVAILABLE (SHUTTING_DOWN) and their tokens, then what delivers (attempts under way are waited
// for a moment, then cut off and made again at the next start, or by another replica), then the threads.

#include <memory>

#include "absl/status/statusor.h"
#include "common/rpc/service_process.h"
#include "services/notification/options.h"

namespace dateline::notification {

absl::StatusOr<std::unique_ptr<rpc::ServiceApp>> MakeApp(const Options& options, rpc::ServiceParts& parts);

}  // namespace dateline::notification
