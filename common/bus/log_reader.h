#pragma once
// The words that a consumer of an event log speaks, and the port through which it reads the log itself. The bus may
// lose anything; the log may not: what a LogReader answers is the truth. Implementations live with the services (gRPC
// ReadEvents) or in tests.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/ids.h"

namespace dateline::bus {

// ErrorInfo reason of a read below what the log still keeps (code OUT_OF_RANGE).
inline constexpr std::string_view kReasonEventsTrimmed = "EVENTS_TRIMMED";
// ErrorInfo reason of a read for an epoch that is not the log's (code FAILED_PRECONDITION; metadata "epoch": the log's
// own, 32 hexadecimal digits).
inline constexpr std::string_view kReasonEpochChanged = "EPOCH_CHANGED";

// The last event whose effect is stored. Durable: kept in the same transaction as the effect, or after an effect that
// is harmless to repeat.
struct Cursor {
  std::optional<Epoch> epoch;  // Absent: take whatever log there is.
  uint64_t sequence = 0;       // 0: from the beginning.
  bool operator==(const Cursor&) const = default;
};

struct Event {
  std::string topic;
  Epoch epoch{};
  uint64_t sequence = 0;
  std::string payload;  // A serialised io.cloudevents.v1.CloudEvent.
  bool operator==(const Event&) const = default;
};

// One page of a topic's log, as of one moment.
struct ReadBatch {
  struct Entry {
    uint64_t sequence = 0;
    std::string payload;
  };
  Epoch epoch{};
  uint64_t head = 0;           // The last sequence of the log, 0 when it is empty.
  std::vector<Entry> entries;  // From after+1, dense and ascending; empty when after >= head.
};

struct ReadRequest {
  std::string topic;
  std::optional<Epoch> epoch;  // That `after` belongs to; absent only when `after` is 0.
  uint64_t after = 0;
  uint32_t limit = 0;
  std::chrono::milliseconds timeout{0};  // Given by the runner; the reader returns by then.
};

class LogReader {
 public:
  virtual ~LogReader() = default;

  // Blocks for at most request.timeout. OUT_OF_RANGE with reason EVENTS_TRIMMED when events after `after` are gone.
  // Another epoch than the log's: FAILED_PRECONDITION with reason EPOCH_CHANGED, or a batch with the real epoch (its
  // entries do not matter). `after` beyond the head is no error (an empty batch). Fewer than `limit` entries may come
  // although there are more, but never none then. Called by one thread at a time.
  virtual absl::StatusOr<ReadBatch> Read(const ReadRequest& request) = 0;

  // Makes a running Read() return soon with CANCELLED. Called from another thread when the consumer stops; may do
  // nothing, then stopping waits for the time-out.
  virtual void Cancel() {}
};

}  // namespace dateline::bus
