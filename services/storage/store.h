#pragma once
// The archive as everything else sees it: documents, releases with their revisions, and the log of events about them.
// Each call is one transaction; whatever changes state appends its events in the same one. Implementations
// (SqliteStore, MemoryStore) pass one conformance suite, which is the specification. Thread-safe.
//
// Mutating calls are asynchronous: they may spend CPU time on the calling thread (hashing, compressing, comparing) and
// then return; `done` is called exactly once, on another thread or at once on this one, and must not block. OK means
// that everything is on disk. All mutations are harmless to repeat. Errors that any call may give: RESOURCE_EXHAUSTED
// (QUEUE_FULL, DISK_FULL), UNAVAILABLE (the outcome is unknown until the store is open again), DATA_LOSS.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/eventlog/event_log.h"
#include "common/filter/filter.h"
#include "dateline/release/v1/release.pb.h"
#include "dateline/storage/v1/document.pb.h"
#include "dateline/storage/v1/document_service.pb.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/storage/administration/admin_store.h"
#include "services/storage/derived_store.h"
#include "services/storage/limits.h"
#include "services/storage/names.h"
#include "services/storage/page_token.h"
#include "services/storage/search_query.h"
#include "services/storage/snippet.h"

namespace dateline::storage {

inline constexpr std::string_view kDocumentTopic = "document/";
inline constexpr std::string_view kReleaseTopic = "release/";
// CloudEvents source of all our events.
inline constexpr std::string_view kEventSource = "/dateline/storage";

enum class View { kBasic, kFull };

struct PutDocumentResult {
  v1::Document document;  // Without content.
  v1::PutDocumentResponse::Outcome outcome = v1::PutDocumentResponse::OUTCOME_UNSPECIFIED;
};

struct DocumentQuery {
  std::string uri;                                              // Empty: all.
  v1::Document::State state = v1::Document::STATE_UNSPECIFIED;  // Unspecified: all.
  std::optional<WallTime> start_time;                           // Stored at or after.
  int limit = 50;
  size_t bytes_max = kPageBytesMax;  // The page ends before it grows beyond this, but never empty because of it.
  std::optional<Position> after;
};

struct DocumentPage {
  std::vector<v1::Document> documents;  // Newest first, without content.
  std::optional<Position> next;
};

enum class ReleaseOrder {
  kRelevance,  // The best first; of equals the newest. Of searches only.
  kNewest,     // By the time of storing.
  kOldest,
  kPublishedNewest,  // By the day of publication, or of storing where that is not known; of equals the newest.
  kPublishedOldest,
};

struct ReleaseQuery {
  filter::Filter filter;
  SearchQuery words;  // Without clauses: nothing is searched for.
  ReleaseOrder order = ReleaseOrder::kNewest;
  View view = View::kBasic;
  int limit = 50;
  size_t bytes_max = kPageBytesMax;  // The page ends before it grows beyond this, but never empty because of it.
  std::optional<Position> after;
};

// May hold fewer than asked for, or none, while `next` is set: kFilterScanMax was reached by a filter over fields that
// have no index.
struct ReleasePage {
  std::vector<release::v1::Release> releases;
  std::vector<Position> positions;  // One for each release: to go on behind it.
  std::optional<Position> next;
};

struct SearchParams {
  SearchQuery query;
  filter::Filter filter;
  ReleaseOrder order = ReleaseOrder::kRelevance;
  std::vector<FacetField> facets;  // To be counted over everything that is found.
  bool suggest = false;            // Whether to look for better spellings when little is found.
  View view = View::kBasic;
  int limit = 20;
  size_t bytes_max = kPageBytesMax;
  std::optional<Position> after;
};

struct FoundRelease {
  release::v1::Release release;
  double score = 0;  // Greater is better.
  Snippet snippet;
};

struct FacetCount {
  std::string value;
  int count = 0;
};

// A word of the query as it is spelt in the archive.
struct Correction {
  size_t clause = 0;  // Its index in the query.
  std::string word;
};

struct SearchPage {
  std::vector<FoundRelease> hits;
  std::optional<Position> next;
  int total = 0;                                // At most kSearchCandidatesMax.
  std::vector<std::vector<FacetCount>> facets;  // As asked for; the most frequent first, at most kFacetValuesMax.
  std::vector<Correction> corrections;          // With which more is found; none when nothing seems misspelt.
};

struct RevisionPage {
  std::vector<v1::ReleaseRevision> revisions;  // Newest first.
  std::optional<Position> next;
};

struct WithdrawParams {
  std::string name;  // "releases/{uuid}"
  std::string cause;
  WallTime time;
};

struct StoreStats {
  uint64_t documents = 0;
  uint64_t pending_documents = 0;
  uint64_t failed_documents = 0;
  uint64_t releases = 0;
  uint64_t revisions = 0;
  uint64_t bytes = 0;                         // On disk; 0 in memory.
  std::optional<WallTime> last_release_time;  // When the latest new release was stored.
  uint32_t schema_version = 0;
};

class Store {
 public:
  template <class T>
  using Done = std::function<void(absl::StatusOr<T>)>;

  virtual ~Store() = default;

  // Stores a document that CheckDocument() accepted, with org.dateline.document.stored, unless its content is that of
  // the latest version of its URI.
  virtual void PutDocument(v1::Document document, Done<PutDocumentResult> done) = 0;
  // `name` is canonical. With the content come the lines of most pages of its site. NOT_FOUND (DOCUMENT_NOT_FOUND,
  // CONTENT_REMOVED).
  virtual absl::StatusOr<v1::Document> GetDocument(std::string_view name, bool with_content) = 0;
  virtual absl::StatusOr<DocumentPage> ListDocuments(const DocumentQuery& query) = 0;

  // Stores what extraction made of a document; `request` was accepted by CheckCommit(). NOT_FOUND (DOCUMENT_NOT_FOUND),
  // FAILED_PRECONDITION (LEASE_LOST): nothing was written. When the document was committed under the same lease, or by
  // whoever took it over, the stored outcome is answered. The lines of a document count at its first commit.
  virtual void CommitReleases(v1::CommitReleasesRequest request, Done<v1::CommitReleasesResponse> done) = 0;

  // NOT_FOUND (RELEASE_NOT_FOUND, REVISION_NOT_FOUND).
  virtual absl::StatusOr<release::v1::Release> GetRelease(const ReleaseKey& key, View view) = 0;
  // In the order of `keys`; what is not there is left out.
  virtual absl::StatusOr<std::vector<release::v1::Release>> BatchGetReleases(const std::vector<ReleaseKey>& keys,
                                                                             View view) = 0;
  virtual absl::StatusOr<ReleasePage> ListReleases(const ReleaseQuery& query) = 0;
  virtual absl::StatusOr<SearchPage> SearchReleases(const SearchParams& params) = 0;
  // NOT_FOUND (RELEASE_NOT_FOUND).
  virtual absl::StatusOr<RevisionPage> ListRevisions(std::string_view name, View view, int limit,
                                                     std::optional<Position> after) = 0;
  // Marks the release with org.dateline.release.withdrawn; one that is withdrawn already stays as it is. Answers the
  // basic view. NOT_FOUND (RELEASE_NOT_FOUND).
  virtual void WithdrawRelease(WithdrawParams params, Done<release::v1::Release> done) = 0;

  virtual StoreStats Stats() = 0;
  // What was worked out of the releases: links and entities.
  virtual DerivedStore& derived() = 0;
  // Administration; null on a store that has none.
  virtual AdminStore* admin() { return nullptr; }
  // The log of the events that the calls above append.
  virtual eventlog::EventLog& events() = 0;
  // Called after every commit that may have appended an event, on the writing thread; must not block. Null removes it.
  virtual void SetCommitListener(std::function<void()> listener) = 0;
  // UNAVAILABLE when the store takes no more writes until it is opened anew.
  virtual absl::Status Ping() = 0;
};

// What a document must be to be stored. INVALID_ARGUMENT (EMPTY_DOCUMENT, INVALID_URI, INVALID_DOCUMENT,
// DOCUMENT_TOO_LARGE; metadata limit_bytes).
absl::Status CheckDocument(const v1::Document& document);
// INVALID_ARGUMENT (INVALID_RELEASE, INVALID_DOCUMENT).
absl::Status CheckCommit(const v1::CommitReleasesRequest& request);

// Sets `release` on those translations that are in the archive; `holds` answers whether it holds a release of that
// name.
absl::Status ResolveTranslations(const std::function<absl::StatusOr<bool>(const std::string&)>& holds,
                                 release::v1::Release* release);

absl::Status DocumentNotFound(std::string_view name);
// The document is there, but retention removed its content: NOT_FOUND (CONTENT_REMOVED).
absl::Status ContentRemoved(std::string_view document);
absl::Status ReleaseNotFound(std::string_view name);
absl::Status RevisionNotFound(std::string_view name, uint32_t revision);

}  // namespace dateline::storage
