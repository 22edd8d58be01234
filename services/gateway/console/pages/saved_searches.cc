#include "services/gateway/console/pages/saved_searches.h"

#include <algorithm>

#include "dateline/notification/v1/saved_search_service.pb.h"
#include "services/gateway/console/format.h"
#include "services/gateway/console/pages/pages.h"
#include "services/gateway/console/pages/search.h"

namespace dateline::gateway {
namespace {

using notification::v1::SavedSearch;

constexpr int kListSize = 200;
constexpr size_t kNewsMax = 12;

std::string QueryOf(const SavedSearch& search) {
  std::string query;
  if (!search.query().empty()) AppendParameter(query, "q", search.query());
  if (!search.filter().empty()) AppendParameter(query, "filter", search.filter());
  return query;
}

Value SavedValue(const SavedSearch& search) {
  Value row;
  const std::string query = QueryOf(search);
  row["id"] = std::string(IdOf(search.name()));
  row["title"] = search.display_name();
  row["words"] = search.query();
  row["conditions"] = search.filter();
  row["href"] = "/search?" + query;
  row["feed_query"] = FeedQuery(search.query(), search.filter());
  return row;
}

// The search page that a form stood on, as the request for it.
Request PageOf(const Request& request, const Pairs& form) {
  Request page = request;
  page.method = "GET";
  page.path = "/search";
  page.query.clear();
  for (const auto& [name, value] : form) {
    if (name != "csrf" && name != "do" && name != "name" && !value.empty()) page.query.emplace_back(name, value);
  }
  page.target = SearchAddress(page);
  return page;
}

}  // namespace

void AddSavedSearches(const Site& site, const ShownSearch& shown, bool news, Value& page) {
  notification::v1::ListSavedSearchesRequest list;
  list.set_page_size(kListSize);
  auto listed = Ask<notification::v1::ListSavedSearchesResponse>(site.backend(), list);
  if (!listed.ok()) return;
  std::ranges::stable_sort(*listed->mutable_saved_searches(), {}, &SavedSearch::display_name);
  size_t count = 0;
  bool here = false;
  for (const SavedSearch& search : listed->saved_searches()) {
    Value row = SavedValue(search);
    if (search.query() == shown.query && search.filter() == shown.filter) {
      row["current"] = here = true;
      page["saved_here"] = row;
    }
    if (news && ++count <= kNewsMax) row["news"] = site.overview().News(search.query(), search.filter());
    page["saved"].Append(std::move(row));
  }
  page["saved_any"] = !listed->saved_searches().empty();
  page["can_save"] = !here && !shown.everything();
}

Response SaveSearchPost(const Site& site, const Request& request) {
  const Pairs form = request.Form();
  const Request page = PageOf(request, form);
  notification::v1::CreateSavedSearchRequest create;
  create.mutable_saved_search()->set_display_name(std::string(FindPair(form, "name")));
  create.mutable_saved_search()->set_query(std::string(page.Query("q")));
  create.mutable_saved_search()->set_filter(FilterOf(page));
  const auto created = Ask<notification::v1::CreateSavedSearchResponse>(site.backend(), create);
  return created.ok() ? SeeOther(page.target) : ShowSearch(site, page, ErrorSentence(created.status()));
}

Response SavedSearchPost(const Site& site, const Request& request, const std::string& id) {
  const Pairs form = request.Form();
  const Request page = PageOf(request, form);
  absl::Status done = absl::InvalidArgumentError("this form says nothing to do");
  if (FindPair(form, "do") == "rename") {
    notification::v1::UpdateSavedSearchRequest update;
    update.mutable_saved_search()->set_name("savedSearches/" + id);
    update.mutable_saved_search()->set_display_name(std::string(FindPair(form, "name")));
    update.mutable_update_mask()->add_paths("display_name");
    done = Ask<notification::v1::UpdateSavedSearchResponse>(site.backend(), update).status();
  } else if (FindPair(form, "do") == "delete") {
    notification::v1::DeleteSavedSearchRequest forget;
    forget.set_name("savedSearches/" + id);
    done = Ask<notification::v1::DeleteSavedSearchResponse>(site.backend(), forget).status();
  }
  return done.ok() ? SeeOther(page.target) : ShowSearch(site, page, ErrorSentence(done));
}

}  // namespace dateline::gateway
