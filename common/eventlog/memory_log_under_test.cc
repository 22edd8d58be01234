#include "common/eventlog/event_log_conformance.h"
#include "common/eventlog/memory_event_log.h"

namespace dateline::eventlog {
namespace {

class MemoryUnderTest final : public LogUnderTest {
 public:
  MemoryUnderTest(const Clock& clock, const LogLimits& limits)
      : log_(clock, {.topics = limits.topics,
                     .source = "/dateline/test",
                     .max_attempts = limits.max_attempts,
                     .open_max = limits.open_max}) {}
  EventLog& log() override { return log_; }
  absl::StatusOr<Record> Append(const NewEvent& event) override { return log_.Append(event); }

 private:
  MemoryEventLog log_;
};

}  // namespace

std::unique_ptr<LogUnderTest> MakeMemoryLog(const Clock& clock, const LogLimits& limits) {
  return std::make_unique<MemoryUnderTest>(clock, limits);
}

}  // namespace dateline::eventlog
