#pragma once
// What the archive keeps so that a release finds its like: keys under which releases are posted, what is compared of
// each, the links that were found, and clusters. Rows are plain; what they mean stands in linking/. Reads see committed
// state; writes go through DerivedStore. Part of the port Store; implementations pass its conformance suite.
// Thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "dateline/release/v1/release.pb.h"
#include "dateline/storage/v1/release_service.pb.h"

namespace dateline::storage {

// How one release is linked to another.
struct LinkRow {
  int64_t other_id = 0;
  v1::SimilarRelease::Relation relation = v1::SimilarRelease::RELATION_UNSPECIFIED;
  double similarity = 0;
  std::string detail;  // A serialised records::LinkDetail.
};

// What was worked out of one revision of a release.
struct DerivedRow {
  int64_t release_id = 0;
  uint32_t revision = 0;
  std::string cluster;     // "clusters/{uuid}"; empty: in none.
  std::string profile;     // A serialised records::LinkProfile.
  std::string references;  // A serialised records::EntityReferences.
};

// The keys under which a revision of a release is posted, in the order of posting.
struct PostingRow {
  int64_t sequence = 0;  // From 1; ascending.
  int64_t release_id = 0;
  std::vector<uint32_t> keys;  // PostingKey() of each.
};

// Postings that were put in order and cut into buckets (linking/posting_buckets.h), in the place of their rows: a run
// of level 0.
struct PostingRun {
  int64_t number = 0;  // From 1; no two runs that are there have the same.
  int64_t up_to = 0;   // The rows up to this sequence go.
  std::vector<std::string> buckets;
};

struct PostingRunHead {
  static constexpr int64_t kWhole = -1;

  int64_t number = 0;
  int level = 0;  // Above 0: made of runs of the level below.
  // Of a run that is being made: so many buckets of each run below moved into it.
  int64_t moved = kWhole;

  bool is_whole() const { return moved == kWhole; }
  bool operator==(const PostingRunHead&) const = default;
};

// Buckets that leave runs of one level for the run that takes their place.
struct PostingMove {
  PostingRunHead into;        // As it is afterwards.
  std::vector<int64_t> from;  // The runs below; they go when `into` is whole.
  uint32_t first = 0;         // Of the buckets that leave them,
  uint32_t last = 0;          // and the one behind.
  uint32_t first_into = 0;    // The number in `into` of the first of
  std::vector<std::string> buckets;
};

// What there is of postings.
struct PostingHead {
  uint64_t resets = 0;               // How often everything began anew.
  std::vector<PostingRunHead> runs;  // Ascending by number.
  int64_t first = 1;                 // The sequence of the first row that is in no run.
  int64_t latest = 0;                // Of the latest row, of those that became runs too.
  bool operator==(const PostingHead&) const = default;
};

class LinkStore {
 public:
  virtual ~LinkStore() = default;

  virtual absl::StatusOr<PostingHead> LoadPostingHead() = 0;
  // The rows behind a sequence, at most `limit`.
  virtual absl::StatusOr<std::vector<PostingRow>> LoadPostings(int64_t after, int limit) = 0;
  // These buckets of a run, in their order; empty ones too.
  virtual absl::StatusOr<std::vector<std::string>> LoadPostingBuckets(int64_t run,
                                                                      const std::vector<uint32_t>& buckets) = 0;
  // In the order of `ids`; what was never derived is left out.
  virtual absl::StatusOr<std::vector<DerivedRow>> LoadDerived(const std::vector<int64_t>& ids) = 0;
  virtual absl::StatusOr<std::vector<LinkRow>> LoadLinks(int64_t release_id) = 0;
  // At most `limit`, the oldest first.
  virtual absl::StatusOr<std::vector<int64_t>> ClusterMembers(std::string_view cluster, int limit) = 0;
  // The basic views, with `cluster`, in the order of `ids`; what is not there is left out.
  virtual absl::StatusOr<std::vector<release::v1::Release>> LoadBasics(const std::vector<int64_t>& ids) = 0;
  // nullopt when the archive holds no such release. `name` is canonical.
  virtual absl::StatusOr<std::optional<int64_t>> FindReleaseId(std::string_view name) = 0;
};

}  // namespace dateline::storage
