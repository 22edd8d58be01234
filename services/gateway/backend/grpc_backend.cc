#include "services/gateway/backend/grpc_backend.h"

#include <fmt/format.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <future>

#include "common/base/check.h"
#include "common/base/error.h"
#include "common/rpc/call.h"
#include "common/rpc/channel.h"
#include "dateline/storage/v1/release_service.grpc.pb.h"

namespace dateline::gateway {
namespace {

// A record of 8 MiB, a document of 32 MiB and what is around it.
constexpr int64_t kMessageBytesMax = int64_t{40} << 20;

using Identity = std::shared_ptr<const rpc::TlsIdentity>;

rpc::CallOptions Options(const CallLimits& limits) {
  rpc::CallOptions options{.deadline = limits.deadline};
  if (!limits.traceparent.empty()) options.metadata.emplace_back("traceparent", limits.traceparent);
  return options;
}

}  // namespace

struct GrpcBackend::Channels {
  Channels(const BackendAddresses& addresses, const Identity& tls, FirstContact& contact)
      : storage(ChannelTo("storage", addresses.storage, tls, contact)),
        ingestion(ChannelTo("ingestion", addresses.ingestion, tls, contact)),
        extraction(ChannelTo("extraction", addresses.extraction, tls, contact)),
        notification(ChannelTo("notification", addresses.notification, tls, contact)),
        releases(storage::v1::ReleaseService::NewStub(storage)) {}

  static std::shared_ptr<grpc::ChannelInterface> ChannelTo(const std::string& service, const std::string& address,
                                                           const Identity& tls, FirstContact& contact) {
    return rpc::MakeChannel(address, {.message_bytes_max = kMessageBytesMax,
                                      .user_agent = "dateline-gateway",
                                      .tls = tls,
                                      .connection_listener = contact.ListenerFor(service)});
  }

  const std::shared_ptr<grpc::ChannelInterface>& For(Target target, const std::string& package) const {
    if (target == Target::kIngestion || (target == Target::kOwner && package == "dateline.ingestion.v1"))
      return ingestion;
    if (target == Target::kExtraction || (target == Target::kOwner && package == "dateline.extraction.v1"))
      return extraction;
    if (target == Target::kNotification || (target == Target::kOwner && package == "dateline.notification.v1"))
      return notification;
    return storage;
  }

  const std::shared_ptr<grpc::ChannelInterface> storage, ingestion, extraction, notification;
  const std::unique_ptr<storage::v1::ReleaseService::Stub> releases;
};

GrpcBackend::GrpcBackend(const BackendAddresses& addresses, const std::shared_ptr<const rpc::TlsIdentity>& tls,
                         FirstContact& contact)
    : channels_(std::make_unique<Channels>(addresses, tls, contact)) {}
GrpcBackend::~GrpcBackend() = default;

const std::shared_ptr<grpc::ChannelInterface>& GrpcBackend::notification() const {
  return channels_->notification;
}

absl::Status GrpcBackend::Call(const google::protobuf::Message& request, google::protobuf::Message* response,
                               const CallLimits& limits) {
  const google::protobuf::MethodDescriptor* method = MethodOf(request.GetDescriptor());
  DATELINE_CHECK(method != nullptr,
                 fmt::format("{} is the request of no method", request.GetDescriptor()->full_name()));
  DATELINE_CHECK(method->output_type() == response->GetDescriptor(), fmt::format("{}", method->full_name()));
  grpc::ByteBuffer sent;
  grpc::ByteBuffer received;
  bool own = false;
  if (!grpc::SerializationTraits<google::protobuf::Message>::Serialize(request, &sent, &own).ok()) {
    return Error(absl::StatusCode::kInvalidArgument, "INVALID_REQUEST", "the request cannot be encoded");
  }
  grpc::ClientContext context;
  rpc::Prepare(context, Options(limits));
  std::promise<grpc::Status> done;
  grpc::GenericStub stub(channels_->For(limits.target, method->file()->package()));
  stub.UnaryCall(&context, "/" + method->service()->full_name() + "/" + method->name(), grpc::StubOptions(), &sent,
                 &received, [&done](grpc::Status status) { done.set_value(std::move(status)); });
  const grpc::Status status = done.get_future().get();
  if (!status.ok()) return rpc::FromGrpc(status);
  const grpc::Status parsed = grpc::SerializationTraits<google::protobuf::Message>::Deserialize(&received, response);
  if (!parsed.ok()) return Error(absl::StatusCode::kInternal, "BAD_ANSWER", "the answer cannot be decoded");
  return absl::OkStatus();
}

absl::Status GrpcBackend::Export(const storage::v1::ExportReleasesRequest& request,
                                 const std::function<bool(const storage::v1::ExportReleasesResponse&)>& sink,
                                 const CallLimits& limits) {
  grpc::ClientContext context;
  rpc::Prepare(context, Options(limits));
  const auto reader = channels_->releases->ExportReleases(&context, request);
  storage::v1::ExportReleasesResponse response;
  bool wanted = true;
  while (wanted && reader->Read(&response)) wanted = sink(response);
  if (!wanted) context.TryCancel();
  const grpc::Status status = reader->Finish();
  return wanted ? rpc::FromGrpc(status) : absl::OkStatus();
}

}  // namespace dateline::gateway
