#include "services/extraction/document_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/text/utf8.h"
#include "common/url/canonical.h"

namespace dateline::extraction {
namespace {

constexpr size_t kFailureBytesMax = 1024;

void SetIdentity(const std::string& canonical_uri, release::v1::Release* release) {
  release->set_name(ReleaseName(canonical_uri));
  release->set_uri(canonical_uri);
  release->mutable_extractor()->set_version(DATELINE_VERSION);
  release->mutable_extractor()->set_rules(std::string(kRulesVersion));
}

// An item of a bulletin has the canonical URI of the document with its own fragment, which names it: the fragment is no
// part of a canonical form, so that no document has such a name.
void SetIdentities(const std::string& canonical_uri, Extraction* extraction) {
  SetIdentity(canonical_uri, &extraction->release);
  for (release::v1::Release& item : extraction->items) {
    const std::string uri = item.uri();
    SetIdentity(canonical_uri + uri.substr(std::min(uri.rfind('#'), uri.size())), &item);
  }
}

// Leaves title, text, sections and metadata.
void ClearFacts(release::v1::Release* release) {
  release->clear_dateline();
  release->clear_people();
  release->clear_organizations();
  release->clear_places();
  release->clear_quotes();
  release->clear_figures();
  release->clear_dates();
  release->clear_contacts();
  release->clear_events();
  release->clear_funding();
  release->clear_reference_ids();
  release->clear_programmes();
  release->clear_publications();
}

}  // namespace

std::string ReleaseName(const std::string& canonical_uri) {
  return "releases/" + UuidV5(canonical_uri);
}

absl::StatusOr<Extraction> ExtractDocument(const Extractor& extractor, const storage::v1::Document& document) {
  Input input;
  input.bytes = document.content();
  input.uri = document.uri();
  input.content_type = document.content_type();
  input.charset = document.charset();
  input.source = document.source();
  if (document.has_fetch_time()) {
    input.observe_time = std::chrono::sys_seconds(std::chrono::seconds(document.fetch_time().seconds()));
  }
  const storage::v1::FeedHints& hints = document.feed_hints();
  input.title_hint = hints.title();
  if (hints.has_publish_time()) {
    input.publish_hint = std::chrono::sys_seconds(std::chrono::seconds(hints.publish_time().seconds()));
  }
  input.author_hints.assign(hints.authors().begin(), hints.authors().end());
  input.recipe_title = hints.recipe().title();
  input.recipe_date = hints.recipe().date();
  input.recipe_body = hints.recipe().body_html();
  input.site_boilerplate = {document.site_boilerplate().data(),
                            static_cast<std::size_t>(document.site_boilerplate_size())};
  input.collect_lines = true;
  absl::StatusOr<Extraction> extraction = extractor.ExtractAll(input);
  if (extraction.ok()) SetIdentities(document.uri(), &*extraction);
  return extraction;
}

absl::StatusOr<Extraction> ExtractRequest(const Extractor& extractor, const v1::ExtractReleasesRequest& request,
                                          Explanation* explanation) {
  const absl::StatusOr<std::string> canonical = url::Canonicalize(request.uri());
  Input input;
  input.bytes = request.content();
  input.uri = canonical.ok() ? *canonical : request.uri();
  input.content_type = request.content_type();
  input.charset = request.charset();
  input.default_region = request.default_region();
  input.site_boilerplate = {request.site_boilerplate().data(),
                            static_cast<std::size_t>(request.site_boilerplate_size())};
  input.omit_facts = request.omit_facts();
  input.title_hint = request.title_hint();
  if (request.has_observe_time()) {
    input.observe_time = std::chrono::sys_seconds(std::chrono::seconds(request.observe_time().seconds()));
  }
  absl::StatusOr<Extraction> extraction = extractor.ExtractAll(input, request.explain() ? explanation : nullptr);
  if (!extraction.ok()) return extraction;
  if (canonical.ok()) SetIdentities(*canonical, &*extraction);
  if (request.omit_facts()) {
    ClearFacts(&extraction->release);
    for (release::v1::Release& item : extraction->items) ClearFacts(&item);
  }
  return extraction;
}

std::vector<release::v1::Release> TakeReleases(Extraction extraction) {
  std::vector<release::v1::Release> releases = std::move(extraction.items);
  if (releases.empty()) releases.push_back(std::move(extraction.release));
  return releases;
}

void ToProto(const Explanation& explanation, v1::ExtractReleasesResponse* response) {
  for (const BlockExplanation& block : explanation.blocks) {
    v1::BlockExplanation* out = response->add_explanations();
    out->set_text(block.text);
    out->set_kind(block.kind);
    out->set_rule(block.rule);
    for (const std::string& signal : block.signals) out->add_signals(signal);
  }
}

std::string Failure(const absl::Status& status) {
  const std::string reason = ErrorReason(status);
  std::string text = fmt::format("{}: {}", reason.empty() ? "EXTRACTION_FAILED" : reason, ToStd(status.message()));
  return std::string(text::TruncateUtf8(text::ReplaceInvalidUtf8(text), kFailureBytesMax));
}

bool IsPermanent(const absl::Status& status) {
  return status.code() == absl::StatusCode::kInvalidArgument || status.code() == absl::StatusCode::kDeadlineExceeded;
}

storage::v1::CommitReleasesRequest MakeCommit(const std::string& document, const events::v1::LeaseReference& lease,
                                              absl::StatusOr<Extraction> result) {
  storage::v1::CommitReleasesRequest commit;
  commit.set_document(document);
  *commit.mutable_lease() = lease;
  if (!result.ok()) {
    commit.set_failure(Failure(result.status()));
    return commit;
  }
  const release::v1::PageType type = result->release.page_type();
  if (type == release::v1::NEEDS_RENDERING) {
    commit.set_failure("NEEDS_RENDERING: the text is drawn by scripts; push the page as a browser shows it");
    return commit;
  }
  commit.mutable_line_hashes()->Add(result->line_hashes.begin(), result->line_hashes.end());
  if (type != release::v1::ARTICLE && type != release::v1::PAGE_TYPE_UNSPECIFIED) return commit;
  for (release::v1::Release& release : TakeReleases(*std::move(result))) *commit.add_releases() = std::move(release);
  return commit;
}

}  // namespace dateline::extraction
