// The part of the crawler that polls sources.

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "common/http/freshness.h"
#include "common/http/link_header.h"
#include "common/log/log.h"
#include "common/text/utf8.h"
#include "services/ingestion/polling/crawl_host.h"
#include "services/ingestion/polling/crawler.h"
#include "services/ingestion/websub/subscription_rules.h"

namespace dateline::ingestion {
namespace {

using Answer = PollObservation::Answer;
using std::chrono::milliseconds;

// Polls in a row that have to see the same permanent redirect before it is believed.
constexpr uint32_t kSightingsToMove = 3;
constexpr size_t kErrorBytesMax = 500;
constexpr size_t kDisplayNameCharactersMax = 63;

std::string ShortError(std::string_view error) {
  return std::string(text::TruncateUtf8(error, kErrorBytesMax));
}

Answer AnswerOf(int status) {
  switch (status) {
    case 304:
      return Answer::kUnchanged;
    case 401:
    case 403:
    case 429:
    case 451:
      return Answer::kRefused;
    case 404:
      return Answer::kMissing;
    case 410:
      return Answer::kGone;
    default:
      return status >= 200 && status < 300 ? Answer::kItems : Answer::kFailed;
  }
}

std::string NameFrom(std::string_view title) {
  std::string name = text::CollapseSpace(title);
  while (text::CountCodePoints(name) > kDisplayNameCharactersMax) {
    name.resize(name.size() - text::CodePointBefore(name, name.size()).length);
  }
  return name;
}

// The observation of a list of items.
PollObservation ObservationOf(const SourceContent& content) {
  PollObservation seen;
  seen.items = static_cast<int>(content.items.size());
  for (const ListedItem& item : content.items) {
    seen.with_title += item.title.empty() ? 0 : 1;
    seen.with_date += item.publish_time || item.update_time ? 1 : 0;
    seen.with_link += item.link.empty() ? 0 : 1;
  }
  seen.scripted = content.scripted && content.items.empty();
  return seen;
}

// Counts sightings of a permanent redirect; gives the address to adopt once it was seen often enough.
std::string SeeRedirect(const http::Response& answer, state::SourceState* source) {
  const bool good = answer.Succeeded() || answer.status == 304;
  if (!good) return {};
  if (answer.moved_to.empty()) {
    source->clear_moved_to();
    source->set_moved_sightings(0);
    return {};
  }
  source->set_moved_sightings(source->moved_to() == answer.moved_to ? source->moved_sightings() + 1 : 1);
  source->set_moved_to(answer.moved_to);
  if (source->moved_sightings() < kSightingsToMove) return {};
  source->clear_moved_to();
  source->set_moved_sightings(0);
  return answer.moved_to;
}

// The hub of a feed and its topic: headers before content, as WebSub says. A feed that does not say what it calls
// itself is what was asked for.
void FindHub(const http::Response& answer, const SourceContent& content, state::SourceState* source) {
  std::string hub = http::LinkTarget(answer, "hub");
  std::string topic = hub.empty() ? content.topic : http::LinkTarget(answer, "self");
  if (hub.empty()) hub = content.hub;
  if (topic.empty()) topic = content.topic;
  if (topic.empty()) topic = answer.final_url;
  source->set_hub(hub);
  source->set_topic(hub.empty() ? "" : topic);
}

std::vector<WallTime> TimesOf(const std::vector<IdentifiedItem>& items) {
  std::vector<WallTime> times;
  for (const IdentifiedItem& item : items) {
    if (item.item.publish_time) times.push_back(*item.item.publish_time);
  }
  return times;
}

v1::Fetch FetchOf(const std::string& url, WallTime begun, const absl::StatusOr<http::Response>& answer) {
  v1::Fetch fetch;
  *fetch.mutable_start_time() = ToTimestamp(begun);
  fetch.set_uri(url);
  if (answer.ok()) {
    fetch.set_http_status(answer->status);
    fetch.set_received_bytes(answer->body.size());
  } else {
    fetch.set_error(ShortError(ToStd(answer.status().message())));
  }
  return fetch;
}

// The outcome, into the fetch of the source itself, the first; a poll that fetched nothing has one for that.
void NoteOutcome(const PollObservation& observation, int new_items, const std::string& uri, WallTime now,
                 std::vector<v1::Fetch>* fetches) {
  if (fetches->empty()) {
    v1::Fetch& none = fetches->emplace_back();
    *none.mutable_start_time() = ToTimestamp(now);
    none.set_uri(uri);
    none.set_item_count(observation.items);
  }
  v1::Fetch& own = fetches->front();
  own.set_new_item_count(new_items);
  if (own.error().empty()) own.set_error(observation.detail);
}

}  // namespace

void Crawler::BeginPoll(Host* host, SourceRecord record, WallTime now) {
  auto run = std::make_unique<PollRun>();
  run->begun = now;
  run->polled_uri = record.source.uri();
  run->urls.push_back(run->polled_uri);
  run->asked.insert(run->polled_uri);
  run->recipes = ports_.reader.RecipesOf(record.source, now);
  if (record.state.list_recipe() != run->recipes.list) {
    // The same list gives other items now.
    record.state.clear_etag();
    record.state.clear_last_modified();
    record.state.clear_body_sha256();
    record.state.set_list_recipe(run->recipes.list);
  }
  run->record = std::move(record);
  host->poll = std::move(run);
}

WallTime Crawler::AdvancePoll(Host* host, WallTime now) {
  PollRun& run = *host->poll;
  if (run.delivery != 0) {
    ReadAnswer(host, std::move(run.answer), now);
    return WallTime::max();
  }
  const std::string url = run.urls.front();
  const bool first = run.pages == 0;
  if (first && run.record.state.polls() == 0) {
    if (auto cached = ports_.cache.Find(url, /*take=*/true)) {
      ports_.metrics.Fetched("source", "cached", {}, 0);
      run.urls.pop_front();
      run.fetches.push_back(FetchOf(url, now, *cached));
      PollAnswered(host, *std::move(cached));
      return now;
    }
  }
  WallTime again = now;
  RobotsBook::Answer robots;
  if (!MayStart(host, url, now, &again, &robots)) return again;
  if (robots != RobotsBook::Answer::kAllowed) {
    if (!first) {
      EndPoll(host, ObservationOf(run.content));
      return now;
    }
    const bool unreachable = robots == RobotsBook::Answer::kUnreachable;
    EndPoll(host, {.answer = unreachable ? Answer::kFailed : Answer::kForbidden,
                   .detail = unreachable ? "its robots.txt cannot be read, which forbids everything"
                                         : "its robots.txt disallows the address for Dateline"});
    return now;
  }
  run.urls.pop_front();
  http::Request request;
  request.url = url;
  request.timeout = options_.fetch_timeout;
  request.body_bytes_max = options_.source_bytes_max;
  if (first) {
    request.typed = run.record.state.typed();
    const state::SourceState& state = run.record.state;
    if (!state.etag().empty()) request.headers.emplace_back("If-None-Match", state.etag());
    if (!state.last_modified().empty()) request.headers.emplace_back("If-Modified-Since", state.last_modified());
  }
  StartFetch(host, std::move(request), [this, url, now](Host* then, absl::StatusOr<http::Response> answer) {
    then->poll->fetches.push_back(FetchOf(url, now, answer));
    PollAnswered(then, std::move(answer));
  });
  return WallTime::max();
}

void Crawler::PollAnswered(Host* host, absl::StatusOr<http::Response> answer) {
  PollRun& run = *host->poll;
  const WallTime now = ports_.clock.Now();
  const bool first = run.pages++ == 0;
  const std::string detail =
      !answer.ok() ? ShortError(ToStd(answer.status().message())) : fmt::format("HTTP status {}", answer->status);
  if (answer.ok()) {
    const auto retry_after = http::RetryAfter(*answer, now);
    TakeAnswer(options_.host, answer->status, retry_after, now, &host->lease.state);
    if (answer->status == 429 || answer->status == 503) {
      run.retry_after = std::chrono::duration_cast<milliseconds>(EarliestStart(host->lease.state) - now);
    }
  }
  const bool forbidden = ErrorReason(answer.status()) == "ROBOTS_DISALLOWED";
  const Answer kind = answer.ok() ? AnswerOf(answer->status) : forbidden ? Answer::kForbidden : Answer::kFailed;
  if (!first && kind != Answer::kItems) return EndPoll(host, ObservationOf(run.content));
  if (first && answer.ok()) {
    run.fresh_for = http::FreshFor(*answer, now);
    run.adopted_uri = SeeRedirect(*answer, &run.record.state);
  }
  if (kind != Answer::kItems)
    return EndPoll(host, {.answer = kind, .detail = kind == Answer::kUnchanged ? "" : detail});
  if (first) {
    run.body_sha256 = Sha256Hex(answer->body);
    if (run.body_sha256 == run.record.state.body_sha256()) {
      run.answer = *std::move(answer);
      return EndPoll(host, {.answer = Answer::kUnchanged});
    }
  }
  if (first) {
    run.answer.headers = answer->headers;
    run.answer.final_url = answer->final_url;
  }
  ReadAnswer(host, *std::move(answer), now);
}

void Crawler::ReadAnswer(Host* host, http::Response answer, WallTime now) {
  // It is read wherever time may be spent; its text and the source outlive that in `work`.
  struct Work {
    http::Response answer;
    v1::Source source;
    WallTime now;
  };
  auto work = std::make_shared<Work>(Work{std::move(answer), host->poll->record.source, now});
  host->busy = true;
  const auto read = [this, work, name = host->lease.host, serial = host->serial] {
    auto content = std::make_shared<absl::StatusOr<SourceContent>>(
        ports_.reader.Read({.body = work->answer.body,
                            .content_type = work->answer.Header("content-type"),
                            .url = work->answer.final_url,
                            .source = &work->source,
                            .now = work->now}));
    Enter([this, name, serial, content] {
      const auto found = hosts_.find(name);
      if (found == hosts_.end() || found->second->serial != serial) return;
      found->second->busy = false;
      found->second->wake = ports_.clock.Now();
      PollRead(found->second.get(), *std::move(content));
    });
  };
  if (ports_.run) {
    ports_.run(read);
  } else {
    read();
  }
}

void Crawler::PollRead(Host* host, absl::StatusOr<SourceContent> content) {
  PollRun& run = *host->poll;
  if (run.delivery != 0) {
    if (content.ok()) run.content = *std::move(content);
    return EndDelivery(host, content.status());
  }
  const bool first = run.pages == 1;
  if (!content.ok()) {
    if (!first) return EndPoll(host, ObservationOf(run.content));
    return EndPoll(host, {.answer = Answer::kFailed, .detail = ShortError(ToStd(content.status().message()))});
  }
  if (!run.fetches.empty()) run.fetches.back().set_item_count(static_cast<int>(content->items.size()));
  // A further page is worth its request only while everything on this one is new.
  bool all_new = !content->items.empty();
  if (all_new && !content->next_page.empty() && run.record.state.last_success_us() != 0) {
    const auto known =
        ports_.store.FindItems(run.record.source.name(), KeysOf(Identify(content->items, run.polled_uri)));
    all_new = known.ok() && known->empty();
  }
  std::vector<std::string> more = content->children;
  if (all_new && !content->next_page.empty()) more.push_back(content->next_page);
  if (first) {
    run.content = *std::move(content);
  } else {
    std::move(content->items.begin(), content->items.end(), std::back_inserter(run.content.items));
  }
  for (const std::string& url : more) {
    // What lies on another host would be fetched against another budget.
    if (run.pages + static_cast<int>(run.urls.size()) >= options_.pages_per_poll) break;
    if (HostOf(url) == host->lease.host && run.asked.insert(url).second) run.urls.push_back(url);
  }
  if (run.urls.empty()) EndPoll(host, ObservationOf(run.content));
}

std::optional<int> Crawler::PlanCommit(PollRun* run, WallTime now, PollCommit* commit) {
  const std::string name = commit->record.source.name();
  state::SourceState& state = commit->record.state;
  const bool first = state.last_success_us() == 0;
  const std::vector<IdentifiedItem> items = Identify(std::move(run->content.items), run->polled_uri);
  const auto known = ports_.store.FindItems(name, KeysOf(items));
  if (!known.ok()) {
    log::Warn("find_items_failed", {{"source", name}, {"error", known.status()}});
    return std::nullopt;
  }
  ItemPlan plan = PlanItems(options_.items, items, *known, name, first, now);
  for (const ItemRecord& item : plan.changed) {
    ports_.metrics.Item(item.id == 0 ? "new" : item.due ? "edited" : "moved");
  }
  LearnRhythm(first ? TimesOf(items) : plan.new_times, now, &state);
  commit->items = std::move(plan.changed);
  commit->seen_items = std::move(plan.seen);
  return plan.new_items;
}

bool Crawler::PlanRecipeChange(const PollRun& run, WallTime now, PollCommit* commit) {
  state::SourceState& state = commit->record.state;
  if (state.page_recipe() == run.recipes.page) return true;
  const std::string& name = commit->record.source.name();
  auto items = ports_.store.Items(name);
  if (!items.ok()) {
    log::Warn("items_failed", {{"source", name}, {"error", items.status()}});
    return false;
  }
  std::set<int64_t> planned;
  for (const ItemRecord& item : commit->items) planned.insert(item.id);
  int pages = 0;
  for (ItemRecord& item : PlanRereads(options_.items, *std::move(items), run.recipes.page, now)) {
    if (planned.contains(item.id)) continue;
    commit->items.push_back(std::move(item));
    ++pages;
  }
  if (pages > 0) log::Info("recipe_changed", {{"source", name}, {"pages_to_read_again", pages}});
  state.set_page_recipe(run.recipes.page);
  state.mutable_health()->set_unmatched_pages(0);
  return true;
}

// What an answer that could be read, or is the same as before, leaves for the next request.
void Crawler::KeepValidators(const PollRun& run, WallTime now, state::SourceState* state) const {
  state->set_last_success_us(ToMicros(now));
  // A 304 may leave its validators out; then those known still hold.
  if (const auto etag = run.answer.Header("etag"); !etag.empty()) state->set_etag(text::ReplaceInvalidUtf8(etag));
  if (const auto time = run.answer.Header("last-modified"); !time.empty()) {
    state->set_last_modified(text::ReplaceInvalidUtf8(time));
  }
  state->set_subscribe(!options_.callback_url.empty() && !state->hub().empty());
}

std::optional<WallTime> Crawler::PlanNextPoll(const PollRun& run, const SourceRecord& record, WallTime now) const {
  const v1::Source& source = record.source;
  if (source.health() == v1::Source::HEALTH_GONE) return std::nullopt;
  ScheduleInput input{.name = source.name(), .fresh_for = run.fresh_for, .retry_after = run.retry_after};
  // A source that is ill is looked at more often, whoever pushes.
  input.pushed = source.health() == v1::Source::HEALTH_OK && PushWorks(record.state.push(), now);
  if (source.has_poll_interval()) input.interval = FromDuration(source.poll_interval());
  return NextPoll(options_.schedule, input, record.state, now);
}

void Crawler::EndPoll(Host* host, PollObservation observation) {
  PollRun& run = *host->poll;
  const WallTime now = ports_.clock.Now();
  PollCommit commit;
  commit.polled_uri = run.polled_uri;
  commit.record = std::move(run.record);
  commit.next_poll_before = commit.record.next_poll;
  v1::Source& source = commit.record.source;
  state::SourceState& state = commit.record.state;
  state.set_polls(state.polls() + 1);
  state.set_last_poll_us(ToMicros(now));
  int new_items = 0;
  if (observation.answer == Answer::kItems) {
    const auto planned = PlanCommit(&run, now, &commit);
    if (!planned) {
      host->gone = true;  // The lease ends with time, and the source is polled again.
      return;
    }
    new_items = *planned;
    if (new_items > 0 && PushWorks(state.push(), now)) state.mutable_push()->set_missed_us(ToMicros(now));
    if (source.kind() == v1::Source::KIND_UNSPECIFIED) source.set_kind(run.content.kind);
    if (source.display_name().empty()) source.set_display_name(NameFrom(run.content.title));
    state.set_feed_interval_ms(run.content.interval.value_or(milliseconds(0)).count());
    FindHub(run.answer, run.content, &state);
    state.set_body_sha256(run.body_sha256);
  }
  if (observation.answer == Answer::kItems || observation.answer == Answer::kUnchanged) {
    KeepValidators(run, now, &state);
    if (!PlanRecipeChange(run, now, &commit)) {
      host->gone = true;
      return;
    }
  }
  if (!run.adopted_uri.empty()) {
    log::Info("source_moved", {{"source", source.name()}, {"from", source.uri()}, {"to", run.adopted_uri}});
    source.set_uri(run.adopted_uri);
    source.set_etag(UuidV4());
    commit.adopted_host = HostOf(run.adopted_uri);
    state.set_typed(false);  // Nobody typed the new address.
  }
  const Verdict verdict = ObservePoll(observation, now, &state);
  commit.event = ChangeHealth(verdict, now, &source, &state);
  if (commit.event) ports_.metrics.HealthChanged(v1::Source::Health_Name(source.health()));
  commit.record.next_poll = PlanNextPoll(run, commit.record, now);
  NoteOutcome(observation, new_items, run.polled_uri, now, &run.fetches);
  commit.fetches = run.fetches;
  static constexpr const char* kResults[] = {"items", "unchanged", "failed", "missing", "gone", "refused", "forbidden"};
  ports_.metrics.Polled(kResults[static_cast<int>(observation.answer)]);
  CommitPoll(host, std::move(commit), now);
}

void Crawler::CommitPoll(Host* host, PollCommit commit, WallTime now) {
  commit.host = UpdateOf(host, now);
  host->busy = true;
  const std::string name = host->lease.host;
  const std::string source_name = commit.record.source.name();
  const bool polled = commit.delivery == 0;
  const v1::Fetch own = commit.fetches.front();
  const WallTime begun = host->poll->begun;
  ports_.store.CommitPoll(
      std::move(commit), now,
      [this, name, source_name, begun, own, polled, serial = host->serial](const absl::Status& status) {
        Enter([this, name, source_name, begun, own, polled, serial, status] {
          const auto found = hosts_.find(name);
          if (found == hosts_.end() || found->second->serial != serial) return;
          Committed(name, status);
          if (status.ok() && polled) AnswerWaiting(source_name, begun, own);
        });
      });
}

}  // namespace dateline::ingestion
