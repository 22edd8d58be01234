#include "services/gateway/console/overview.h"

#include <fmt/format.h>

#include "common/base/proto_time.h"
#include "common/export/parts.h"
#include "dateline/ingestion/v1/source_service.pb.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/gateway/console/cards.h"
#include "services/gateway/console/format.h"
#include "services/gateway/console/source_look.h"

namespace dateline::gateway {
namespace {

constexpr int kSourcesRead = 1'000;
constexpr int kTroubledShown = 5;
constexpr int kEditedShown = 4;
constexpr int kNewsCounted = 50;
constexpr std::chrono::hours kNewsAge{24};
constexpr std::chrono::hours kEditedAge{24 * 14};

std::string Since(std::string_view field, WallTime time) {
  return fmt::format("{} >= {}", field, exporting::IsoTime(ToTimestamp(time)));
}

}  // namespace

void Overview::AddSources(Facts& facts) const {
  ingestion::v1::ListSourcesRequest list;
  list.set_page_size(kSourcesRead);
  const auto sources = Ask<ingestion::v1::ListSourcesResponse>(backend_, list);
  if (!sources.ok()) return;
  int troubled = 0;
  for (const auto& source : sources->sources()) {
    facts.titles[source.name()] = TitleOf(source);
    const SourceLook look = LookOf(source);
    if (!look.needs_care() || ++troubled > kTroubledShown) continue;
    Value row;
    row["href"] = "/" + source.name();
    row["title"] = TitleOf(source);
    row["health"] = look.text;
    row["badge"] = look.badge;
    facts.beside["troubled"].Append(std::move(row));
  }
  facts.beside["no_sources"] = sources->sources().empty();
  facts.beside["sources_any"] = !sources->sources().empty();
  facts.beside["sources_watched"] =
      fmt::format("{}{} watched", Grouped(sources->sources_size()), sources->next_page_token().empty() ? "" : "+");
}

void Overview::AddEdited(Value& beside) const {
  storage::v1::ListReleasesRequest list;
  list.set_filter("revision > 1 AND " + Since("create_time", clock_.Now() - kEditedAge));
  list.set_page_size(kEditedShown);
  const auto releases = Ask<storage::v1::ListReleasesResponse>(backend_, list);
  if (!releases.ok()) return;
  for (const auto& release : releases->releases()) {
    Value row = RowValue(release, clock_.Now());
    row["when"] = Ago(release.update_time(), clock_.Now());
    beside["edited"].Append(std::move(row));
  }
  beside["edited_any"] = !releases->releases().empty();
}

Overview::Facts Overview::Read() const {
  Facts facts;
  AddSources(facts);
  AddEdited(facts.beside);
  return facts;
}

void Overview::Refresh() {
  {
    MutexLock lock(mutex_);
    const bool fresh = facts_.read != MonotonicTime{} && clock_.Monotonic() - facts_.read < kKept;
    if (fresh || reading_) return;
    reading_ = true;
  }
  Facts facts = Read();
  MutexLock lock(mutex_);
  facts_ = std::move(facts);
  facts_.read = clock_.Monotonic();
  reading_ = false;
}

void Overview::AddTo(Value& page) {
  Refresh();
  MutexLock lock(mutex_);
  const Value::Record* beside = facts_.beside.record();
  if (beside == nullptr) return;
  for (const auto& [name, value] : *beside) page[name] = value;
}

std::string Overview::SourceTitle(std::string_view name) {
  Refresh();
  MutexLock lock(mutex_);
  const auto found = facts_.titles.find(name);
  return found == facts_.titles.end() ? std::string(IdOf(name)) : found->second;
}

std::string Overview::News(const std::string& query, const std::string& filter) {
  const std::string key = query + '\n' + filter;
  {
    MutexLock lock(mutex_);
    const auto known = news_.find(key);
    if (known != news_.end() && clock_.Monotonic() - known->second.read < kKept) return known->second.text;
  }
  std::string text = CountNews(query, filter);
  MutexLock lock(mutex_);
  if (news_.size() >= kSearchesKept) news_.clear();
  news_[key] = {.read = clock_.Monotonic(), .text = text};
  return text;
}

std::string Overview::CountNews(const std::string& query, const std::string& own) const {
  const std::string since = Since("create_time", clock_.Now() - kNewsAge);
  const std::string filter = own.empty() ? since : fmt::format("({}) AND {}", own, since);
  int64_t count = 0;
  if (query.empty()) {
    storage::v1::ListReleasesRequest list;
    list.set_filter(filter);
    list.set_page_size(kNewsCounted + 1);
    const auto listed = Ask<storage::v1::ListReleasesResponse>(backend_, list);
    if (listed.ok()) count = listed->releases_size();
  } else {
    storage::v1::SearchReleasesRequest search;
    search.set_query(query);
    search.set_filter(filter);
    search.set_page_size(1);
    const auto found = Ask<storage::v1::SearchReleasesResponse>(backend_, search);
    if (found.ok()) count = found->total_size();
  }
  if (count == 0) return {};
  return count > kNewsCounted ? fmt::format("{}+ new", kNewsCounted) : fmt::format("{} new", count);
}

}  // namespace dateline::gateway
