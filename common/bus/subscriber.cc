#include "common/bus/subscriber.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/bus/socket.h"

namespace dateline::bus {
namespace {

// Messages taken before the stop signal is looked at again.
constexpr int kDrainMax = 256;

}  // namespace

Subscriber::Subscriber(SubscriberOptions options, Sink sink) : options_(std::move(options)), sink_(std::move(sink)) {}

Subscriber::~Subscriber() {
  Stop();
}

absl::Status Subscriber::Start() {
  if (options_.endpoints.empty() || options_.endpoints.size() > kEndpointsMax) {
    return Error(
        absl::StatusCode::kInvalidArgument, "BUS_ENDPOINT_INVALID",
        fmt::format("bus subscriber: {} endpoints given, expected 1 to {}", options_.endpoints.size(), kEndpointsMax));
  }
  if (options_.topics.empty() || options_.topics.size() > kTopicsMax) {
    return Error(absl::StatusCode::kInvalidArgument, "BUS_TOPIC_INVALID",
                 fmt::format("bus subscriber: {} topics given, expected 1 to {}", options_.topics.size(), kTopicsMax));
  }
  const BlockedSignals blocked;
  context_ = std::make_unique<Context>();
  DATELINE_ASSIGN_OR_RETURN(Socket socket, Open());
  socket_ = std::make_unique<Socket>(std::move(socket));
  wake_up_ = std::make_unique<WakeUp>();
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

absl::StatusOr<Socket> Subscriber::Open() const {
  DATELINE_ASSIGN_OR_RETURN(Socket socket, Socket::Make(*context_, ZMQ_SUB));
  DATELINE_RETURN_IF_ERROR(socket.Apply(options_.socket));
  if (options_.curve) DATELINE_RETURN_IF_ERROR(socket.ApplyCurveClient(*options_.curve));
  for (const std::string& topic : options_.topics) {
    if (!IsValidTopic(topic)) {
      return Error(absl::StatusCode::kInvalidArgument, "BUS_TOPIC_INVALID",
                   fmt::format("bus subscriber: \"{}\" is no topic; topics end in \"/\"", topic), {{"topic", topic}});
    }
    DATELINE_RETURN_IF_ERROR(socket.Set(ZMQ_SUBSCRIBE, std::string_view(topic)));
  }
  for (const std::string& endpoint : options_.endpoints) DATELINE_RETURN_IF_ERROR(socket.Connect(endpoint));
  return socket;
}

void Subscriber::Stop() {
  stopping_.store(true);
  if (wake_up_) wake_up_->Signal();
  if (thread_.joinable()) thread_.join();
  socket_.reset();
  context_.reset();
}

void Subscriber::Run() {
  NameThread("bus-subscriber");
  while (!stopping_.load()) {
    zmq_pollitem_t items[] = {{socket_->get(), 0, ZMQ_POLLIN, 0}, {nullptr, wake_up_->fd(), ZMQ_POLLIN, 0}};
    const int ready = zmq_poll(items, 2, static_cast<long>(options_.reopen_after.count()));
    if (ready < 0 && zmq_errno() != EINTR) return;
    if (ready == 0) Reopen();
    if ((items[0].revents & ZMQ_POLLIN) != 0 && !Drain()) return;
  }
}

void Subscriber::Reopen() {
  absl::StatusOr<Socket> socket = Open();
  // It worked at the start, so only a lack of file descriptors can be in the way: the old socket stays until next time.
  if (!socket.ok()) return;
  socket_ = std::make_unique<Socket>(*std::move(socket));
  reopened_.fetch_add(1, std::memory_order_relaxed);
}

bool Subscriber::Drain() {
  Parts parts;
  for (int i = 0; i < kDrainMax && !stopping_.load(); ++i) {
    switch (parts.Receive(*socket_)) {
      case Parts::Outcome::kNothing:
        return true;
      case Parts::Outcome::kClosed:
        return false;
      case Parts::Outcome::kReceived:
        break;
    }
    absl::StatusOr<Message> message = DecodeFrames(parts.views());
    if (!message.ok()) {
      malformed_.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    received_.fetch_add(1, std::memory_order_relaxed);
    sink_(*std::move(message));
  }
  return true;
}

SubscriberStats Subscriber::stats() const {
  return {received_.load(std::memory_order_relaxed), malformed_.load(std::memory_order_relaxed),
          reopened_.load(std::memory_order_relaxed)};
}

}  // namespace dateline::bus
