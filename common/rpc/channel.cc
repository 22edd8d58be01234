#include "common/rpc/channel.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/rpc/kept_connection.h"

namespace dateline::rpc {
namespace {

constexpr int kConnectTimeoutMs = 2'000;
// A replaced pod has another address; names are asked again this often while connecting fails.
constexpr int kResolveIntervalMs = 1'000;
// A question that nobody answers is asked anew; gRPC would wait two minutes.
constexpr int kResolveTimeoutMs = 2'000;

// gRPC takes its client settings as a JSON document, the same that a name service could hand out. Every method is
// retried only when it was not served: on UNAVAILABLE, and on CANCELLED, with which a server that stops ends calls that
// it had not begun (those that we cancel are not tried again). When failures outweigh successes, retries stop until
// calls succeed again.
std::string ServiceConfig(int attempts_max) {
  if (attempts_max <= 1) return R"({"loadBalancingConfig":[{"round_robin":{}}]})";
  return fmt::format(
      R"({{"loadBalancingConfig":[{{"round_robin":{{}}}}],)"
      R"("methodConfig":[{{"name":[{{}}],"retryPolicy":{{"maxAttempts":{},"initialBackoff":"0.1s","maxBackoff":"2s",)"
      R"("backoffMultiplier":2,"retryableStatusCodes":["UNAVAILABLE","CANCELLED"]}}}}],)"
      R"("retryThrottling":{{"maxTokens":10,"tokenRatio":0.1}}}})",
      std::min(attempts_max, 5));
}

}  // namespace

std::shared_ptr<grpc::ChannelInterface> MakeChannel(const std::string& target, const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(ServiceConfig(options.attempts_max));
  arguments.SetMaxReceiveMessageSize(static_cast<int>(options.message_bytes_max));
  arguments.SetMaxSendMessageSize(static_cast<int>(options.message_bytes_max));
  arguments.SetUserAgentPrefix(options.user_agent);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, options.attempts_max > 1 ? 1 : 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, static_cast<int>(options.reconnect_backoff_min.count()));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, static_cast<int>(options.reconnect_backoff_max.count()));
  // In gRPC this name is the time that one attempt to connect gets.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, kResolveIntervalMs);
  arguments.SetInt(GRPC_ARG_DNS_ARES_QUERY_TIMEOUT_MS, kResolveTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, static_cast<int>(options.keepalive_time.count()));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, static_cast<int>(options.keepalive_timeout.count()));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);
  // A proxy meant for the web must not get between our own services.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  const auto credentials = options.tls == nullptr ? grpc::InsecureChannelCredentials() : options.tls->channel();
  const auto kept = std::make_shared<KeptConnection>(
      [target, credentials, arguments] { return grpc::CreateCustomChannel(target, credentials, arguments); },
      options.reconnect_backoff_max, options.connection_listener);
  return {kept, kept->channel()};  // Kept for as long as anybody has the channel.
}

}  // namespace dateline::rpc
