#include "common/http/curl_fetcher.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <pthread.h>

#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/http/curl_transfer.h"
#include "common/url/url.h"

namespace dateline::http {
namespace {

// How long the thread may sleep; transfers ask meanwhile whether they are cancelled.
constexpr int kPollMs = 200;

using SteadyTime = std::chrono::steady_clock::time_point;

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

absl::StatusOr<url::Url> ParseTarget(std::string_view text, const url::Url* base) {
  DATELINE_ASSIGN_OR_RETURN(url::Url url, url::Parse(text, base));
  if (!url.IsHttp()) {
    return Error(
        absl::StatusCode::kInvalidArgument, "INVALID_URI",
        fmt::format("the URL \"{}\" has the scheme \"{}\"; only http and https are fetched", url.Href(), url.scheme),
        {{"part", "scheme"}});
  }
  url.username.clear();
  url.password.clear();
  url.fragment.reset();
  return url;
}

// A fetch with all its redirects.
struct Job {
  Request request;
  AsyncFetcher::Done done;
  SteadyTime deadline;
  url::Url url;
  std::vector<std::string> redirects;
  std::string moved_to;
  bool only_permanent = true;
  std::unique_ptr<CurlTransfer> transfer;
};

}  // namespace

// The thread and what only it touches, besides the queue of jobs that come in.
class CurlFetcher::Driver {
 public:
  explicit Driver(const Options& options) : options_(options), multi_(curl_multi_init()) {
    DATELINE_CHECK(multi_ != nullptr, "libcurl gives no multi handle");
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, options.idle_connections_max);
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "curl");
      Run();
    });
  }
  ~Driver() {
    Stop();
    curl_multi_cleanup(multi_);
  }

  void Add(Request request, Done done) {
    auto job = std::make_unique<Job>();
    job->deadline = std::chrono::steady_clock::now() + request.timeout;
    job->request = std::move(request);
    job->done = std::move(done);
    {
      MutexLock lock(mutex_);
      if (!stopping_) {
        incoming_.push_back(std::move(job));
        curl_multi_wakeup(multi_);
        return;
      }
    }
    job->done(FetchCancelled(job->request.url));
  }

  void Stop() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_);
    const std::lock_guard<std::mutex> joining(join_mutex_);
    if (thread_.joinable()) thread_.join();
  }

 private:
  void Run() {
    while (TakeIncoming()) {
      int running = 0;
      curl_multi_perform(multi_, &running);
      TakeFinished();
      curl_multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
    }
    for (auto& [handle, job] : jobs_) {
      curl_multi_remove_handle(multi_, handle);
      job->done(FetchCancelled(job->request.url));
    }
    jobs_.clear();
  }

  // False when the thread has to end.
  bool TakeIncoming() {
    std::deque<std::unique_ptr<Job>> incoming;
    bool stopping = false;
    {
      MutexLock lock(mutex_);
      incoming.swap(incoming_);
      stopping = stopping_;
    }
    for (auto& job : incoming) {
      if (stopping) {
        job->done(FetchCancelled(job->request.url));
        continue;
      }
      absl::StatusOr<url::Url> url = ParseTarget(job->request.url, nullptr);
      if (!url.ok()) {
        job->done(std::move(url).status());
        continue;
      }
      job->url = *std::move(url);
      Begin(std::move(job));
    }
    return !stopping;
  }

  // One hop of a job.
  void Begin(std::unique_ptr<Job> job) {
    const std::string href = job->url.Href();
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(job->deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return job->done(FetchFailed(href, "it took too long; try again later"));
    const bool first = job->redirects.empty();
    // An address in the URL itself needs no name resolution to be refused.
    if (const auto ip = ParseIpAddress(job->url.host.value_or(""));
        ip && !options_.policy.Allows(*job->url.host, *ip)) {
      const bool typed = first && job->request.typed && options_.typed_loopback && IsLoopbackAddress(*ip);
      if (!typed) return job->done(ForbiddenAddress(href, *ip, options_.policy_key));
    }
    job->transfer = std::make_unique<CurlTransfer>(options_, job->request, job->url, first);
    CURL* const handle = job->transfer->handle();
    if (handle == nullptr) return job->done(FetchFailed(href, "libcurl gives no handle; memory may be short"));
    job->transfer->SetTimeout(left);
    curl_multi_add_handle(multi_, handle);
    jobs_[handle] = std::move(job);
  }

  void TakeFinished() {
    int left = 0;
    while (CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      CURL* const handle = message->easy_handle;
      const CURLcode code = message->data.result;
      const auto found = jobs_.find(handle);
      std::unique_ptr<Job> job = std::move(found->second);
      jobs_.erase(found);
      curl_multi_remove_handle(multi_, handle);
      absl::StatusOr<Response> answer = job->transfer->Finish(code);
      job->transfer.reset();
      Continue(std::move(job), std::move(answer));
    }
  }

  void Continue(std::unique_ptr<Job> job, absl::StatusOr<Response> answer) {
    if (!answer.ok()) return job->done(std::move(answer));
    const bool keeps_method = answer->status == 307 || answer->status == 308;
    const bool redirected = job->request.follow_redirects && IsRedirect(answer->status) &&
                            !answer->Header("location").empty() && (keeps_method || !job->request.post);
    if (!redirected) {
      answer->redirects = std::move(job->redirects);
      answer->moved_to = std::move(job->moved_to);
      return job->done(std::move(answer));
    }
    if (job->redirects.size() == static_cast<size_t>(kRedirectsMax)) {
      return job->done(FetchFailed(job->request.url,
                                   fmt::format("more than {} redirects, the last to {}; the site is set up wrongly",
                                               kRedirectsMax, answer->Header("location").substr(0, 200))));
    }
    absl::StatusOr<url::Url> next = ParseTarget(answer->Header("location"), &job->url);
    if (!next.ok()) return job->done(WithContext(std::move(next).status(), "redirect from " + job->url.Href()));
    job->redirects.push_back(job->url.Href());
    job->url = *std::move(next);
    job->only_permanent = job->only_permanent && (answer->status == 301 || answer->status == 308);
    if (job->only_permanent) job->moved_to = job->url.Href();
    Begin(std::move(job));
  }

  const Options& options_;
  CURLM* const multi_;
  std::map<CURL*, std::unique_ptr<Job>> jobs_;  // Of the thread.
  Mutex mutex_;
  std::deque<std::unique_ptr<Job>> incoming_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::mutex join_mutex_;  // Held over the join, so that a second Stop() waits for the first.
  std::thread thread_;
};

CurlFetcher::CurlFetcher(Options options)
    : options_(std::move(options)), driver_([this] {
        static std::once_flag once;
        std::call_once(once, [] {
          DATELINE_CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl cannot be set up");
        });
        return std::make_unique<Driver>(options_);
      }()) {}

CurlFetcher::~CurlFetcher() = default;

void CurlFetcher::Start(Request request, Done done) {
  driver_->Add(std::move(request), std::move(done));
}

void CurlFetcher::Stop() {
  driver_->Stop();
}

absl::StatusOr<Response> CurlFetcher::Fetch(const Request& request) {
  struct Wait {
    Mutex mutex;
    CondVar done;
    std::optional<absl::StatusOr<Response>> result GUARDED_BY(mutex);
  };
  Wait wait;
  Start(request, [&wait](absl::StatusOr<Response> result) {
    MutexLock lock(wait.mutex);
    wait.result = std::move(result);
    wait.done.NotifyAll();
  });
  MutexLock lock(wait.mutex);
  while (!wait.result) wait.done.Wait(wait.mutex);
  return *std::move(wait.result);
}

}  // namespace dateline::http
