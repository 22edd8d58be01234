#pragma once
// How a process reaches the bus: the options of its sockets and its keys. Plain values without behaviour, except for
// reading keys from files and registering the configuration keys that name them. The defaults are the ones to run with;
// tests shorten the times.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace dateline::config {
class Schema;
}

namespace dateline::bus {

// A CURVE key in Z85 (ZeroMQ RFC 32): 32 bytes as 40 characters.
inline constexpr size_t kCurveKeyChars = 40;

// Endpoints that one socket connects to.
inline constexpr size_t kEndpointsMax = 16;

// What a client of a bus with CURVE has to know. Z85, 40 characters each.
struct CurveClientKeys {
  std::string server_public_key;
  std::string public_key;
  std::string secret_key;
};

// Set explicitly on every socket before it binds or connects; libzmq's own defaults are never relied upon.
struct SocketOptions {
  int high_water_mark = 10'000;         // Messages per peer and direction, 1 to 1,000,000.
  int64_t frame_bytes_max = 1 << 20;    // A peer that sends a longer frame is disconnected.
  std::chrono::milliseconds linger{0};  // How long closing waits for what is unsent.
  // A peer that does not answer within the time-out is disconnected; without this a half-open connection stays silent
  // for ever.
  std::chrono::milliseconds heartbeat_interval{2000};
  std::chrono::milliseconds heartbeat_timeout{6000};
  std::chrono::milliseconds reconnect_interval{100};  // First wait; it doubles up to the next.
  std::chrono::milliseconds reconnect_interval_max{1000};
  std::chrono::milliseconds handshake_timeout{5000};
  std::chrono::seconds tcp_keepalive_idle{30};
  bool ipv6 = true;  // Both families.
};

// True for kCurveKeyChars characters of the Z85 alphabet.
bool IsCurveKey(std::string_view text);

// Reads one key: the first white-space-separated word of the file. NOT_FOUND or INVALID_ARGUMENT (reason
// BUS_KEY_FILE_INVALID) names the file; the message never holds the key.
absl::StatusOr<std::string> ReadCurveKeyFile(const std::string& path);

// A client's keys from the file with the server's public key and the file with its own secret key, from which its
// public key is derived. Errors as ReadCurveKeyFile; UNIMPLEMENTED (BUS_CURVE_UNAVAILABLE) when libzmq was built
// without CURVE.
absl::StatusOr<CurveClientKeys> LoadCurveClientKeys(const std::string& server_public_key_file,
                                                    const std::string& secret_key_file);

// Where a client of the bus finds its keys, as services configure it. Both or none: without them there is no CURVE.
struct CurveFiles {
  std::string server_public_key_file{};
  std::string secret_key_file{};
};

// Registers bus.server_public_key_file and bus.secret_key_file; one without the other is refused (CURVE_INCOMPLETE).
// `files` outlives parsing.
void AddOptions(config::Schema& schema, CurveFiles* files);

// The keys; nothing when no files are given. Errors as LoadCurveClientKeys.
absl::StatusOr<std::optional<CurveClientKeys>> LoadCurveKeys(const CurveFiles& files);

// The public key that belongs to a secret key.
absl::StatusOr<std::string> CurvePublicKey(const std::string& secret_key);

}  // namespace dateline::bus
