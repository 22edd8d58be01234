#include "services/storage/release_service.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/filter/filter.h"
#include "services/storage/release_export.h"
#include "services/storage/release_record.h"
#include "services/storage/revisions/revision_diff.h"
#include "services/storage/service_errors.h"
#include "services/storage/similar_releases.h"
#include "services/storage/spelling.h"

namespace dateline::storage {
namespace {

constexpr int kListStandard = 50;
constexpr int kListMost = 1000;
constexpr int kSearchStandard = 20;
constexpr int kSearchMost = 100;
constexpr int kRevisionsStandard = 20;
constexpr int kRevisionsMost = 100;
constexpr int kSimilarStandard = 20;
constexpr int kSimilarMost = 100;

View ViewOf(v1::ReleaseView view, View standard) {
  if (view == v1::RELEASE_VIEW_BASIC) return View::kBasic;
  if (view == v1::RELEASE_VIEW_FULL) return View::kFull;
  return standard;
}

absl::StatusOr<ReleaseKey> KeyOf(std::string_view field, std::string_view name, bool with_revision) {
  auto key = ParseReleaseName(name);
  if (key.has_value() && (with_revision || key->revision == 0)) return *std::move(key);
  return FieldError("INVALID_RELEASE", field,
                    with_revision ? "has to be \"releases/{uuid}\" or \"releases/{uuid}/revisions/{n}\""
                                  : "has to be \"releases/{uuid}\"");
}

struct OrderName {
  std::string_view name;
  ReleaseOrder order;
};
constexpr std::array<OrderName, 6> kOrders = {{{"relevance", ReleaseOrder::kRelevance},
                                               {"create_time desc", ReleaseOrder::kNewest},
                                               {"create_time", ReleaseOrder::kOldest},
                                               {"publish_date desc", ReleaseOrder::kPublishedNewest},
                                               {"publish_date", ReleaseOrder::kPublishedOldest},
                                               {"create_time asc", ReleaseOrder::kOldest}}};

// The order of a list, which has no relevance, or of a search; `standard` when none is named.
absl::StatusOr<ReleaseOrder> OrderOf(std::string_view name, ReleaseOrder standard) {
  if (name.empty()) return standard;
  if (name == "publish_date asc") return ReleaseOrder::kPublishedOldest;
  std::vector<std::string_view> names;
  for (const OrderName& order : kOrders) {
    if (order.order == ReleaseOrder::kRelevance && standard != ReleaseOrder::kRelevance) continue;
    if (order.name == name) return order.order;
    if (!order.name.ends_with("asc")) names.push_back(order.name);
  }
  return FieldError("INVALID_PAGE", "order_by",
                    fmt::format("\"{}\" is no order; there are \"{}\"", Shorten(name, 64), fmt::join(names, "\", \"")));
}

absl::StatusOr<std::vector<FacetField>> FacetsOf(const v1::SearchReleasesRequest& request) {
  std::vector<FacetField> fields;
  for (int i = 0; i < request.facets_size(); ++i) {
    const std::optional<FacetField> field = ParseFacet(request.facets(i));
    if (!field.has_value()) {
      return FieldError("INVALID_PAGE", fmt::format("facets[{}]", i),
                        fmt::format("\"{}\" is none of source, language, country, organization, person, year",
                                    Shorten(request.facets(i), 64)));
    }
    if (std::find(fields.begin(), fields.end(), *field) == fields.end()) fields.push_back(*field);
  }
  return fields;
}

}  // namespace

void ReleaseService::Commit(const rpc::CallContext&, const v1::CommitReleasesRequest& request,
                            v1::CommitReleasesResponse* response, const rpc::Done& done) {
  if (absl::Status checked = CheckCommit(request); !checked.ok()) return done(checked);
  const MonotonicTime begun = kit_.clock().Monotonic();
  const bool failed = !request.failure().empty();
  store_.CommitReleases(request,
                        [this, response, done, begun, failed](absl::StatusOr<v1::CommitReleasesResponse> result) {
                          metrics_.ObserveCommit(kit_.clock().Monotonic() - begun);
                          if (!result.ok()) return done(result.status());
                          metrics_.CountCommit(*result, failed);
                          *response = *std::move(result);
                          done(absl::OkStatus());
                        });
}

absl::StatusOr<v1::GetReleaseResponse> ReleaseService::Get(const rpc::CallContext&,
                                                           const v1::GetReleaseRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const ReleaseKey key, KeyOf("name", request.name(), true));
  v1::GetReleaseResponse response;
  DATELINE_ASSIGN_OR_RETURN(*response.mutable_release(), store_.GetRelease(key, ViewOf(request.view(), View::kFull)));
  return response;
}

absl::StatusOr<v1::BatchGetReleasesResponse> ReleaseService::BatchGet(const rpc::CallContext&,
                                                                      const v1::BatchGetReleasesRequest& request) {
  if (request.names_size() > kBatchMax) {
    return FieldError("INVALID_PAGE", "names",
                      fmt::format("{} names; at most {} in one call", request.names_size(), kBatchMax));
  }
  std::vector<ReleaseKey> keys;
  for (int i = 0; i < request.names_size(); ++i) {
    DATELINE_ASSIGN_OR_RETURN(ReleaseKey key, KeyOf(fmt::format("names[{}]", i), request.names(i), true));
    keys.push_back(std::move(key));
  }
  DATELINE_ASSIGN_OR_RETURN(auto releases, store_.BatchGetReleases(keys, ViewOf(request.view(), View::kFull)));
  v1::BatchGetReleasesResponse response;
  for (auto& release : releases) *response.add_releases() = std::move(release);
  return response;
}

absl::StatusOr<v1::ListReleasesResponse> ReleaseService::List(const rpc::CallContext&,
                                                              const v1::ListReleasesRequest& request) {
  PageFingerprint arguments("ReleaseService.ListReleases");
  arguments.Add(request.filter()).Add(request.order_by()).Add(request.view());
  ReleaseQuery query;
  DATELINE_ASSIGN_OR_RETURN(query.order, OrderOf(request.order_by(), ReleaseOrder::kNewest));
  query.view = ViewOf(request.view(), View::kBasic);
  DATELINE_ASSIGN_OR_RETURN(query.filter, filter::Compile(request.filter()));
  DATELINE_ASSIGN_OR_RETURN(query.limit, PageSize(request.page_size(), kListStandard, kListMost));
  DATELINE_ASSIGN_OR_RETURN(query.after, ReadPageToken(arguments, request.page_token()));
  DATELINE_ASSIGN_OR_RETURN(ReleasePage page, store_.ListReleases(query));
  v1::ListReleasesResponse response;
  for (auto& release : page.releases) *response.add_releases() = std::move(release);
  response.set_next_page_token(MakePageToken(arguments, page.next));
  return response;
}

absl::StatusOr<v1::SearchReleasesResponse> ReleaseService::Search(const rpc::CallContext&,
                                                                  const v1::SearchReleasesRequest& request) {
  PageFingerprint arguments("ReleaseService.SearchReleases");
  arguments.Add(request.query()).Add(request.filter()).Add(request.order_by()).Add(request.view());
  SearchParams params;
  DATELINE_ASSIGN_OR_RETURN(params.order, OrderOf(request.order_by(), ReleaseOrder::kRelevance));
  DATELINE_ASSIGN_OR_RETURN(params.facets, FacetsOf(request));
  params.suggest = request.page_token().empty();
  params.view = ViewOf(request.view(), View::kBasic);
  DATELINE_ASSIGN_OR_RETURN(params.query, ParseSearchQuery(request.query()));
  DATELINE_ASSIGN_OR_RETURN(params.filter, filter::Compile(request.filter()));
  DATELINE_ASSIGN_OR_RETURN(params.limit, PageSize(request.page_size(), kSearchStandard, kSearchMost));
  DATELINE_ASSIGN_OR_RETURN(params.after, ReadPageToken(arguments, request.page_token()));
  DATELINE_ASSIGN_OR_RETURN(SearchPage page, store_.SearchReleases(params));
  v1::SearchReleasesResponse response;
  for (FoundRelease& found : page.hits) {
    v1::SearchHit* hit = response.add_hits();
    *hit->mutable_release() = std::move(found.release);
    hit->set_score(found.score);
    hit->set_snippet(std::move(found.snippet.text));
    for (const auto& [start, end] : found.snippet.highlights) {
      auto* span = hit->add_highlights();
      span->set_start(start);
      span->set_end(end);
    }
  }
  response.set_next_page_token(MakePageToken(arguments, page.next));
  response.set_total_size(page.total);
  for (size_t i = 0; i < page.facets.size(); ++i) {
    v1::Facet* facet = response.add_facets();
    facet->set_field(std::string(FacetName(params.facets[i])));
    for (FacetCount& count : page.facets[i]) {
      v1::FacetValue* value = facet->add_values();
      value->set_value(std::move(count.value));
      value->set_count(count.count);
    }
  }
  if (!page.corrections.empty()) {
    response.set_suggested_query(CorrectedQuery(request.query(), params.query, page.corrections));
  }
  return response;
}

absl::StatusOr<v1::ListReleaseRevisionsResponse> ReleaseService::ListRevisions(
    const rpc::CallContext&, const v1::ListReleaseRevisionsRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const ReleaseKey key, KeyOf("name", request.name(), false));
  PageFingerprint arguments("ReleaseService.ListReleaseRevisions");
  arguments.Add(key.name).Add(request.view());
  DATELINE_ASSIGN_OR_RETURN(const int limit, PageSize(request.page_size(), kRevisionsStandard, kRevisionsMost));
  DATELINE_ASSIGN_OR_RETURN(const auto after, ReadPageToken(arguments, request.page_token()));
  DATELINE_ASSIGN_OR_RETURN(RevisionPage page,
                            store_.ListRevisions(key.name, ViewOf(request.view(), View::kBasic), limit, after));
  v1::ListReleaseRevisionsResponse response;
  for (auto& revision : page.revisions) *response.add_revisions() = std::move(revision);
  response.set_next_page_token(MakePageToken(arguments, page.next));
  return response;
}

absl::StatusOr<v1::DiffReleaseRevisionsResponse> ReleaseService::Diff(const rpc::CallContext&,
                                                                      const v1::DiffReleaseRevisionsRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(ReleaseKey key, KeyOf("name", request.name(), false));
  key.revision = request.to_revision();
  DATELINE_ASSIGN_OR_RETURN(const release::v1::Release after, store_.GetRelease(key, View::kFull));
  key.revision = request.from_revision() != 0 ? request.from_revision() : after.revision() - 1;
  if (key.revision == 0) {
    return FieldError("INVALID_REVISION", "to_revision",
                      fmt::format("{} has no revision before 1; give from_revision and to_revision of a release that "
                                  "was revised",
                                  request.name()));
  }
  if (key.revision >= after.revision()) {
    return FieldError("INVALID_REVISION", "from_revision",
                      fmt::format("{} does not come before {}", key.revision, after.revision()));
  }
  DATELINE_ASSIGN_OR_RETURN(const release::v1::Release before, store_.GetRelease(key, View::kFull));
  return DescribeDiff(before, after);
}

absl::StatusOr<v1::ListSimilarReleasesResponse> ReleaseService::ListSimilarTo(
    const rpc::CallContext&, const v1::ListSimilarReleasesRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const ReleaseKey key, KeyOf("name", request.name(), false));
  DATELINE_ASSIGN_OR_RETURN(const int limit, PageSize(request.page_size(), kSimilarStandard, kSimilarMost));
  return ListSimilar(store_.derived(), key.name, limit);
}

void ReleaseService::Withdraw(const rpc::CallContext&, const v1::WithdrawReleaseRequest& request,
                              v1::WithdrawReleaseResponse* response, const rpc::Done& done) {
  absl::StatusOr<ReleaseKey> key = KeyOf("name", request.name(), false);
  if (!key.ok()) return done(key.status());
  WithdrawParams params{
      .name = std::move(key->name),
      .cause = request.cause(),
      .time = request.has_withdraw_time() ? FromTimestamp(request.withdraw_time()) : kit_.clock().Now()};
  store_.WithdrawRelease(std::move(params), [response, done](absl::StatusOr<release::v1::Release> result) {
    if (!result.ok()) return done(result.status());
    *response->mutable_release() = *std::move(result);
    done(absl::OkStatus());
  });
}

grpc::ServerUnaryReactor* ReleaseService::CommitReleases(grpc::CallbackServerContext* context,
                                                         const v1::CommitReleasesRequest* request,
                                                         v1::CommitReleasesResponse* response) {
  return rpc::UnaryAsync(kit_, context, request, response, "ReleaseService.CommitReleases",
                         [this](const auto& call, const auto& r, auto* answer, rpc::Done done) {
                           Commit(call, r, answer, std::move(done));
                         });
}

grpc::ServerUnaryReactor* ReleaseService::GetRelease(grpc::CallbackServerContext* context,
                                                     const v1::GetReleaseRequest* request,
                                                     v1::GetReleaseResponse* response) {
  return rpc::Unary(kit_, context, request, response, "ReleaseService.GetRelease",
                    [this](const auto& call, const auto& r) { return Get(call, r); });
}

grpc::ServerUnaryReactor* ReleaseService::BatchGetReleases(grpc::CallbackServerContext* context,
                                                           const v1::BatchGetReleasesRequest* request,
                                                           v1::BatchGetReleasesResponse* response) {
  return rpc::Unary(kit_, context, request, response, "ReleaseService.BatchGetReleases",
                    [this](const auto& call, const auto& r) { return BatchGet(call, r); });
}

grpc::ServerUnaryReactor* ReleaseService::ListReleases(grpc::CallbackServerContext* context,
                                                       const v1::ListReleasesRequest* request,
                                                       v1::ListReleasesResponse* response) {
  return rpc::Unary(kit_, context, request, response, "ReleaseService.ListReleases",
                    [this](const auto& call, const auto& r) { return List(call, r); });
}

grpc::ServerUnaryReactor* ReleaseService::SearchReleases(grpc::CallbackServerContext* context,
                                                         const v1::SearchReleasesRequest* request,
                                                         v1::SearchReleasesResponse* response) {
  return rpc::Unary(kit_, context, request, response, "ReleaseService.SearchReleases",
                    [this](const auto& call, const auto& r) { return Search(call, r); });
}

grpc::ServerUnaryReactor* ReleaseService::ListReleaseRevisions(grpc::CallbackServerContext* context,
                                                               const v1::ListReleaseRevisionsRequest* request,
                                                               v1::ListReleaseRevisionsResponse* response) {
  return rpc::Unary(kit_, context, request, response, "ReleaseService.ListReleaseRevisions",
                    [this](const auto& call, const auto& r) { return ListRevisions(call, r); });
}

grpc::ServerUnaryReactor* ReleaseService::DiffReleaseRevisions(grpc::CallbackServerContext* context,
                                                               const v1::DiffReleaseRevisionsRequest* request,
                                                               v1::DiffReleaseRevisionsResponse* response) {
  return rpc::Unary(kit_, context, request, response, "ReleaseService.DiffReleaseRevisions",
                    [this](const auto& call, const auto& r) { return Diff(call, r); });
}

grpc::ServerUnaryReactor* ReleaseService::WithdrawRelease(grpc::CallbackServerContext* context,
                                                          const v1::WithdrawReleaseRequest* request,
                                                          v1::WithdrawReleaseResponse* response) {
  return rpc::UnaryAsync(kit_, context, request, response, "ReleaseService.WithdrawRelease",
                         [this](const auto& call, const auto& r, auto* answer, rpc::Done done) {
                           Withdraw(call, r, answer, std::move(done));
                         });
}

grpc::ServerUnaryReactor* ReleaseService::ListSimilarReleases(grpc::CallbackServerContext* context,
                                                              const v1::ListSimilarReleasesRequest* request,
                                                              v1::ListSimilarReleasesResponse* response) {
  return rpc::Unary(kit_, context, request, response, "ReleaseService.ListSimilarReleases",
                    [this](const auto& call, const auto& r) { return ListSimilarTo(call, r); });
}

grpc::ServerWriteReactor<v1::ExportReleasesResponse>* ReleaseService::ExportReleases(
    grpc::CallbackServerContext* context, const v1::ExportReleasesRequest* request) {
  return rpc::StartStream<v1::ExportReleasesResponse>(
      kit_, context, request, "ReleaseService.ExportReleases",
      [this](const rpc::CallContext&, const v1::ExportReleasesRequest& r,
             rpc::StreamHandle<v1::ExportReleasesResponse> stream) {
        return MakeExport(store_, r, std::move(stream));
      });
}

}  // namespace dateline::storage
