#include "services/cli/session.h"

#include <fmt/format.h>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/rpc/channel.h"
#include "common/text/limits.h"

namespace dateline::cli {

const Endpoints* Session::endpoints() {
  if (endpoints_ == nullptr) {
    auto loaded = LoadEndpoints(endpoints_file, data_dir);
    if (!loaded.ok()) {
      Report(loaded.status());
      return nullptr;
    }
    auto identity = rpc::TlsIdentity::Open(loaded->tls);
    if (!identity.ok()) {
      Report(identity.status());
      return nullptr;
    }
    tls_ = *std::move(identity);
    endpoints_ = std::make_unique<Endpoints>(*std::move(loaded));
  }
  return endpoints_.get();
}

std::shared_ptr<grpc::ChannelInterface> Session::Channel(const std::string& address) {
  std::shared_ptr<grpc::ChannelInterface>& channel = channels_[address];
  if (channel == nullptr) {
    channel = rpc::MakeChannel(
        address, {.message_bytes_max = text::kMaxDocumentMessageBytes, .user_agent = "dateline-cli", .tls = tls_});
  }
  return channel;
}

events::v1::EventLogService::StubInterface& Session::event_log() {
  if (event_log_ == nullptr) event_log_ = events::v1::EventLogService::NewStub(Channel(endpoints_->storage.address));
  return *event_log_;
}

storage::v1::DocumentService::StubInterface& Session::documents() {
  if (documents_ == nullptr) documents_ = storage::v1::DocumentService::NewStub(Channel(endpoints_->storage.address));
  return *documents_;
}

storage::v1::ReleaseService::StubInterface& Session::releases() {
  if (releases_ == nullptr) releases_ = storage::v1::ReleaseService::NewStub(Channel(endpoints_->storage.address));
  return *releases_;
}

storage::v1::EntityService::StubInterface& Session::entities() {
  if (entities_ == nullptr) entities_ = storage::v1::EntityService::NewStub(Channel(endpoints_->storage.address));
  return *entities_;
}

ingestion::v1::IngestService::StubInterface& Session::ingest() {
  if (ingest_ == nullptr) ingest_ = ingestion::v1::IngestService::NewStub(Channel(endpoints_->ingestion.address));
  return *ingest_;
}

ingestion::v1::SourceService::StubInterface& Session::sources() {
  if (sources_ == nullptr) sources_ = ingestion::v1::SourceService::NewStub(Channel(endpoints_->ingestion.address));
  return *sources_;
}

notification::v1::EventStreamService::StubInterface& Session::event_stream() {
  if (event_stream_ == nullptr) {
    event_stream_ = notification::v1::EventStreamService::NewStub(Channel(endpoints_->notification.address));
  }
  return *event_stream_;
}

int Session::Report(const absl::Status& status) const {
  if (status.ok()) return kOk;
  const std::string_view message = ToStd(status.message());
  const std::string reason = ErrorReason(status);
  // What gRPC itself says of a refused connection carries no reason of ours.
  const bool unreachable = absl::IsUnavailable(status) && (reason.empty() || reason == "UNAVAILABLE");
  if (unreachable) {
    Say(
        fmt::format("dateline: the suite does not answer ({}); start it with `dateline up`, or name its addresses with "
                    "--endpoints",
                    message));
    return kUnreachable;
  }
  Say(fmt::format("dateline: {}", message));
  if (reason.starts_with("CONFIG_")) return kUsage;
  return absl::IsUnavailable(status) ? kUnreachable : kFailed;
}

}  // namespace dateline::cli
