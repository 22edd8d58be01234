#pragma once
// SavedSearchService: searches under names, checked here and kept by the store. Thread-safe; everything that it is
// given outlives it.

#include "common/base/clock.h"
#include "common/rpc/server_kit.h"
#include "common/rpc/unary.h"
#include "dateline/notification/v1/saved_search_service.grpc.pb.h"
#include "services/notification/saved_searches/saved_search_store.h"

namespace dateline::notification {

class SavedSearchService final : public v1::SavedSearchService::CallbackService {
 public:
  SavedSearchService(rpc::ServerKit& kit, SavedSearchStore& store, const Clock& clock)
      : kit_(kit), store_(store), clock_(clock) {}

#define DATELINE_METHOD(Name)                                                                            \
  grpc::ServerUnaryReactor* Name(grpc::CallbackServerContext* context, const v1::Name##Request* request, \
                                 v1::Name##Response* response) override
  DATELINE_METHOD(CreateSavedSearch);
  DATELINE_METHOD(GetSavedSearch);
  DATELINE_METHOD(ListSavedSearches);
  DATELINE_METHOD(UpdateSavedSearch);
  DATELINE_METHOD(DeleteSavedSearch);
#undef DATELINE_METHOD

 private:
  absl::StatusOr<v1::CreateSavedSearchResponse> Create(const v1::CreateSavedSearchRequest& request);
  absl::StatusOr<v1::GetSavedSearchResponse> Get(const v1::GetSavedSearchRequest& request);
  absl::StatusOr<v1::ListSavedSearchesResponse> List(const v1::ListSavedSearchesRequest& request);
  absl::StatusOr<v1::UpdateSavedSearchResponse> Update(const v1::UpdateSavedSearchRequest& request);
  absl::StatusOr<v1::DeleteSavedSearchResponse> Delete(const v1::DeleteSavedSearchRequest& request);

  rpc::ServerKit& kit_;
  SavedSearchStore& store_;
  const Clock& clock_;
};

}  // namespace dateline::notification
