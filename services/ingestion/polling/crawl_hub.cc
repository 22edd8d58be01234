// The part of the crawler that deals with WebSub: asks hubs for subscriptions, and reads what they pushed.

#include <fmt/format.h>

#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/proto_time.h"
#include "common/http/freshness.h"
#include "common/log/log.h"
#include "services/ingestion/polling/crawl_host.h"
#include "services/ingestion/polling/crawler.h"
#include "services/ingestion/websub/subscription_rules.h"

namespace dateline::ingestion {
namespace {

// Of a hub's answer, which says nothing but its status.
constexpr size_t kHubAnswerBytesMax = size_t{64} << 10;

}  // namespace

void Crawler::BeginDelivery(Host* host, SourceRecord record, Delivery delivery) {
  auto run = std::make_unique<PollRun>();
  run->polled_uri = record.source.uri();
  run->record = std::move(record);
  run->delivery = delivery.id;
  v1::Fetch fetch;
  *fetch.mutable_start_time() = ToTimestamp(delivery.receive_time);
  fetch.set_uri(delivery.topic);
  fetch.set_received_bytes(delivery.body.size());
  fetch.set_pushed(true);
  run->fetches.push_back(std::move(fetch));
  run->answer.final_url = delivery.topic;
  run->answer.headers.emplace("content-type", std::move(delivery.content_type));
  run->answer.body = std::move(delivery.body);
  host->poll = std::move(run);
}

// What was pushed holds what is new, so it says nothing of how much the source lists, and a push that cannot be read
// nothing of the source's health: polls do.
void Crawler::EndDelivery(Host* host, const absl::Status& status) {
  PollRun& run = *host->poll;
  const WallTime now = ports_.clock.Now();
  PollCommit commit;
  commit.delivery = run.delivery;
  commit.polled_uri = run.polled_uri;
  commit.record = std::move(run.record);
  commit.next_poll_before = commit.record.next_poll;
  state::SourceState& state = commit.record.state;
  v1::Fetch& fetch = run.fetches.back();
  if (status.ok()) {
    fetch.set_item_count(static_cast<int>(run.content.items.size()));
    const auto new_items = PlanCommit(&run, now, &commit);
    if (!new_items) {
      host->gone = true;  // The lease ends with time, and the push is read again.
      return;
    }
    fetch.set_new_item_count(*new_items);
    state.mutable_push()->set_last_push_us(ToMicros(now));
    const v1::Source& source = commit.record.source;
    if (source.health() == v1::Source::HEALTH_OK && commit.record.next_poll && PushWorks(state.push(), now)) {
      ScheduleInput input{.name = source.name()};
      if (source.has_poll_interval()) input.interval = FromDuration(source.poll_interval());
      input.pushed = true;
      commit.record.next_poll = NextPoll(options_.schedule, input, state, now);
    }
  } else {
    fetch.set_error(std::string(ToStd(status.message())));
    log::Info("push_unreadable", {{"source", commit.record.source.name()}, {"error", status}});
  }
  ports_.metrics.Pushed(status.ok() ? "items" : "unreadable");
  commit.fetches = run.fetches;
  CommitPoll(host, std::move(commit), now);
}

void Crawler::BeginHub(Host* host, SubscriptionRecord subscription) {
  host->hub = std::make_unique<HubRun>(HubRun{std::move(subscription)});
}

WallTime Crawler::AdvanceHub(Host* host, WallTime now) {
  const SubscriptionRecord& subscription = host->hub->subscription;
  if (options_.callback_url.empty()) {
    // Hubs cannot reach us any more; what they still hold of us ends by itself.
    EndHub(host, [](SubscriptionRecord* stored) { stored->ended = true; });
    return WallTime::max();
  }
  WallTime again = now;
  if (!MaySend(host, now, &again)) return again;
  http::Request request;
  request.url = subscription.hub;
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.post = HubRequest(subscription, options_.callback_url + subscription.token);
  request.timeout = options_.fetch_timeout;
  request.body_bytes_max = kHubAnswerBytesMax;
  StartFetch(host, std::move(request), [this](Host* then, const absl::StatusOr<http::Response>& answer) {
    const WallTime later = ports_.clock.Now();
    std::optional<std::chrono::milliseconds> retry_after;
    if (answer.ok()) {
      retry_after = http::RetryAfter(*answer, later);
      TakeAnswer(options_.host, answer->status, retry_after, later, &then->lease.state);
    }
    const int status = answer.ok() ? answer->status : 0;
    std::string why = answer.ok() ? "" : std::string(ToStd(answer.status().message()));
    const SubscriptionRecord& asked = then->hub->subscription;
    log::Info("hub_asked", {{"hub", asked.hub}, {"source", asked.source}, {"status", status}, {"error", why}});
    EndHub(then, [asked, status, why, retry_after, later](SubscriptionRecord* stored) {
      TakeHubAnswer(asked, status, why, retry_after, later, stored);
    });
  });
  return WallTime::max();
}

void Crawler::EndHub(Host* host, std::function<void(SubscriptionRecord*)> change) {
  const WallTime now = ports_.clock.Now();
  HubCommit commit{.token = host->hub->subscription.token, .change = std::move(change), .host = UpdateOf(host, now)};
  host->busy = true;
  const std::string name = host->lease.host;
  ports_.store.CommitHub(std::move(commit), now, [this, name, serial = host->serial](const absl::Status& status) {
    Enter([this, name, serial, status] {
      const auto found = hosts_.find(name);
      if (found != hosts_.end() && found->second->serial == serial) Committed(name, status);
    });
  });
}

}  // namespace dateline::ingestion
