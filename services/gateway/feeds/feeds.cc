#include "services/gateway/feeds/feeds.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/export/feed.h"
#include "dateline/notification/v1/subscription_service.pb.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/gateway/access/problem.h"
#include "services/gateway/feeds/feed_topics.h"
#include "services/gateway/http/conditional.h"
#include "services/gateway/http/router.h"

namespace dateline::gateway {
namespace {

using storage::v1::RELEASE_VIEW_FULL;

constexpr int kItems = 30;

struct Form {
  std::string_view ending, type;
  std::string (*write)(const exporting::Feed&);
};
constexpr Form kForms[] = {{".atom", "application/atom+xml; charset=utf-8", exporting::Atom},
                           {".rss", "application/rss+xml; charset=utf-8", exporting::Rss},
                           {".json", "application/feed+json; charset=utf-8", exporting::JsonFeed}};

const Form* FormOf(std::string_view file) {
  for (const Form& form : kForms) {
    if (file.ends_with(form.ending)) return &form;
  }
  return nullptr;
}

// What every feed is made with.
struct Context {
  Backend& backend;
  const FeedOptions options;
  FeedTopics& topics;
  const Clock& clock;
};

struct Wanted {
  std::string title, filter, query, page;
};

absl::Status Fill(Backend& backend, const Wanted& wanted, exporting::Feed* feed, std::string* next) {
  if (wanted.query.empty()) {
    storage::v1::ListReleasesRequest list;
    list.set_filter(wanted.filter);
    list.set_view(RELEASE_VIEW_FULL);
    list.set_page_size(kItems);
    list.set_page_token(wanted.page);
    DATELINE_ASSIGN_OR_RETURN(auto listed, Ask<storage::v1::ListReleasesResponse>(backend, list));
    feed->releases.assign(listed.releases().begin(), listed.releases().end());
    *next = listed.next_page_token();
    return absl::OkStatus();
  }
  storage::v1::SearchReleasesRequest search;
  search.set_query(wanted.query);
  search.set_filter(wanted.filter);
  search.set_order_by("create_time desc");
  search.set_view(RELEASE_VIEW_FULL);
  search.set_page_size(kItems);
  search.set_page_token(wanted.page);
  DATELINE_ASSIGN_OR_RETURN(auto found, Ask<storage::v1::SearchReleasesResponse>(backend, search));
  for (const auto& hit : found.hits()) feed->releases.push_back(hit.release());
  *next = found.next_page_token();
  return absl::OkStatus();
}

std::string TitleFor(const Wanted& wanted) {
  if (!wanted.title.empty()) return wanted.title;
  if (wanted.query.empty() && wanted.filter.empty()) return "Dateline: latest releases";
  std::string title = "Dateline: " + wanted.query;
  if (!wanted.filter.empty()) title += (wanted.query.empty() ? "" : ", ") + wanted.filter;
  return title;
}

Response Serve(const Context& context, const Form& form, const Request& request, const Wanted& wanted) {
  const std::string base = BaseUri(request, context.options.public_uri);
  exporting::Feed feed;
  // The same question has the same id wherever and in whatever form it is asked.
  feed.id = "urn:uuid:" + UuidV5("feed\n" + wanted.title + "\n" + wanted.filter + "\n" + wanted.query);
  feed.title = TitleFor(wanted);
  feed.subtitle = "Press releases as Dateline reads them";
  feed.self_uri = base + request.target;
  std::string question;
  if (!wanted.query.empty()) AppendParameter(question, "q", wanted.query);
  if (!wanted.filter.empty()) AppendParameter(question, "filter", wanted.filter);
  feed.home_uri = base + (question.empty() ? "/" : "/search?" + question);
  feed.item_base = base + "/";
  // An address with a key in it is no hub's business.
  if (request.Query("key").empty()) feed.hub_uri = context.options.hub_uri;
  std::string next;
  if (const absl::Status filled = Fill(context.backend, wanted, &feed, &next); !filled.ok()) {
    return ProblemResponse(filled, request.path);
  }
  if (!next.empty()) {
    std::string query;
    for (const auto& [name, value] : request.query) {
      if (name != "page") AppendParameter(query, name, value);
    }
    AppendParameter(query, "page", next);
    feed.next_uri = base + request.path + "?" + query;
  }
  Response response{.content_type = std::string(form.type), .body = form.write(feed)};
  response.Set("Cache-Control", "private, max-age=60");
  std::string links = fmt::format("<{}>; rel=\"self\"", feed.self_uri);
  if (!feed.hub_uri.empty()) {
    links += fmt::format(", <{}>; rel=\"hub\"", feed.hub_uri);
    if (wanted.page.empty()) context.topics.Served(feed.self_uri, wanted.filter, context.clock.Monotonic());
  }
  response.Set("Link", links);
  if (!feed.releases.empty()) ApplyConditional(request, TagOf(response.body), &response);
  return response;
}

Response NoSuchFeed(const Request& request) {
  return ProblemResponse(
      Error(
          absl::StatusCode::kNotFound, "FEED_NOT_FOUND",
          "there is no such feed; there are /feeds/releases and /feeds/subscriptions/{id}, with .atom, .rss or .json"),
      request.path);
}

Response Releases(const Context& context, const Request& request, std::string_view file) {
  const Form* form = FormOf(file);
  if (form == nullptr || file.substr(0, file.size() - form->ending.size()) != "releases") return NoSuchFeed(request);
  return Serve(context, *form, request,
               {.title = "",
                .filter = std::string(request.Query("filter")),
                .query = std::string(request.Query("query")),
                .page = std::string(request.Query("page"))});
}

Response OfSubscription(const Context& context, const Request& request, std::string_view file) {
  const Form* form = FormOf(file);
  if (form == nullptr) return NoSuchFeed(request);
  notification::v1::GetSubscriptionRequest get;
  get.set_name("subscriptions/" + std::string(file.substr(0, file.size() - form->ending.size())));
  const auto found = Ask<notification::v1::GetSubscriptionResponse>(context.backend, get);
  if (!found.ok()) return ProblemResponse(found.status(), request.path);
  const auto& subscription = found->subscription();
  return Serve(context, *form, request,
               {.title = subscription.display_name().empty() ? subscription.name() : subscription.display_name(),
                .filter = subscription.filter(),
                .query = "",
                .page = std::string(request.Query("page"))});
}

}  // namespace

std::string BaseUri(const Request& request, const std::string& public_uri) {
  if (!public_uri.empty()) return public_uri.ends_with('/') ? public_uri.substr(0, public_uri.size() - 1) : public_uri;
  const std::string_view host = request.Header("host");
  const bool plain = !host.empty() && host.size() < 256 && std::all_of(host.begin(), host.end(), [](unsigned char c) {
    return isalnum(c) != 0 || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  });
  const std::string_view scheme = request.Header("x-forwarded-proto") == "https" ? "https" : "http";
  return fmt::format("{}://{}", scheme, plain ? host : std::string_view("localhost"));
}

void AddFeeds(Router& router, Backend& backend, const FeedOptions& options, FeedTopics& topics, const Clock& clock) {
  const Context context{backend, options, topics, clock};
  router.Add("GET", "/feeds/{file}", "feed", [context](const Request& request, const Pairs& values) {
    return Releases(context, request, values.front().second);
  });
  router.Add("GET", "/feeds/subscriptions/{file}", "feed", [context](const Request& request, const Pairs& values) {
    return OfSubscription(context, request, values.front().second);
  });
}

}  // namespace dateline::gateway
