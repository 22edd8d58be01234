// The part of the crawler that fetches the pages of items and puts them into the archive.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/http/freshness.h"
#include "common/log/log.h"
#include "common/text/limits.h"
#include "common/text/utf8.h"
#include "common/url/url.h"
#include "services/ingestion/intake.h"
#include "services/ingestion/polling/crawl_host.h"
#include "services/ingestion/polling/crawler.h"
#include "services/ingestion/polling/item_document.h"

namespace dateline::ingestion {
namespace {

using state::ItemState;
using storage::v1::PutDocumentResponse;

constexpr size_t kErrorBytesMax = 300;
constexpr std::chrono::seconds kStorageRetry{30};

// Deleted items are often answered with the home page; that is no page of the item.
bool LeadsHome(const std::string& asked, const http::Response& answer) {
  if (answer.redirects.empty()) return false;
  const auto from = url::Parse(asked);
  const auto to = url::Parse(answer.final_url);
  return from.ok() && to.ok() && from->path != "/" && to->path == "/" && !to->query;
}

// Of the fields that a recipe did not find, those that the page of a release has; what is to be removed may be absent.
std::string NeededAndMissing(const std::vector<std::string>& unmatched) {
  std::vector<std::string_view> needed;
  for (const std::string& field : unmatched) {
    if (field == "title" || field == "date" || field == "body") needed.push_back(field);
  }
  return fmt::format("{}", fmt::join(needed, " and no "));
}

// Errors of the fetcher that another attempt would not change.
bool IsFinal(const std::string& reason) {
  return reason == "FORBIDDEN_ADDRESS" || reason == "INVALID_URI" || reason == "TOO_LARGE" ||
         reason == "ROBOTS_DISALLOWED";
}

}  // namespace

void Crawler::BeginPage(Host* host, ItemRecord item, SourceRecord source) {
  auto run = std::make_unique<PageRun>();
  run->url = item.state.link().empty() ? item.uri : item.state.link();
  run->item = std::move(item);
  run->source = std::move(source);
  host->page = std::move(run);
}

WallTime Crawler::AdvancePage(Host* host, WallTime now) {
  PageRun& run = *host->page;
  if (!HasPage(run.item, run.source.source)) {
    PageFailed(host, "the item has no page of its own", /*for_good=*/true);
    return now;
  }
  WallTime again = now;
  RobotsBook::Answer robots;
  if (!MayStart(host, run.url, now, &again, &robots)) return again;
  if (robots != RobotsBook::Answer::kAllowed) {
    const bool for_good = robots == RobotsBook::Answer::kDisallowed;
    PageFailed(host, for_good ? "robots.txt disallows it for Dateline" : "robots.txt cannot be read", for_good);
    return now;
  }
  http::Request request;
  request.url = run.url;
  request.timeout = options_.fetch_timeout;
  request.body_bytes_max = text::kMaxDocumentBytes;
  const ItemState& state = run.item.state;
  run.recipe = ports_.reader.RecipesOf(run.source.source, now).page;
  // A page that was read by another recipe is needed whole, though the site may not have changed it.
  if (state.copy() == ItemState::COPY_PAGE && state.recipe() == run.recipe) {
    if (!state.etag().empty()) request.headers.emplace_back("If-None-Match", state.etag());
    if (!state.last_modified().empty()) request.headers.emplace_back("If-Modified-Since", state.last_modified());
  }
  StartFetch(host, std::move(request),
             [this](Host* then, absl::StatusOr<http::Response> answer) { PageAnswered(then, std::move(answer)); });
  return WallTime::max();
}

void Crawler::PageAnswered(Host* host, absl::StatusOr<http::Response> answer) {
  PageRun& run = *host->page;
  const WallTime now = ports_.clock.Now();
  if (!answer.ok()) {
    return PageFailed(host, std::string(ToStd(answer.status().message())), IsFinal(ErrorReason(answer.status())));
  }
  const int status = answer->status;
  TakeAnswer(options_.host, status, http::RetryAfter(*answer, now), now, &host->lease.state);
  if (status == 429 || status == 503) {
    // The host is overloaded; that says nothing about this page, and the page waits with the host.
    run.item.due = EarliestStart(host->lease.state);
    run.failed = true;
    run.why = fmt::format("HTTP status {}", status);
    return EndPage(host);
  }
  if (status == 304) {
    run.item.due = RecheckTime(options_.items, /*changed=*/false, now, &run.item.state);
    run.taken = true;
    return EndPage(host);
  }
  if (!answer->Succeeded()) {
    return PageFailed(host, fmt::format("HTTP status {}", status), status >= 400 && status < 500 && status != 408);
  }
  if (LeadsHome(run.url, *answer)) return PageFailed(host, "its address leads to the home page", /*for_good=*/true);
  run.answer.headers = answer->headers;
  absl::StatusOr<storage::v1::Document> document = PageDocument(run.item, *std::move(answer), now);
  if (!document.ok()) return PageFailed(host, std::string(ToStd(document.status().message())), /*for_good=*/true);
  if (auto page = ports_.reader.ReadPage(run.source.source, *document, now)) {
    if (!page->unmatched.empty()) {
      log::Warn("recipe_matches_nothing", {{"source", run.source.source.name()},
                                           {"version", page->reading.version()},
                                           {"fields", fmt::format("{}", fmt::join(page->unmatched, ", "))},
                                           {"url", run.url}});
    }
    // Older pages may have an older layout; only new ones tell whether the recipe still fits.
    if (run.item.state.copy() == ItemState::COPY_NONE) run.unmatched = NeededAndMissing(page->unmatched);
    *document->mutable_feed_hints()->mutable_recipe() = std::move(page->reading);
  } else if (!run.item.state.recipe().empty()) {
    // An empty reading takes back the one that a recipe gave which holds no more.
    document->mutable_feed_hints()->mutable_recipe();
  }
  PutDocument(host, *std::move(document), ItemState::COPY_PAGE);
}

void Crawler::PageFailed(Host* host, const std::string& why, bool for_good) {
  PageRun& run = *host->page;
  ItemState& state = run.item.state;
  const WallTime now = ports_.clock.Now();
  // A page that was taken before and cannot be read again says nothing of what the source gives now.
  run.failed = HasPage(run.item, run.source.source) && state.copy() != ItemState::COPY_PAGE;
  run.why = std::string(text::TruncateUtf8(why, kErrorBytesMax));
  state.set_last_error(text::ReplaceInvalidUtf8(run.why));
  state.set_attempts(state.attempts() + 1);
  run.item.due = for_good ? std::nullopt : RetryTime(options_.items, state.attempts(), now);
  if (run.item.due) return EndPage(host);
  // What the source itself says is better than nothing, but never replaces the page.
  const ItemState::Copy best = state.content().empty() ? ItemState::COPY_SUMMARY : ItemState::COPY_CONTENT;
  auto document = ContentDocument(run.item, now);
  if (!document || state.copy() > best) {
    ports_.metrics.Item("given_up");
    return EndPage(host);
  }
  PutDocument(host, *std::move(document), best);
}

void Crawler::PutDocument(Host* host, storage::v1::Document document, ItemState::Copy copy) {
  storage::v1::PutDocumentRequest request;
  *request.mutable_document() = std::move(document);
  host->busy = true;
  ports_.archive.PutDocument(
      std::move(request), options_.store_timeout,
      [this, copy, name = host->lease.host, serial = host->serial](absl::StatusOr<PutDocumentResponse> answer) {
        Enter([this, copy, name, serial, answer = std::move(answer)] {
          const auto found = hosts_.find(name);
          if (found == hosts_.end() || found->second->serial != serial) return;
          found->second->busy = false;
          found->second->wake = ports_.clock.Now();
          DocumentPut(found->second.get(), answer, copy);
        });
      });
}

void Crawler::DocumentPut(Host* host, const absl::StatusOr<PutDocumentResponse>& answer, ItemState::Copy copy) {
  PageRun& run = *host->page;
  ItemState& state = run.item.state;
  const WallTime now = ports_.clock.Now();
  if (!answer.ok()) {
    const bool later = absl::IsUnavailable(answer.status()) || absl::IsResourceExhausted(answer.status()) ||
                       absl::IsDeadlineExceeded(answer.status());
    if (!later && copy == ItemState::COPY_PAGE) {
      return PageFailed(host, std::string(ToStd(answer.status().message())), /*for_good=*/true);
    }
    // Storage is away: the item waits, and nobody is to blame for it.
    run.item.due = later ? std::optional(now + kStorageRetry) : std::nullopt;
    state.set_last_error(text::ReplaceInvalidUtf8(ToStd(answer.status().message())));
    return EndPage(host);
  }
  if (state.copy() == ItemState::COPY_NONE && state.publish_us() != 0) {
    ports_.metrics.Detected(now - FromMicros(state.publish_us()));
  }
  ports_.metrics.Item(copy == ItemState::COPY_PAGE ? "page" : "content");
  state.set_copy(copy);
  state.set_document_uri(answer->document().uri());
  if (copy != ItemState::COPY_PAGE) return EndPage(host);
  run.taken = true;
  state.set_attempts(0);
  state.clear_last_error();
  state.set_etag(text::ReplaceInvalidUtf8(run.answer.Header("etag")));
  state.set_last_modified(text::ReplaceInvalidUtf8(run.answer.Header("last-modified")));
  ForgetWords(&state);
  // What another recipe finds says nothing of what the site does.
  const bool changed = answer->outcome() != PutDocumentResponse::OUTCOME_UNCHANGED && state.recipe() == run.recipe;
  state.set_recipe(run.recipe);
  run.item.due = RecheckTime(options_.items, changed, now, &state);
  EndPage(host);
}

void Crawler::EndPage(Host* host) {
  PageRun& run = *host->page;
  const WallTime now = ports_.clock.Now();
  PageCommit commit;
  const state::HealthState& health = run.source.state.health();
  const bool fits = !run.unmatched || (run.unmatched->empty() && health.unmatched_pages() == 0);
  const bool nothing_new = run.taken && fits && health.failed_pages() == 0;
  if (!nothing_new && (run.taken || run.failed)) {
    const PageObservation page{.taken = run.taken, .detail = run.why, .unmatched = run.unmatched};
    commit.judge = [this, now, page](SourceRecord* record) {
      std::optional<eventlog::NewEvent> event;
      if (auto verdict = ObservePage(page, record->source.health(), &record->state)) {
        event = ChangeHealth(*verdict, now, &record->source, &record->state);
      }
      if (event) ports_.metrics.HealthChanged(v1::Source::Health_Name(record->source.health()));
      return event;
    };
  }
  commit.item = run.item;
  commit.host = UpdateOf(host, now);
  host->busy = true;
  const std::string name = host->lease.host;
  ports_.store.CommitPage(std::move(commit), now, [this, name, serial = host->serial](const absl::Status& status) {
    Enter([this, name, serial, status] {
      const auto found = hosts_.find(name);
      if (found != hosts_.end() && found->second->serial == serial) Committed(name, status);
    });
  });
}

}  // namespace dateline::ingestion
