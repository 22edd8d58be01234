// Runs the conformance suite on MemoryEventLog.

#include "common/eventlog/event_log_conformance.h"

namespace dateline::eventlog {

INSTANTIATE_TEST_SUITE_P(memory, EventLogConformance, ::testing::Values(LogFactory(&MakeMemoryLog)));

}  // namespace dateline::eventlog
