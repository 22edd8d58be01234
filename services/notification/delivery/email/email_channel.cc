#include "services/notification/delivery/email/email_channel.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "common/base/absl_compat.h"
#include "common/text/utf8.h"

namespace dateline::notification {
namespace {

constexpr size_t kQueueMax = 1'000;

struct Upload {
  std::string message;
  size_t at = 0;
};

size_t OnRead(char* data, size_t size, size_t count, void* self) {
  auto& upload = *static_cast<Upload*>(self);
  const size_t bytes = std::min(size * count, upload.message.size() - upload.at);
  std::copy_n(upload.message.data() + upload.at, bytes, data);
  upload.at += bytes;
  return bytes;
}

int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(self)->load() ? 1 : 0;
}

}  // namespace

EmailChannel::EmailChannel(Options options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      executor_({.name = "email", .threads = options_.threads, .queue_max = kQueueMax}) {}

void EmailChannel::Stop() {
  stopping_ = true;
  executor_.Stop();
}

size_t EmailChannel::BatchMax(const SubscriptionRecord& subscription) const {
  return subscription.settings.has_digest() ? kDigestItemsMax : 1;
}

void EmailChannel::Send(SendRequest request, Done done) {
  auto shared =
      std::make_shared<std::pair<SendRequest, Done>>(std::move(request), std::move(done));  // A task is copied.
  const bool taken = executor_.TrySubmit([this, shared] { shared->second(Deliver(shared->first)); });
  if (taken) return;
  SendResult result;
  result.kind = stopping_ ? SendResult::Kind::kCancelled : SendResult::Kind::kFailed;
  result.error = "too many messages wait for the SMTP server";
  shared->second(std::move(result));
}

SendResult EmailChannel::Deliver(const SendRequest& request) const {
  SendResult result;
  if (stopping_) {
    result.kind = SendResult::Kind::kCancelled;
    return result;
  }
  auto message = MakeEmail(request.subscription, request.deliveries, options_.sender, clock_.Now());
  if (!message.ok()) {
    result.error = std::string(ToStd(message.status().message()));
    return result;
  }
  Upload upload{.message = *std::move(message)};
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), &curl_easy_cleanup);
  curl_slist* list = nullptr;
  for (const std::string& address : request.subscription.settings.email().recipients()) {
    list = curl_slist_append(list, ("<" + address + ">").c_str());
  }
  const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> recipients(list, &curl_slist_free_all);
  std::array<char, CURL_ERROR_SIZE> detail{};
  CURL* const curl = handle.get();
  curl_easy_setopt(curl, CURLOPT_URL, options_.smtp_url.c_str());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(options_.require_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
  if (!options_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options_.ca_file.c_str());
  if (!options_.user.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, options_.user.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, options_.password.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, ("<" + options_.sender.address + ">").c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, &OnRead);
  curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &OnProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(&stopping_));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, detail.data());
  const CURLcode code = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  result.http_status = static_cast<int>(status);
  if (code == CURLE_OK) {
    result.kind = SendResult::Kind::kDelivered;
    return result;
  }
  if (stopping_) result.kind = SendResult::Kind::kCancelled;
  result.error = text::ReplaceInvalidUtf8(
      fmt::format("the SMTP server did not take it: {}", detail[0] != '\0' ? detail.data() : curl_easy_strerror(code)));
  return result;
}

}  // namespace dateline::notification
