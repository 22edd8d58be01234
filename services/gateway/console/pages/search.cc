// Words, filter and facets.
#include "services/gateway/console/pages/search.h"

#include <algorithm>
#include <array>

#include "common/export/html.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/gateway/console/format.h"
#include "services/gateway/console/pages/pages.h"
#include "services/gateway/console/pages/saved_searches.h"

namespace dateline::gateway {
namespace {

using storage::v1::SearchHit;
using storage::v1::SearchReleasesRequest;
using storage::v1::SearchReleasesResponse;

constexpr int kPageSize = 20;
constexpr int kFacetValuesShown = 8;

// A facet as the search counts it, as the address names it, and as the filter says it.
struct FacetKind {
  std::string_view field, heading, path;
};
constexpr std::array<FacetKind, 6> kFacets = {{{"source", "Source", "source"},
                                               {"language", "Language", "language"},
                                               {"country", "Country", "places.country_code"},
                                               {"organization", "Organisation", "organizations.display_name"},
                                               {"person", "Person", "people.display_name"},
                                               {"year", "Year", "publish.date"}}};

std::string FacetLabel(const Site& site, const FacetKind& kind, const std::string& value) {
  if (kind.field == "language") return LanguageName(value).empty() ? value : LanguageName(value);
  if (kind.field == "country") return CountryName(value);
  if (kind.field == "source") return site.overview().SourceTitle(value);
  return value;
}

// The address of this search with one parameter more, or less.
std::string Address(const Request& request, std::string_view name, std::string_view value, bool with) {
  std::string query;
  for (const auto& [key, given] : request.query) {
    if (key == "page" || (key == name && given == value) || given.empty()) continue;
    AppendParameter(query, key, given);
  }
  if (with) AppendParameter(query, name, value);
  return "/search" + (query.empty() ? "" : "?" + query);
}

// With "…" where the passage plainly begins or ends within a sentence.
Html Snippet(const SearchHit& hit) {
  const std::string_view text = hit.snippet();
  if (text.empty()) return {};
  std::string out = text.front() >= 'a' && text.front() <= 'z' ? "… " : "";
  size_t at = 0;
  for (const auto& span : hit.highlights()) {
    if (span.start() < at || span.end() > text.size() || span.start() >= span.end()) continue;
    out += exporting::EscapeHtml(text.substr(at, span.start() - at));
    out += "<mark>" + exporting::EscapeHtml(text.substr(span.start(), span.end() - span.start())) + "</mark>";
    at = span.end();
  }
  out += exporting::EscapeHtml(text.substr(at));
  const char last = text.back();
  const bool within = (last >= 'a' && last <= 'z') || (last >= '0' && last <= '9') || last == ',';
  return {out + (within ? " …" : "")};
}

Value FacetsValue(const Site& site, const Request& request, const SearchReleasesResponse& response) {
  Value groups;
  for (const auto& facet : response.facets()) {
    for (const FacetKind& kind : kFacets) {
      if (kind.field != facet.field() || facet.values().empty()) continue;
      Value group;
      group["heading"] = kind.heading;
      const auto chosen = request.QueryAll(kind.field);
      int shown = 0;
      for (const auto& value : facet.values()) {
        if (std::find(chosen.begin(), chosen.end(), value.value()) != chosen.end()) continue;
        if (++shown > kFacetValuesShown) break;
        Value item;
        item["label"] = FacetLabel(site, kind, value.value());
        item["count"] = Grouped(value.count());
        item["href"] = Address(request, kind.field, value.value(), true);
        group["values"].Append(std::move(item));
      }
      if (shown > 0) groups.Append(std::move(group));
    }
  }
  return groups;
}

Value ChosenValue(const Site& site, const Request& request) {
  Value chosen;
  const auto add = [&](std::string_view name, std::string_view value, std::string label) {
    Value item;
    item["label"] = std::move(label);
    item["href"] = Address(request, name, value, false);
    chosen.Append(std::move(item));
  };
  for (const FacetKind& kind : kFacets) {
    for (const std::string_view value : request.QueryAll(kind.field)) {
      if (!value.empty())
        add(kind.field, value, std::string(kind.heading) + ": " + FacetLabel(site, kind, std::string(value)));
    }
  }
  return chosen;
}

// Without words there is nothing to rank: the newest that fit the filter.
absl::StatusOr<SearchReleasesResponse> ListInstead(const Site& site, const SearchReleasesRequest& search) {
  storage::v1::ListReleasesRequest list;
  list.set_filter(search.filter());
  list.set_page_size(search.page_size());
  list.set_page_token(search.page_token());
  const auto listed = Ask<storage::v1::ListReleasesResponse>(site.backend(), list);
  if (!listed.ok()) return listed.status();
  SearchReleasesResponse response;
  for (const auto& release : listed->releases()) *response.add_hits()->mutable_release() = release;
  response.set_next_page_token(listed->next_page_token());
  response.set_total_size(-1);
  return response;
}

absl::StatusOr<SearchReleasesResponse> Search(const Site& site, SearchReleasesRequest& search) {
  if (search.query().empty()) return ListInstead(site, search);
  for (const FacetKind& kind : kFacets) search.add_facets(std::string(kind.field));
  auto response = Ask<SearchReleasesResponse>(site.backend(), search);
  if (!response.ok() && IsAbsent(response.status())) {
    search.clear_facets();
    response = Ask<SearchReleasesResponse>(site.backend(), search);
  }
  return response;
}

void AddRows(const Site& site, const SearchReleasesResponse& response, Value& page) {
  Cards::Releases releases;
  for (const SearchHit& hit : response.hits()) *releases.Add() = hit.release();
  Value::List rows = site.cards().Rows(releases, site.now());
  for (int i = 0; i < response.hits_size(); ++i) {
    Value& row = rows[static_cast<size_t>(i)];
    if (!response.hits(i).snippet().empty()) row["lead"] = Snippet(response.hits(i));
    row["show_day"] = DayText(ListTime(response.hits(i).release()));
    page["rows"].Append(std::move(row));
  }
}

// What forms of the page carry along: "kept" the facets that were chosen, "state" the whole search.
void AddHidden(const Request& request, Value& page) {
  for (const auto& [name, value] : request.query) {
    if (name == "page" || value.empty()) continue;
    Value hidden;
    hidden["name"] = name;
    hidden["value"] = value;
    const bool facet = std::ranges::any_of(kFacets, [&](const FacetKind& kind) { return kind.field == name; });
    if (facet) page["kept"].Append(hidden);
    if (facet || name == "q" || name == "filter" || name == "order") page["state"].Append(std::move(hidden));
  }
}

void AddLinks(const Request& request, const SearchReleasesResponse& response, Value& page) {
  if (!response.next_page_token().empty()) page["next"] = Address(request, "page", response.next_page_token(), true);
  if (!response.suggested_query().empty() && response.suggested_query() != request.Query("q")) {
    std::string query;
    AppendParameter(query, "q", response.suggested_query());
    page["suggested"] = response.suggested_query();
    page["suggested_href"] = "/search?" + query;
  }
}

}  // namespace

std::string FeedQuery(std::string_view words, std::string_view filter) {
  std::string query;
  if (!filter.empty()) AppendParameter(query, "filter", filter);
  if (!words.empty()) AppendParameter(query, "query", words);
  return query;
}

std::string FilterOf(const Request& request) {
  std::string chosen;
  for (const FacetKind& kind : kFacets) {
    for (const std::string_view value : request.QueryAll(kind.field)) {
      if (value.empty()) continue;
      chosen += (chosen.empty() ? "" : " AND ") + std::string(kind.path) + " = " +
                (kind.field == "year" ? std::string(value) : FilterText(value, Asterisk::kMeant));
    }
  }
  const std::string own(request.Query("filter"));
  if (own.empty() || chosen.empty()) return own + chosen;
  return "(" + own + ") AND " + chosen;
}

std::string SearchAddress(const Request& request) {
  return Address(request, {}, {}, false);
}

Response SearchPage(const Site& site, const Request& request) {
  return ShowSearch(site, request, {});
}

Response ShowSearch(const Site& site, const Request& request, std::string save_mistake) {
  SearchReleasesRequest search;
  search.set_query(std::string(request.Query("q")));
  search.set_filter(FilterOf(request));
  search.set_page_size(kPageSize);
  search.set_page_token(std::string(request.Query("page")));
  const bool newest = request.Query("order") == "new";
  if (newest) search.set_order_by("create_time desc");
  Value page;
  page["q"] = search.query();
  page["filter"] = request.Query("filter");
  page["newest"] = newest;
  page["by_words"] = !search.query().empty();
  page["order_href"] = Address(request, "order", newest ? "" : "new", !newest);
  if (newest) page["order_href"] = Address(request, "order", "new", false);
  page["chosen"] = ChosenValue(site, request);
  page["chosen_any"] = page["chosen"].Truthy();
  AddHidden(request, page);
  const std::string filter = search.filter();
  page["save_mistake"] = save_mistake;
  const ShownSearch shown{.query = search.query(), .filter = filter};
  page["landing"] = shown.everything();
  AddSavedSearches(site, shown, shown.everything() && search.page_token().empty(), page);
  const auto response = Search(site, search);
  if (!response.ok()) {
    // A mistyped filter keeps what was typed, with the mistake beside it.
    if (response.status().code() != absl::StatusCode::kInvalidArgument) return site.Problem(request, response.status());
    page["mistake"] = ErrorSentence(response.status());
    page["can_save"] = false;
    return site.Page(request, "search.html", std::move(page), {.title = "Search", .nav = "search", .status = 400});
  }
  if (response->total_size() >= 0) page["total"] = Counted(response->total_size(), "release", "releases");
  page["none"] = response->hits().empty();
  page["facets"] = FacetsValue(site, request, *response);
  AddRows(site, *response, page);
  const std::string feed = FeedQuery(search.query(), filter);
  page["feed_query"] = feed;
  AddLinks(request, *response, page);
  const int page_status = save_mistake.empty() ? 200 : 400;
  return site.Page(request, "search.html", std::move(page),
                   {.title = search.query().empty() ? "Search" : search.query() + " – search",
                    .nav = "search",
                    .status = page_status,
                    .feed_query = feed,
                    .has_feed = true});
}

}  // namespace dateline::gateway
