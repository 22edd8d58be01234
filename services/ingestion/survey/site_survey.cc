#include "services/ingestion/survey/site_survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/url/url.h"
#include "services/ingestion/dates/feed_date.h"
#include "services/ingestion/listing/listing.h"
#include "services/ingestion/polling/recipes.h"

namespace dateline::ingestion {
namespace {

using discovery::Candidate;
using discovery::Finding;
using discovery::Kind;

constexpr size_t kCandidatesShown = 10;

v1::Source::Kind KindOf(Kind kind) {
  switch (kind) {
    case Kind::kFeed:
      return v1::Source::KIND_FEED;
    case Kind::kSitemap:
      return v1::Source::KIND_SITEMAP;
    default:
      return v1::Source::KIND_LISTING;
  }
}

v1::SourceCandidate Shown(const Finding& finding, const std::string& home) {
  v1::SourceCandidate candidate;
  v1::Source& source = *candidate.mutable_source();
  source.set_uri(finding.url);
  source.set_kind(KindOf(finding.kind));
  source.set_display_name(finding.title);
  source.set_home_uri(home);
  candidate.set_cause(finding.reason);
  for (const discovery::Sample& sample : finding.samples) {
    v1::SourceItem& item = *candidate.add_samples();
    item.set_title(sample.title);
    item.set_uri(sample.url);
    if (const auto date = dates::ParseDate(sample.date))
      *item.mutable_publish_time() = ToTimestamp(WallTime(date->utc));
  }
  return candidate;
}

// Errors of the fetcher in the words of a precondition: nobody should try again by himself.
absl::Status ForCaller(const absl::Status& status, const std::string& url) {
  if (ErrorReason(status) != "FETCH_FAILED") return status;
  return Error(absl::StatusCode::kFailedPrecondition, "FETCH_FAILED", ToStd(status.message()), {{"url", url}});
}

// `forbidden`: why what the page names was not looked at; OK when nothing of it was refused.
absl::Status NothingFound(const std::string& given, const absl::Status& forbidden) {
  if (forbidden.ok()) {
    return Error(absl::StatusCode::kFailedPrecondition, "NOTHING_FOUND",
                 fmt::format("no feed, sitemap or list of releases was found at {}; name the page that lists the "
                             "releases, or the feed itself",
                             given),
                 {{"url", given}});
  }
  return Error(
      absl::StatusCode::kFailedPrecondition, "NOTHING_FOUND",
      fmt::format("{} itself lists no releases, and what it names was not looked at: {}. Only an address that a "
                  "person typed may be on this machine: give the feed itself (dateline source add --feed URL), "
                  "or allow the address for all that is found there (dateline up --allow-private-address)",
                  given, ToStd(forbidden.message())),
      {{"url", given}, {"address", ErrorMetadataValue(forbidden, "address").value_or("")}});
}

absl::StatusOr<v1::TestRecipeResponse> TryRelease(const listing::ListingInput& input, const v1::Recipe& recipe) {
  DATELINE_ASSIGN_OR_RETURN(const listing::ReleasePage release, listing::ReadRelease(input, ToReleaseRecipe(recipe)));
  v1::TestRecipeResponse response;
  response.set_title(release.title);
  response.set_text(release.text);
  response.set_date_text(release.date_text);
  if (release.date) *response.mutable_publish_time() = ToTimestamp(WallTime(release.date->utc));
  for (const std::string& field : release.unmatched) response.add_unmatched_fields(field);
  return response;
}

}  // namespace

struct SiteSurvey::Run {
  std::function<bool()> cancelled;
  MonotonicTime deadline;
  int fetches = 0;
  std::set<std::string> asked;
  std::vector<Finding> findings;
  std::string robots_txt;
  absl::Status forbidden;  // The first address that may not be looked at.
};

absl::StatusOr<http::Response> SiteSurvey::Fetch(Run* run, const std::string& url, bool typed) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(run->deadline - clock_.Monotonic());
  if (left.count() <= 0 || run->fetches >= options_.fetches_max) {
    return Error(absl::StatusCode::kResourceExhausted, "SURVEY_LIMIT", "the survey has looked at enough");
  }
  run->asked.insert(url);
  DATELINE_RETURN_IF_ERROR(robots_.Check(url, {left, run->cancelled, typed}));
  ++run->fetches;
  http::Request request;
  request.url = url;
  request.body_bytes_max = options_.bytes_max;
  request.timeout = left;
  request.cancelled = run->cancelled;
  request.typed = typed;
  DATELINE_ASSIGN_OR_RETURN(http::Response answer, fetcher_.Fetch(request));
  DATELINE_RETURN_IF_ERROR(http::CheckStatus(answer));
  if (!answer.redirects.empty()) DATELINE_RETURN_IF_ERROR(robots_.Check(answer.final_url, {left, run->cancelled}));
  cache_.Put(url, answer);
  return answer;
}

void SiteSurvey::Examine(Run* run, const Candidate& candidate, const http::Response& answer) {
  auto finding = discovery::Examine(candidate, {.bytes = answer.body,
                                                .url = answer.final_url,
                                                .content_type = answer.Header("content-type"),
                                                .robots_txt = run->robots_txt});
  if (!finding.ok() || finding->kind == Kind::kPage) return;
  const bool known = std::any_of(run->findings.begin(), run->findings.end(),
                                 [&](const Finding& other) { return other.url == finding->url; });
  if (!known) run->findings.push_back(*std::move(finding));
}

absl::StatusOr<v1::DiscoverSourcesResponse> SiteSurvey::Look(const std::string& uri,
                                                             const std::function<bool()>& cancelled) {
  DATELINE_ASSIGN_OR_RETURN(url::Url parsed, url::Parse(uri));
  if (!parsed.IsHttp()) {
    return Error(absl::StatusCode::kInvalidArgument, "INVALID_URI",
                 fmt::format("\"{}\" is no http or https URL; name the address of a site, newsroom or feed", uri),
                 {{"part", "scheme"}});
  }
  parsed.fragment.reset();
  Run run;
  run.cancelled = cancelled;
  run.deadline = clock_.Monotonic() + options_.timeout;
  const std::string given = parsed.Href();
  auto first = Fetch(&run, given, /*typed=*/true);
  if (!first.ok()) return ForCaller(first.status(), given);
  // The file itself, for its Sitemap lines; that it was read already to be obeyed costs a second request at most.
  http::Request robots;
  robots.url = parsed.Origin() + "/robots.txt";
  robots.body_bytes_max = kRobotsFetchBytesMax;
  robots.timeout = std::chrono::milliseconds(10'000);
  robots.typed = true;
  if (auto answer = fetcher_.Fetch(robots); answer.ok() && answer->Succeeded())
    run.robots_txt = std::move(answer->body);

  Examine(&run, {.url = given, .kind = Kind::kPage, .basis = discovery::Basis::kGiven, .title = {}, .score = 1},
          *first);
  const bool is_source = !run.findings.empty() && run.findings.front().kind != Kind::kListing;
  if (!is_source) {
    std::vector<Candidate> candidates = discovery::FindCandidates({.bytes = first->body,
                                                                   .url = first->final_url,
                                                                   .content_type = first->Header("content-type"),
                                                                   .robots_txt = run.robots_txt});
    for (size_t i = 0; i < candidates.size(); ++i) {
      const Candidate candidate = candidates[i];
      if (run.asked.contains(candidate.url)) continue;
      // Guessing costs the site requests; where it names a feed itself, nothing has to be guessed.
      const bool has_feed = std::any_of(run.findings.begin(), run.findings.end(),
                                        [](const Finding& finding) { return finding.kind == Kind::kFeed; });
      if (has_feed && candidate.basis == discovery::Basis::kWellKnownPath) continue;
      if (static_cast<int>(run.findings.size()) >= options_.good_enough) break;
      const auto answer = Fetch(&run, candidate.url, /*typed=*/false);
      if (ErrorReason(answer.status()) == "SURVEY_LIMIT" || ErrorReason(answer.status()) == "CANCELLED") break;
      if (answer.ok()) Examine(&run, candidate, *answer);
      if (ErrorReason(answer.status()) == "FORBIDDEN_ADDRESS" && run.forbidden.ok()) run.forbidden = answer.status();
    }
  }
  if (run.findings.empty()) return NothingFound(given, run.forbidden);
  discovery::Rank(run.findings);
  v1::DiscoverSourcesResponse response;
  for (size_t i = 0; i < std::min(run.findings.size(), kCandidatesShown); ++i) {
    *response.add_candidates() = Shown(run.findings[i], given);
  }
  return response;
}

absl::StatusOr<v1::TestRecipeResponse> SiteSurvey::Try(const v1::TestRecipeRequest& request,
                                                       const std::function<bool()>& cancelled) {
  DATELINE_RETURN_IF_ERROR(CheckRecipe(request.recipe()));
  Run run;
  run.cancelled = cancelled;
  run.deadline = clock_.Monotonic() + options_.timeout;
  auto answer = Fetch(&run, request.uri(), /*typed=*/true);
  if (!answer.ok()) return ForCaller(answer.status(), request.uri());
  const std::string content_type(answer->Header("content-type"));
  const listing::ListingInput input{.bytes = answer->body, .url = answer->final_url, .content_type = content_type};
  if (request.recipe().item_selector().empty()) return TryRelease(input, request.recipe());
  const auto listing = listing::ReadListing(input, ToListingRecipe(request.recipe()));
  if (!listing.ok()) {
    return Error(absl::StatusCode::kFailedPrecondition, "NOTHING_FOUND", ToStd(listing.status().message()),
                 {{"url", request.uri()}});
  }
  v1::TestRecipeResponse response;
  for (const listing::ListingItem& item : listing->items) {
    v1::SourceItem& out = *response.add_items();
    out.set_uri(item.url);
    out.set_title(item.title);
    if (item.date) *out.mutable_publish_time() = ToTimestamp(WallTime(item.date->utc));
  }
  return response;
}

}  // namespace dateline::ingestion
