#include "services/ingestion/sources/source_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/url/url.h"

namespace dateline::ingestion {
namespace {

constexpr std::string_view kPrefix = "sources/";
constexpr size_t kIdMin = 4;
constexpr size_t kIdMax = 63;

}  // namespace

absl::Status SourceNotFound(std::string_view name) {
  return Error(
      absl::StatusCode::kNotFound, "SOURCE_NOT_FOUND",
      fmt::format("there is no source \"{}\"; `dateline source list` shows those that are", name.substr(0, 100)),
      {{"source", std::string(name.substr(0, 100))}});
}

absl::Status SourceExists(std::string_view name, std::string_view why) {
  return Error(absl::StatusCode::kAlreadyExists, "SOURCE_EXISTS", fmt::format("{} is watched already: {}", name, why),
               {{"source", std::string(name)}});
}

absl::Status HostLeaseLost(const HostLease& lease) {
  return Error(absl::StatusCode::kFailedPrecondition, kReasonHostLeaseLost,
               fmt::format("the lease of {} for {} is over; another took the host", lease.holder, lease.host),
               {{"host", lease.host}});
}

bool IsSourceName(std::string_view name) {
  if (!name.starts_with(kPrefix)) return false;
  const std::string_view id = name.substr(kPrefix.size());
  if (id.size() < kIdMin || id.size() > kIdMax || id[0] < 'a' || id[0] > 'z') return false;
  return std::all_of(id.begin(), id.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::string HostOf(std::string_view uri) {
  const auto parsed = url::Parse(uri);
  return parsed.ok() && parsed->IsHttp() ? parsed->host.value_or("") : "";
}

v1::Source Shown(const SourceRecord& record) {
  v1::Source source = record.source;
  const auto set = [](int64_t micros, google::protobuf::Timestamp* time) { *time = ToTimestamp(FromMicros(micros)); };
  if (record.state.create_time_us() != 0) set(record.state.create_time_us(), source.mutable_create_time());
  if (record.state.last_poll_us() != 0) set(record.state.last_poll_us(), source.mutable_last_poll_time());
  if (record.state.last_item_us() != 0) set(record.state.last_item_us(), source.mutable_last_item_time());
  if (record.next_poll) *source.mutable_next_poll_time() = ToTimestamp(*record.next_poll);
  source.set_consecutive_failures(record.state.consecutive_failures());
  const state::PushState& push = record.state.push();
  if (push.state() != v1::Push::STATE_UNSPECIFIED) {
    v1::Push& shown = *source.mutable_push();
    shown.set_state(static_cast<v1::Push::State>(push.state()));
    shown.set_hub_uri(record.state.hub());
    shown.set_topic_uri(record.state.topic());
    shown.set_cause(push.cause());
    if (push.lease_until_us() != 0) set(push.lease_until_us(), shown.mutable_lease_end_time());
    if (push.last_push_us() != 0) set(push.last_push_us(), shown.mutable_last_push_time());
  }
  return source;
}

void ApplyPoll(const PollCommit& commit, SourceRecord* stored) {
  const bool address_kept = stored->source.uri() == commit.polled_uri;
  if (address_kept && commit.record.source.uri() != commit.polled_uri) {
    stored->source.set_uri(commit.record.source.uri());
    stored->source.set_etag(commit.record.source.etag());
    stored->host = commit.adopted_host;
  }
  if (stored->source.display_name().empty()) stored->source.set_display_name(commit.record.source.display_name());
  if (stored->source.kind() == v1::Source::KIND_UNSPECIFIED) stored->source.set_kind(commit.record.source.kind());
  // What was learnt of an address that a person has replaced meanwhile says nothing of the new one.
  if (!address_kept) return;
  stored->source.set_health(commit.record.source.health());
  stored->source.set_health_cause(commit.record.source.health_cause());
  // Pages are judged meanwhile, perhaps by another holder.
  const state::HealthState pages = stored->state.health();
  const bool same_recipe = stored->state.page_recipe() == commit.record.state.page_recipe();
  // And hubs call back.
  state::PushState push = stored->state.push();
  push.set_last_push_us(std::max(push.last_push_us(), commit.record.state.push().last_push_us()));
  push.set_missed_us(std::max(push.missed_us(), commit.record.state.push().missed_us()));
  stored->state = commit.record.state;
  stored->state.mutable_health()->set_failed_pages(pages.failed_pages());
  stored->state.mutable_health()->set_unmatched_pages(same_recipe ? pages.unmatched_pages() : 0);
  stored->state.mutable_health()->set_unmatched_field(pages.unmatched_field());
  *stored->state.mutable_push() = std::move(push);
  if (stored->next_poll != commit.next_poll_before) return;
  const bool paused = stored->source.state() == v1::Source::STATE_PAUSED;
  stored->next_poll = paused ? std::nullopt : commit.record.next_poll;
}

void MergePage(const ItemRecord& fetched, ItemRecord* stored) {
  if (stored->state.fingerprint() != fetched.state.fingerprint()) {
    stored->state.set_copy(fetched.state.copy());
    stored->state.set_document_uri(fetched.state.document_uri());
    return;
  }
  stored->state = fetched.state;
  stored->due = fetched.due;
}

}  // namespace dateline::ingestion
