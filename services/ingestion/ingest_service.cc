#include "services/ingestion/ingest_service.h"

#include <fmt/format.h>

#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/rpc/status.h"
#include "common/text/limits.h"
#include "services/ingestion/intake.h"

namespace dateline::ingestion {
namespace {

constexpr std::chrono::milliseconds kRetryDelay{1'000};

// The errors of a fetch as this service's contract words them.
absl::Status ForCaller(absl::Status status, const std::string& url) {
  const std::string reason = ErrorReason(status);
  if (reason == "FETCH_FAILED") {
    // UNAVAILABLE would say that this service is away, and clients would call again at once: each time a fetch from a
    // site that has trouble already.
    return Error(absl::StatusCode::kFailedPrecondition, reason, ToStd(status.message()), {{"url", url}});
  }
  if (reason != "TOO_LARGE") return status;
  return Error(absl::StatusCode::kInvalidArgument, "DOCUMENT_TOO_LARGE",
               fmt::format("{} is larger than {} bytes, the most that is taken; split it or push a part", url,
                           text::kMaxDocumentBytes),
               {{"limit_bytes", std::to_string(text::kMaxDocumentBytes)}});
}

}  // namespace

IngestServiceImpl::IngestServiceImpl(Options options, rpc::ServerKit& kit, Archive& archive, http::Fetcher& fetcher,
                                     RobotsGate& robots, metrics::Registry& registry, const Clock& clock)
    : options_(options),
      kit_(kit),
      archive_(archive),
      fetcher_(fetcher),
      robots_(robots),
      clock_(clock),
      metrics_(registry),
      fetches_({.name = "fetch", .threads = options.fetch_threads, .queue_max = options.fetch_queue_max}),
      queue_metrics_(
          registry,
          {.queue = "fetch", .depth = [this] { return fetches_.depth(); }, .capacity = options.fetch_queue_max}) {}

IngestServiceImpl::~IngestServiceImpl() {
  Stop();
}

void IngestServiceImpl::Stop() {
  fetches_.Stop();
}

grpc::ServerUnaryReactor* IngestServiceImpl::IngestDocument(grpc::CallbackServerContext* context,
                                                            const v1::IngestDocumentRequest* request,
                                                            v1::IngestDocumentResponse* response) {
  return rpc::UnaryAsync(
      kit_, context, request, response, "IngestService.IngestDocument",
      [this](const rpc::CallContext& call, const v1::IngestDocumentRequest& r, v1::IngestDocumentResponse* out,
             const rpc::Done& done) { TakeDocument(call, r, out, done); });
}

grpc::ServerUnaryReactor* IngestServiceImpl::IngestUrl(grpc::CallbackServerContext* context,
                                                       const v1::IngestUrlRequest* request,
                                                       v1::IngestUrlResponse* response) {
  return rpc::UnaryAsync(kit_, context, request, response, "IngestService.IngestUrl",
                         [this](const rpc::CallContext& call, const v1::IngestUrlRequest& r, v1::IngestUrlResponse* out,
                                const rpc::Done& done) { QueuePage(call, r, out, done); });
}

template <class Response>
void IngestServiceImpl::Store(const rpc::CallContext& call, storage::v1::PutDocumentRequest put, Response* response,
                              const rpc::Done& done) {
  const size_t bytes = put.document().content().size();
  const std::string uri = put.document().uri();
  archive_.PutDocument(std::move(put), call.TimeLeft(options_.storage_timeout),
                       [this, bytes, uri, response, done](absl::StatusOr<storage::v1::PutDocumentResponse> result) {
                         if (!result.ok()) {
                           metrics_.Refused(ErrorReason(result.status()));
                           return done(std::move(result).status());
                         }
                         metrics_.Stored(result->outcome(), bytes);
                         response->set_document(result->document().name());
                         response->set_outcome(result->outcome());
                         response->set_uri(uri);
                         if (result->outcome() == storage::v1::PutDocumentResponse::OUTCOME_UNCHANGED) {
                           *response->mutable_releases() = result->document().releases();
                         }
                         done(absl::OkStatus());
                       });
}

void IngestServiceImpl::TakeDocument(const rpc::CallContext& call, const v1::IngestDocumentRequest& request,
                                     v1::IngestDocumentResponse* response, const rpc::Done& done) {
  absl::StatusOr<storage::v1::PutDocumentRequest> put = PrepareDocument(request, clock_.Now());
  if (!put.ok()) {
    metrics_.Refused(ErrorReason(put.status()));
    return done(std::move(put).status());
  }
  Store(call, *std::move(put), response, done);
}

void IngestServiceImpl::QueuePage(const rpc::CallContext& call, const v1::IngestUrlRequest& request,
                                  v1::IngestUrlResponse* response, const rpc::Done& done) {
  const MonotonicTime queued = clock_.Monotonic();
  // The request and the response live until `done` is called.
  const bool taken = fetches_.TrySubmit([this, call, &request, response, done, queued] {
    queue_metrics_.Waited(clock_.Monotonic() - queued);
    TakePage(call, request, response, done);
  });
  if (taken) return;
  queue_metrics_.Rejected();
  done(rpc::WithRetryDelay(Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
                                 fmt::format("{} fetches wait already; try again later", options_.fetch_queue_max)),
                           kRetryDelay));
}

absl::StatusOr<http::Response> IngestServiceImpl::Fetch(const rpc::CallContext& call, const std::string& url) {
  const MonotonicTime deadline = clock_.Monotonic() + call.TimeLeft(options_.fetch_timeout);
  const auto left = [&] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock_.Monotonic());
  };
  const auto cancelled = [&call] { return call.IsCancelled(); };
  DATELINE_RETURN_IF_ERROR(robots_.Check(url, {left(), cancelled, /*typed=*/true}));
  http::Request request;
  request.url = url;
  request.body_bytes_max = text::kMaxDocumentBytes;
  request.timeout = left();
  request.cancelled = cancelled;
  request.typed = true;
  DATELINE_ASSIGN_OR_RETURN(http::Response response, fetcher_.Fetch(request));
  // A redirect may lead to a place whose own robots.txt forbids it; then nothing of it is kept.
  if (!response.redirects.empty()) DATELINE_RETURN_IF_ERROR(robots_.Check(response.final_url, {left(), cancelled}));
  return response;
}

void IngestServiceImpl::TakePage(const rpc::CallContext& call, const v1::IngestUrlRequest& request,
                                 v1::IngestUrlResponse* response, const rpc::Done& done) {
  const auto refuse = [&](absl::Status status) {
    metrics_.Refused(ErrorReason(status));
    done(std::move(status));
  };
  absl::StatusOr<std::string> url = FetchableUrl(request);
  if (!url.ok()) return refuse(std::move(url).status());
  const MonotonicTime started = clock_.Monotonic();
  absl::StatusOr<http::Response> page = Fetch(call, *url);
  metrics_.Fetched(page.ok() ? "ok" : ErrorReason(page.status()), clock_.Monotonic() - started);
  if (!page.ok()) return refuse(ForCaller(std::move(page).status(), *url));
  response->set_http_status(page->status);
  absl::StatusOr<storage::v1::PutDocumentRequest> put = PreparePage(request, *std::move(page), clock_.Now());
  if (!put.ok()) return refuse(std::move(put).status());
  Store(call, *std::move(put), response, done);
}

}  // namespace dateline::ingestion
