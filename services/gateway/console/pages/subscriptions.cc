// Subscriptions: built with a look at the past first, their deliveries one by one.
#include <fmt/format.h>

#include <map>
#include <set>

#include "common/base/proto_time.h"
#include "dateline/notification/v1/subscription_service.pb.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/gateway/console/charts.h"
#include "services/gateway/console/format.h"
#include "services/gateway/console/pages/pages.h"

namespace dateline::gateway {
namespace {

using notification::v1::Delivery;
using notification::v1::Subscription;

constexpr int kListSize = 100;
constexpr int kDeliveries = 50;
constexpr int kDryRunDays = 30;
constexpr CallLimits kLongCall{.target = Target::kOwner, .deadline = std::chrono::seconds(60), .traceparent = {}};

// What the builder asks besides the filter itself; each becomes a clause, in which people may write wildcards.
std::string BuiltFilter(const Pairs& fields) {
  std::string filter;
  const auto add = [&filter](const std::string& clause) { filter += (filter.empty() ? "" : " AND ") + clause; };
  const auto quoted = [](std::string_view text) { return FilterText(text, Asterisk::kWildcard); };
  if (const auto words = FindPair(fields, "words"); !words.empty()) add("(" + std::string(words) + ")");
  if (const auto query = FindPair(fields, "query"); !query.empty()) add("(" + std::string(query) + ")");
  if (const auto language = FindPair(fields, "language"); !language.empty()) add("language = " + quoted(language));
  if (const auto source = FindPair(fields, "source"); !source.empty()) add("source = " + quoted(source));
  if (const auto person = FindPair(fields, "person"); !person.empty()) add("people:" + quoted(person));
  if (const auto org = FindPair(fields, "organization"); !org.empty()) add("organizations:" + quoted(org));
  if (const auto place = FindPair(fields, "place"); !place.empty()) add("places:" + quoted(place));
  if (FindPair(fields, "has_quotes") == "on") add("quotes:*");
  if (FindPair(fields, "has_figures") == "on") add("figures:*");
  const std::string_view own = FindPair(fields, "filter");
  if (!own.empty()) add(filter.empty() ? std::string(own) : "(" + std::string(own) + ")");
  return filter;
}

struct Look {
  std::string_view text, badge;
};

Look StateLook(const Subscription& subscription) {
  switch (subscription.state()) {
    case Subscription::STATE_PAUSED:
      return {"paused", "warn"};
    case Subscription::STATE_DISABLED:
      return {"switched off", "bad"};
    default:
      return {"active", "good"};
  }
}

std::string ChannelText(const Subscription& subscription) {
  if (subscription.has_webhook()) return "webhook " + subscription.webhook().uri();
  if (subscription.has_nats()) return "NATS " + subscription.nats().subject();
  if (subscription.has_email()) {
    return "e-mail to " + Counted(subscription.email().recipients_size(), "address", "addresses");
  }
  return "none";
}

Value SubscriptionValue(const Subscription& subscription, WallTime now) {
  Value row;
  row["href"] = "/" + subscription.name();
  row["title"] =
      subscription.display_name().empty() ? std::string(IdOf(subscription.name())) : subscription.display_name();
  row["filter"] = subscription.filter().empty() ? std::string("every release") : subscription.filter();
  row["channel"] = ChannelText(subscription);
  const Look look = StateLook(subscription);
  row["state"] = look.text;
  row["badge"] = look.badge;
  row["cause"] = subscription.state_cause();
  row["backlog"] = Grouped(static_cast<int64_t>(subscription.backlog()));
  row["waiting"] = subscription.backlog() > 0;
  row["last"] =
      subscription.has_last_delivery_time() ? Ago(subscription.last_delivery_time(), now) : Value("nothing yet");
  row["paused"] =
      subscription.state() != Subscription::STATE_ACTIVE && subscription.state() != Subscription::STATE_UNSPECIFIED;
  return row;
}

// How often the filter would have matched, and what.
void AddDryRun(const Site& site, const std::string& name, const std::string& filter, Value& page) {
  notification::v1::DryRunSubscriptionRequest dry;
  dry.set_name(name);
  dry.set_filter(filter);
  dry.set_days(kDryRunDays);
  const auto result = Ask<notification::v1::DryRunSubscriptionResponse>(site.backend(), dry, kLongCall);
  page["tried"] = true;
  if (!result.ok()) {
    page["dry_mistake"] = ErrorSentence(result.status());
    return;
  }
  page["match_count"] = Counted(result->match_count(), "release", "releases");
  page["match_none"] = result->match_count() == 0;
  const double a_week = static_cast<double>(result->match_count()) * 7 / kDryRunDays;
  page["rate"] = a_week >= 10 ? fmt::format("about {:.0f} a week", a_week) : fmt::format("about {:.1f} a week", a_week);
  std::vector<Bar> bars;
  const int64_t now = ToTimestamp(site.now()).seconds();
  for (int i = 0; i < result->daily_counts_size(); ++i) {
    google::protobuf::Timestamp day;
    day.set_seconds(now - int64_t{86'400} * (result->daily_counts_size() - 1 - i));
    const std::string text = DayText(day);
    bars.push_back({text.substr(0, text.rfind(' ')), static_cast<double>(result->daily_counts(i))});
  }
  page["chart"] = BarChart(bars, fmt::format("Matching releases on each of the last {} days", kDryRunDays));
  for (const auto& sample : result->samples()) {
    Value item = RowValue(sample.release(), site.now());
    for (const std::string& reason : sample.match_reasons()) item["reasons"].Append(reason);
    page["samples"].Append(std::move(item));
  }
  page["samples_any"] = result->samples_size() > 0;
}

void KeepFields(const Pairs& fields, Value& page) {
  for (const auto& [name, value] : fields) {
    if (name != "csrf" && name != "do") page["f"][name] = value;
  }
}

Response NewPage(const Site& site, const Request& request, Value page, int status) {
  return site.Page(request, "subscription_new.html", std::move(page),
                   {.title = "New subscription", .nav = "subscriptions", .status = status});
}

absl::StatusOr<Subscription> Create(const Site& site, const Pairs& form) {
  notification::v1::CreateSubscriptionRequest create;
  Subscription& subscription = *create.mutable_subscription();
  subscription.set_display_name(std::string(FindPair(form, "name")));
  subscription.set_filter(BuiltFilter(form));
  const std::string_view channel = FindPair(form, "channel");
  const std::string target(FindPair(form, "target"));
  if (channel == "nats") {
    subscription.mutable_nats()->set_subject(target);
  } else if (channel == "email") {
    std::string_view rest = target;
    while (!rest.empty()) {
      const size_t end = rest.find_first_of(", ;");
      if (end != 0) subscription.mutable_email()->add_recipients(std::string(rest.substr(0, end)));
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
    const std::string_view digest = FindPair(form, "digest");
    if (digest == "day") subscription.mutable_digest()->set_period(notification::v1::DigestSettings::PERIOD_DAY);
    if (digest == "hour") subscription.mutable_digest()->set_period(notification::v1::DigestSettings::PERIOD_HOUR);
  } else {
    subscription.mutable_webhook()->set_uri(target);
  }
  auto created = Ask<notification::v1::CreateSubscriptionResponse>(site.backend(), create, kLongCall);
  if (!created.ok()) return created.status();
  return created->subscription();
}

std::string_view StateText(Delivery::State state) {
  switch (state) {
    case Delivery::STATE_SUCCEEDED:
      return "delivered";
    case Delivery::STATE_FAILED:
      return "failed";
    default:
      return "waiting";
  }
}

// The titles of releases by name, in one call; without those that are gone.
std::map<std::string, std::string> TitlesOf(const Site& site,
                                            const google::protobuf::RepeatedPtrField<Delivery>& deliveries) {
  storage::v1::BatchGetReleasesRequest get;
  get.set_view(storage::v1::RELEASE_VIEW_BASIC);
  std::set<std::string> names;
  for (const Delivery& delivery : deliveries) names.insert(delivery.release());
  get.mutable_names()->Assign(names.begin(), names.end());
  std::map<std::string, std::string> titles;
  const auto found = Ask<storage::v1::BatchGetReleasesResponse>(site.backend(), get);
  if (!found.ok()) return titles;
  for (const auto& release : found->releases()) titles[release.name()] = release.title();
  return titles;
}

void AddDeliveries(const Site& site, const Request& request, const std::string& name, Value& page) {
  notification::v1::ListDeliveriesRequest list;
  list.set_parent(name);
  list.set_page_size(kDeliveries);
  list.set_page_token(std::string(request.Query("page")));
  const auto deliveries = Ask<notification::v1::ListDeliveriesResponse>(site.backend(), list);
  if (!deliveries.ok()) {
    page["deliveries_mistake"] = ErrorSentence(deliveries.status());
    return;
  }
  const auto titles = TitlesOf(site, deliveries->deliveries());
  for (const Delivery& delivery : deliveries->deliveries()) {
    Value row;
    const auto title = titles.find(delivery.release());
    const bool named = title != titles.end() && !title->second.empty();
    row["title"] = named ? title->second : fmt::format("event {}", delivery.event_sequence());
    row["name"] = delivery.name();
    row["release"] = "/" + delivery.release();
    row["event"] = delivery.event_id();
    row["sequence"] = std::to_string(delivery.event_sequence());
    row["when"] = Ago(delivery.create_time(), site.now());
    row["state"] = StateText(delivery.state());
    row["badge"] = delivery.state() == Delivery::STATE_SUCCEEDED ? "good"
                   : delivery.state() == Delivery::STATE_FAILED  ? "bad"
                                                                 : "warn";
    row["backfill"] = delivery.backfill();
    if (delivery.has_next_attempt_time()) row["next"] = Ago(delivery.next_attempt_time(), site.now());
    for (const auto& attempt : delivery.attempts()) {
      Value item;
      item["when"] = TimeElement(attempt.start_time(), ClockTime(attempt.start_time()));
      item["status"] = attempt.http_status() == 0 ? std::string("no answer") : std::to_string(attempt.http_status());
      item["took"] = fmt::format("{} ms", FromDuration(attempt.duration()).count());
      item["error"] = attempt.error();
      item["answer"] = Shortened(attempt.response_snippet(), 200);
      row["attempts"].Append(std::move(item));
    }
    for (const std::string& reason : delivery.match_reasons()) row["reasons"].Append(reason);
    page["deliveries"].Append(std::move(row));
  }
  page["deliveries_any"] = deliveries->deliveries_size() > 0;
  if (!deliveries->next_page_token().empty()) {
    std::string query;
    AppendParameter(query, "page", deliveries->next_page_token());
    page["next"] = fmt::format("/{}?{}", name, query);
  }
}

struct Outcome {
  absl::Status status;
  std::string message{};
  std::string secret{};
};

Response Show(const Site& site, const Request& request, const std::string& id, const Outcome& outcome) {
  notification::v1::GetSubscriptionRequest get;
  get.set_name("subscriptions/" + id);
  const auto found = Ask<notification::v1::GetSubscriptionResponse>(site.backend(), get);
  if (!found.ok()) return site.Problem(request, found.status());
  Value page;
  page["id"] = id;
  page["subscription"] = SubscriptionValue(found->subscription(), site.now());
  page["webhook"] = found->subscription().has_webhook();
  page["secret"] = outcome.secret;
  if (!outcome.status.ok()) page["mistake"] = ErrorSentence(outcome.status);
  page["message"] = outcome.message;
  AddDeliveries(site, request, get.name(), page);
  if (request.HasQuery("try")) AddDryRun(site, get.name(), {}, page);
  return site.Page(request, "subscription.html", std::move(page),
                   {.title = found->subscription().display_name(),
                    .nav = "subscriptions",
                    .status = outcome.status.ok() ? 200 : 400});
}

template <class Answer, class Message>
absl::StatusOr<Answer> Do(const Site& site, Message message, const std::string& name) {
  message.set_name(name);
  return Ask<Answer>(site.backend(), message, kLongCall);
}

Outcome Test(const Site& site, const std::string& name) {
  const auto tested =
      Do<notification::v1::TestSubscriptionResponse>(site, notification::v1::TestSubscriptionRequest(), name);
  if (!tested.ok()) return {tested.status()};
  const auto& attempt = tested->attempt();
  if (!attempt.error().empty()) return {absl::OkStatus(), "The test did not arrive: " + attempt.error()};
  return {absl::OkStatus(), attempt.http_status() > 0
                                ? fmt::format("The test arrived: status {}.", attempt.http_status())
                                : "The test arrived."};
}

Outcome Replay(const Site& site, const std::string& name, const Pairs& form) {
  notification::v1::ReplayDeliveriesRequest replay;
  replay.set_parent(name);
  for (const auto& [field, value] : form) {
    if (field == "delivery") replay.add_names(value);
  }
  const auto replayed = Ask<notification::v1::ReplayDeliveriesResponse>(site.backend(), replay, kLongCall);
  if (!replayed.ok()) return {replayed.status()};
  return {absl::OkStatus(),
          Counted(replayed->replayed_count(), "delivery is", "deliveries are") + " on the way again."};
}

}  // namespace

Response SubscriptionsPage(const Site& site, const Request& request) {
  notification::v1::ListSubscriptionsRequest list;
  list.set_page_size(kListSize);
  list.set_page_token(std::string(request.Query("page")));
  const auto subscriptions = Ask<notification::v1::ListSubscriptionsResponse>(site.backend(), list);
  Value page;
  if (!subscriptions.ok()) {
    if (!IsAbsent(subscriptions.status())) return site.Problem(request, subscriptions.status());
    page["absent"] = true;
  } else {
    page["none"] = subscriptions->subscriptions().empty();
    page["any"] = !subscriptions->subscriptions().empty();
    for (const Subscription& subscription : subscriptions->subscriptions()) {
      page["rows"].Append(SubscriptionValue(subscription, site.now()));
    }
  }
  return site.Page(request, "subscriptions.html", std::move(page), {.title = "Subscriptions", .nav = "subscriptions"});
}

Response NewSubscriptionPage(const Site& site, const Request& request) {
  Value page;
  KeepFields(request.query, page);
  const std::string filter = BuiltFilter(request.query);
  page["built"] = filter;
  if (request.HasQuery("try") || !filter.empty()) AddDryRun(site, {}, filter, page);
  return NewPage(site, request, std::move(page), 200);
}

Response AddSubscriptionPost(const Site& site, const Request& request) {
  const Pairs form = request.Form();
  Value page;
  KeepFields(form, page);
  page["built"] = BuiltFilter(form);
  if (FindPair(form, "do") != "create") {
    AddDryRun(site, {}, BuiltFilter(form), page);
    return NewPage(site, request, std::move(page), 200);
  }
  const auto created = Create(site, form);
  if (!created.ok()) {
    page["mistake"] = ErrorSentence(created.status());
    return NewPage(site, request, std::move(page), 400);
  }
  // The secret is told once: now, and nowhere in an address.
  return Show(site, request, std::string(IdOf(created->name())),
              {absl::OkStatus(), "The subscription begins with the next release.", created->webhook().secret()});
}

Response SubscriptionPage(const Site& site, const Request& request, const std::string& id) {
  return Show(site, request, id, {absl::OkStatus()});
}

Response SubscriptionPost(const Site& site, const Request& request, const std::string& id) {
  const std::string name = "subscriptions/" + id;
  const Pairs form = request.Form();
  const std::string_view what = FindPair(form, "do");
  namespace api = notification::v1;
  if (what == "test") return Show(site, request, id, Test(site, name));
  if (what == "replay") return Show(site, request, id, Replay(site, name, form));
  if (what == "rotate") {
    const auto rotated = Do<api::RotateSecretResponse>(site, api::RotateSecretRequest(), name);
    if (!rotated.ok()) return Show(site, request, id, {rotated.status()});
    return Show(site, request, id,
                {absl::OkStatus(), "The old secret signs too for a day.", rotated->subscription().webhook().secret()});
  }
  absl::Status done = absl::InvalidArgumentError("this form says nothing to do");
  if (what == "pause") done = Do<api::PauseSubscriptionResponse>(site, api::PauseSubscriptionRequest(), name).status();
  if (what == "resume")
    done = Do<api::ResumeSubscriptionResponse>(site, api::ResumeSubscriptionRequest(), name).status();
  if (what == "delete") {
    done = Do<api::DeleteSubscriptionResponse>(site, api::DeleteSubscriptionRequest(), name).status();
    if (done.ok()) return SeeOther("/subscriptions");
  }
  if (done.ok()) return SeeOther("/" + name);
  return Show(site, request, id, {done});
}

}  // namespace dateline::gateway
