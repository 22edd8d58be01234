#pragma once
// Addresses that a server listens on, and why one cannot be had: gRPC says only that it failed. "host:port" (an IPv6
// host in brackets) or "unix:/path". Pure but for the sockets that are tried; thread-safe.

#include <string>

#include "absl/status/status.h"

namespace dateline::rpc {

bool IsUnixAddress(const std::string& listen);

// Before binding. INVALID_ARGUMENT (BAD_ADDRESS) when malformed; FAILED_PRECONDITION (ADDRESS_IN_USE) when another
// process answers on the unix socket, which gRPC would silently replace.
absl::Status CheckListenAddress(const std::string& listen);

// After binding failed: tries the address itself and says what the system answers. FAILED_PRECONDITION
// (ADDRESS_IN_USE), INVALID_ARGUMENT (BAD_ADDRESS), PERMISSION_DENIED (ADDRESS_NOT_PERMITTED) or INTERNAL
// (LISTEN_FAILED).
absl::Status ExplainListenFailure(const std::string& listen);

// What a client on the same machine connects to, when `port` was bound.
std::string TargetFor(const std::string& listen, int port);

}  // namespace dateline::rpc
