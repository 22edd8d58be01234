#pragma once
// The token with which a client goes on where it was: a place in one life of the log. On the wire it is base64url
// without padding of a version byte (1), the epoch (16 bytes), the sequence (8 bytes, big-endian) and a checksum (4
// bytes) that tells a damaged token from a good one; it keeps no secret. Opaque to clients. Pure and thread-safe.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/base/ids.h"

namespace dateline::notification {

// Everything up to and including `sequence` has been seen.
struct StreamPosition {
  Epoch epoch{};
  uint64_t sequence = 0;
  bool operator==(const StreamPosition&) const = default;
};

std::string EncodeToken(const StreamPosition& position);

// INVALID_ARGUMENT (INVALID_RESUME_TOKEN) for anything that EncodeToken did not make.
absl::StatusOr<StreamPosition> DecodeToken(std::string_view token);

}  // namespace dateline::notification
