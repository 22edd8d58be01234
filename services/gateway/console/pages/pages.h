#pragma once
// The pages of the console: each a function from a request to an answer. Those with an `id` show one resource; those
// called …Post answer a form, whose token was checked before, and lead back to a page.

#include <string>

#include "services/gateway/console/site.h"

namespace dateline::gateway {

class Router;

// Registers all pages.
void AddPages(Router& router, const Site& site);

Response LatestPage(const Site& site, const Request& request);
Response SearchPage(const Site& site, const Request& request);
Response SaveSearchPost(const Site& site, const Request& request);
// "do": rename, delete.
Response SavedSearchPost(const Site& site, const Request& request, const std::string& id);
Response ReleasePage(const Site& site, const Request& request, const std::string& id);
Response DiffPage(const Site& site, const Request& request, const std::string& id);

Response PeoplePage(const Site& site, const Request& request);
Response OrganizationsPage(const Site& site, const Request& request);
Response PlacesPage(const Site& site, const Request& request);
Response PersonPage(const Site& site, const Request& request, const std::string& id);
Response OrganizationPage(const Site& site, const Request& request, const std::string& id);
Response PlacePage(const Site& site, const Request& request, const std::string& id);
Response ProgrammePage(const Site& site, const Request& request, const std::string& id);

Response SourcesPage(const Site& site, const Request& request);
Response NewSourcePage(const Site& site, const Request& request);
Response AddSourcePost(const Site& site, const Request& request);
Response SourcePage(const Site& site, const Request& request, const std::string& id);
// The form's field "do" says what: pause, resume, poll, delete.
Response SourcePost(const Site& site, const Request& request, const std::string& id);
Response TestRecipePost(const Site& site, const Request& request, const std::string& id);

Response SubscriptionsPage(const Site& site, const Request& request);
Response NewSubscriptionPage(const Site& site, const Request& request);
Response AddSubscriptionPost(const Site& site, const Request& request);
Response SubscriptionPage(const Site& site, const Request& request, const std::string& id);
// "do": pause, resume, test, rotate, delete, replay.
Response SubscriptionPost(const Site& site, const Request& request, const std::string& id);

Response SystemPage(const Site& site, const Request& request);
// "do": retry (dead letters), cancel (an operation).
Response SystemPost(const Site& site, const Request& request);

}  // namespace dateline::gateway
