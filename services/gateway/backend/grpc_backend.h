#pragma once
// The port over gRPC: one channel for each service, made at the first call and reconnecting by itself. This is the only
// part of the gateway, beside live/grpc_event_source, that knows gRPC.

#include <memory>
#include <string>

#include "services/gateway/backend/backend.h"

namespace grpc {
class Channel;
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
  // `tls` is null for plain text.
  GrpcBackend(const BackendAddresses& addresses, std::shared_ptr<const rpc::TlsIdentity> tls);
  ~GrpcBackend() override;
  absl::Status Call(const google::protobuf::Message& request, google::protobuf::Message* response,
                    const CallLimits& limits) override;
  absl::Status Export(const storage::v1::ExportReleasesRequest& request,
                      const std::function<bool(const storage::v1::ExportReleasesResponse&)>& sink,
                      const CallLimits& limits) override;

  const std::shared_ptr<grpc::Channel>& notification() const;

 private:
  struct Channels;
  std::unique_ptr<Channels> channels_;
};

}  // namespace dateline::gateway
