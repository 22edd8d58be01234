// Runs the conformance suite on SqliteEventLog, in a file of its own for each test.

#include "common/eventlog/event_log_conformance.h"

namespace dateline::eventlog {

INSTANTIATE_TEST_SUITE_P(sqlite, EventLogConformance, ::testing::Values(LogFactory(&MakeSqliteLog)));

}  // namespace dateline::eventlog
