#include "common/eventlog/log_transfer.h"

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/eventlog/cloud_event.h"
#include "fmt/format.h"

namespace dateline::eventlog {

absl::StatusOr<Record> RecordOfPayload(std::string_view topic, Sequence sequence, std::string payload) {
  io::cloudevents::v1::CloudEvent event;
  const auto invalid = [&](std::string_view why) {
    return Error(absl::StatusCode::kInvalidArgument, kReasonInvalidEvent,
                 fmt::format("event {} of \"{}\": {}", sequence.value(), topic, why));
  };
  if (!event.ParseFromString(payload)) return invalid("its payload is no CloudEvent");
  if (Attribute(event, "sequence") != FormatSequence(sequence)) return invalid("its payload has another sequence");
  const auto time = event.attributes().find("time");
  if (time == event.attributes().end() || !time->second.has_ce_timestamp()) return invalid("it has no time");
  return Record{.topic = std::string(topic),
                .sequence = sequence,
                .id = event.id(),
                .type = event.type(),
                .subject = std::string(Attribute(event, "subject")),
                .partition_key = std::string(Attribute(event, "partitionkey")),
                .time = FromTimestamp(time->second.ce_timestamp()),
                .payload = std::move(payload)};
}

absl::Status LogNotEmpty() {
  return Error(absl::StatusCode::kFailedPrecondition, kReasonLogNotEmpty,
               "the log holds events of its own and cannot become that of another archive; move into an empty archive");
}

absl::Status EventOutOfPlace(std::string_view topic, Sequence sequence, Sequence head) {
  return Error(absl::StatusCode::kInvalidArgument, kReasonInvalidEvent,
               fmt::format("event {} of \"{}\" does not come behind {}; export anew and move that", sequence.value(),
                           topic, head.value()));
}

}  // namespace dateline::eventlog
