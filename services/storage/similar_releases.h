#pragma once
// Answers ListSimilarReleases from the links that were derived. Thread-safe.

#include <string_view>

#include "absl/status/statusor.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/storage/link_store.h"

namespace dateline::storage {

// The nearest first: the same words, nearly the same, held and holding, translations, others of the same happening.
// NOT_FOUND (RELEASE_NOT_FOUND). `name` is canonical.
absl::StatusOr<v1::ListSimilarReleasesResponse> ListSimilar(LinkStore& store, std::string_view name, int limit);

}  // namespace dateline::storage
