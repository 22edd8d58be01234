#include "common/rpc/tls.h"

#include <fmt/format.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/config/schema.h"
#include "common/log/log.h"

namespace dateline::rpc {
namespace {

// How often gRPC looks whether the files have changed.
constexpr unsigned int kRefreshSeconds = 5;

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
using Certificate = std::unique_ptr<X509, void (*)(X509*)>;
using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;

absl::Status Invalid(std::string_view key, const std::string& path, std::string_view what) {
  return Error(absl::StatusCode::kInvalidArgument, "TLS_FILE_INVALID", fmt::format("{} = {}: {}", key, path, what),
               {{"file", path}});
}

absl::StatusOr<File> OpenFile(std::string_view key, const std::string& path) {
  File file(std::fopen(path.c_str(), "re"), std::fclose);
  if (file == nullptr) return Invalid(key, path, "cannot be read; check path and permissions");
  return file;
}

absl::StatusOr<Certificate> ReadCertificate(std::string_view key, const std::string& path) {
  DATELINE_ASSIGN_OR_RETURN(const File file, OpenFile(key, path));
  Certificate certificate(PEM_read_X509(file.get(), nullptr, nullptr, nullptr), X509_free);
  if (certificate == nullptr) return Invalid(key, path, "holds no certificate in PEM form");
  return certificate;
}

absl::StatusOr<Key> ReadKey(const std::string& path) {
  DATELINE_ASSIGN_OR_RETURN(const File file, OpenFile("tls.key_file", path));
  // An empty pass phrase, so that OpenSSL does not ask for one on the terminal.
  char no_phrase[] = "";
  Key key(PEM_read_PrivateKey(file.get(), nullptr, nullptr, no_phrase), EVP_PKEY_free);
  if (key == nullptr) return Invalid("tls.key_file", path, "holds no private key in PEM form without pass phrase");
  return key;
}

// What gRPC would only find at the first handshake, and log.
absl::Status CheckFiles(const TlsFiles& files) {
  DATELINE_ASSIGN_OR_RETURN(const Certificate own, ReadCertificate("tls.certificate_file", files.certificate_file));
  DATELINE_ASSIGN_OR_RETURN(const Key key, ReadKey(files.key_file));
  DATELINE_ASSIGN_OR_RETURN(const Certificate authority, ReadCertificate("tls.ca_file", files.ca_file));
  if (X509_check_private_key(own.get(), key.get()) != 1) {
    return Invalid("tls.key_file", files.key_file,
                   fmt::format("is not the key of the certificate in {}", files.certificate_file));
  }
  return absl::OkStatus();
}

// Lets in who is on the list, after gRPC has verified the chain.
class PeerVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  explicit PeerVerifier(std::vector<std::string> allowed_peers) : allowed_peers_(std::move(allowed_peers)) {}

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> /*callback*/, grpc::Status* sync_status) override {
    std::vector<std::string> names;
    for (const grpc::string_ref& name : request->dns_names()) names.emplace_back(name.data(), name.size());
    for (const grpc::string_ref& name : request->uri_names()) names.emplace_back(name.data(), name.size());
    if (!IsAllowedPeer(allowed_peers_, names)) {
      log::Warn("peer_refused", {{"names", fmt::format("{}", fmt::join(names, " "))},
                                 {"remedy", "add one of its names to tls.allowed_peers, if it belongs there"}});
      *sync_status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "this peer is not in tls.allowed_peers");
    }
    return true;  // Decided at once.
  }
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest* /*request*/) override {}

 private:
  const std::vector<std::string> allowed_peers_;
};

bool Matches(std::string_view pattern, std::string_view name) {
  if (!pattern.starts_with("*.")) return pattern == name;
  const size_t dot = name.find('.');
  return dot != std::string_view::npos && dot > 0 && name.substr(dot) == pattern.substr(1);
}

}  // namespace

bool IsAllowedPeer(const std::vector<std::string>& allowed_peers, const std::vector<std::string>& names) {
  if (allowed_peers.empty()) return true;
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::any_of(allowed_peers.begin(), allowed_peers.end(),
                       [&](const std::string& allowed) { return Matches(allowed, name); });
  });
}

absl::StatusOr<std::shared_ptr<const TlsIdentity>> TlsIdentity::Open(const TlsFiles& files) {
  if (files.certificate_file.empty()) return std::shared_ptr<const TlsIdentity>();
  DATELINE_RETURN_IF_ERROR(CheckFiles(files));
  using grpc::experimental::FileWatcherCertificateProvider;
  const auto provider = std::make_shared<FileWatcherCertificateProvider>(files.key_file, files.certificate_file,
                                                                         files.ca_file, kRefreshSeconds);
  std::shared_ptr<TlsIdentity> identity(new TlsIdentity);

  grpc::experimental::TlsServerCredentialsOptions server(provider);
  server.watch_root_certs();
  server.watch_identity_key_cert_pairs();
  server.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  server.set_certificate_verifier(
      grpc::experimental::ExternalCertificateVerifier::Create<PeerVerifier>(files.allowed_peers));
  identity->server_ = grpc::experimental::TlsServerCredentials(server);

  grpc::experimental::TlsChannelCredentialsOptions channel;
  channel.set_certificate_provider(provider);
  channel.watch_root_certs();
  channel.watch_identity_key_cert_pairs();
  identity->channel_ = grpc::experimental::TlsCredentials(channel);
  return std::shared_ptr<const TlsIdentity>(std::move(identity));
}

void AddOptions(config::Schema& schema, TlsFiles* files) {
  schema.String("tls.certificate_file", &files->certificate_file,
                "certificate of this service in PEM form, with its chain; turns on mutual TLS for all RPCs");
  schema.String("tls.key_file", &files->key_file, "private key of the certificate");
  schema.String("tls.ca_file", &files->ca_file, "certificates of the authority that peers must be certified by");
  schema.StringList("tls.allowed_peers", &files->allowed_peers,
                    "names of clients that may call; empty: all that the authority certified");
  schema.Validate([files] {
    const int named = static_cast<int>(!files->certificate_file.empty()) + static_cast<int>(!files->key_file.empty()) +
                      static_cast<int>(!files->ca_file.empty());
    if (named == 0 && !files->allowed_peers.empty()) {
      return Error(absl::StatusCode::kInvalidArgument, "TLS_INCOMPLETE",
                   "tls.allowed_peers needs tls.certificate_file, tls.key_file and tls.ca_file");
    }
    if (named == 0 || named == 3) return absl::OkStatus();
    return Error(absl::StatusCode::kInvalidArgument, "TLS_INCOMPLETE",
                 "tls.certificate_file, tls.key_file and tls.ca_file belong together; name all three, or none");
  });
}

}  // namespace dateline::rpc
