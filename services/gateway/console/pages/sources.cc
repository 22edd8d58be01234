// The newsrooms that are watched: how each does, adding one with a look at it first, trying a recipe.
#include <fmt/format.h>

#include <algorithm>

#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/export/parts.h"
#include "dateline/ingestion/v1/source_service.pb.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/gateway/console/charts.h"
#include "services/gateway/console/format.h"
#include "services/gateway/console/pages/pages.h"
#include "services/gateway/console/source_look.h"

namespace dateline::gateway {
namespace {

using ingestion::v1::Fetch;
using ingestion::v1::Source;

constexpr int kListSize = 25;
constexpr int kSparkFetches = 40;
constexpr int kFetchesShown = 30;
// Looking at a site fetches several of its pages, politely.
constexpr CallLimits kLongCall{.target = Target::kOwner, .deadline = std::chrono::seconds(60), .traceparent = {}};

std::string_view KindText(Source::Kind kind) {
  switch (kind) {
    case Source::KIND_FEED:
      return "feed";
    case Source::KIND_SITEMAP:
      return "sitemap";
    case Source::KIND_LISTING:
      return "listing page";
    default:
      return "not known yet";
  }
}

using Fetches = google::protobuf::RepeatedPtrField<Fetch>;

Fetches LatestFetches(const Site& site, const std::string& name, int count) {
  ingestion::v1::ListFetchesRequest list;
  list.set_name(name);
  list.set_page_size(count);
  auto fetches = Ask<ingestion::v1::ListFetchesResponse>(site.backend(), list);
  return fetches.ok() ? fetches->fetches() : Fetches();
}

// What each fetch listed, and how old the newest item was by then; oldest first.
void AddSparklines(const Fetches& fetches, Value& row) {
  std::vector<double> yield;
  std::vector<double> age_hours;
  int64_t newest = 0;
  for (auto fetch = fetches.rbegin(); fetch != fetches.rend(); ++fetch) {
    yield.push_back(fetch->item_count());
    if (fetch->new_item_count() > 0 || newest == 0) newest = fetch->start_time().seconds();
    age_hours.push_back(static_cast<double>(fetch->start_time().seconds() - newest) / 3'600.0);
  }
  row["yield"] = Sparkline(yield, "Items listed by each of the latest fetches");
  row["freshness"] = Sparkline(age_hours, "Hours since the last new item, at each of the latest fetches");
}

Value SourceValue(const Source& source, WallTime now) {
  Value row;
  row["href"] = "/" + source.name();
  row["title"] = TitleOf(source);
  row["site"] = SiteOf(source.home_uri().empty() ? source.uri() : source.home_uri());
  row["uri"] = source.uri();
  if (exporting::IsWebUri(source.uri())) row["link"] = exporting::EncodeUri(source.uri());
  row["kind"] = KindText(source.kind());
  const SourceLook look = LookOf(source);
  row["health"] = look.text;
  row["badge"] = look.badge;
  row["cause"] = source.health_cause();
  row["last_item"] = source.has_last_item_time() ? Ago(source.last_item_time(), now) : Value("none yet");
  row["last_poll"] = source.has_last_poll_time() ? Ago(source.last_poll_time(), now) : Value("not yet");
  row["next_poll"] = source.state() == Source::STATE_PAUSED ? Value("paused") : Ago(source.next_poll_time(), now);
  row["paused"] = source.state() == Source::STATE_PAUSED;
  row["language"] = LanguageName(source.language());
  return row;
}

Value ItemValue(const ingestion::v1::SourceItem& item) {
  Value value;
  value["title"] = item.title().empty() ? item.uri() : item.title();
  if (exporting::IsWebUri(item.uri())) value["href"] = exporting::EncodeUri(item.uri());
  if (item.has_publish_time()) value["day"] = DayText(item.publish_time());
  return value;
}

Response NewPage(const Site& site, const Request& request, Value page, int status) {
  return site.Page(request, "source_new.html", std::move(page),
                   {.title = "Add a newsroom", .nav = "sources", .status = status});
}

Response LookAtSite(const Site& site, const Request& request, const std::string& uri) {
  ingestion::v1::DiscoverSourcesRequest discover;
  discover.set_uri(uri);
  const auto found = Ask<ingestion::v1::DiscoverSourcesResponse>(site.backend(), discover, kLongCall);
  Value page;
  page["uri"] = uri;
  if (!found.ok()) {
    page["mistake"] = ErrorSentence(found.status());
    return NewPage(site, request, std::move(page), 400);
  }
  page["looked"] = true;
  page["none"] = found->candidates().empty();
  bool first = true;
  for (const auto& candidate : found->candidates()) {
    Value item = SourceValue(candidate.source(), site.now());
    item["name"] = candidate.source().display_name();
    item["kind_value"] = Source::Kind_Name(candidate.source().kind());
    item["home"] = candidate.source().home_uri();
    item["why"] = candidate.cause();
    item["best"] = std::exchange(first, false);
    for (const auto& sample : candidate.samples()) item["samples"].Append(ItemValue(sample));
    page["candidates"].Append(std::move(item));
  }
  return NewPage(site, request, std::move(page), 200);
}

Response Create(const Site& site, const Request& request, const Pairs& form) {
  ingestion::v1::CreateSourceRequest create;
  Source& source = *create.mutable_source();
  source.set_uri(std::string(FindPair(form, "uri")));
  source.set_display_name(std::string(FindPair(form, "name")));
  source.set_home_uri(std::string(FindPair(form, "home")));
  Source::Kind kind = Source::KIND_UNSPECIFIED;
  if (Source::Kind_Parse(std::string(FindPair(form, "kind")), &kind)) source.set_kind(kind);
  const auto created = Ask<ingestion::v1::CreateSourceResponse>(site.backend(), create, kLongCall);
  if (created.ok()) return SeeOther("/" + created->source().name());
  Value page;
  page["uri"] = source.uri();
  page["mistake"] = ErrorSentence(created.status());
  return NewPage(site, request, std::move(page), 400);
}

void AddFetches(const Fetches& fetches, WallTime now, Value& page) {
  int shown = 0;
  for (const Fetch& fetch : fetches) {
    if (++shown > kFetchesShown) break;
    Value row;
    row["when"] = Ago(fetch.start_time(), now);
    row["status"] = fetch.http_status() == 0 ? std::string("–") : std::to_string(fetch.http_status());
    row["failed"] = !fetch.error().empty();
    row["error"] = fetch.error();
    row["items"] = fetch.item_count();
    row["new"] = fetch.new_item_count();
    row["bytes"] = BytesText(fetch.received_bytes());
    page["fetches"].Append(std::move(row));
  }
  page["fetches_any"] = shown > 0;
}

void AddRecipe(const Pairs& form, Value& page) {
  for (const std::string_view field : {"page_uri", "item_selector", "link_selector", "title_selector", "date_selector",
                                       "body_selector", "remove_selectors", "next_page_selector"}) {
    page["recipe"][field] = std::string(FindPair(form, field));
  }
}

ingestion::v1::Recipe RecipeOf(const Pairs& form) {
  ingestion::v1::Recipe recipe;
  recipe.set_item_selector(std::string(FindPair(form, "item_selector")));
  recipe.set_link_selector(std::string(FindPair(form, "link_selector")));
  recipe.set_title_selector(std::string(FindPair(form, "title_selector")));
  recipe.set_date_selector(std::string(FindPair(form, "date_selector")));
  recipe.set_body_selector(std::string(FindPair(form, "body_selector")));
  if (const auto remove = FindPair(form, "remove_selectors"); !remove.empty()) {
    recipe.add_remove_selectors(std::string(remove));
  }
  recipe.set_next_page_selector(std::string(FindPair(form, "next_page_selector")));
  return recipe;
}

void TryRecipe(const Site& site, const std::string& name, const Pairs& form, Value& page) {
  ingestion::v1::TestRecipeRequest test;
  test.set_name(name);
  test.set_uri(std::string(FindPair(form, "page_uri")));
  *test.mutable_recipe() = RecipeOf(form);
  const auto result = Ask<ingestion::v1::TestRecipeResponse>(site.backend(), test, kLongCall);
  page["tested"] = true;
  if (!result.ok()) {
    page["recipe_mistake"] = ErrorSentence(result.status());
    return;
  }
  for (const auto& item : result->items()) page["found_items"].Append(ItemValue(item));
  page["found_title"] = result->title();
  page["found_text"] = Shortened(result->text(), 1'500);
  const bool nothing = result->items().empty() && result->title().empty() && result->text().empty();
  page["found_nothing"] = nothing;
  page["can_keep"] = !nothing;
}

// The recipes that the source has, each in words.
void AddRecipes(const Source& source, Value& page) {
  for (const auto& recipe : source.recipes()) {
    Value row;
    row["version"] = std::to_string(recipe.version());
    std::string words;
    const auto add = [&words](std::string_view field, const std::string& selector) {
      if (!selector.empty()) words += fmt::format("{}{} {}", words.empty() ? "" : ", ", field, selector);
    };
    add("item", recipe.item_selector());
    add("link", recipe.link_selector());
    add("title", recipe.title_selector());
    add("date", recipe.date_selector());
    add("body", recipe.body_selector());
    for (const std::string& selector : recipe.remove_selectors()) add("without", selector);
    add("next page", recipe.next_page_selector());
    if (recipe.has_start_time()) add("from", DayText(recipe.start_time()));
    if (recipe.has_end_time()) add("until", DayText(recipe.end_time()));
    row["words"] = words;
    page["recipes"].Append(std::move(row));
  }
  page["recipes_any"] = !source.recipes().empty();
}

// Puts the form's recipe behind those that the source has, or takes one of them away; the etag keeps what somebody else
// changes meanwhile.
absl::Status ChangeRecipes(const Site& site, const std::string& name, const Pairs& form) {
  ingestion::v1::GetSourceRequest get;
  get.set_name(name);
  DATELINE_ASSIGN_OR_RETURN(const auto found, Ask<ingestion::v1::GetSourceResponse>(site.backend(), get));
  ingestion::v1::UpdateSourceRequest update;
  *update.mutable_source() = found.source();
  update.mutable_update_mask()->add_paths("recipes");
  auto& recipes = *update.mutable_source()->mutable_recipes();
  if (FindPair(form, "do") == "keep") {
    *recipes.Add() = RecipeOf(form);  // The service gives it the next version.
  } else {
    const std::string_view version = FindPair(form, "version");
    recipes.erase(std::remove_if(recipes.begin(), recipes.end(),
                                 [&](const auto& recipe) { return std::to_string(recipe.version()) == version; }),
                  recipes.end());
  }
  return Ask<ingestion::v1::UpdateSourceResponse>(site.backend(), update).status();
}

Response ShowSource(const Site& site, const Request& request, const std::string& id, const Pairs* recipe,
                    const absl::Status& done) {
  ingestion::v1::GetSourceRequest get;
  get.set_name("sources/" + id);
  const auto found = Ask<ingestion::v1::GetSourceResponse>(site.backend(), get);
  if (!found.ok()) return site.Problem(request, found.status());
  Value page;
  page["id"] = id;
  page["source"] = SourceValue(found->source(), site.now());
  page["failures"] = found->source().consecutive_failures() == 0
                         ? Value()
                         : Value(Counted(found->source().consecutive_failures(), "failure", "failures") + " in a row");
  page["interval"] = fmt::format("{} min", std::max<int64_t>(1, found->source().poll_interval().seconds() / 60));
  page["has_interval"] = found->source().has_poll_interval();
  const Fetches fetches = LatestFetches(site, get.name(), kSparkFetches);
  AddSparklines(fetches, page);
  AddFetches(fetches, site.now(), page);
  if (!done.ok()) page["mistake"] = ErrorSentence(done);
  storage::v1::ListReleasesRequest list;
  list.set_filter("source = \"" + get.name() + "\"");
  list.set_page_size(8);
  if (const auto releases = Ask<storage::v1::ListReleasesResponse>(site.backend(), list); releases.ok()) {
    for (Value& row : site.cards().Rows(releases->releases(), site.now())) {
      row["show_day"] = row["ago"];
      page["rows"].Append(std::move(row));
    }
    page["rows_any"] = !releases->releases().empty();
    std::string query;
    AppendParameter(query, "source", get.name());
    page["search"] = "/search?" + query;
  }
  AddRecipes(found->source(), page);
  AddRecipe(recipe == nullptr ? Pairs() : *recipe, page);
  if (recipe != nullptr) TryRecipe(site, get.name(), *recipe, page);
  return site.Page(request, "source.html", std::move(page),
                   {.title = found->source().display_name(), .nav = "sources", .status = done.ok() ? 200 : 400});
}

template <class Message>
absl::Status Do(const Site& site, Message message, const std::string& name) {
  message.set_name(name);
  const auto* method = MethodOf(message.GetDescriptor());
  const std::unique_ptr<google::protobuf::Message> response(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(method->output_type())->New());
  return site.backend().Call(message, response.get(), kLongCall);
}

}  // namespace

Response SourcesPage(const Site& site, const Request& request) {
  ingestion::v1::ListSourcesRequest list;
  list.set_page_size(kListSize);
  list.set_page_token(std::string(request.Query("page")));
  const auto sources = Ask<ingestion::v1::ListSourcesResponse>(site.backend(), list);
  if (!sources.ok()) return site.Problem(request, sources.status());
  Value page;
  page["none"] = sources->sources().empty() && list.page_token().empty();
  page["any"] = !sources->sources().empty();
  for (const Source& source : sources->sources()) {
    Value row = SourceValue(source, site.now());
    AddSparklines(LatestFetches(site, source.name(), kSparkFetches), row);
    page["rows"].Append(std::move(row));
  }
  if (!sources->next_page_token().empty()) {
    std::string query;
    AppendParameter(query, "page", sources->next_page_token());
    page["next"] = "/sources?" + query;
  }
  return site.Page(request, "sources.html", std::move(page), {.title = "Sources", .nav = "sources"});
}

Response NewSourcePage(const Site& site, const Request& request) {
  Value page;
  page["uri"] = request.Query("uri");
  return NewPage(site, request, std::move(page), 200);
}

Response AddSourcePost(const Site& site, const Request& request) {
  const Pairs form = request.Form();
  std::string uri(FindPair(form, "uri"));
  // People type hosts.
  if (!uri.empty() && uri.find("://") == std::string::npos) uri = "https://" + uri;
  if (FindPair(form, "do") == "add") return Create(site, request, form);
  return LookAtSite(site, request, uri);
}

Response SourcePage(const Site& site, const Request& request, const std::string& id) {
  return ShowSource(site, request, id, nullptr, absl::OkStatus());
}

Response SourcePost(const Site& site, const Request& request, const std::string& id) {
  const std::string name = "sources/" + id;
  const Pairs form = request.Form();
  const std::string_view what = FindPair(form, "do");
  absl::Status done = absl::InvalidArgumentError("this form says nothing to do");
  if (what == "pause") done = Do(site, ingestion::v1::PauseSourceRequest(), name);
  if (what == "resume") done = Do(site, ingestion::v1::ResumeSourceRequest(), name);
  if (what == "poll") done = Do(site, ingestion::v1::PollSourceRequest(), name);
  if (what == "delete") {
    done = Do(site, ingestion::v1::DeleteSourceRequest(), name);
    if (done.ok()) return SeeOther("/sources");
  }
  if (done.ok()) return SeeOther("/" + name);
  return ShowSource(site, request, id, nullptr, done);
}

Response TestRecipePost(const Site& site, const Request& request, const std::string& id) {
  const Pairs form = request.Form();
  const std::string_view what = FindPair(form, "do");
  if (what != "keep" && what != "forget") return ShowSource(site, request, id, &form, absl::OkStatus());
  const absl::Status done = ChangeRecipes(site, "sources/" + id, form);
  if (done.ok()) return SeeOther("/sources/" + id + "#recipe");
  return ShowSource(site, request, id, what == "keep" ? &form : nullptr, done);
}

}  // namespace dateline::gateway
