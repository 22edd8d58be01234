#pragma once
// E-mail through an SMTP server (libcurl), a message for each event or one for each digest. A few threads, because an
// SMTP dialogue blocks; a full queue is a failed attempt, which is repeated. Success means that the server has taken
// the message for every recipient. Thread-safe.

#include <chrono>
#include <string>

#include "common/base/clock.h"
#include "common/base/executor.h"
#include "services/notification/delivery/channel.h"
#include "services/notification/delivery/email/email_message.h"

namespace dateline::notification {

// Deliveries in one digest; more wait for the message after it.
inline constexpr size_t kDigestItemsMax = 200;

class EmailChannel final : public Channel {
 public:
  struct Options {
    std::string smtp_url{};  // "smtp://host:port" or "smtps://host:port".
    EmailSender sender{};
    std::string user{};
    std::string password{};
    bool require_tls = true;  // Of smtp://, by STARTTLS; the certificate is always verified.
    std::string ca_file{};    // Of trusted authorities; the system's when empty.
    std::chrono::milliseconds timeout{30'000};
    int threads = 4;
  };

  EmailChannel(Options options, const Clock& clock);

  void Send(SendRequest request, Done done) override;
  size_t BatchMax(const SubscriptionRecord& subscription) const override;
  size_t ConcurrencyMax(const SubscriptionRecord&) const override { return 1; }
  // Ends what runs as soon as it can; what waits is as if it had not been tried.
  void Stop();

 private:
  SendResult Deliver(const SendRequest& request) const;

  const Options options_;
  const Clock& clock_;
  std::atomic<bool> stopping_{false};
  Executor executor_;
};

}  // namespace dateline::notification
