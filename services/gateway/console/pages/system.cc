// The services behind the console: whether they answer, how far they are, what waits, what failed.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <functional>

#include "dateline/events/v1/event_log_service.pb.h"
#include "dateline/extraction/v1/extraction_service.pb.h"
#include "dateline/ingestion/v1/source_service.pb.h"
#include "dateline/notification/v1/subscription_service.pb.h"
#include "dateline/storage/v1/admin_service.pb.h"
#include "google/longrunning/operations.pb.h"
#include "services/gateway/console/charts.h"
#include "services/gateway/console/format.h"
#include "services/gateway/console/pages/pages.h"

namespace dateline::gateway {
namespace {

constexpr CallLimits kQuick{.target = Target::kOwner, .deadline = std::chrono::seconds(3), .traceparent = {}};
constexpr int kDeadLettersShown = 50;

// The services with topics of their own.
struct LogOwner {
  std::string_view name;
  Target target;
};
constexpr std::array<LogOwner, 3> kLogOwners = {
    {{"storage", Target::kStorage}, {"ingestion", Target::kIngestion}, {"notification", Target::kNotification}}};

CallLimits To(Target target) {
  CallLimits limits = kQuick;
  limits.target = target;
  return limits;
}

// One call, timed: the answer says whether the service is there.
template <class Response>
absl::StatusOr<Response> Ping(const Site& site, const google::protobuf::Message& request, const CallLimits& limits,
                              std::string_view name, std::string_view does, Value& page) {
  const auto begin = std::chrono::steady_clock::now();
  auto response = Ask<Response>(site.backend(), request, limits);
  const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  Value row;
  row["name"] = name;
  row["does"] = does;
  const bool there = response.ok() || IsAbsent(response.status());
  row["badge"] = there ? "good" : "bad";
  row["state"] = there ? "answers" : "does not answer";
  row["ms"] = fmt::format("{:.1f} ms", ms);
  if (!there) row["error"] = ErrorSentence(response.status());
  page["services"].Append(std::move(row));
  return response;
}

void AddPair(Value& list, std::string_view label, std::string value) {
  Value pair;
  pair["label"] = label;
  pair["value"] = std::move(value);
  list.Append(std::move(pair));
}

void AddArchive(const storage::v1::GetArchiveStatsResponse& stats, WallTime now, Value& page) {
  Value& list = page["archive"];
  AddPair(list, "Releases", Grouped(static_cast<int64_t>(stats.release_count())));
  AddPair(list, "Revisions", Grouped(static_cast<int64_t>(stats.revision_count())));
  AddPair(list, "Documents", Grouped(static_cast<int64_t>(stats.document_count())));
  AddPair(list, "Waiting for extraction", Grouped(static_cast<int64_t>(stats.pending_document_count())));
  AddPair(list, "Extraction gave up", Grouped(static_cast<int64_t>(stats.failed_document_count())));
  AddPair(list, "Database", BytesText(stats.database_bytes()));
  AddPair(list, "Schema", std::to_string(stats.schema_version()));
  if (stats.has_last_release_time()) AddPair(list, "Latest release", AgoText(stats.last_release_time(), now));
}

void AddLogs(const Site& site, std::string_view owner, Target target, Value& page) {
  const auto heads = Ask<events::v1::GetHeadsResponse>(site.backend(), events::v1::GetHeadsRequest(), To(target));
  if (heads.ok()) {
    for (const auto& head : heads->heads()) {
      Value row;
      row["topic"] = head.topic();
      row["owner"] = owner;
      row["head"] = Grouped(static_cast<int64_t>(head.head_sequence()));
      row["low"] = Grouped(static_cast<int64_t>(head.low_water_sequence()));
      page["topics"].Append(std::move(row));
    }
  }
  events::v1::ListDeadLettersRequest list;
  list.set_page_size(kDeadLettersShown);
  const auto dead = Ask<events::v1::ListDeadLettersResponse>(site.backend(), list, To(target));
  if (!dead.ok()) return;
  for (const auto& letter : dead->dead_letters()) {
    Value row;
    row["owner"] = owner;
    row["topic"] = letter.topic();
    row["group"] = letter.group();
    row["sequence"] = std::to_string(letter.sequence());
    row["subject"] = letter.subject();
    row["error"] = Shortened(letter.error(), 300);
    row["attempts"] = static_cast<int>(letter.attempts());
    row["when"] = Ago(letter.dead_time(), site.now());
    page["dead"].Append(std::move(row));
  }
}

// The languages with lexicons of their own, the one with the most first.
void AddLanguages(const extraction::v1::GetExtractorInfoResponse& info, Value& page) {
  std::vector<extraction::v1::LanguagePack> packs(info.language_packs().begin(), info.language_packs().end());
  std::ranges::stable_sort(packs, std::greater<>(), &extraction::v1::LanguagePack::entry_count);
  const double most = packs.empty() ? 1 : std::max(1, packs.front().entry_count());
  for (const auto& pack : packs) {
    Value row;
    row["language"] = LanguageName(pack.language());
    row["entries"] = Grouped(pack.entry_count());
    row["lexicons"] = Grouped(pack.lexicon_count());
    row["bar"] = ShareBar(pack.entry_count() / most);
    page["languages"].Append(std::move(row));
  }
  page["languages_any"] = !packs.empty();
}

void AddOperations(const Site& site, Value& page) {
  google::longrunning::ListOperationsRequest list;
  list.set_page_size(20);
  const auto operations = Ask<google::longrunning::ListOperationsResponse>(site.backend(), list, To(Target::kStorage));
  if (!operations.ok()) return;
  for (const auto& operation : operations->operations()) {
    Value row;
    row["name"] = operation.name();
    row["kind"] = std::string(IdOf(operation.metadata().type_url()));
    row["state"] = !operation.done() ? "running" : operation.has_error() ? "failed" : "done";
    row["badge"] = !operation.done() ? "warn" : operation.has_error() ? "bad" : "good";
    row["running"] = !operation.done();
    if (operation.has_error()) row["error"] = operation.error().message();
    page["operations"].Append(std::move(row));
  }
  page["operations_any"] = operations->operations_size() > 0;
}

Response Show(const Site& site, const Request& request, const absl::Status& done, std::string message) {
  Value page;
  page["version"] = DATELINE_VERSION;
  const auto stats = Ping<storage::v1::GetArchiveStatsResponse>(site, storage::v1::GetArchiveStatsRequest(), kQuick,
                                                                "storage", "keeps documents and releases", page);
  const auto extractor = Ping<extraction::v1::GetExtractorInfoResponse>(
      site, extraction::v1::GetExtractorInfoRequest(), kQuick, "extraction", "turns documents into releases", page);
  ingestion::v1::ListSourcesRequest sources;
  sources.set_page_size(1);
  static_cast<void>(Ping<ingestion::v1::ListSourcesResponse>(site, sources, kQuick, "ingestion",
                                                             "watches newsrooms, takes documents in", page));
  notification::v1::ListSubscriptionsRequest subscriptions;
  subscriptions.set_page_size(1);
  static_cast<void>(Ping<notification::v1::ListSubscriptionsResponse>(site, subscriptions, kQuick, "notification",
                                                                      "tells those who listen", page));
  if (stats.ok()) AddArchive(*stats, site.now(), page);
  if (extractor.ok()) {
    page["extractor"] = fmt::format("{}, rules {}", extractor->extractor().version(), extractor->extractor().rules());
    AddLanguages(*extractor, page);
  }
  for (const auto& [owner, target] : kLogOwners) AddLogs(site, owner, target, page);
  AddOperations(site, page);
  page["dead_any"] = page.Find("dead") != nullptr;
  page["topics_any"] = page.Find("topics") != nullptr;
  page["message"] = std::move(message);
  if (!done.ok()) page["mistake"] = ErrorSentence(done);
  return site.Page(request, "system.html", std::move(page),
                   {.title = "System", .nav = "system", .status = done.ok() ? 200 : 400});
}

}  // namespace

Response SystemPage(const Site& site, const Request& request) {
  return Show(site, request, absl::OkStatus(), {});
}

Response SystemPost(const Site& site, const Request& request) {
  const Pairs form = request.Form();
  if (FindPair(form, "do") == "cancel") {
    google::longrunning::CancelOperationRequest cancel;
    cancel.set_name(std::string(FindPair(form, "operation")));
    const std::unique_ptr<google::protobuf::Message> nothing(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(MethodOf(cancel.GetDescriptor())->output_type())
            ->New());
    return Show(site, request, site.backend().Call(cancel, nothing.get(), To(Target::kStorage)), "");
  }
  events::v1::RetryDeadLettersRequest retry;
  retry.set_topic(std::string(FindPair(form, "topic")));
  retry.set_group(std::string(FindPair(form, "group")));
  uint64_t sequence = 0;
  const std::string_view given = FindPair(form, "sequence");
  std::from_chars(given.data(), given.data() + given.size(), sequence);
  if (sequence > 0) retry.add_sequences(sequence);
  const auto owner = std::ranges::find(kLogOwners, FindPair(form, "owner"), &LogOwner::name);
  const Target target = owner == kLogOwners.end() ? Target::kStorage : owner->target;
  const auto done = Ask<events::v1::RetryDeadLettersResponse>(site.backend(), retry, To(target));
  if (!done.ok()) return Show(site, request, done.status(), {});
  return Show(site, request, absl::OkStatus(),
              Counted(done->retried_count(), "dead letter is", "dead letters are") + " at work again.");
}

}  // namespace dateline::gateway
