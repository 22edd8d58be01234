#pragma once
// What becomes of a request at a subscription's callback: hubs verify by GET what we asked them for, and push by POST
// what is new. The address of a callback holds a token that nobody can guess, and a push counts only when it is signed
// with the secret that its hub alone was told; both are checked here, before anything is kept. A push is in the
// database before the hub gets its 2xx. Thread-safe; the ports outlive it.

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/metrics/registry.h"
#include "services/ingestion/sources/subscription_store.h"

namespace dateline::ingestion {

struct CallbackAnswer {
  int status = 404;
  std::string body{};
  int retry_after_s = 0;  // 0: not said.
};

class WebSubCallback {
 public:
  // `nudge` is called after something came in that the crawler has to do.
  WebSubCallback(SubscriptionStore& store, metrics::Registry& registry, const Clock& clock, std::function<void()> nudge)
      : store_(store), registry_(registry), clock_(clock), nudge_(std::move(nudge)) {}

  // A GET: the parameters of its query, decoded.
  CallbackAnswer Verify(std::string_view token, const std::multimap<std::string, std::string>& query);
  // Whether a push for this token would be taken, before its body is read: 200, or why not.
  CallbackAnswer Expect(std::string_view token);
  // A POST.
  CallbackAnswer Push(std::string_view token, std::string_view signature, std::string content_type, std::string body);

 private:
  void Count(const std::string& kind, const std::string& result);

  SubscriptionStore& store_;
  metrics::Registry& registry_;
  const Clock& clock_;
  const std::function<void()> nudge_;
};

}  // namespace dateline::ingestion
