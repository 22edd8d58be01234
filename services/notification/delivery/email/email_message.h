#pragma once
// The text of an e-mail about deliveries: RFC 5322 headers with RFC 2047 words, and the same content as plain text and
// as HTML. Pure and thread-safe.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/notification/subscriptions/subscription_store.h"

namespace dateline::notification {

struct EmailSender {
  std::string address = "dateline@localhost";  // Of the header From and the envelope.
  std::string display_name = "Dateline";
};

// The whole message with CRLF line ends. The Message-ID follows from the events and the subscription, so that a repeat
// bears the same. INTERNAL (UNKNOWN_EVENT_DATA) when none of the events can be decoded.
absl::StatusOr<std::string> MakeEmail(const SubscriptionRecord& subscription,
                                      const std::vector<PendingDelivery>& deliveries, const EmailSender& sender,
                                      WallTime now);

// `text` as it may stand in a header: as it is when it is printable ASCII, else as encoded words, folded.
std::string EncodeHeader(std::string_view text);

}  // namespace dateline::notification
