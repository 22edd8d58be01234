#include "services/ingestion/polling/crawler.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/http/freshness.h"
#include "common/log/log.h"
#include "common/url/url.h"
#include "services/ingestion/polling/crawl_host.h"

namespace dateline::ingestion {
namespace {

constexpr int kLeasesAtOnce = 64;
constexpr int kTasksAtOnce = 16;
constexpr WallTime kNever = WallTime::max();

absl::Status Deferred(const std::string& source) {
  return Error(absl::StatusCode::kFailedPrecondition, "POLL_DEFERRED",
               fmt::format("{} was not polled in time: its host has to rest first; it is polled as soon as that is "
                           "polite",
                           source),
               {{"source", source}});
}

}  // namespace

Crawler::Crawler(CrawlOptions options, Ports ports, std::function<void()> wake)
    : options_(std::move(options)), ports_(std::move(ports)), wake_(std::move(wake)) {}

Crawler::~Crawler() = default;

void Crawler::Enter(std::function<void()> event) {
  {
    MutexLock lock(mutex_);
    inbox_.push_back(std::move(event));
  }
  if (wake_) wake_();
}

bool Crawler::RunInbox() {
  std::deque<std::function<void()>> events;
  {
    MutexLock lock(mutex_);
    events.swap(inbox_);
  }
  for (const auto& event : events) event();
  return !events.empty();
}

void Crawler::Nudge() {
  {
    MutexLock lock(mutex_);
    nudged_ = true;
  }
  if (wake_) wake_();
}

void Crawler::Drain() {
  {
    MutexLock lock(mutex_);
    draining_ = true;
  }
  if (wake_) wake_();
}

bool Crawler::idle() const {
  MutexLock lock(mutex_);
  return under_way_ == 0 && inbox_.empty();
}

size_t Crawler::hosts_under_way() const {
  MutexLock lock(mutex_);
  return under_way_;
}

WallTime Crawler::Step() {
  RunInbox();
  const WallTime now = ports_.clock.Now();
  ExpireWaiting(now);
  LookForHosts(now);
  WallTime next = next_look_;
  for (auto at = hosts_.begin(); at != hosts_.end();) {
    Host& host = *at->second;
    if (!host.busy && !host.gone && host.wake <= now) host.wake = Advance(&host, now);
    if (!host.gone && host.held_until - now < options_.lease / 2) Renew(&host, now);
    if (host.gone) {
      if (hosts_.size() >= static_cast<size_t>(options_.hosts_max)) next_look_ = now;
      at = hosts_.erase(at);
      continue;
    }
    if (!host.busy) next = std::min(next, host.wake);
    ++at;
  }
  MutexLock lock(mutex_);
  under_way_ = hosts_.size() + (looking_ ? 1 : 0);
  return inbox_.empty() && !nudged_ ? std::min(next, next_look_) : now;
}

void Crawler::LookForHosts(WallTime now) {
  bool draining = false;
  {
    MutexLock lock(mutex_);
    if (nudged_) next_look_ = now;
    nudged_ = false;
    draining = draining_;
  }
  if (looking_ || now < next_look_) return;
  const int room = options_.hosts_max - static_cast<int>(hosts_.size());
  next_look_ = now + options_.look_interval;
  LookForPolls();
  if (draining || room <= 0) return;
  looking_ = true;
  ports_.store.LeaseHosts({.holder = options_.holder, .max = std::min(room, kLeasesAtOnce), .duration = options_.lease},
                          now, [this](absl::StatusOr<std::vector<HostLease>> leases) {
                            Enter([this, leases = std::move(leases)] { TakeLeases(leases); });
                          });
}

void Crawler::TakeLeases(absl::StatusOr<std::vector<HostLease>> leases) {
  looking_ = false;
  const WallTime now = ports_.clock.Now();
  if (!leases.ok()) {
    log::Warn("lease_failed", {{"error", leases.status()}});
    return;
  }
  static_assert(kLeasesAtOnce > 0);
  for (HostLease& lease : *leases) {
    auto host = std::make_unique<Host>();
    host->serial = lease.token;
    host->wake = now;
    host->held_until = lease.until;
    host->lease = std::move(lease);
    // Somebody may have asked the host a moment ago, and died before it was written down.
    if (host->lease.inherited) StartRequest(options_.host, now, &host->lease.state);
    hosts_[host->lease.host] = std::move(host);
  }
  if (!leases->empty()) {
    next_look_ = now;  // There may be more.
    return;
  }
  const auto due = ports_.store.NextDue();
  if (due.ok() && *due) next_look_ = std::clamp(**due, now + std::chrono::milliseconds(1), next_look_);
}

bool Crawler::NextTask(Host* host, WallTime now) {
  {
    MutexLock lock(mutex_);
    if (draining_) return false;
  }
  if (EarliestStart(host->lease.state) > now + options_.wait_max) return false;
  if (host->tasks.empty()) {
    auto tasks = ports_.store.Tasks(host->lease.host, now, kTasksAtOnce);
    if (!tasks.ok()) {
      log::Warn("tasks_failed", {{"host", host->lease.host}, {"error", tasks.status()}});
      return false;
    }
    for (Task& task : *tasks) host->tasks.push_back(std::move(task));
  }
  if (host->tasks.empty()) return false;
  Task task = std::move(host->tasks.front());
  host->tasks.pop_front();
  if (task.subscription) {
    BeginHub(host, *std::move(task.subscription));
  } else if (task.delivery) {
    BeginDelivery(host, *std::move(task.poll), *std::move(task.delivery));
  } else if (task.poll) {
    BeginPoll(host, *std::move(task.poll), now);
  } else {
    BeginPage(host, *std::move(task.page), *std::move(task.page_source));
  }
  return true;
}

WallTime Crawler::Advance(Host* host, WallTime now) {
  const bool idle = host->poll == nullptr && host->page == nullptr && host->hub == nullptr;
  if (idle && !NextTask(host, now)) {
    GiveBack(host, now);
    return kNever;
  }
  if (host->hub != nullptr) return AdvanceHub(host, now);
  return host->poll != nullptr ? AdvancePoll(host, now) : AdvancePage(host, now);
}

void Crawler::GiveBack(Host* host, WallTime now) {
  HostUpdate update = UpdateOf(host, now);
  update.release = true;
  host->busy = true;
  const std::string name = host->lease.host;
  ports_.store.CommitHost(std::move(update), now, [this, name, serial = host->serial](const absl::Status& status) {
    Enter([this, name, serial, status] {
      const auto found = hosts_.find(name);
      if (found == hosts_.end() || found->second->serial != serial) return;
      if (!status.ok()) log::Warn("give_back_failed", {{"host", name}, {"error", status}});
      found->second->gone = true;
    });
  });
}

HostUpdate Crawler::UpdateOf(Host* host, WallTime now) {
  host->lease.until = now + options_.lease;
  return {.lease = host->lease, .keep = options_.lease};
}

void Crawler::Renew(Host* host, WallTime now) {
  if (host->renewing) return;
  host->renewing = true;
  const WallTime until = now + options_.lease;
  const std::string name = host->lease.host;
  ports_.store.CommitHost({.lease = host->lease, .keep = options_.lease}, now,
                          [this, name, until, serial = host->serial](const absl::Status& status) {
                            Enter([this, name, until, serial, status] {
                              const auto found = hosts_.find(name);
                              if (found == hosts_.end() || found->second->serial != serial) return;
                              Host& renewed = *found->second;
                              renewed.renewing = false;
                              if (status.ok()) renewed.held_until = std::max(renewed.held_until, until);
                              if (ErrorReason(status) == kReasonHostLeaseLost) Lose(&renewed);
                            });
                          });
}

void Crawler::Lose(Host* host) {
  log::Warn("lease_lost", {{"host", host->lease.host}});
  ports_.metrics.LeaseLost();
  // What is under way ends for nothing; whoever holds the host does it.
  host->gone = true;
}

void Crawler::Committed(const std::string& name, const absl::Status& status) {
  const auto found = hosts_.find(name);
  if (found == hosts_.end()) return;
  Host& host = *found->second;
  if (!status.ok()) {
    if (ErrorReason(status) == kReasonHostLeaseLost) ports_.metrics.LeaseLost();
    log::Warn("commit_failed", {{"host", name}, {"error", status}});
    // What was done is done again by whoever holds the host next.
    host.gone = true;
    return;
  }
  host.held_until = std::max(host.held_until, host.lease.until);
  host.poll.reset();
  host.page.reset();
  host.hub.reset();
  host.busy = false;
  host.wake = ports_.clock.Now();
}

bool Crawler::MaySend(Host* host, WallTime now, WallTime* again) {
  if (host->held_until <= now) {
    // The store has been away for so long that another may have taken the host.
    *again = kNever;
    Lose(host);
    return false;
  }
  const WallTime earliest = EarliestStart(host->lease.state);
  if (earliest <= now) return true;
  *again = earliest;
  if (earliest > now + options_.wait_max) {
    // The task stays due; the host is taken again when it has rested.
    host->poll.reset();
    host->page.reset();
    host->hub.reset();
    host->tasks.clear();
    GiveBack(host, now);
  }
  return false;
}

bool Crawler::MayStart(Host* host, const std::string& url, WallTime now, WallTime* again, RobotsBook::Answer* robots) {
  const auto parsed = url::Parse(url);
  *robots = RobotsBook::Answer::kAllowed;
  if (!parsed.ok()) return true;  // The fetcher words the error.
  const std::string origin = parsed->Origin();
  *robots = ports_.robots.Ask(origin, parsed->PathAndQuery(), ports_.clock.Monotonic());
  if (*robots != RobotsBook::Answer::kAllowed && *robots != RobotsBook::Answer::kFetch) return true;
  if (!MaySend(host, now, again)) return false;
  if (*robots == RobotsBook::Answer::kAllowed) return true;
  http::Request request;
  request.url = origin + "/robots.txt";
  request.body_bytes_max = kRobotsFetchBytesMax;
  request.timeout = options_.fetch_timeout;
  request.typed = host->poll != nullptr && host->poll->record.state.typed();
  *again = kNever;
  StartFetch(host, std::move(request), [this, origin](Host* then, absl::StatusOr<http::Response> answer) {
    const WallTime later = ports_.clock.Now();
    if (answer.ok()) {
      TakeAnswer(options_.host, answer->status, http::RetryAfter(*answer, later), later, &then->lease.state);
    }
    ports_.robots.Learn(origin, answer, ports_.clock.Monotonic(), EarliestStart(then->lease.state) - later);
    SetCrawlDelay(options_.host, ports_.robots.CrawlDelay(origin), &then->lease.state);
    // The interval that was just learnt counts from this very request on.
    StartRequest(options_.host, later, &then->lease.state);
  });
  return false;
}

void Crawler::StartFetch(Host* host, http::Request request, Then then) {
  StartRequest(options_.host, ports_.clock.Now(), &host->lease.state);
  host->busy = true;
  const std::string name = host->lease.host;
  const std::string kind = request.url.ends_with("/robots.txt") ? "robots"
                           : host->hub != nullptr               ? "hub"
                           : host->poll != nullptr              ? "source"
                                                                : "page";
  const MonotonicTime started = ports_.clock.Monotonic();
  ports_.fetcher.Start(std::move(request), [this, name, kind, started, serial = host->serial,
                                            then = std::move(then)](absl::StatusOr<http::Response> answer) {
    const std::string result = !answer.ok()                                    ? "failed"
                               : answer->status == 304                         ? "not_modified"
                               : answer->Succeeded()                           ? "ok"
                               : answer->status >= 400 && answer->status < 500 ? "refused"
                                                                               : "failed";
    ports_.metrics.Fetched(kind, result, ports_.clock.Monotonic() - started, answer.ok() ? answer->body.size() : 0);
    // Shared only because a std::function has to be copyable.
    auto held = std::make_shared<absl::StatusOr<http::Response>>(std::move(answer));
    Enter([this, name, kind, serial, then, held] {
      const auto found = hosts_.find(name);
      if (found == hosts_.end() || found->second->serial != serial) return;
      found->second->busy = false;
      found->second->wake = ports_.clock.Now();
      if (kind == "robots" || kind == "hub" || !held->ok() || (*held)->redirects.empty()) {
        then(found->second.get(), *std::move(held));
      } else {
        CheckRedirect(found->second.get(), held, then);
      }
    });
  });
}

void Crawler::CheckRedirect(Host* host, std::shared_ptr<absl::StatusOr<http::Response>> answer, const Then& then) {
  const std::string url = (*answer)->final_url;
  const auto parsed = url::Parse(url);
  if (!parsed.ok()) return then(host, *std::move(answer));
  const std::string origin = parsed->Origin();
  const auto judge = [this, answer, then, url, origin, path = parsed->PathAndQuery()](Host* later) {
    const RobotsBook::Answer robots = ports_.robots.Ask(origin, path, ports_.clock.Monotonic());
    if (robots == RobotsBook::Answer::kAllowed) return then(later, *std::move(answer));
    then(later,
         RobotsDisallowed(url, origin, robots == RobotsBook::Answer::kUnreachable, ports_.robots.LastStatus(origin)));
  };
  if (ports_.robots.Ask(origin, parsed->PathAndQuery(), ports_.clock.Monotonic()) != RobotsBook::Answer::kFetch) {
    return judge(host);
  }
  http::Request request;
  request.url = origin + "/robots.txt";
  request.body_bytes_max = kRobotsFetchBytesMax;
  request.timeout = options_.fetch_timeout;
  StartFetch(host, std::move(request),
             [this, origin, judge](Host* later, const absl::StatusOr<http::Response>& robots) {
               ports_.robots.Learn(origin, robots, ports_.clock.Monotonic());
               judge(later);
             });
}

void Crawler::AwaitPoll(const std::string& source, WallTime since, WallTime give_up, PollDone done) {
  MutexLock lock(mutex_);
  waiting_.push_back({source, since, give_up, std::move(done)});
}

void Crawler::LookForPolls() {
  std::set<std::string> sources;
  {
    MutexLock lock(mutex_);
    for (const Waiting& waiting : waiting_) sources.insert(waiting.source);
  }
  for (const std::string& source : sources) {
    const auto record = ports_.store.Get(source);
    const auto page = ports_.store.ListFetches(source, options_.pages_per_poll, std::nullopt);
    if (!record.ok() || !page.ok()) continue;
    // The fetch of the source itself has the outcome of a poll; those of further pages stand before it.
    const auto own = std::find_if(page->fetches.begin(), page->fetches.end(), [&](const v1::Fetch& fetch) {
      return !fetch.pushed() && fetch.uri() == record->source.uri();
    });
    if (own != page->fetches.end()) AnswerWaiting(source, FromTimestamp(own->start_time()), *own);
  }
}

void Crawler::AnswerWaiting(const std::string& source, WallTime begun, const absl::StatusOr<v1::Fetch>& outcome) {
  std::vector<PollDone> answered;
  {
    MutexLock lock(mutex_);
    for (auto at = waiting_.begin(); at != waiting_.end();) {
      if (at->source != source || begun < at->since) {
        ++at;
        continue;
      }
      answered.push_back(std::move(at->done));
      at = waiting_.erase(at);
    }
  }
  for (const PollDone& done : answered) done(outcome);
}

void Crawler::ExpireWaiting(WallTime now) {
  std::vector<Waiting> expired;
  {
    MutexLock lock(mutex_);
    for (auto at = waiting_.begin(); at != waiting_.end();) {
      if (at->give_up > now && !draining_) {
        ++at;
        continue;
      }
      expired.push_back(std::move(*at));
      at = waiting_.erase(at);
    }
  }
  for (const Waiting& waiting : expired) waiting.done(Deferred(waiting.source));
}

}  // namespace dateline::ingestion
