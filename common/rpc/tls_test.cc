// Proves that calls between services with certificates work, and only those: no certificate, one of another authority,
// a name that is not on the list, a host that the certificate is not for; that a renewed certificate is taken without a
// restart; and that wrong files are named. Certificates are made by the openssl command in a temporary folder.

#include "common/rpc/tls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/config/schema.h"
#include "common/rpc/testing/echo_fixture.h"
#include "common/testing/temp_dir.h"
#include "common/testing/wait.h"

namespace dateline::rpc {
namespace {

using dateline::testing::TempDir;
using dateline::testing::WaitUntil;
using testing::EchoRequest;
using testing::EchoResponse;
using testing::EchoServer;
using testing::EchoService;
using ::testing::HasSubstr;

// An authority in a folder of its own.
class Authority {
 public:
  explicit Authority(const std::string& name) : ca_(Path(name)) {
    Run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=" + name +
        " -keyout " + ca_ + ".key -out " + ca_ + ".pem");
  }

  // A certificate for `names` ("DNS:a,URI:b"), as the files of a service.
  TlsFiles Certify(const std::string& label, const std::string& names) const {
    const std::string stem = Path(label);
    Run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=" + label + " -keyout " + stem +
        ".key -out " + stem + ".csr");
    std::ofstream(stem + ".ext") << "subjectAltName=" << names << "\n";
    Run("openssl x509 -req -days 2 -CAcreateserial -in " + stem + ".csr -CA " + ca_ + ".pem -CAkey " + ca_ +
        ".key -extfile " + stem + ".ext -out " + stem + ".pem");
    return {.certificate_file = stem + ".pem", .key_file = stem + ".key", .ca_file = ca_ + ".pem"};
  }
  std::string Path(const std::string& label) const { return (folder_.path() / label).string(); }

 private:
  static void Run(const std::string& command) {
    ASSERT_EQ(std::system((command + " >/dev/null 2>&1").c_str()), 0) << command;
  }
  TempDir folder_;
  std::string ca_;
};

std::shared_ptr<const TlsIdentity> Identity(const TlsFiles& files) {
  auto identity = TlsIdentity::Open(files);
  EXPECT_TRUE(identity.ok()) << identity.status();
  return identity.ok() ? *identity : nullptr;
}

Server::Options Secured(const TlsFiles& files) {
  Server::Options options;
  options.listen = "localhost:0";
  options.tls = Identity(files);
  return options;
}

// One call over a channel of its own.
absl::StatusOr<std::string> Ask(int port, std::shared_ptr<const TlsIdentity> tls,
                                const std::string& host = "localhost") {
  const auto stub =
      EchoService::NewStub(MakeChannel(host + ":" + std::to_string(port), {.attempts_max = 1, .tls = std::move(tls)}));
  EchoRequest request;
  request.set_text("hello");
  EchoResponse response;
  absl::Status status = Call(*stub, &EchoService::StubInterface::Echo, request, &response, {});
  if (!status.ok()) return status;
  return response.text();
}

absl::StatusCode CodeOf(const absl::StatusOr<std::string>& answer) {
  return answer.status().code();
}

TEST(Tls, LetsServicesOfOneAuthorityCallEachOther) {
  const Authority authority("house");
  EchoServer server(Secured(authority.Certify("storage", "DNS:localhost")));
  server.Start();
  const auto client = Identity(authority.Certify("extraction", "DNS:extraction"));
  const auto answer = Ask(server.server().port(), client);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(*answer, "hello");
}

TEST(Tls, RefusesWhoHasNoCertificateOrOneOfAnotherAuthority) {
  const Authority authority("house");
  const Authority stranger("stranger");
  EchoServer server(Secured(authority.Certify("storage", "DNS:localhost")));
  server.Start();
  EXPECT_EQ(CodeOf(Ask(server.server().port(), nullptr)), absl::StatusCode::kUnavailable);
  TlsFiles forged = stranger.Certify("extraction", "DNS:extraction");
  forged.ca_file = authority.Path("house") + ".pem";  // It believes the server; the server does not believe it.
  EXPECT_EQ(CodeOf(Ask(server.server().port(), Identity(forged))), absl::StatusCode::kUnavailable);
  EXPECT_EQ(CodeOf(Ask(server.server().port(), Identity(stranger.Certify("other", "DNS:other")))),
            absl::StatusCode::kUnavailable);
}

TEST(Tls, RefusesAServerWhoseCertificateIsForAnotherHost) {
  const Authority authority("house");
  EchoServer server(Secured(authority.Certify("storage", "DNS:storage.dateline.svc")));
  server.Start();
  const auto client = Identity(authority.Certify("extraction", "DNS:extraction"));
  EXPECT_EQ(CodeOf(Ask(server.server().port(), client)), absl::StatusCode::kUnavailable);
}

TEST(Tls, LetsInOnlyPeersOnTheList) {
  const Authority authority("house");
  TlsFiles files = authority.Certify("storage", "DNS:localhost");
  files.allowed_peers = {"extraction.dateline.svc", "spiffe://house/cli"};
  EchoServer server(Secured(files));
  server.Start();
  const int port = server.server().port();
  EXPECT_TRUE(Ask(port, Identity(authority.Certify("extraction", "DNS:extraction.dateline.svc"))).ok());
  EXPECT_TRUE(Ask(port, Identity(authority.Certify("cli", "URI:spiffe://house/cli"))).ok());
  EXPECT_EQ(CodeOf(Ask(port, Identity(authority.Certify("gateway", "DNS:gateway.dateline.svc")))),
            absl::StatusCode::kUnavailable);
}

TEST(Tls, TakesARenewedCertificateWithoutRestart) {
  const Authority authority("house");
  const Authority next("next");
  const TlsFiles files = authority.Certify("storage", "DNS:localhost");
  EchoServer server(Secured(files));
  server.Start();
  const auto client = Identity(next.Certify("extraction", "DNS:extraction"));
  EXPECT_EQ(CodeOf(Ask(server.server().port(), client)), absl::StatusCode::kUnavailable);
  const TlsFiles renewed = next.Certify("storage", "DNS:localhost");
  std::filesystem::rename(renewed.key_file, files.key_file);
  std::filesystem::rename(renewed.certificate_file, files.certificate_file);
  std::filesystem::copy_file(renewed.ca_file, files.ca_file, std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(WaitUntil(std::chrono::seconds(40), [&] { return Ask(server.server().port(), client).ok(); }));
}

TEST(Tls, NamesAWrongFile) {
  const Authority authority("house");
  const TlsFiles good = authority.Certify("storage", "DNS:localhost");
  const TlsFiles other = authority.Certify("other", "DNS:other");
  const std::string empty = authority.Path("empty");
  std::ofstream(empty) << "nothing\n";
  const auto message = [](const TlsFiles& files) {
    const absl::Status status = TlsIdentity::Open(files).status();
    EXPECT_EQ(ErrorReason(status), "TLS_FILE_INVALID");
    return std::string(ToStd(status.message()));
  };
  TlsFiles files = good;
  files.certificate_file = "/no/such/file";
  EXPECT_THAT(message(files), HasSubstr("tls.certificate_file = /no/such/file: cannot be read"));
  files = good;
  files.key_file = other.key_file;
  EXPECT_THAT(message(files), HasSubstr("is not the key of the certificate"));
  files = good;
  files.ca_file = empty;
  EXPECT_THAT(message(files), HasSubstr("tls.ca_file = " + empty + ": holds no certificate"));
  files = good;
  files.key_file = empty;
  EXPECT_THAT(message(files), HasSubstr("holds no private key"));
}

TEST(Tls, IsOffWithoutFilesAndRefusesSomeOfThem) {
  EXPECT_EQ(Identity({}), nullptr);
  for (const char* key : {"tls.certificate_file", "tls.key_file", "tls.ca_file", "tls.allowed_peers"}) {
    TlsFiles files;
    config::Schema schema;
    AddOptions(schema, &files);
    ASSERT_TRUE(schema.CheckAll().ok());
    ASSERT_TRUE(schema.SetFromFlag(key, "x").ok());
    EXPECT_EQ(ErrorReason(schema.CheckAll()), "TLS_INCOMPLETE") << key;
  }
}

TEST(IsAllowedPeer, ComparesWholeNamesAndOneLabelForAStar) {
  EXPECT_TRUE(IsAllowedPeer({}, {}));
  EXPECT_TRUE(IsAllowedPeer({"a", "b"}, {"x", "b"}));
  EXPECT_FALSE(IsAllowedPeer({"a"}, {"ab", "x.a"}));
  EXPECT_FALSE(IsAllowedPeer({"a"}, {}));
  EXPECT_TRUE(IsAllowedPeer({"*.dateline.svc"}, {"storage.dateline.svc"}));
  EXPECT_FALSE(IsAllowedPeer({"*.dateline.svc"}, {"dateline.svc", ".dateline.svc", "x.storage.dateline.svc"}));
}

}  // namespace
}  // namespace dateline::rpc
