#pragma once
// Mutual TLS between our services: one identity for each process, used where it serves and where it calls. The files
// are read again every few seconds, so that a certificate that was renewed (by rename, or by Kubernetes' swap of a
// symbolic link) is used by the next connection; open connections keep the old one for at most
// server.connection_age_max. Both sides show a certificate of the same authority; a server may also name the peers that
// it lets in. Immutable and thread-safe.

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace dateline::config {
class Schema;
}

namespace dateline::rpc {

// PEM files. All three or none.
struct TlsFiles {
  std::string certificate_file{};  // The chain, our own certificate first.
  std::string key_file{};          // Its private key.
  std::string ca_file{};           // Whom we believe.
  // Names that a client's certificate must have one of: DNS names or URIs among its alternative names. "*.x" stands
  // for one label more. Empty: every certificate of the authority.
  std::vector<std::string> allowed_peers{};
};

class TlsIdentity {
 public:
  // Null when no files are named. INVALID_ARGUMENT (TLS_FILE_INVALID; metadata file) when one cannot be read, holds no
  // PEM, or when key and certificate do not belong together; the message never holds what stands in the key.
  static absl::StatusOr<std::shared_ptr<const TlsIdentity>> Open(const TlsFiles& files);

  const std::shared_ptr<grpc::ServerCredentials>& server() const { return server_; }
  const std::shared_ptr<grpc::ChannelCredentials>& channel() const { return channel_; }

 private:
  TlsIdentity() = default;
  std::shared_ptr<grpc::ServerCredentials> server_;
  std::shared_ptr<grpc::ChannelCredentials> channel_;
};

// Whether a certificate with these alternative names is one of `allowed_peers`, as TlsFiles says.
bool IsAllowedPeer(const std::vector<std::string>& allowed_peers, const std::vector<std::string>& names);

// Registers tls.*; some of the files without the others are refused (TLS_INCOMPLETE). `files` outlives parsing.
void AddOptions(config::Schema& schema, TlsFiles* files);

}  // namespace dateline::rpc
