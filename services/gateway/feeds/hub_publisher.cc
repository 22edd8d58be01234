#include "services/gateway/feeds/hub_publisher.h"

#include <pthread.h>

#include <algorithm>
#include <set>

#include "common/base/error.h"
#include "common/http/fetcher.h"
#include "common/log/log.h"
#include "common/metrics/registry.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/gateway/backend/backend.h"
#include "services/gateway/http/message.h"

namespace dateline::gateway {
namespace {

using notification::v1::StreamEventsRequest;
using notification::v1::StreamEventsResponse;

// With more news at once it is cheaper to name every feed than to look at every release.
constexpr size_t kReleasesMax = 200;
constexpr size_t kUrisPerRequest = 50;
constexpr std::chrono::seconds kHubTime{10};
constexpr size_t kAnswerBytesMax = 4'096;
constexpr char kMetric[] = "dateline_gateway_hub_requests_total";

}  // namespace

struct HubPublisher::Inbox {
  Mutex mutex;
  CondVar changed;
  bool stopping GUARDED_BY(mutex) = false;
  bool ended GUARDED_BY(mutex) = true;       // There is no stream.
  bool heard GUARDED_BY(mutex) = false;      // The stream that was opened last has said something.
  bool everything GUARDED_BY(mutex) = true;  // Events may have passed unheard.
  std::string resume_token GUARDED_BY(mutex);
  std::set<std::string> releases GUARDED_BY(mutex);  // Names of those with news.
};

class HubPublisher::Follower final : public EventListener {
 public:
  explicit Follower(std::shared_ptr<Inbox> inbox) : inbox_(std::move(inbox)) {}

  bool OnMessage(const StreamEventsResponse& message) override {
    MutexLock lock(inbox_->mutex);
    inbox_->heard = true;
    inbox_->resume_token = message.resume_token();
    if (!message.has_event()) return true;
    // The subject of an event is the name of its release.
    const auto& attributes = message.event().attributes();
    const auto subject = attributes.find("subject");
    if (subject == attributes.end() || inbox_->releases.size() >= kReleasesMax) {
      inbox_->everything = true;
    } else {
      inbox_->releases.insert(subject->second.ce_string());
    }
    inbox_->changed.NotifyAll();
    return true;
  }

  void OnEnd(const absl::Status& status) override {
    MutexLock lock(inbox_->mutex);
    inbox_->ended = true;
    // Events that are gone cannot be caught up with.
    if (status.code() == absl::StatusCode::kOutOfRange || status.code() == absl::StatusCode::kInvalidArgument) {
      inbox_->resume_token.clear();
      inbox_->everything = true;
    }
    inbox_->changed.NotifyAll();
  }

 private:
  const std::shared_ptr<Inbox> inbox_;
};

HubPublisher::HubPublisher(const Options& options, FeedTopics& topics, EventSource& source, Backend& backend,
                           http::Fetcher& hub, const Clock& clock, metrics::Registry& registry)
    : options_(options),
      topics_(topics),
      source_(source),
      backend_(backend),
      hub_(hub),
      clock_(clock),
      registry_(registry),
      inbox_(std::make_shared<Inbox>()) {}

HubPublisher::~HubPublisher() {
  Stop();
}

void HubPublisher::Start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "hub");
    Run();
  });
}

void HubPublisher::Stop() {
  {
    MutexLock lock(inbox_->mutex);
    inbox_->stopping = true;
    inbox_->changed.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void HubPublisher::Open() {
  StreamEventsRequest request;
  {
    MutexLock lock(inbox_->mutex);
    request.set_resume_token(inbox_->resume_token);
    inbox_->ended = false;
    inbox_->heard = false;
  }
  stream_ = source_.Open(request, std::make_shared<Follower>(inbox_));
}

std::vector<std::string> HubPublisher::Touched() {
  std::set<std::string> names;
  bool everything = false;
  {
    MutexLock lock(inbox_->mutex);
    names.swap(inbox_->releases);
    std::swap(everything, inbox_->everything);
  }
  const MonotonicTime now = clock_.Monotonic();
  if (everything || (!names.empty() && !topics_.any_filtered())) return topics_.All(now);
  std::vector<release::v1::Release> releases;
  for (const std::string& name : names) {
    storage::v1::GetReleaseRequest get;
    get.set_name(name);
    auto found = Ask<storage::v1::GetReleaseResponse>(backend_, get);
    // What a release was that is not to be had, nobody can say.
    if (!found.ok()) return topics_.All(now);
    releases.push_back(std::move(*found->mutable_release()));
  }
  return topics_.Showing(releases, now);
}

bool HubPublisher::Tell(const std::vector<std::string>& uris) {
  std::string form;
  AppendParameter(form, "hub.mode", "publish");
  for (const std::string& uri : uris) AppendParameter(form, "hub.url", uri);
  http::Request request;
  request.url = options_.hub_uri;
  request.body_bytes_max = kAnswerBytesMax;
  request.timeout = kHubTime;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.post = std::move(form);
  request.cut_body = true;
  request.cancelled = [inbox = inbox_] {
    MutexLock lock(inbox->mutex);
    return inbox->stopping;
  };
  const auto answer = hub_.Fetch(request);
  const bool took = answer.ok() && answer->Succeeded();
  // It understood and refused: the same words will not do better later.
  const bool refused = answer.ok() && answer->status >= 400 && answer->status < 500 && answer->status != 408 &&
                       answer->status != 425 && answer->status != 429;
  registry_
      .GetCounter(kMetric, "Requests that told the hub of news, by result",
                  {{"result", took      ? "taken"
                              : refused ? "refused"
                                        : "failed"}})
      .Increment();
  if (!took) {
    log::Warn("hub_not_told", {{"hub", options_.hub_uri},
                               {"feeds", uris.size()},
                               {"again", !refused},
                               {"error", answer.ok() ? "HTTP status " + std::to_string(answer->status)
                                                     : std::string(answer.status().message())}});
  }
  return took || refused;
}

bool HubPublisher::Await(Plan* plan) {
  MutexLock lock(inbox_->mutex);
  while (!inbox_->stopping) {
    const MonotonicTime now = clock_.Monotonic();
    const bool news = inbox_->everything || !inbox_->releases.empty();
    if (!news) plan->news_from = MonotonicTime::max();
    if (news && plan->news_from == MonotonicTime::max()) plan->news_from = now + options_.settle_time;
    if (inbox_->heard) plan->stream_wait = {};
    MonotonicTime next = plan->news_from;
    if (inbox_->ended) next = std::min(next, plan->stream_from);
    if (!plan->owed.empty()) next = std::min(next, plan->hub_from);
    plan->open = inbox_->ended && plan->stream_from <= now;
    plan->look = plan->news_from <= now;
    if (next <= now) return true;
    if (next == MonotonicTime::max()) {
      inbox_->changed.Wait(inbox_->mutex);
    } else {
      inbox_->changed.WaitFor(inbox_->mutex, next - now);
    }
  }
  return false;
}

void HubPublisher::Settle(Plan* plan) {
  while (!plan->owed.empty() && plan->hub_from <= clock_.Monotonic()) {
    std::vector<std::string> some;
    for (auto it = plan->owed.begin(); it != plan->owed.end() && some.size() < kUrisPerRequest; ++it) {
      some.push_back(*it);
    }
    if (!Tell(some)) {
      plan->hub_wait = std::min(std::max(options_.retry_time, plan->hub_wait * 2), options_.retry_time_max);
      plan->hub_from = clock_.Monotonic() + plan->hub_wait;
      return;
    }
    plan->hub_wait = {};
    for (const std::string& uri : some) plan->owed.erase(uri);
  }
}

void HubPublisher::Run() {
  Plan plan;
  while (Await(&plan)) {
    if (plan.open) {
      plan.stream_wait = std::min(std::max(options_.retry_time, plan.stream_wait * 2), options_.retry_time_max);
      plan.stream_from = clock_.Monotonic() + plan.stream_wait;
      Open();
    }
    if (plan.look) {
      for (std::string& uri : Touched()) plan.owed.insert(std::move(uri));
    }
    Settle(&plan);
  }
  if (stream_ != nullptr) stream_->Cancel();
}

}  // namespace dateline::gateway
