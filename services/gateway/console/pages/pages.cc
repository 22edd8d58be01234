#include "services/gateway/console/pages/pages.h"

#include "services/gateway/http/router.h"

namespace dateline::gateway {
namespace {

using access::Scope;
using Page = Response (*)(const Site&, const Request&);
using PageOf = Response (*)(const Site&, const Request&, const std::string&);

constexpr std::string_view kYear = "31536000";

// Back to the page that the form stood on: only to one of ours.
std::string BackTo(const Request& request) {
  const std::string here(FindPair(request.Form(), "here"));
  const bool ours = here.starts_with('/') && !here.starts_with("//") && here.find('\\') == std::string::npos;
  return ours ? here : "/";
}

Response ThemePost(const Site&, const Request& request) {
  const std::string_view wanted = FindPair(request.Form(), "theme");
  Response response = SeeOther(BackTo(request));
  const std::string theme = wanted == "dark" || wanted == "light" ? std::string(wanted) : "auto";
  response.Set("Set-Cookie",
               "dateline_theme=" + theme + "; Path=/; SameSite=Lax; HttpOnly; Max-Age=" + std::string(kYear));
  return response;
}

class Adder {
 public:
  Adder(Router& router, const Site& site) : router_(router), site_(site) {}

  void Get(std::string_view path, std::string name, Page page, Scope scope = Scope::kRead) {
    router_.Add(
        "GET", path, std::move(name),
        [this_site = &site_, page](const Request& request, const Pairs&) { return page(*this_site, request); }, scope);
  }
  void Get(std::string_view path, std::string name, PageOf page, Scope scope = Scope::kRead) {
    router_.Add(
        "GET", path, std::move(name),
        [this_site = &site_, page](const Request& request, const Pairs& values) {
          return page(*this_site, request, values.front().second);
        },
        scope);
  }
  // Forms change something, so all of them are checked here.
  void Post(std::string_view path, std::string name, Page page, Scope scope = Scope::kRead) {
    router_.Add(
        "POST", path, std::move(name),
        [this_site = &site_, page](const Request& request, const Pairs&) {
          if (auto refused = Refused(*this_site, request)) return *refused;
          return page(*this_site, request);
        },
        scope);
  }
  void Post(std::string_view path, std::string name, PageOf page, Scope scope = Scope::kRead) {
    router_.Add(
        "POST", path, std::move(name),
        [this_site = &site_, page](const Request& request, const Pairs& values) {
          if (auto refused = Refused(*this_site, request)) return *refused;
          return page(*this_site, request, values.front().second);
        },
        scope);
  }

 private:
  static std::optional<Response> Refused(const Site& site, const Request& request) {
    std::string why;
    if (site.sessions().Allows(request, &why)) return std::nullopt;
    Value page;
    page["heading"] = "Not sent";
    page["sentence"] = why;
    return site.Page(request, "problem.html", std::move(page), {.title = "Not sent", .status = 403});
  }

  Router& router_;
  const Site& site_;
};

}  // namespace

void AddPages(Router& router, const Site& site) {
  Adder add(router, site);
  add.Get("/", "latest", LatestPage);
  add.Get("/search", "search", SearchPage);
  add.Post("/searches", "search_save", SaveSearchPost, Scope::kSubscribe);
  add.Post("/searches/{id}", "search_change", SavedSearchPost, Scope::kSubscribe);
  add.Get("/releases/{id}", "release", ReleasePage);
  add.Get("/releases/{id}/diff", "diff", DiffPage);
  add.Get("/people", "people", PeoplePage);
  add.Get("/people/{id}", "person", PersonPage);
  add.Get("/organizations", "organizations", OrganizationsPage);
  add.Get("/organizations/{id}", "organization", OrganizationPage);
  add.Get("/places", "places", PlacesPage);
  add.Get("/places/{id}", "place", PlacePage);
  add.Get("/programmes/{id}", "programme", ProgrammePage);
  add.Get("/sources", "sources", SourcesPage);
  add.Get("/sources/new", "source_new", NewSourcePage);
  add.Post("/sources/new", "source_add", AddSourcePost, Scope::kIngest);
  add.Get("/sources/{id}", "source", SourcePage);
  add.Post("/sources/{id}", "source_change", SourcePost, Scope::kIngest);
  add.Post("/sources/{id}/recipe", "recipe_test", TestRecipePost, Scope::kIngest);
  add.Get("/subscriptions", "subscriptions", SubscriptionsPage, Scope::kSubscribe);
  add.Get("/subscriptions/new", "subscription_new", NewSubscriptionPage, Scope::kSubscribe);
  add.Post("/subscriptions/new", "subscription_add", AddSubscriptionPost, Scope::kSubscribe);
  add.Get("/subscriptions/{id}", "subscription", SubscriptionPage, Scope::kSubscribe);
  add.Post("/subscriptions/{id}", "subscription_change", SubscriptionPost, Scope::kSubscribe);
  add.Get("/system", "system", SystemPage);
  add.Post("/system", "system_change", SystemPost, Scope::kAdmin);
  add.Post("/theme", "theme", ThemePost, Scope::kNone);
  router.Add(
      "GET", "/assets/{file}", "asset",
      [](const Request&, const Pairs& values) { return Site::Asset(values.front().second); }, Scope::kNone);
}

}  // namespace dateline::gateway
