#include "services/storage/memory/memory_store.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "services/storage/content.h"
#include "services/storage/document_plan.h"
#include "services/storage/release_record.h"
#include "services/storage/search_page.h"
#include "services/storage/spelling.h"

namespace dateline::storage {

using release::v1::Release;
using release::v1::Sighting;

namespace {

v1::Document WithoutContent(const v1::Document& document) {
  v1::Document bare = document;
  bare.clear_content();
  return bare;
}

Sighting ToSighting(const v1::Document& document, WallTime now) {
  Sighting sighting;
  sighting.set_source(document.source());
  sighting.set_uri(document.given_uri().empty() ? document.uri() : document.given_uri());
  sighting.set_guid(document.guid());
  *sighting.mutable_time() = document.has_fetch_time() ? document.fetch_time() : ToTimestamp(now);
  return sighting;
}

bool SamePlace(const Sighting& a, const Sighting& b) {
  return a.source() == b.source() && a.uri() == b.uri() && a.guid() == b.guid();
}

}  // namespace

MemoryStore::MemoryStore(const Clock& clock, uint32_t max_attempts)
    : clock_(clock),
      log_(clock, {.topics = {std::string(kDocumentTopic), std::string(kReleaseTopic)},
                   .source = std::string(kEventSource),
                   .max_attempts = max_attempts}) {}

void MemoryStore::PutDocument(v1::Document document, Done<PutDocumentResult> done) {
  done(Put(std::move(document)));
}

absl::StatusOr<PutDocumentResult> MemoryStore::Put(v1::Document document) {
  document.set_content_bytes(document.content().size());
  document.set_content_sha256(BytesToHex(Sha256Bytes(document.content())));
  MutexLock lock(mutex_);
  std::vector<size_t>& versions = documents_by_uri_[document.uri()];
  const WallTime now = Now();
  const Sighting sighting = ToSighting(document, now);
  std::vector<Sighting>& sightings = sightings_by_uri_[document.uri()];
  if (!versions.empty() && SameDocument(documents_[versions.back()].document, document)) {
    const bool known = std::any_of(sightings.begin(), sightings.end(),
                                   [&sighting](const Sighting& other) { return SamePlace(sighting, other); });
    if (!known) sightings.push_back(sighting);
    return PutDocumentResult{.document = WithoutContent(documents_[versions.back()].document),
                             .outcome = v1::PutDocumentResponse::OUTCOME_UNCHANGED};
  }
  document.set_version(static_cast<uint32_t>(versions.size() + 1));
  document.set_name(DocumentName(document.uri(), document.version()));
  document.set_state(v1::Document::STATE_PENDING);
  document.clear_failure();
  document.clear_releases();
  *document.mutable_create_time() = ToTimestamp(now);
  if (absl::Status appended = log_.Append(DocumentStoredEvent(document, now)).status(); !appended.ok()) return appended;
  sightings.push_back(sighting);
  versions.push_back(documents_.size());
  document_by_name_[document.name()] = documents_.size();
  documents_.push_back({.document = std::move(document), .result = {}});
  return PutDocumentResult{.document = WithoutContent(documents_.back().document),
                           .outcome = versions.size() == 1 ? v1::PutDocumentResponse::OUTCOME_CREATED
                                                           : v1::PutDocumentResponse::OUTCOME_CHANGED};
}

absl::StatusOr<v1::Document> MemoryStore::GetDocument(std::string_view name, bool with_content) {
  MutexLock lock(mutex_);
  const auto found = document_by_name_.find(name);
  if (found == document_by_name_.end()) return DocumentNotFound(name);
  v1::Document document = documents_[found->second].document;
  if (!with_content) return WithoutContent(document);
  if (const auto site = sites_.find(SiteOf(document)); site != sites_.end()) {
    for (const uint64_t hash : site->second.Boilerplate()) document.add_site_boilerplate(hash);
  }
  return document;
}

absl::StatusOr<DocumentPage> MemoryStore::ListDocuments(const DocumentQuery& query) {
  MutexLock lock(mutex_);
  DocumentPage page;
  size_t bytes = 0;
  Position last;
  size_t id = query.after.has_value() ? query.after->id - 1 : documents_.size();
  for (; id > 0; --id) {
    const v1::Document& document = documents_[id - 1].document;
    if (!query.uri.empty() && document.uri() != query.uri) continue;
    if (query.state != v1::Document::STATE_UNSPECIFIED && document.state() != query.state) continue;
    if (query.start_time.has_value() && FromTimestamp(document.create_time()) < *query.start_time) break;
    v1::Document listed = WithoutContent(document);
    bytes += listed.ByteSizeLong();
    if (static_cast<int>(page.documents.size()) == query.limit ||
        (!page.documents.empty() && bytes > query.bytes_max)) {
      page.next = last;
      break;
    }
    last.id = id;
    page.documents.push_back(std::move(listed));
  }
  return page;
}

void MemoryStore::CommitReleases(v1::CommitReleasesRequest request, Done<v1::CommitReleasesResponse> done) {
  done(Commit(std::move(request)));
}

absl::StatusOr<bool> MemoryStore::Acknowledge(const v1::CommitReleasesRequest& request, const StoredDocument& stored) {
  if (!request.has_lease()) return true;
  const bool committed = stored.document.state() != v1::Document::STATE_PENDING;
  const auto& lease = request.lease();
  const eventlog::LeaseReference reference{.topic = lease.topic(),
                                           .group = lease.group(),
                                           .sequence = eventlog::Sequence(lease.sequence()),
                                           .token = lease.lease_token()};
  const bool first = used_leases_.insert({lease.topic(), lease.group(), lease.sequence()}).second;
  if (!first && committed) return false;
  DATELINE_ASSIGN_OR_RETURN(const auto lost, log_.Ack({reference}));
  if (lost.empty()) return true;
  if (first) used_leases_.erase({lease.topic(), lease.group(), lease.sequence()});
  if (committed) return false;
  return eventlog::LeaseLost(reference);
}

absl::StatusOr<v1::CommitReleasesResponse> MemoryStore::Commit(v1::CommitReleasesRequest request) {
  MutexLock lock(mutex_);
  const auto found = document_by_name_.find(ParseDocumentName(request.document()).value_or(std::string()));
  if (found == document_by_name_.end()) return DocumentNotFound(request.document());
  const size_t index = found->second;
  DATELINE_ASSIGN_OR_RETURN(const bool apply, Acknowledge(request, documents_[index]));
  if (!apply) return documents_[index].result;
  v1::CommitReleasesResponse response;
  for (Release& release : *request.mutable_releases()) {
    release.set_name(ParseReleaseName(release.name())->name);
    DATELINE_RETURN_IF_ERROR(Apply(release, index, response.add_releases()));
  }
  StoredDocument& stored = documents_[index];
  CountLines(stored.document, request);
  const bool failed = !request.failure().empty();
  stored.document.set_state(failed ? v1::Document::STATE_FAILED : v1::Document::STATE_EXTRACTED);
  stored.document.set_failure(Shorten(request.failure(), kFailureBytesMax));
  if (failed) return response;
  stored.result = response;
  stored.document.clear_releases();
  for (const auto& committed : response.releases()) stored.document.add_releases(committed.name());
  return response;
}

void MemoryStore::CountLines(const v1::Document& document, const v1::CommitReleasesRequest& request) {
  if (!CountsLines(document, request)) return;
  const std::string site = SiteOf(document);
  if (site.empty()) return;
  SiteLines& lines = sites_[site];
  if (lines.Wants(document.name()))
    lines.Add({request.line_hashes().data(), static_cast<size_t>(request.line_hashes_size())});
}

absl::Status MemoryStore::Apply(const Release& incoming, size_t document, v1::CommittedRelease* committed) {
  StoredRelease* stored = Find(incoming.name());
  const ReleasePlan plan = PlanRelease(incoming, {.name = documents_[document].document.name(), .order = document + 1},
                                       stored != nullptr ? stored->ground : ReleaseGround(),
                                       stored != nullptr ? &stored->revisions.back().record : nullptr, Now());
  committed->set_name(plan.name);
  committed->set_revision(plan.revision);
  committed->set_outcome(plan.outcome);
  if (plan.outcome != v1::CommittedRelease::OUTCOME_UNCHANGED) {
    DATELINE_ASSIGN_OR_RETURN(const eventlog::Record record, log_.Append(plan.event));
    committed->set_event_sequence(record.sequence.value());
    if (stored == nullptr) {
      release_by_name_[plan.name] = releases_.size();
      stored = &releases_.emplace_back();
      stored->ground.create_time = plan.time;
      last_release_time_ = plan.time;
    }
    stored->revisions.push_back(
        {.record = plan.record, .time = plan.time, .document = document, .change_class = plan.changes.change_class()});
    stored->indexed = plan.new_index;
    stored->withdraw_time.reset();
    stored->ground.withdrawn = false;
  }
  stored->ground.revision = plan.revision;
  stored->ground.document_order = plan.document_order;
  return absl::OkStatus();
}

MemoryStore::StoredRelease* MemoryStore::Find(std::string_view name) {
  const auto found = release_by_name_.find(name);
  return found == release_by_name_.end() ? nullptr : &releases_[found->second];
}

Release MemoryStore::Answer(const StoredRelease& stored, size_t revision, View view) {
  const Revision& of = stored.revisions[revision];
  Release release = of.record;
  const v1::Document& document = documents_[of.document].document;
  SetStoredFields({.revision = static_cast<uint32_t>(revision + 1),
                   .create_time = stored.ground.create_time,
                   .update_time = of.time,
                   .withdraw_time = stored.withdraw_time,
                   .document = document.name()},
                  &release);
  if (view == View::kBasic) return BasicView(release);
  SetSightings(sightings_by_uri_.find(document.uri())->second, &release);
  derived_.Complete(static_cast<int64_t>(release_by_name_.find(release.name())->second) + 1, &release);
  const auto holds = [this](const std::string& name) -> absl::StatusOr<bool> {
    return release_by_name_.find(name) != release_by_name_.end();
  };
  ResolveTranslations(holds, &release).IgnoreError();  // Memory gives no errors.
  return release;
}

absl::StatusOr<Release> MemoryStore::Get(const ReleaseKey& key, View view) {
  const StoredRelease* stored = Find(key.name);
  if (stored == nullptr) return ReleaseNotFound(key.name);
  if (key.revision > stored->revisions.size()) return RevisionNotFound(key.name, key.revision);
  return Answer(*stored, (key.revision == 0 ? stored->revisions.size() : key.revision) - 1, view);
}

absl::StatusOr<Release> MemoryStore::GetRelease(const ReleaseKey& key, View view) {
  MutexLock lock(mutex_);
  return Get(key, view);
}

absl::StatusOr<std::vector<Release>> MemoryStore::BatchGetReleases(const std::vector<ReleaseKey>& keys, View view) {
  MutexLock lock(mutex_);
  std::vector<Release> releases;
  for (const ReleaseKey& key : keys) {
    if (absl::StatusOr<Release> release = Get(key, view); release.ok()) releases.push_back(*std::move(release));
  }
  return releases;
}

int64_t MemoryStore::CountReleases() {
  MutexLock lock(mutex_);
  return static_cast<int64_t>(releases_.size());
}

Release MemoryStore::ReleaseAt(int64_t id, bool basic) {
  MutexLock lock(mutex_);
  const StoredRelease& stored = releases_[static_cast<size_t>(id - 1)];
  Release release = Answer(stored, stored.revisions.size() - 1, basic ? View::kBasic : View::kFull);
  release.clear_sightings();
  return release;
}

std::optional<int64_t> MemoryStore::IdOf(std::string_view name) {
  MutexLock lock(mutex_);
  const auto found = release_by_name_.find(name);
  if (found == release_by_name_.end()) return std::nullopt;
  return static_cast<int64_t>(found->second) + 1;
}

std::vector<Candidate> MemoryStore::Matches(const SearchQuery& words, const filter::Filter& filter,
                                            ReleaseOrder order) {
  std::vector<Candidate> found;
  for (size_t i = 0; i < releases_.size(); ++i) {
    const StoredRelease& stored = releases_[i];
    const IndexedText& indexed = stored.indexed;
    const double score = words.clauses.empty() ? 0 : MatchIndexed(words, indexed);
    if (!words.clauses.empty() && score <= 0) continue;
    if (!filter.matches_all() && !filter.Matches(Answer(stored, stored.revisions.size() - 1, View::kFull))) continue;
    const bool by_score = order == ReleaseOrder::kRelevance;
    found.push_back({.id = i + 1, .score = by_score ? score : 0, .sort_day = indexed.sort_day});
  }
  SortCandidates(order, &found);
  return found;
}

absl::StatusOr<ReleasePage> MemoryStore::ListReleases(const ReleaseQuery& query) {
  MutexLock lock(mutex_);
  ReleasePage page;
  size_t bytes = 0;
  Position seen;
  for (const Candidate& candidate : Matches(query.words, query.filter, query.order)) {
    const Position here = PlaceOf(query.order, candidate);
    if (query.after.has_value() && !ComesBefore(query.order, *query.after, here)) continue;
    const StoredRelease& stored = releases_[candidate.id - 1];
    Release release = Answer(stored, stored.revisions.size() - 1, query.view);
    bytes += release.ByteSizeLong();
    if (static_cast<int>(page.releases.size()) == query.limit || (!page.releases.empty() && bytes > query.bytes_max)) {
      page.next = seen;
      return page;
    }
    page.releases.push_back(std::move(release));
    page.positions.push_back(here);
    seen = here;
  }
  return page;
}

absl::StatusOr<SearchPage> MemoryStore::SearchReleases(const SearchParams& params) {
  MutexLock lock(mutex_);
  const std::vector<Candidate> candidates = Matches(params.query, params.filter, params.order);
  SearchPager pager(params, true);
  FacetCounter facets(params.facets);
  for (const Candidate& candidate : candidates) {
    const StoredRelease& stored = releases_[candidate.id - 1];
    Release release = Answer(stored, stored.revisions.size() - 1, View::kFull);
    for (const FacetEntry& entry : stored.indexed.facets) facets.Add(entry.field, entry.value);
    pager.Take(candidate, pager.NeedsRelease(candidate) ? &release : nullptr);
  }
  SearchPage page = pager.Finish();
  page.facets = facets.Finish();
  if (params.suggest && page.total < kSuggestBelow) page.corrections = Corrections(params, page.total);
  return page;
}

std::vector<Correction> MemoryStore::Corrections(const SearchParams& params, int total) {
  std::map<std::string, int64_t, std::less<>> vocabulary;
  for (const StoredRelease& stored : releases_) {
    const IndexedText& text = stored.indexed;
    std::set<std::string> terms;
    for (const std::string* form : {&text.title, &text.subtitle, &text.text, &text.names}) {
      const TermList list = TermList::FromIndexForm(*form);
      for (const Term& term : list.terms()) terms.insert(term.text);
    }
    for (const std::string& term : terms) ++vocabulary[term];
  }
  std::vector<Correction> corrections;
  for (size_t i = 0; i < params.query.clauses.size(); ++i) {
    if (!MayBeMisspelt(params.query.clauses[i])) continue;
    const std::string& word = params.query.clauses[i].phrase.terms.front();
    const auto known = vocabulary.find(word);
    SpellingChoice choice(word, known == vocabulary.end() ? 0 : known->second);
    for (const auto& [term, count] : vocabulary) choice.Offer(term, count);
    if (!choice.best().empty()) corrections.push_back({.clause = i, .word = choice.best()});
  }
  if (corrections.empty()) return corrections;
  const auto better = Matches(WithCorrections(params.query, corrections), params.filter, params.order);
  if (better.size() <= static_cast<size_t>(total)) corrections.clear();
  return corrections;
}

absl::StatusOr<RevisionPage> MemoryStore::ListRevisions(std::string_view name, View view, int limit,
                                                        std::optional<Position> after) {
  MutexLock lock(mutex_);
  const StoredRelease* stored = Find(name);
  if (stored == nullptr) return ReleaseNotFound(name);
  RevisionPage page;
  size_t number = stored->revisions.size();
  if (after.has_value()) number = std::min<size_t>(number, after->id - 1);
  for (; number > 0; --number) {
    if (static_cast<int>(page.revisions.size()) == limit) {
      page.next = Position{.score = 0, .id = number + 1};
      return page;
    }
    v1::ReleaseRevision revision;
    revision.set_name(RevisionName(name, static_cast<uint32_t>(number)));
    *revision.mutable_snapshot() = Answer(*stored, number - 1, view);
    *revision.mutable_create_time() = ToTimestamp(stored->revisions[number - 1].time);
    revision.set_change_class(stored->revisions[number - 1].change_class);
    page.revisions.push_back(std::move(revision));
  }
  return page;
}

void MemoryStore::WithdrawRelease(WithdrawParams params, Done<Release> done) {
  absl::StatusOr<Release> result = [&]() -> absl::StatusOr<Release> {
    MutexLock lock(mutex_);
    StoredRelease* stored = Find(params.name);
    if (stored == nullptr) return ReleaseNotFound(params.name);
    if (!stored->ground.withdrawn) {
      stored->ground.withdrawn = true;
      stored->withdraw_time = params.time;
      Release release = Answer(*stored, stored->revisions.size() - 1, View::kFull);
      release.clear_sightings();
      if (absl::Status appended = log_.Append(WithdrawnEvent(release, Now())).status(); !appended.ok()) return appended;
    }
    return Answer(*stored, stored->revisions.size() - 1, View::kBasic);
  }();
  done(std::move(result));
}

StoreStats MemoryStore::Stats() {
  MutexLock lock(mutex_);
  StoreStats stats;
  stats.documents = documents_.size();
  for (const StoredDocument& stored : documents_) {
    if (stored.document.state() == v1::Document::STATE_PENDING) ++stats.pending_documents;
    if (stored.document.state() == v1::Document::STATE_FAILED) ++stats.failed_documents;
  }
  stats.releases = releases_.size();
  for (const StoredRelease& stored : releases_) stats.revisions += stored.revisions.size();
  stats.last_release_time = last_release_time_;
  return stats;
}

}  // namespace dateline::storage
