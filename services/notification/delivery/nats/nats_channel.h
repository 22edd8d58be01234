#pragma once
// Publishes into a NATS JetStream (libnats): the CloudEvent in JSON as the message, the event's id as Nats-Msg-Id, so
// that the stream drops repeats. Success means that the stream has acknowledged it. The connection is made at the first
// message and again after it broke. A few threads, because an acknowledgement is waited for. Thread-safe.

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "common/base/executor.h"
#include "common/base/mutex.h"
#include "services/notification/delivery/channel.h"

namespace dateline::notification {

class NatsChannel final : public Channel {
 public:
  struct Options {
    std::string url{};  // "nats://host:port", "tls://host:port"; several with commas.
    std::string credentials_file{};
    std::chrono::milliseconds timeout{5'000};
    int threads = 4;
  };

  explicit NatsChannel(Options options);
  ~NatsChannel() override;

  void Send(SendRequest request, Done done) override;
  size_t BatchMax(const SubscriptionRecord&) const override { return 1; }
  size_t ConcurrencyMax(const SubscriptionRecord&) const override { return 1; }
  void Stop();

 private:
  class Connection;
  SendResult Publish(const SendRequest& request);

  const Options options_;
  std::atomic<bool> stopping_{false};
  Mutex mutex_;
  // Shared with those that publish while it is replaced.
  std::shared_ptr<Connection> connection_ GUARDED_BY(mutex_);
  Executor executor_;
};

// The subject of an event of this type: "{type}" is replaced.
std::string NatsSubject(const std::string& subject, const std::string& type);

}  // namespace dateline::notification
