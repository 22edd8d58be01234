// Runs the conformance suite on PostgresEventLog, in a database of its own for each test, on a server that the test
// starts.

#include "common/eventlog/event_log_conformance.h"

namespace dateline::eventlog {

INSTANTIATE_TEST_SUITE_P(postgres, EventLogConformance, ::testing::Values(LogFactory(&MakePostgresLog)));

}  // namespace dateline::eventlog
