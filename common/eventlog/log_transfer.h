#pragma once
// A log that takes the place of another: what has to be carried so that the cursors of readers and the leases of groups
// go on in another database. Plain values; the back ends read and write them in a transaction of their owner.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/ids.h"
#include "common/eventlog/event_log.h"

namespace dateline::eventlog {

inline constexpr std::string_view kReasonLogNotEmpty = "LOG_NOT_EMPTY";  // FAILED_PRECONDITION.

struct LogState {
  Epoch epoch{};
  std::vector<TopicHead> topics{};
};

// How far a group is: what it has never leased begins at `next`; of what stands before, `open` is neither done nor
// dead, or is dead and is tried again by whoever takes the group over.
struct GroupState {
  std::string topic{};
  std::string group{};
  Sequence next{};
  std::vector<Sequence> open{};
};

// The record of an event of which only place and payload are known. INVALID_ARGUMENT (INVALID_EVENT).
absl::StatusOr<Record> RecordOfPayload(std::string_view topic, Sequence sequence, std::string payload);

absl::Status LogNotEmpty();
// An event cannot take its place: `head` is that of the topic.
absl::Status EventOutOfPlace(std::string_view topic, Sequence sequence, Sequence head);

}  // namespace dateline::eventlog
