#include "services/extraction/grpc_archive.h"

#include <chrono>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "common/rpc/channel.h"
#include "common/text/limits.h"

namespace dateline::extraction {
namespace {

using events::v1::EventLogService;
using storage::v1::CommitReleasesRequest;
using storage::v1::CommitReleasesResponse;
using storage::v1::DocumentService;
using storage::v1::GetDocumentRequest;
using storage::v1::GetDocumentResponse;
using storage::v1::ReleaseService;

constexpr std::chrono::milliseconds kLeaseDeadline{3'000};
constexpr std::chrono::milliseconds kCallDeadline{15'000};

rpc::CallOptions Deadline(std::chrono::milliseconds deadline) {
  rpc::CallOptions options;
  options.deadline = deadline;
  return options;
}

}  // namespace

GrpcArchive::GrpcArchive(const std::string& target, std::shared_ptr<const rpc::TlsIdentity> tls)
    : GrpcArchive(rpc::MakeChannel(target, {.message_bytes_max = text::kMaxDocumentMessageBytes,
                                            .attempts_max = 1,
                                            .user_agent = "dateline-extraction",
                                            .tls = std::move(tls)})) {}

GrpcArchive::GrpcArchive(const std::shared_ptr<grpc::ChannelInterface>& channel)
    : events_(EventLogService::NewStub(channel)),
      documents_(DocumentService::NewStub(channel)),
      releases_(ReleaseService::NewStub(channel)) {}

GrpcArchive::~GrpcArchive() {
  Stop();
}

absl::StatusOr<events::v1::LeaseEventsResponse> GrpcArchive::Lease(const events::v1::LeaseEventsRequest& request) {
  events::v1::LeaseEventsResponse response;
  DATELINE_RETURN_IF_ERROR(
      rpc::Call(*events_, &EventLogService::StubInterface::LeaseEvents, request, &response, Deadline(kLeaseDeadline)));
  return response;
}

absl::StatusOr<events::v1::ExtendLeasesResponse> GrpcArchive::Extend(const events::v1::ExtendLeasesRequest& request) {
  events::v1::ExtendLeasesResponse response;
  DATELINE_RETURN_IF_ERROR(
      rpc::Call(*events_, &EventLogService::StubInterface::ExtendLeases, request, &response, Deadline(kLeaseDeadline)));
  return response;
}

absl::Status GrpcArchive::Nack(const events::v1::NackEventRequest& request) {
  events::v1::NackEventResponse response;
  return rpc::Call(*events_, &EventLogService::StubInterface::NackEvent, request, &response, Deadline(kLeaseDeadline));
}

void GrpcArchive::GetDocument(const std::string& name, DocumentDone done) {
  GetDocumentRequest request;
  request.set_name(name);
  request.set_view(storage::v1::DOCUMENT_VIEW_FULL);
  const uint64_t id = Open();
  Keep(id, rpc::CallAsync<GetDocumentResponse, GetDocumentRequest>(
               *documents_->async(), &DocumentService::StubInterface::async_interface::GetDocument, std::move(request),
               Deadline(kCallDeadline), [this, id, done = std::move(done)](absl::StatusOr<GetDocumentResponse> result) {
                 if (result.ok()) {
                   done(std::move(*result->mutable_document()));
                 } else {
                   done(std::move(result).status());
                 }
                 Close(id);
               }));
}

void GrpcArchive::Commit(const CommitReleasesRequest& request, CommitDone done) {
  const uint64_t id = Open();
  Keep(id, rpc::CallAsync<CommitReleasesResponse, CommitReleasesRequest>(
               *releases_->async(), &ReleaseService::StubInterface::async_interface::CommitReleases, request,
               Deadline(kCallDeadline),
               [this, id, done = std::move(done)](const absl::StatusOr<CommitReleasesResponse>& result) {
                 done(result.status());
                 Close(id);
               }));
}

uint64_t GrpcArchive::Open() {
  MutexLock lock(mutex_);
  const uint64_t id = ++last_id_;
  open_.emplace(id, nullptr);
  return id;
}

void GrpcArchive::Keep(uint64_t id, std::shared_ptr<rpc::AsyncCall> call) {
  bool cancel = false;
  {
    MutexLock lock(mutex_);
    const auto entry = open_.find(id);
    if (entry != open_.end()) entry->second = call;
    cancel = stopping_;
  }
  if (cancel) call->Cancel();
}

void GrpcArchive::Close(uint64_t id) {
  std::shared_ptr<rpc::AsyncCall> call;  // Let go outside the lock.
  MutexLock lock(mutex_);
  const auto entry = open_.find(id);
  call = std::move(entry->second);
  open_.erase(entry);
  // Under the lock: after the last notification this object may go.
  closed_.NotifyAll();
}

void GrpcArchive::Stop() {
  std::vector<std::shared_ptr<rpc::AsyncCall>> calls;
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    for (const auto& [id, call] : open_) {
      if (call != nullptr) calls.push_back(call);
    }
  }
  for (const auto& call : calls) call->Cancel();
  MutexLock lock(mutex_);
  while (!open_.empty()) closed_.Wait(mutex_);
}

}  // namespace dateline::extraction
