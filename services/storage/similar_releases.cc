#include "services/storage/similar_releases.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "services/storage/linking/link_profile.pb.h"
#include "services/storage/store.h"

namespace dateline::storage {

absl::StatusOr<v1::ListSimilarReleasesResponse> ListSimilar(LinkStore& store, std::string_view name, int limit) {
  DATELINE_ASSIGN_OR_RETURN(const auto id, store.FindReleaseId(name));
  if (!id.has_value()) return ReleaseNotFound(name);
  DATELINE_ASSIGN_OR_RETURN(std::vector<LinkRow> links, store.LoadLinks(*id));
  std::sort(links.begin(), links.end(), [](const LinkRow& a, const LinkRow& b) {
    if (a.relation != b.relation) return a.relation < b.relation;
    return a.similarity != b.similarity ? a.similarity > b.similarity : a.other_id > b.other_id;
  });
  v1::ListSimilarReleasesResponse response;
  for (const LinkRow& link : links) {
    if (response.releases_size() == limit) break;
    DATELINE_ASSIGN_OR_RETURN(auto found, store.LoadBasics({link.other_id}));
    if (found.empty()) continue;
    v1::SimilarRelease* similar = response.add_releases();
    *similar->mutable_release() = std::move(found.front());
    similar->set_relation(link.relation);
    similar->set_similarity(link.similarity);
    records::LinkDetail detail;
    if (!detail.ParseFromString(link.detail)) continue;
    for (const auto& contradiction : detail.contradictions()) similar->add_contradictions(contradiction.sentence());
  }
  return response;
}

}  // namespace dateline::storage
