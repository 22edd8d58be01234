// Proves the RPC from a client's view, over real gRPC on loopback with the real library: releases, reasons of errors,
// the largest document, and the version.

#include "services/extraction/extraction_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "common/base/error.h"
#include "common/rpc/call.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/text/limits.h"

namespace dateline::extraction {
namespace {

using std::chrono_literals::operator""s;

rpc::Server::Options ServerOptions() {
  rpc::Server::Options options;
  options.message_bytes_max = int64_t{33} << 20;
  options.stop_limit = 2s;
  return options;
}

class ExtractionServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto extractor = Extractor::Create();
    ASSERT_TRUE(extractor.ok()) << extractor.status();
    service_ = std::make_unique<ExtractionServiceImpl>(server_.kit(), pool_, *std::move(extractor));
    server_.AddService(service_.get());
    ASSERT_TRUE(server_.Start().ok());
    stub_ =
        v1::ExtractionService::NewStub(rpc::MakeChannel(server_.target(), {.message_bytes_max = int64_t{34} << 20}));
  }
  void TearDown() override { EXPECT_TRUE(server_.Stop().ok()); }

  absl::StatusOr<v1::ExtractReleasesResponse> Extract(const std::string& content, const std::string& uri = "",
                                                      const std::string& charset = "") {
    v1::ExtractReleasesRequest request;
    request.set_content(content);
    request.set_uri(uri);
    request.set_charset(charset);
    v1::ExtractReleasesResponse response;
    absl::Status status = rpc::Call(*stub_, &v1::ExtractionService::StubInterface::ExtractReleases, request, &response,
                                    {.deadline = 30s});
    if (!status.ok()) return status;
    return response;
  }

  metrics::Registry registry_{"test"};
  ExtractionPool pool_{ExtractionPool::Options{}, registry_, RealClock(), [] {}};
  std::unique_ptr<ExtractionServiceImpl> service_;
  rpc::Server server_{ServerOptions(), registry_};
  std::unique_ptr<v1::ExtractionService::Stub> stub_;
};

TEST_F(ExtractionServiceTest, ExtractsARelease) {
  const auto response = Extract("Agency opens office\n\nGeneva - The agency opened its new office in the city today.\n",
                                "https://example.org/a");
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->releases_size(), 1);
  EXPECT_EQ(response->releases(0).uri(), "https://example.org/a");
  EXPECT_TRUE(response->releases(0).name().starts_with("releases/"));
  EXPECT_NE(response->releases(0).text().find("opened its new office"), std::string::npos);
}

TEST_F(ExtractionServiceTest, ExplainsEveryBlockWhenAsked) {
  v1::ExtractReleasesRequest request;
  request.set_content("Agency opens office\n\nGeneva - The agency opened its new office in the city today.\n");
  request.set_explain(true);
  v1::ExtractReleasesResponse response;
  const absl::Status status =
      rpc::Call(*stub_, &v1::ExtractionService::StubInterface::ExtractReleases, request, &response, {.deadline = 30s});
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(response.explanations_size(), 2);
  EXPECT_EQ(response.explanations(0).rule(), "zone.title");
  EXPECT_EQ(response.explanations(1).kind(), release::v1::Section::LEAD);
  EXPECT_GT(response.explanations(1).signals_size(), 0);
  const auto silent = Extract(request.content());
  ASSERT_TRUE(silent.ok());
  EXPECT_EQ(silent->explanations_size(), 0);
}

TEST_F(ExtractionServiceTest, RefusesWithTheReasonsOfTheContract) {
  EXPECT_EQ(ErrorReason(Extract("").status()), "EMPTY_DOCUMENT");
  EXPECT_EQ(ErrorReason(Extract("%PDF-1.7 \x01\x02").status()), "BINARY_CONTENT");
  EXPECT_EQ(ErrorReason(Extract("bad \xff byte in a text").status()), "INVALID_UTF8");
  EXPECT_EQ(ErrorReason(Extract("words", "", "no-such-charset").status()), "UNKNOWN_CHARSET");
  const auto large = Extract(std::string(text::kMaxDocumentBytes + 1, 'a'));
  EXPECT_EQ(ErrorReason(large.status()), "DOCUMENT_TOO_LARGE") << large.status();
  EXPECT_EQ(large.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ExtractionServiceTest, SaysItsVersion) {
  v1::GetExtractorInfoResponse response;
  const absl::Status status = rpc::Call(*stub_, &v1::ExtractionService::StubInterface::GetExtractorInfo,
                                        v1::GetExtractorInfoRequest(), &response);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(response.extractor().version(), DATELINE_VERSION);
  EXPECT_EQ(response.extractor().rules(), kRulesVersion);
  EXPECT_THAT(response.languages(), ::testing::ElementsAre("ar", "de", "en", "es", "fr", "ru", "zh"));
  ASSERT_EQ(response.language_packs_size(), response.languages_size());
  for (int i = 0; i < response.languages_size(); ++i) {
    const v1::LanguagePack& pack = response.language_packs(i);
    EXPECT_EQ(pack.language(), response.languages(i));
    EXPECT_GT(pack.lexicon_count(), 10) << pack.language();
    EXPECT_GT(pack.entry_count(), 100) << pack.language();
    EXPECT_THAT(pack.facts(), ::testing::IsSupersetOf({"people", "quotes", "figures", "dates"})) << pack.language();
    EXPECT_EQ(pack.name_model(), pack.language() == "en");
  }
}

}  // namespace
}  // namespace dateline::extraction
