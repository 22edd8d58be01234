#pragma once
// The port over gRPC: one channel for each service, which connects at once and again by itself. This is the
// only part of the gateway, beside live/grpc_event_source, that knows gRPC.

#include <memory>
#include <string>

#include "services/gateway/backend/backend.h"
#include "services/gateway/backend/first_contact.h"

namespace grpc {
class ChannelInterface;
}
namespace dateline::rpc {
class TlsIdentity;
}

namespace dateline::gateway {

struct BackendAddresses {
  std::string storage = "127.0.0.1:7410";
  std::string ingestion = "127.0.0.1:7420";
  std::string extraction = "127.0.0.1:7430";
  std::string notification = "127.0.0.1:7440";
};

class GrpcBackend final : public Backend {
 public:
  // `tls` is null for plain text. `contact` is told of every service that is connected, and outlives this.
  GrpcBackend(const BackendAddresses& addresses, const std::shared_ptr<const rpc::TlsIdentity>& tls,
              FirstContact& contact);
  ~GrpcBackend() override;
  absl::Status Call(const google::protobuf::Message& request, google::protobuf::Message* response,
                    const CallLimits& limits) override;
  absl::Status Export(const storage::v1::ExportReleasesRequest& request,
                      const std::function<bool(const storage::v1::ExportReleasesResponse&)>& sink,
                      const CallLimits& limits) override;

  const std::shared_ptr<grpc::ChannelInterface>& notification() const;

 private:
  struct Channels;
  std::unique_ptr<Channels> channels_;
};

}  // namespace dateline::gateway
