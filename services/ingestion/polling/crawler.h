#pragma once
// Polls sources, fetches the pages of their items, and deals with hubs. It leases hosts that have something to do, and
// at each of them does one thing after another: robots.txt when it is not known, the next source or page as soon as the
// host's budget allows, the outcome to the store. Many hosts are under way at once on one thread: nothing here blocks
// but short reads of the store. What a poll found and what was done with it is committed before the next thing begins,
// so a process that dies repeats at most one request for each host.
//
// Step() is the whole machine and belongs to one thread, a CrawlThread or a simulation. Callbacks of the ports may come
// on any thread; they only enter a result into the inbox and wake the thread. All ports outlive the crawler, and no
// callback may come after the crawler has gone: stop fetcher and store's writer first.

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "common/http/fetcher.h"
#include "services/ingestion/archive.h"
#include "services/ingestion/health/source_health.h"
#include "services/ingestion/polling/crawl_metrics.h"
#include "services/ingestion/polling/fetch_cache.h"
#include "services/ingestion/polling/host_budget.h"
#include "services/ingestion/polling/item_plan.h"
#include "services/ingestion/polling/robots_book.h"
#include "services/ingestion/polling/schedule.h"
#include "services/ingestion/polling/source_reader.h"
#include "services/ingestion/sources/source_store.h"

namespace dateline::ingestion {

struct CrawlOptions {
  std::string holder = "ingestion";                // Of leases; unique among replicas.
  int hosts_max = 256;                             // Under way at once.
  std::chrono::milliseconds lease{60'000};         // Renewed when half of it is over.
  std::chrono::milliseconds look_interval{1'000};  // For work that others made (RPCs, replicas).
  // A host that has to rest longer than this is given back.
  std::chrono::milliseconds wait_max{30'000};
  std::chrono::milliseconds fetch_timeout{30'000};
  std::chrono::milliseconds store_timeout{10'000};  // For one document at storage.
  size_t source_bytes_max = size_t{16} << 20;       // Of a feed, sitemap or listing.
  int pages_per_poll = 5;                           // Of a listing or sitemap index.
  // Where hubs reach us, without the token: "https://news.example/websub/". Empty: no hub is subscribed to.
  std::string callback_url;
  HostLimits host;
  ScheduleLimits schedule;
  ItemLimits items;
};

class Crawler {
 public:
  struct Ports {
    SourceStore& store;
    http::AsyncFetcher& fetcher;
    Archive& archive;
    const SourceReader& reader;
    RobotsBook& robots;
    FetchCache& cache;
    CrawlMetrics& metrics;
    const Clock& clock;
    // Runs work that takes time (parsing) somewhere; at once when it is empty.
    std::function<void(std::function<void()>)> run = nullptr;
  };

  // `wake` is called from any thread when Step() has something to do.
  Crawler(CrawlOptions options, Ports ports, std::function<void()> wake);
  ~Crawler();
  Crawler(const Crawler&) = delete;
  Crawler& operator=(const Crawler&) = delete;

  // Does what can be done now and returns when it has to be called again at the latest.
  WallTime Step();

  // Looks for work at the next Step() instead of at the next interval. Any thread.
  void Nudge();
  // Calls `done` with the outcome of the next poll of this source that began at `since` or later, here or in another
  // process that shares the store. Any thread. When `give_up` comes first: FAILED_PRECONDITION (POLL_DEFERRED).
  using PollDone = std::function<void(absl::StatusOr<v1::Fetch>)>;
  void AwaitPoll(const std::string& source, WallTime since, WallTime give_up, PollDone done);
  // Begins nothing new. Step() goes on until idle().
  void Drain();
  bool idle() const;
  size_t hosts_under_way() const;

 private:
  struct Host;
  struct PollRun;
  struct PageRun;
  struct HubRun;
  struct Waiting {
    std::string source;
    WallTime since;
    WallTime give_up;
    PollDone done;
  };

  void Enter(std::function<void()> event);
  bool RunInbox();
  void LookForHosts(WallTime now);
  void TakeLeases(absl::StatusOr<std::vector<HostLease>> leases);
  WallTime Advance(Host* host, WallTime now);
  bool NextTask(Host* host, WallTime now);
  void GiveBack(Host* host, WallTime now);
  void Committed(const std::string& host, const absl::Status& status);

  // True when the host's budget allows a request now. Otherwise `*again` says when to ask anew, unless the host is
  // given back because it has to rest for long.
  bool MaySend(Host* host, WallTime now, WallTime* again);
  // The same for what robots.txt has a say in: true when the request may begin: robots.txt is known and allows it, and
  // the budget does. Otherwise `*again` says when to ask anew, or a fetch of robots.txt is under way.
  bool MayStart(Host* host, const std::string& url, WallTime now, WallTime* again, RobotsBook::Answer* robots);
  using Then = std::function<void(Host*, absl::StatusOr<http::Response>)>;
  void StartFetch(Host* host, http::Request request, Then then);
  // A redirect may lead to an origin whose own robots.txt forbids it; then nothing of the answer is kept.
  void CheckRedirect(Host* host, std::shared_ptr<absl::StatusOr<http::Response>> answer, const Then& then);

  void BeginPoll(Host* host, SourceRecord record, WallTime now);
  WallTime AdvancePoll(Host* host, WallTime now);
  void ReadAnswer(Host* host, http::Response answer, WallTime now);
  void PollAnswered(Host* host, absl::StatusOr<http::Response> answer);
  void PollRead(Host* host, absl::StatusOr<SourceContent> content);
  // What the items that were read mean, into the commit; nullopt when the store failed.
  std::optional<int> PlanCommit(PollRun* run, WallTime now, PollCommit* commit);
  // When its pages are read by another recipe than before: they are due again. False when the store failed.
  bool PlanRecipeChange(const PollRun& run, WallTime now, PollCommit* commit);
  void KeepValidators(const PollRun& run, WallTime now, state::SourceState* state) const;
  // nullopt: never.
  std::optional<WallTime> PlanNextPoll(const PollRun& run, const SourceRecord& record, WallTime now) const;
  void EndPoll(Host* host, PollObservation observation);
  void CommitPoll(Host* host, PollCommit commit, WallTime now);

  void BeginDelivery(Host* host, SourceRecord record, Delivery delivery);
  void EndDelivery(Host* host, const absl::Status& status);
  void BeginHub(Host* host, SubscriptionRecord subscription);
  WallTime AdvanceHub(Host* host, WallTime now);
  void EndHub(Host* host, std::function<void(SubscriptionRecord*)> change);

  void BeginPage(Host* host, ItemRecord item, SourceRecord source);
  WallTime AdvancePage(Host* host, WallTime now);
  void PageAnswered(Host* host, absl::StatusOr<http::Response> answer);
  void PageFailed(Host* host, const std::string& why, bool for_good);
  void PutDocument(Host* host, storage::v1::Document document, state::ItemState::Copy copy);
  void DocumentPut(Host* host, const absl::StatusOr<storage::v1::PutDocumentResponse>& answer,
                   state::ItemState::Copy copy);
  void EndPage(Host* host);

  HostUpdate UpdateOf(Host* host, WallTime now);
  // Prolongs the lease of a host at which one thing takes long.
  void Renew(Host* host, WallTime now);
  // The lease is over, or may be.
  void Lose(Host* host);
  // `begun`: when the poll was.
  void AnswerWaiting(const std::string& source, WallTime begun, const absl::StatusOr<v1::Fetch>& outcome);
  // Answers for polls that other processes made.
  void LookForPolls();
  void ExpireWaiting(WallTime now);

  const CrawlOptions options_;
  const Ports ports_;
  const std::function<void()> wake_;

  // Of the stepping thread.
  std::map<std::string, std::unique_ptr<Host>> hosts_;
  WallTime next_look_;
  bool looking_ = false;

  mutable Mutex mutex_;
  std::deque<std::function<void()>> inbox_ GUARDED_BY(mutex_);
  std::vector<Waiting> waiting_ GUARDED_BY(mutex_);
  bool nudged_ GUARDED_BY(mutex_) = false;
  bool draining_ GUARDED_BY(mutex_) = false;
  size_t under_way_ GUARDED_BY(mutex_) = 0;
};

}  // namespace dateline::ingestion
