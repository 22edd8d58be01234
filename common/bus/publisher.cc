#include "common/bus/publisher.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/bus/socket.h"

namespace dateline::bus {
namespace {

// What a message costs in the queue beyond its payload.
constexpr size_t kMessageOverheadBytes = sizeof(Message) + kTopicBytesMax;

size_t Cost(const Message& message) {
  return kMessageOverheadBytes + (message.payload ? message.payload->size() : 0);
}

bool SendFrame(const Socket& socket, std::string_view bytes, int flags) {
  // PUB never waits: it drops for a peer whose queue is full.
  return zmq_send(socket.get(), bytes.data(), bytes.size(), flags | ZMQ_DONTWAIT) >= 0;
}

}  // namespace

Publisher::Publisher(PublisherOptions options) : options_(std::move(options)) {}

Publisher::~Publisher() {
  Stop();
}

absl::Status Publisher::Start() {
  if (options_.endpoints.empty() || options_.endpoints.size() > kEndpointsMax) {
    return Error(
        absl::StatusCode::kInvalidArgument, "BUS_ENDPOINT_INVALID",
        fmt::format("bus publisher: {} endpoints given, expected 1 to {}", options_.endpoints.size(), kEndpointsMax));
  }
  const BlockedSignals blocked;
  context_ = std::make_unique<Context>();
  DATELINE_ASSIGN_OR_RETURN(Socket socket, Socket::Make(*context_, ZMQ_PUB));
  DATELINE_RETURN_IF_ERROR(socket.Apply(options_.socket));
  if (options_.curve) DATELINE_RETURN_IF_ERROR(socket.ApplyCurveClient(*options_.curve));
  for (const std::string& endpoint : options_.endpoints) DATELINE_RETURN_IF_ERROR(socket.Connect(endpoint));
  socket_ = std::make_unique<Socket>(std::move(socket));
  {
    MutexLock lock(mutex_);
    running_ = true;
  }
  thread_ = std::thread([this] { Run(); });
  return absl::OkStatus();
}

void Publisher::Stop() {
  {
    MutexLock lock(mutex_);
    running_ = false;
    work_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
  socket_.reset();
  context_.reset();
}

bool Publisher::Publish(std::string_view topic, const Epoch& epoch, uint64_t sequence, std::string_view payload) {
  return Enqueue({std::string(topic), epoch, sequence, std::string(payload)});
}

bool Publisher::PublishHead(std::string_view topic, const Epoch& epoch, uint64_t head) {
  return Enqueue({std::string(topic), epoch, head, std::nullopt});
}

bool Publisher::Enqueue(Message message) {
  if (!ValidateMessage(message).ok()) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  const size_t cost = Cost(message);
  MutexLock lock(mutex_);
  if (!running_) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  if (queue_.size() >= options_.queue_messages_max || queue_bytes_ + cost > options_.queue_bytes_max) {
    dropped_full_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  queue_bytes_ += cost;
  queue_.push_back(std::move(message));
  work_.NotifyOne();
  return true;
}

void Publisher::Run() {
  NameThread("bus-publisher");
  for (;;) {
    std::deque<Message> batch;
    {
      MutexLock lock(mutex_);
      while (queue_.empty() && running_) work_.Wait(mutex_);
      if (queue_.empty()) return;
      batch.swap(queue_);
      queue_bytes_ = 0;
    }
    for (const Message& message : batch) Send(message);
  }
}

void Publisher::Send(const Message& message) {
  const Header header = EncodeHeader(message.epoch, message.sequence);
  const std::string_view header_view(header.data(), header.size());
  bool sent = SendFrame(*socket_, message.topic, ZMQ_SNDMORE);
  sent = sent && SendFrame(*socket_, header_view, message.is_head() ? 0 : ZMQ_SNDMORE);
  if (!message.is_head()) sent = sent && SendFrame(*socket_, *message.payload, 0);
  (sent ? sent_ : send_errors_).fetch_add(1, std::memory_order_relaxed);
}

PublisherStats Publisher::stats() const {
  PublisherStats stats;
  stats.sent = sent_.load(std::memory_order_relaxed);
  stats.dropped_full = dropped_full_.load(std::memory_order_relaxed);
  stats.refused = refused_.load(std::memory_order_relaxed);
  stats.send_errors = send_errors_.load(std::memory_order_relaxed);
  MutexLock lock(mutex_);
  stats.queue_messages = queue_.size();
  return stats;
}

}  // namespace dateline::bus
