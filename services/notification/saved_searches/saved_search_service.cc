#include "services/notification/saved_searches/saved_search_service.h"

#include <fmt/format.h>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/notification/page_token.h"
#include "services/notification/subscriptions/subscription_settings.h"

namespace dateline::notification {
namespace {

constexpr std::string_view kList = "ListSavedSearches";

absl::Status CheckEtag(const std::string& given, const v1::SavedSearch& stored) {
  if (given.empty() || given == stored.etag()) return absl::OkStatus();
  return Error(absl::StatusCode::kAborted, "ETAG_MISMATCH",
               fmt::format("{} was changed meanwhile; read it again and repeat the change", stored.name()),
               {{"saved_search", stored.name()}});
}

}  // namespace

absl::StatusOr<v1::CreateSavedSearchResponse> SavedSearchService::Create(const v1::CreateSavedSearchRequest& request) {
  v1::SavedSearch search;
  DATELINE_RETURN_IF_ERROR(ApplyMask(request.saved_search(), {}, &search));
  DATELINE_RETURN_IF_ERROR(CheckSavedSearch(search));
  const bool repeatable = request.saved_search_id().empty() && !request.request_id().empty();
  std::string id = request.saved_search_id();
  if (id.empty()) id = repeatable ? "s-" + UuidV5("request/" + request.request_id()) : NewId();
  DATELINE_RETURN_IF_ERROR(CheckId(id, "INVALID_SAVED_SEARCH", "saved_search_id"));
  search.set_name(std::string(kSavedSearchPrefix) + id);
  *search.mutable_create_time() = *search.mutable_update_time() = ToTimestamp(clock_.Now());
  search.set_etag(UuidV4());
  absl::Status created = store_.Create(search);
  if (repeatable && ErrorReason(created) == "SAVED_SEARCH_EXISTS") {
    // The same request again gets the same answer (AIP-155).
    DATELINE_ASSIGN_OR_RETURN(search, store_.Get(search.name()));
    created = absl::OkStatus();
  }
  if (!created.ok()) return created;
  v1::CreateSavedSearchResponse response;
  *response.mutable_saved_search() = std::move(search);
  return response;
}

absl::StatusOr<v1::GetSavedSearchResponse> SavedSearchService::Get(const v1::GetSavedSearchRequest& request) {
  v1::GetSavedSearchResponse response;
  DATELINE_ASSIGN_OR_RETURN(*response.mutable_saved_search(), store_.Get(request.name()));
  return response;
}

absl::StatusOr<v1::ListSavedSearchesResponse> SavedSearchService::List(const v1::ListSavedSearchesRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size()));
  DATELINE_ASSIGN_OR_RETURN(const std::string after, ReadPageToken(kList, request.page_token()));
  DATELINE_ASSIGN_OR_RETURN(const SavedSearchPage page, store_.List(size, after));
  v1::ListSavedSearchesResponse response;
  for (const v1::SavedSearch& search : page.searches) *response.add_saved_searches() = search;
  if (page.more) response.set_next_page_token(MakePageToken(kList, page.searches.back().name()));
  return response;
}

absl::StatusOr<v1::UpdateSavedSearchResponse> SavedSearchService::Update(const v1::UpdateSavedSearchRequest& request) {
  const WallTime now = clock_.Now();
  v1::UpdateSavedSearchResponse response;
  DATELINE_ASSIGN_OR_RETURN(
      *response.mutable_saved_search(),
      store_.Change(request.saved_search().name(), [&](v1::SavedSearch* stored) -> absl::Status {
        DATELINE_RETURN_IF_ERROR(CheckEtag(request.saved_search().etag(), *stored));
        DATELINE_RETURN_IF_ERROR(ApplyMask(request.saved_search(), request.update_mask(), stored));
        DATELINE_RETURN_IF_ERROR(CheckSavedSearch(*stored));
        *stored->mutable_update_time() = ToTimestamp(now);
        stored->set_etag(UuidV4());
        return absl::OkStatus();
      }));
  return response;
}

absl::StatusOr<v1::DeleteSavedSearchResponse> SavedSearchService::Delete(const v1::DeleteSavedSearchRequest& request) {
  DATELINE_RETURN_IF_ERROR(
      store_.Delete(request.name(), [&](const v1::SavedSearch& stored) { return CheckEtag(request.etag(), stored); }));
  return v1::DeleteSavedSearchResponse();
}

#define DATELINE_METHOD(Name, Function)                                                                                \
  grpc::ServerUnaryReactor* SavedSearchService::Name(grpc::CallbackServerContext* context,                             \
                                                     const v1::Name##Request* request, v1::Name##Response* response) { \
    return rpc::Unary(kit_, context, request, response, "SavedSearchService." #Name,                                   \
                      [this](const rpc::CallContext&, const auto& r) { return this->Function(r); });                   \
  }
DATELINE_METHOD(CreateSavedSearch, Create)
DATELINE_METHOD(GetSavedSearch, Get)
DATELINE_METHOD(ListSavedSearches, List)
DATELINE_METHOD(UpdateSavedSearch, Update)
DATELINE_METHOD(DeleteSavedSearch, Delete)
#undef DATELINE_METHOD

}  // namespace dateline::notification
