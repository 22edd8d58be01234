// People, organisations, places, programmes: lists, and one of each over time.
#include <fmt/format.h>

#include <algorithm>

#include "dateline/storage/v1/entity_service.pb.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/gateway/console/charts.h"
#include "services/gateway/console/format.h"
#include "services/gateway/console/pages/pages.h"

namespace dateline::gateway {
namespace {

using storage::v1::Entity;
using storage::v1::EntityMention;

constexpr int kListSize = 60;
constexpr int kMentions = 100;
constexpr int kMentionsShown = 40;
constexpr int kCoMentionReleases = 100;
constexpr size_t kCoMentionsShown = 12;
constexpr size_t kPlacesShown = 60;
constexpr int kFiguresShown = 10;
constexpr size_t kMonthsMin = 12, kMonthsMax = 36;
constexpr int64_t kMonthSeconds = 2'629'746;

struct Kind {
  Entity::Kind kind;
  std::string_view collection, heading, one;
};
constexpr Kind kPerson = {Entity::KIND_PERSON, "people", "People", "Person"};
constexpr Kind kOrganization = {Entity::KIND_ORGANIZATION, "organizations", "Organisations", "Organisation"};
constexpr Kind kPlace = {Entity::KIND_PLACE, "places", "Places", "Place"};
constexpr Kind kProgramme = {Entity::KIND_PROGRAMME, "programmes", "Programmes", "Programme"};

Response NotYet(const Site& site, const Request& request, const Kind& kind) {
  Value page;
  page["heading"] = kind.heading;
  page["absent"] = true;
  return site.Page(request, "entities.html", std::move(page),
                   {.title = std::string(kind.heading), .nav = kind.collection});
}

Response ListPage(const Site& site, const Request& request, const Kind& kind) {
  storage::v1::ListEntitiesRequest list;
  list.set_kind(kind.kind);
  list.set_query(std::string(request.Query("q")));
  list.set_page_size(kListSize);
  list.set_page_token(std::string(request.Query("page")));
  const auto entities = Ask<storage::v1::ListEntitiesResponse>(site.backend(), list);
  if (!entities.ok()) {
    return IsAbsent(entities.status()) ? NotYet(site, request, kind) : site.Problem(request, entities.status());
  }
  Value page;
  page["heading"] = kind.heading;
  page["collection"] = kind.collection;
  page["q"] = list.query();
  page["none"] = entities->entities().empty();
  for (const Entity& entity : entities->entities()) {
    Value row;
    row["href"] = "/" + entity.name();
    row["title"] = entity.display_name();
    row["country"] = CountryName(entity.country_code());
    row["count"] = Grouped(entity.release_count());
    row["last"] = Ago(entity.last_seen_time(), site.now());
    if (entity.aliases_size() > 0) row["alias"] = entity.aliases(0).display_name();
    page["rows"].Append(std::move(row));
  }
  if (!entities->next_page_token().empty()) {
    std::string query;
    if (!list.query().empty()) AppendParameter(query, "q", list.query());
    AppendParameter(query, "page", entities->next_page_token());
    page["next"] = fmt::format("/{}?{}", kind.collection, query);
  }
  return site.Page(request, "entities.html", std::move(page),
                   {.title = std::string(kind.heading), .nav = kind.collection});
}

// Releases a month, from the first to the latest mention that was read; at least a year, so that one month is no wall.
Html Timeline(const google::protobuf::RepeatedPtrField<EntityMention>& mentions) {
  if (mentions.size() < 2) return {};
  const int64_t last = mentions[0].time().seconds() / kMonthSeconds;
  const int64_t first =
      std::clamp<int64_t>(mentions[mentions.size() - 1].time().seconds() / kMonthSeconds,
                          last - static_cast<int64_t>(kMonthsMax) + 1, last - static_cast<int64_t>(kMonthsMin) + 1);
  std::vector<Bar> bars(static_cast<size_t>(std::max<int64_t>(last - first + 1, 1)));
  for (size_t i = 0; i < bars.size(); ++i) {
    google::protobuf::Timestamp middle;
    middle.set_seconds((first + static_cast<int64_t>(i)) * kMonthSeconds + kMonthSeconds / 2);
    const std::string day = DayText(middle);
    bars[i].label = day.substr(day.find(' ') + 1);
  }
  for (const EntityMention& mention : mentions) {
    const int64_t month = mention.time().seconds() / kMonthSeconds - first;
    if (month >= 0 && month < static_cast<int64_t>(bars.size())) bars[static_cast<size_t>(month)].value += 1;
  }
  return BarChart(bars, fmt::format("Releases a month, {} to {}", bars.front().label, bars.back().label));
}

void AddMentions(const google::protobuf::RepeatedPtrField<EntityMention>& mentions, Value& page) {
  int shown = 0;
  for (const EntityMention& mention : mentions) {
    for (const auto& quote : mention.quotes()) {
      Value item;
      item["text"] = Shortened(quote.text(), 500);
      item["href"] = "/" + mention.release();
      item["title"] = mention.title();
      item["day"] = DayText(mention.time());
      page["quotes"].Append(std::move(item));
    }
    if (++shown > kMentionsShown) continue;
    Value item;
    item["href"] = "/" + mention.release();
    item["title"] = mention.title().empty() ? std::string("Untitled release") : mention.title();
    item["day"] = DayText(mention.time());
    item["role"] = mention.role();
    page["mentions"].Append(std::move(item));
  }
  page["quotes_any"] = page.Find("quotes") != nullptr;
}

// Who and what else the latest of its releases name, and where they are.
void AddCompany(const Site& site, const Entity& entity,
                const google::protobuf::RepeatedPtrField<EntityMention>& mentions, Value& page) {
  storage::v1::BatchGetReleasesRequest get;
  get.set_view(storage::v1::RELEASE_VIEW_BASIC);
  for (const EntityMention& mention : mentions) {
    if (get.names_size() < kCoMentionReleases) get.add_names(mention.release());
  }
  if (get.names().empty()) return;
  const auto releases = Ask<storage::v1::BatchGetReleasesResponse>(site.backend(), get);
  if (!releases.ok()) return;
  Value::List company =
      site.cards().NamedMost(releases->releases(), {.most = kCoMentionsShown, .least = 1, .except = entity.name()});
  page["company_any"] = !company.empty();
  page["company"] = std::move(company);
  std::vector<Dot> places = site.cards().Places(releases->releases(), kPlacesShown);
  if (entity.kind() == Entity::KIND_PLACE) {
    std::erase_if(places, [here = "/" + entity.name()](const Dot& place) { return place.href != here; });
    for (Dot& place : places) place.href.clear();
  }
  if (places.empty()) return;
  page["map"] = DotMap(places, Site::AssetPath("world.svg"),
                       fmt::format("Map of {}", Counted(static_cast<int64_t>(places.size()), "place", "places")));
}

std::string_view BasisText(std::string_view basis) {
  if (basis == "name_key") return "written otherwise";
  if (basis == "email") return "same e-mail";
  if (basis == "person") return "joined by hand";
  return basis;
}

void AddRoles(const Entity& entity, Value& page) {
  for (const auto& role : entity.roles()) {
    Value item;
    item["role"] = role.role();
    item["organization"] = role.organization();
    const std::string from = DayText(role.start_date());
    const std::string to = DayText(role.end_date());
    item["when"] = from == to || to.empty() ? from : from + " – " + to;
    item["count"] = Counted(role.releases_size(), "release", "releases");
    page["roles"].Append(std::move(item));
  }
  page["roles_any"] = entity.roles_size() > 0;
  for (const auto& alias : entity.aliases()) {
    if (alias.display_name() == entity.display_name()) continue;
    Value item;
    item["label"] = alias.display_name();
    item["basis"] = BasisText(alias.basis());
    if (!alias.release().empty()) item["href"] = "/" + alias.release();
    page["aliases"].Append(std::move(item));
  }
  page["aliases_any"] = page.Find("aliases") != nullptr;
  for (const auto& contact : entity.contacts()) {
    Value item;
    item["email"] = contact.contact().email();
    for (const auto& phone : contact.contact().phones()) {
      Value line;
      line["text"] = phone.raw();
      line["valid"] = phone.valid();
      item["phones"].Append(std::move(line));
    }
    item["last"] = DayText(contact.last_seen_time());
    page["contacts"].Append(std::move(item));
  }
  page["contacts_any"] = entity.contacts_size() > 0;
}

void AddFigures(const Site& site, const Entity& entity, Value& page) {
  storage::v1::ListFigureSeriesRequest list;
  list.set_name(entity.name());
  list.set_page_size(kFiguresShown);
  const auto figures = Ask<storage::v1::ListFigureSeriesResponse>(site.backend(), list);
  if (!figures.ok()) return;
  for (const auto& point : figures->points()) {
    Value item;
    item["text"] = point.figure().text();
    item["day"] = DayText(point.time());
    item["href"] = "/" + point.release();
    page["figures"].Append(std::move(item));
  }
  page["figures_any"] = figures->points_size() > 0;
}

Response OnePage(const Site& site, const Request& request, const Kind& kind, const std::string& id) {
  storage::v1::GetEntityRequest get;
  get.set_name(fmt::format("{}/{}", kind.collection, id));
  const auto found = Ask<storage::v1::GetEntityResponse>(site.backend(), get);
  if (!found.ok()) return site.Problem(request, found.status());
  const Entity& entity = found->entity();
  storage::v1::ListEntityMentionsRequest list;
  list.set_name(get.name());
  list.set_page_size(kMentions);
  const auto mentions = Ask<storage::v1::ListEntityMentionsResponse>(site.backend(), list);
  Value page;
  page["title"] = entity.display_name();
  page["kind"] = kind.one;
  page["country"] = CountryName(entity.country_code());
  page["count"] = Counted(entity.release_count(), "release", "releases");
  const std::string first = DayText(entity.first_seen_time());
  const std::string last = DayText(entity.last_seen_time());
  page["seen"] = first == last ? last : first + " – " + last;
  std::string search;
  AppendParameter(search, kind.kind == Entity::KIND_PERSON ? "person" : "organization", entity.display_name());
  if (kind.kind == Entity::KIND_PERSON || kind.kind == Entity::KIND_ORGANIZATION) page["search"] = "/search?" + search;
  AddRoles(entity, page);
  if (mentions.ok()) {
    page["timeline"] = Timeline(mentions->mentions());
    AddMentions(mentions->mentions(), page);
    AddCompany(site, entity, mentions->mentions(), page);
  }
  AddFigures(site, entity, page);
  return site.Page(request, "entity.html", std::move(page), {.title = entity.display_name(), .nav = kind.collection});
}

}  // namespace

Response PeoplePage(const Site& site, const Request& request) {
  return ListPage(site, request, kPerson);
}
Response OrganizationsPage(const Site& site, const Request& request) {
  return ListPage(site, request, kOrganization);
}
Response PlacesPage(const Site& site, const Request& request) {
  return ListPage(site, request, kPlace);
}
Response PersonPage(const Site& site, const Request& request, const std::string& id) {
  return OnePage(site, request, kPerson, id);
}
Response OrganizationPage(const Site& site, const Request& request, const std::string& id) {
  return OnePage(site, request, kOrganization, id);
}
Response PlacePage(const Site& site, const Request& request, const std::string& id) {
  return OnePage(site, request, kPlace, id);
}
Response ProgrammePage(const Site& site, const Request& request, const std::string& id) {
  return OnePage(site, request, kProgramme, id);
}

}  // namespace dateline::gateway
