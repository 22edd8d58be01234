#include "services/cli/ingest_batch.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/rpc/call.h"

namespace dateline::cli {
namespace {

using ingestion::v1::IngestDocumentRequest;
using ingestion::v1::IngestDocumentResponse;
using ingestion::v1::IngestService;
using ingestion::v1::IngestUrlRequest;
using ingestion::v1::IngestUrlResponse;

constexpr std::chrono::milliseconds kRetryDelayMin{50};
constexpr std::chrono::milliseconds kRetryDelayMax{2'000};
constexpr std::chrono::milliseconds kPushDeadline{30'000};
constexpr std::chrono::milliseconds kFetchDeadline{90'000};

bool CanRetry(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) || absl::IsResourceExhausted(status) ||
         absl::IsCancelled(status);
}

template <class Response>
void Fill(const Response& response, IngestBatch::Result& result) {
  result.document = response.document();
  result.uri = response.uri();
  result.outcome = response.outcome();
  result.releases.assign(response.releases().begin(), response.releases().end());
}

}  // namespace

IngestBatch::IngestBatch(IngestService::StubInterface& stub, Options options)
    : stub_(stub), options_(std::move(options)) {}

std::vector<IngestBatch::Result> IngestBatch::Run(const std::vector<Item>& items,
                                                  const std::function<void(const Item&, const Result&)>& done) {
  std::vector<Result> results(items.size());
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next.fetch_add(1); i < items.size(); i = next.fetch_add(1)) {
      results[i] = IngestOne(items[i]);
      done(items[i], results[i]);
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::min(options_.jobs, items.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return results;
}

IngestBatch::Result IngestBatch::IngestOne(const Item& item) {
  return item.kind == Item::Kind::kUrl ? Fetch(item) : Push(item);
}

template <class Call>
absl::Status IngestBatch::WithRetries(const Call& call) {
  const auto start = std::chrono::steady_clock::now();
  std::chrono::milliseconds delay = kRetryDelayMin;
  for (int tries = 1;; ++tries) {
    const absl::Status status = call();
    if (!CanRetry(status)) {
      reached_ = true;
      return status;
    }
    const bool reached = reached_;
    const auto limit = reached ? options_.retry_limit : std::min(options_.retry_limit, options_.first_contact);
    // The first try may have taken all of that time, waiting for a name service that did not get the question.
    const int tries_min = limit.count() > 0 ? 2 : 1;
    const bool late = tries >= tries_min && std::chrono::steady_clock::now() + delay - start > limit;
    if (unreachable_ || late) {
      unreachable_ = !reached;
      return status;
    }
    std::this_thread::sleep_for(delay);
    delay = std::min(delay * 2, kRetryDelayMax);
  }
}

IngestBatch::Result IngestBatch::Push(const Item& item) {
  Result result;
  auto bytes = ReadItem(item);
  auto uri = options_.uri.empty() ? ItemUri(item) : absl::StatusOr<std::string>(options_.uri);
  result.status = bytes.ok() ? uri.status() : bytes.status();
  if (!result.status.ok()) return result;
  IngestDocumentRequest request;
  request.set_uri(*std::move(uri));
  request.set_content(*std::move(bytes));
  request.set_content_type(options_.content_type.empty() ? ContentTypeOfPath(item.given) : options_.content_type);
  request.set_charset(options_.charset);
  request.set_source(options_.source);
  request.set_request_id(UuidV4());
  IngestDocumentResponse response;
  result.status = WithRetries([&] {
    return rpc::Call(stub_, &IngestService::StubInterface::IngestDocument, request, &response,
                     {.deadline = kPushDeadline});
  });
  // The service knows the document by its URI; the person knows it by its path.
  if (!result.status.ok()) result.status = WithContext(std::move(result.status), item.given);
  Fill(response, result);
  return result;
}

IngestBatch::Result IngestBatch::Fetch(const Item& item) {
  Result result;
  IngestUrlRequest request;
  request.set_url(item.given);
  request.set_source(options_.source);
  request.set_request_id(UuidV4());
  IngestUrlResponse response;
  result.status = WithRetries([&] {
    return rpc::Call(stub_, &IngestService::StubInterface::IngestUrl, request, &response, {.deadline = kFetchDeadline});
  });
  Fill(response, result);
  return result;
}

}  // namespace dateline::cli
