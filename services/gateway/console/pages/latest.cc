// What came in, newest first, by day.
#include <fmt/format.h>

#include "dateline/storage/v1/admin_service.pb.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/gateway/console/charts.h"
#include "services/gateway/console/format.h"
#include "services/gateway/console/pages/pages.h"
#include "services/gateway/console/pages/saved_searches.h"

namespace dateline::gateway {
namespace {

constexpr int kPageSize = 25;
constexpr size_t kNamedShown = 8;
constexpr size_t kPlacesShown = 40;

// Rows under a heading for each day.
Value ByDay(const Cards::Releases& releases, Value::List rows, WallTime now) {
  Value days;
  std::string current;
  Value* open = nullptr;
  for (int i = 0; i < releases.size(); ++i) {
    const std::string key = DayKey(ListTime(releases[i]));
    if (key != current || open == nullptr) {
      Value day;
      day["key"] = key;
      day["heading"] = DayHeading(ListTime(releases[i]), now);
      open = &days.Append(std::move(day));
      current = key;
    }
    (*open)["rows"].Append(std::move(rows[static_cast<size_t>(i)]));
  }
  return days;
}

// What the first page shows beside its list.
void AddRail(const Site& site, const Cards::Releases& releases, Value& page) {
  page["rail"] = true;
  page["layout"] = "with-rail";
  AddSavedSearches(site, {}, true, page);
  Value::List named = site.cards().NamedMost(releases, {.most = kNamedShown, .least = 2});
  page["named_any"] = !named.empty();
  page["named"] = std::move(named);
  const std::vector<Dot> places = site.cards().Places(releases, kPlacesShown);
  if (!places.empty()) {
    page["map"] = DotMap(places, Site::AssetPath("world.svg"),
                         fmt::format("Map of {}", Counted(static_cast<int64_t>(places.size()), "place", "places")));
  }
  site.overview().AddTo(page);
}

void AddCounts(const Site& site, Value& page) {
  const auto stats = Ask<storage::v1::GetArchiveStatsResponse>(site.backend(), storage::v1::GetArchiveStatsRequest());
  if (!stats.ok()) return;
  page["release_count"] = Grouped(static_cast<int64_t>(stats->release_count()));
  if (stats->pending_document_count() > 0) {
    page["pending"] =
        Counted(static_cast<int64_t>(stats->pending_document_count()), "document waits", "documents wait");
  }
}

}  // namespace

Response LatestPage(const Site& site, const Request& request) {
  storage::v1::ListReleasesRequest list;
  list.set_page_size(kPageSize);
  list.set_page_token(std::string(request.Query("page")));
  const auto releases = Ask<storage::v1::ListReleasesResponse>(site.backend(), list);
  if (!releases.ok()) return site.Problem(request, releases.status());
  Value page;
  page["days"] = ByDay(releases->releases(), site.cards().Rows(releases->releases(), site.now()), site.now());
  page["is_empty"] = releases->releases().empty();
  page["is_first"] = request.Query("page").empty();
  if (!releases->next_page_token().empty()) {
    std::string next;
    AppendParameter(next, "page", releases->next_page_token());
    page["next"] = "/?" + next;
  }
  if (!releases->releases().empty() && request.Query("page").empty()) AddRail(site, releases->releases(), page);
  AddCounts(site, page);
  return site.Page(request, "latest.html", std::move(page),
                   {.title = "Latest releases", .nav = "latest", .has_feed = true});
}

}  // namespace dateline::gateway
