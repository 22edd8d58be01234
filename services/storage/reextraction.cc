#include "services/storage/reextraction.h"

#include <chrono>

#include "common/base/error.h"
#include "common/rpc/call.h"
#include "common/rpc/channel.h"
#include "common/text/limits.h"

namespace dateline::storage {
namespace {

using extraction::v1::ExtractionService;

// The service gives a document up before.
constexpr std::chrono::milliseconds kDeadline{120'000};

}  // namespace

Reextraction::Reextraction(const std::string& target, std::shared_ptr<const rpc::TlsIdentity> tls)
    : stub_(ExtractionService::NewStub(rpc::MakeChannel(
          target,
          {.message_bytes_max = text::kMaxDocumentMessageBytes, .user_agent = "dateline-storage", .tls = tls}))) {}

absl::StatusOr<std::vector<release::v1::Release>> Reextraction::Extract(const v1::Document& document) {
  extraction::v1::ExtractReleasesRequest request;
  request.set_content(document.content());
  request.set_uri(document.uri());
  request.set_content_type(document.content_type());
  request.set_charset(document.charset());
  request.set_title_hint(document.feed_hints().title());
  if (document.has_fetch_time()) *request.mutable_observe_time() = document.fetch_time();
  *request.mutable_site_boilerplate() = document.site_boilerplate();
  extraction::v1::ExtractReleasesResponse response;
  const absl::Status status = rpc::Call(*stub_, &ExtractionService::StubInterface::ExtractReleases, request, &response,
                                        {.deadline = kDeadline});
  if (status.code() == absl::StatusCode::kResourceExhausted) {
    return Error(absl::StatusCode::kUnavailable, "EXTRACTION_BUSY",
                 "the extraction service has enough to do; try again");
  }
  if (!status.ok()) return status;
  return std::vector<release::v1::Release>(response.releases().begin(), response.releases().end());
}

}  // namespace dateline::storage
