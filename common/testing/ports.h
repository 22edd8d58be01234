#pragma once
// Free TCP ports on 127.0.0.1 for programs that have to be told one. Where a server can bind port 0 itself, let it. The
// ports are taken from below the kernel's usual ephemeral range (20000 to 31999), in blocks of 100 that a process holds
// by a locked file until it ends, so that tests that run at the same time do not get the same ones. Thread-safe.

#include <cstdint>
#include <vector>

#include "common/testing/namespace.h"

namespace dateline::testing {

// `count` (1 to 100) different ports on which nobody listens and which no earlier call returned. Ends the process when
// there are none.
std::vector<uint16_t> FreePorts(int count);
// The first of `span` (1 to 100) consecutive free ports, a multiple of 100: for `dateline up --port-base`.
uint16_t FreePortBase(int span = 100);

}  // namespace dateline::testing
