#pragma once
// Channels to our services. One channel for each target and process is enough; it is thread-safe, connects at once and
// stays connected by itself. A restarted service is found again within a few seconds, also where its name was gone in
// between; calls that failed before reaching it are tried again (at most four attempts, only on UNAVAILABLE and on the
// CANCELLED of a server that stops, and less when most of them fail), so only idempotent methods are defined.

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/rpc/tls.h"

namespace dateline::rpc {

struct ChannelOptions {
  int64_t message_bytes_max = 4 << 20;
  int attempts_max = 4;  // 1 to 5; 1 switches retries off.
  std::chrono::milliseconds reconnect_backoff_min{100};
  std::chrono::milliseconds reconnect_backoff_max{2'000};
  std::chrono::milliseconds keepalive_time{30'000};  // Pings only while a call is open.
  std::chrono::milliseconds keepalive_timeout{10'000};
  std::string user_agent = "dateline";
  std::shared_ptr<const TlsIdentity> tls{};  // Null: plain text, for loopback and behind something that encrypts.
  // Told soon whether the channel is connected, and at every change, until the channel's last owner has let go of it;
  // on a thread of its own, one call at a time. Must not block.
  std::function<void(bool connected)> connection_listener{};
};

// `target`: "host:port", "unix:/path" or "dns:///name:port" (spread over all its addresses).
std::shared_ptr<grpc::ChannelInterface> MakeChannel(const std::string& target, const ChannelOptions& options = {});

}  // namespace dateline::rpc
