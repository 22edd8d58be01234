#pragma once
// Inside namespace dateline the word `testing` names this module and would hide GoogleTest's namespace. This makes both
// reachable by it: `testing::HasSubstr` and `testing::TempDir` mean what a reader expects, and ours win where both have
// a name (GoogleTest's own TempDir is `::testing::TempDir`).

namespace testing {}

namespace dateline::testing {
using namespace ::testing;  // NOLINT(google-build-using-namespace)
}
