#pragma once
// The suite that every implementation of EventLog passes: event_log_conformance.cc holds the tests, and one small file
// per implementation gives the factory and instantiates them under its name. Time is a FakeClock, so leases end when a
// test says.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/eventlog/cloud_event.h"
#include "common/eventlog/event_log.h"
#include "gtest/gtest.h"

namespace dateline::eventlog {

// An event with all that is required.
inline NewEvent MakeEvent(const Clock& clock, const std::string& topic, const std::string& subject,
                          size_t data_bytes = 10) {
  NewEvent event{.topic = topic, .type = "org.dateline.test", .subject = subject, .time = clock.Now()};
  event.data.set_type_url("type.googleapis.com/test.Bytes");
  event.data.set_value(std::string(data_bytes, 'd'));
  return event;
}

// An implementation with its way to append.
class LogUnderTest {
 public:
  virtual ~LogUnderTest() = default;
  virtual EventLog& log() = 0;
  virtual absl::StatusOr<Record> Append(const NewEvent& event) = 0;
};

struct LogLimits {
  std::vector<std::string> topics = {"document/", "release/"};
  uint32_t max_attempts = 3;
  uint64_t open_max = 100;
};

using LogFactory = std::function<std::unique_ptr<LogUnderTest>(const Clock&, const LogLimits&)>;

// The factories; a program links the ones that it tests.
std::unique_ptr<LogUnderTest> MakeMemoryLog(const Clock& clock, const LogLimits& limits);
std::unique_ptr<LogUnderTest> MakeSqliteLog(const Clock& clock, const LogLimits& limits);
std::unique_ptr<LogUnderTest> MakePostgresLog(const Clock& clock, const LogLimits& limits);

class EventLogConformance : public ::testing::TestWithParam<LogFactory> {
 protected:
  void SetUp() override { Make({}); }
  void Make(const LogLimits& limits) { made_ = GetParam()(clock_, limits); }

  EventLog& log() { return made_->log(); }
  // Appends `count` events about "releases/1", "releases/2", …
  void Append(int count, const std::string& topic = "release/", size_t data_bytes = 10);
  LeaseResult Lease(uint32_t max, const std::string& holder = "a", const std::string& group = "g");
  static LeaseReference Reference(const LeasedEvent& event, const std::string& group = "g");
  // True when the log took the acknowledgement.
  bool Ack(const LeasedEvent& event, const std::string& group = "g");
  GroupLag Lag(const std::string& group = "g");

  FakeClock clock_;
  std::unique_ptr<LogUnderTest> made_;
};

}  // namespace dateline::eventlog
