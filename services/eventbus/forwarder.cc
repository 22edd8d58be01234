#include "services/eventbus/forwarder.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/log/log.h"

namespace dateline::eventbus {
namespace {

constexpr const char* kControlEndpoint = "inproc://forwarder-control";
// The proxy's answer to STATISTICS: received and sent, messages and bytes, first of the front then of the back.
constexpr size_t kStatisticsFrames = 8;

absl::Status Remedy(const absl::Status& status, std::string_view key, const std::string& listen) {
  if (ErrorReason(status) != "ADDRESS_IN_USE") {
    return WithContext(status, fmt::format("{} = \"{}\"", key, listen));
  }
  return Error(
      status.code(), "ADDRESS_IN_USE",
      fmt::format("{} = \"{}\": another process listens there; stop it or choose another port with --{}=HOST:PORT", key,
                  listen, key),
      {{"key", std::string(key)}, {"listen", listen}});
}

}  // namespace

Forwarder::Forwarder(ForwarderOptions options) : options_(std::move(options)) {}

Forwarder::~Forwarder() {
  Stop();
}

absl::Status Forwarder::Start() {
  const bus::BlockedSignals blocked;
  context_ = std::make_unique<bus::Context>();
  std::string secret_key;
  if (options_.curve) DATELINE_RETURN_IF_ERROR(StartZap(&secret_key));
  DATELINE_ASSIGN_OR_RETURN(bus::Socket frontend, Open(ZMQ_XSUB, options_.publishers_listen, "publishers.listen",
                                                       secret_key, kPublishersDomain));
  DATELINE_ASSIGN_OR_RETURN(bus::Socket backend, Open(ZMQ_XPUB, options_.subscribers_listen, "subscribers.listen",
                                                      secret_key, kSubscribersDomain));
  publishers_endpoint_ = frontend.LastEndpoint();
  subscribers_endpoint_ = backend.LastEndpoint();
  return StartProxy(std::move(frontend), std::move(backend));
}

absl::Status Forwarder::StartZap(std::string* secret_key) {
  DATELINE_ASSIGN_OR_RETURN(*secret_key, bus::ReadCurveKeyFile(options_.curve->secret_key_file));
  // Only to fail early when the key is no key or libzmq has no CURVE.
  DATELINE_RETURN_IF_ERROR(bus::CurvePublicKey(*secret_key).status());
  AllowList publishers(options_.curve->publishers_file);
  AllowList subscribers(options_.curve->subscribers_file);
  DATELINE_RETURN_IF_ERROR(publishers.Load());
  DATELINE_RETURN_IF_ERROR(subscribers.Load());
  zap_ = std::make_unique<ZapHandler>(*context_, std::move(publishers), std::move(subscribers));
  return zap_->Start();
}

absl::StatusOr<bus::Socket> Forwarder::Open(int type, const std::string& listen, std::string_view key,
                                            const std::string& secret_key, std::string_view domain) {
  DATELINE_ASSIGN_OR_RETURN(bus::Socket socket, bus::Socket::Make(*context_, type));
  DATELINE_RETURN_IF_ERROR(socket.Apply(options_.socket));
  if (type == ZMQ_XPUB) DATELINE_RETURN_IF_ERROR(socket.Set(ZMQ_XPUB_NODROP, 0));
  if (!secret_key.empty()) DATELINE_RETURN_IF_ERROR(socket.ApplyCurveServer(secret_key, std::string(domain)));
  const std::string endpoint = listen.ends_with(":0") ? listen.substr(0, listen.size() - 1) + "*" : listen;
  if (absl::Status status = socket.Bind("tcp://" + endpoint); !status.ok()) return Remedy(status, key, listen);
  return socket;
}

absl::Status Forwarder::StartProxy(bus::Socket frontend, bus::Socket backend) {
  DATELINE_ASSIGN_OR_RETURN(bus::Socket remote, bus::Socket::Make(*context_, ZMQ_PAIR));
  DATELINE_RETURN_IF_ERROR(remote.Set(ZMQ_LINGER, 0));
  DATELINE_RETURN_IF_ERROR(remote.Bind(kControlEndpoint));
  DATELINE_ASSIGN_OR_RETURN(bus::Socket control, bus::Socket::Make(*context_, ZMQ_PAIR));
  const int timeout_ms = static_cast<int>(kControlTimeout.count());
  DATELINE_RETURN_IF_ERROR(control.Set(ZMQ_LINGER, 0));
  DATELINE_RETURN_IF_ERROR(control.Set(ZMQ_RCVTIMEO, timeout_ms));
  DATELINE_RETURN_IF_ERROR(control.Set(ZMQ_SNDTIMEO, timeout_ms));
  DATELINE_RETURN_IF_ERROR(control.Connect(kControlEndpoint));
  control_ = std::make_unique<bus::Socket>(std::move(control));
  proxy_ = std::thread([front = std::move(frontend), back = std::move(backend), command = std::move(remote)] {
    bus::NameThread("eventbus-proxy");
    if (zmq_proxy_steerable(front.get(), back.get(), nullptr, command.get()) != 0) {
      log::Error("proxy_ended", {{"error", zmq_strerror(zmq_errno())}});
    }
  });
  return absl::OkStatus();
}

void Forwarder::Stop() {
  if (proxy_.joinable()) {
    constexpr std::string_view kTerminate = "TERMINATE";
    zmq_send(control_->get(), kTerminate.data(), kTerminate.size(), 0);
    // The sockets of the proxy are closed with its thread.
    proxy_.join();
  }
  if (zap_) zap_->Stop();
  control_.reset();
  zap_.reset();
  context_.reset();
}

absl::StatusOr<ForwarderStats> Forwarder::Sample() {
  if (!control_) return Error(absl::StatusCode::kUnavailable, "FORWARDER_STOPPED", "the proxy does not run");
  constexpr std::string_view kStatistics = "STATISTICS";
  std::array<uint64_t, kStatisticsFrames> counters{};
  bool good = zmq_send(control_->get(), kStatistics.data(), kStatistics.size(), 0) >= 0;
  for (size_t i = 0; good && i < counters.size(); ++i) {
    good = zmq_recv(control_->get(), &counters[i], sizeof(counters[i]), 0) == sizeof(counters[i]);
  }
  if (!good) {
    return Error(absl::StatusCode::kDeadlineExceeded, "FORWARDER_UNRESPONSIVE",
                 fmt::format("the proxy gave no statistics within {} ms", kControlTimeout.count()));
  }
  return ForwarderStats{.published_messages = counters[0],
                        .published_bytes = counters[1],
                        .forwarded_messages = counters[6],
                        .forwarded_bytes = counters[7],
                        .subscription_changes = counters[4]};
}

}  // namespace dateline::eventbus
