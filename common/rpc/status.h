#pragma once
// The border between absl::Status, in which all our code speaks, and grpc::Status, which travels. Payloads of the
// absl::Status become the details of a google.rpc.Status in the trailing metadata "grpc-status-details-bin", and come
// back unchanged, so that a reason set deep in one service can be branched on in another. Pure and thread-safe.

#include <grpcpp/support/status.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace dateline::rpc {

// Pairs of key and value as gRPC carries them: keys in lower case, values ASCII unless the key ends in "-bin".
using Metadata = std::vector<std::pair<std::string, std::string>>;

inline constexpr size_t kMessageBytesMax = 1024;
inline constexpr size_t kDetailsBytesMax = 3072;

// For the wire. A status without ErrorInfo gets one whose reason is the name of its code ("NOT_FOUND"). A message is
// cut at kMessageBytesMax; details beyond kDetailsBytesMax are left out, the ErrorInfo last, because a peer refuses a
// call whose trailing metadata exceed 8 KiB.
grpc::Status ToGrpc(const absl::Status& status);

// From the wire. Details that cannot be decoded are ignored; the code and the message always come through.
absl::Status FromGrpc(const grpc::Status& status);

// The same error with a google.rpc.RetryInfo, so that clients know how long to wait.
absl::Status WithRetryDelay(absl::Status status, std::chrono::milliseconds delay);

}  // namespace dateline::rpc
