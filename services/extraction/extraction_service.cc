#include "services/extraction/extraction_service.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "common/base/error.h"
#include "common/rpc/status.h"
#include "common/text/sniff.h"
#include "services/extraction/document_work.h"

namespace dateline::extraction {
namespace {

constexpr std::chrono::milliseconds kRetryDelay{500};
constexpr int kBoilerplateMax = 10'000;

}  // namespace

ExtractionServiceImpl::ExtractionServiceImpl(rpc::ServerKit& kit, ExtractionPool& pool,
                                             std::shared_ptr<const Extractor> extractor)
    : kit_(kit), pool_(pool), extractor_(std::move(extractor)) {}

grpc::ServerUnaryReactor* ExtractionServiceImpl::ExtractReleases(grpc::CallbackServerContext* context,
                                                                 const v1::ExtractReleasesRequest* request,
                                                                 v1::ExtractReleasesResponse* response) {
  return rpc::UnaryAsync(
      kit_, context, request, response, "ExtractionService.ExtractReleases",
      [this](const rpc::CallContext& call, const v1::ExtractReleasesRequest& r, v1::ExtractReleasesResponse* out,
             const rpc::Done& done) { Extract(call, r, out, done); });
}

void ExtractionServiceImpl::Extract(const rpc::CallContext& call, const v1::ExtractReleasesRequest& request,
                                    v1::ExtractReleasesResponse* response, const rpc::Done& done) {
  const std::string what = request.uri().empty() ? "document" : request.uri();
  // Before anything is copied.
  if (absl::Status status = text::CheckDocument(request.content(), what, request.charset()); !status.ok())
    return done(status);
  if (request.site_boilerplate_size() > kBoilerplateMax) {
    return done(
        FieldError("INVALID_ARGUMENT", "site_boilerplate",
                   fmt::format("{} hashes, at most {} are taken", request.site_boilerplate_size(), kBoilerplateMax)));
  }
  // The call is over when it times out, but its thread may go on: so the work has its own copy, and what it writes
  // beside its result is shared with it and read only when it is done.
  auto explanation = std::make_shared<Explanation>();
  auto work = [call, extractor = extractor_, copy = std::make_shared<const v1::ExtractReleasesRequest>(request),
               explanation]() -> absl::StatusOr<Extraction> {
    if (call.IsCancelled())
      return Error(absl::StatusCode::kCancelled, "CANCELLED", "the caller gave up before its turn");
    return ExtractRequest(*extractor, *copy, explanation.get());
  };
  const bool taken = pool_.TrySubmit(ExtractionPool::Lane::kCall, std::move(work),
                                     [response, done, explanation](absl::StatusOr<Extraction> result) {
                                       if (result.ok()) {
                                         for (release::v1::Release& release : TakeReleases(*std::move(result)))
                                           *response->add_releases() = std::move(release);
                                         ToProto(*explanation, response);
                                       }
                                       done(result.status());
                                     });
  if (!taken) {
    done(rpc::WithRetryDelay(Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
                                   "too many documents wait for extraction; try again later"),
                             kRetryDelay));
  }
}

grpc::ServerUnaryReactor* ExtractionServiceImpl::GetExtractorInfo(grpc::CallbackServerContext* context,
                                                                  const v1::GetExtractorInfoRequest* request,
                                                                  v1::GetExtractorInfoResponse* response) {
  return rpc::Unary(kit_, context, request, response, "ExtractionService.GetExtractorInfo",
                    [this](const rpc::CallContext&,
                           const v1::GetExtractorInfoRequest&) -> absl::StatusOr<v1::GetExtractorInfoResponse> {
                      v1::GetExtractorInfoResponse info;
                      info.mutable_extractor()->set_version(DATELINE_VERSION);
                      info.mutable_extractor()->set_rules(std::string(kRulesVersion));
                      for (const LanguageCoverage& coverage : extractor_->Languages()) {
                        info.add_languages(coverage.language);
                        v1::LanguagePack* pack = info.add_language_packs();
                        pack->set_language(coverage.language);
                        pack->set_lexicon_count(static_cast<std::int32_t>(coverage.lexicons));
                        pack->set_entry_count(static_cast<std::int32_t>(coverage.entries));
                        for (const std::string_view facts : coverage.facts) pack->add_facts(std::string(facts));
                        pack->set_name_model(coverage.name_model);
                      }
                      return info;
                    });
}

}  // namespace dateline::extraction
