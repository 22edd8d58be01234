#include "services/ingestion/source_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/base/status_macros.h"
#include "common/filter/filter.h"
#include "services/ingestion/sources/source_settings.h"

namespace dateline::ingestion {
namespace {

constexpr int kPageStandard = 50;
constexpr int kPageMax = 1'000;
// Names that are tried for a source of a host that has many.
constexpr int kNumbersMax = 10'000;

absl::Status InvalidPage(std::string_view field, std::string_view description) {
  return FieldError("INVALID_PAGE", field, description);
}

absl::StatusOr<int> PageSize(int32_t wanted) {
  if (wanted < 0) return InvalidPage("page_size", "the page size is negative; give 0 for the default");
  return wanted == 0 ? kPageStandard : std::min(wanted, kPageMax);
}

// A token is bound to the request's other arguments by a digest of them.
std::string Token(std::string_view arguments, std::string_view position) {
  const std::string bytes = Sha256Hex(arguments).substr(0, 8) + std::string(position);
  return absl::WebSafeBase64Escape(ToAbsl(bytes));
}

absl::StatusOr<std::string> Position(std::string_view arguments, std::string_view token) {
  if (token.empty()) return std::string();
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(ToAbsl(token), &bytes) || !bytes.starts_with(Sha256Hex(arguments).substr(0, 8))) {
    return InvalidPage("page_token",
                       "the token is not one that this method gave for these arguments; begin again without it");
  }
  return bytes.substr(8);
}

const filter::Schema& SourceSchema() {
  static const filter::Schema schema =
      filter::MakeSchema(*v1::Source::descriptor(), {"display_name", "uri", "home_uri", "name"});
  return schema;
}

absl::Status CheckEtag(const std::string& given, const v1::Source& source) {
  if (given.empty() || given == source.etag()) return absl::OkStatus();
  return Error(absl::StatusCode::kAborted, "ETAG_MISMATCH",
               fmt::format("{} was changed meanwhile; read it again and repeat the change", source.name()),
               {{"source", source.name()}});
}

// A source that is polled anew, from an address that may be another.
void BeginAnew(SourceRecord* record, WallTime now) {
  record->state.clear_etag();
  record->state.clear_last_modified();
  record->state.clear_body_sha256();
  record->state.clear_moved_to();
  record->state.set_moved_sightings(0);
  record->state.set_consecutive_failures(0);
  record->state.set_missing_since_us(0);
  record->next_poll = now;
}

}  // namespace

SourceServiceImpl::SourceServiceImpl(Options options, rpc::ServerKit& kit, SourceStore& store, Crawler& crawler,
                                     SiteSurvey& survey, const Clock& clock)
    : options_(std::move(options)),
      kit_(kit),
      store_(store),
      crawler_(crawler),
      survey_(survey),
      clock_(clock),
      surveys_({.name = "survey", .threads = options_.survey_threads, .queue_max = options_.survey_queue_max}) {}

SourceServiceImpl::~SourceServiceImpl() {
  Stop();
}

void SourceServiceImpl::Stop() {
  surveys_.Stop();
}

absl::StatusOr<SourceRecord> SourceServiceImpl::Add(SourceRecord record, const std::string& wanted_id) {
  record.source.set_state(v1::Source::STATE_ACTIVE);
  record.source.set_etag(UuidV4());
  record.host = HostOf(record.source.uri());
  record.state.set_create_time_us(ToMicros(clock_.Now()));
  for (int number = 1; number <= kNumbersMax; ++number) {
    const std::string id = wanted_id.empty() ? IdFromHost(record.host, number) : wanted_id;
    record.source.set_name("sources/" + id);
    if (!IsSourceName(record.source.name())) {
      return FieldError("INVALID_SOURCE", "source_id",
                        "an id has 4 to 63 characters of a to z, 0 to 9 and '-', and begins with a letter");
    }
    const absl::Status created = store_.Create(record);
    if (created.ok()) return record;
    // A name that was made here and is taken by another address: the next number.
    const bool taken = ErrorReason(created) == "SOURCE_EXISTS" &&
                       ErrorMetadataValue(created, "source") == record.source.name() && wanted_id.empty();
    if (!taken) return created;
    const auto other = store_.Get(record.source.name());
    if (other.ok() && other->source.uri() == record.source.uri()) {
      return SourceExists(record.source.name(), "it has the same address");
    }
  }
  return SourceExists(record.source.name(), "too many sources of this host; give an id of its own");
}

absl::StatusOr<v1::CreateSourceResponse> SourceServiceImpl::Create(const rpc::CallContext&,
                                                                   const v1::CreateSourceRequest& request) {
  SourceRecord record;
  DATELINE_ASSIGN_OR_RETURN(record.source, CheckedSettings(request.source()));
  record.state.set_typed(true);
  record.state.set_request_id(request.request_id());
  record.next_poll = clock_.Now();
  auto added = Add(std::move(record), request.source_id());
  v1::CreateSourceResponse response;
  if (added.ok()) {
    crawler_.Nudge();
    *response.mutable_source() = Shown(*added);
    return response;
  }
  // The same request again gets the same answer (AIP-155).
  const auto name = ErrorMetadataValue(added.status(), "source");
  if (ErrorReason(added.status()) != "SOURCE_EXISTS" || !name || request.request_id().empty()) return added.status();
  const auto known = store_.Get(*name);
  if (!known.ok() || known->state.request_id() != request.request_id()) return added.status();
  *response.mutable_source() = Shown(*known);
  return response;
}

absl::StatusOr<v1::GetSourceResponse> SourceServiceImpl::Get(const rpc::CallContext&,
                                                             const v1::GetSourceRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const SourceRecord record, store_.Get(request.name()));
  v1::GetSourceResponse response;
  *response.mutable_source() = Shown(record);
  return response;
}

absl::StatusOr<v1::ListSourcesResponse> SourceServiceImpl::List(const rpc::CallContext&,
                                                                const v1::ListSourcesRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size()));
  DATELINE_ASSIGN_OR_RETURN(const filter::Filter filter, filter::Compile(request.filter(), SourceSchema()));
  const std::string arguments = "ListSources\n" + request.filter();
  DATELINE_ASSIGN_OR_RETURN(std::string after, Position(arguments, request.page_token()));
  v1::ListSourcesResponse response;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const SourcePage page, store_.List({.limit = kPageMax, .after = after}));
    for (const SourceRecord& record : page.sources) {
      v1::Source source = Shown(record);
      if (!filter.Matches(filter::Subject(source, SourceSchema()))) {
        after = source.name();
        continue;
      }
      if (response.sources_size() == size) {
        response.set_next_page_token(Token(arguments, after));
        return response;
      }
      after = source.name();
      *response.add_sources() = std::move(source);
    }
    if (!page.more) return response;
  }
}

absl::StatusOr<v1::UpdateSourceResponse> SourceServiceImpl::Update(const rpc::CallContext&,
                                                                   const v1::UpdateSourceRequest& request) {
  const WallTime now = clock_.Now();
  DATELINE_ASSIGN_OR_RETURN(const SourceRecord record,
                            store_.Change(request.source().name(), [&](SourceRecord* stored) -> absl::Status {
                              DATELINE_RETURN_IF_ERROR(CheckEtag(request.source().etag(), stored->source));
                              v1::Source merged = stored->source;
                              DATELINE_RETURN_IF_ERROR(ApplyMask(request.source(), request.update_mask(), &merged));
                              DATELINE_ASSIGN_OR_RETURN(v1::Source settings, CheckedSettings(merged));
                              const bool moved = settings.uri() != stored->source.uri();
                              settings.set_name(stored->source.name());
                              settings.set_state(stored->source.state());
                              settings.set_health(stored->source.health());
                              settings.set_health_cause(stored->source.health_cause());
                              settings.set_etag(UuidV4());
                              stored->source = std::move(settings);
                              // Whatever was changed, the next poll shows whether it helps.
                              const bool paused = stored->source.state() == v1::Source::STATE_PAUSED;
                              if (moved) {
                                stored->host = HostOf(stored->source.uri());
                                stored->state.set_typed(true);
                              }
                              BeginAnew(stored, now);
                              if (paused) stored->next_poll.reset();
                              return absl::OkStatus();
                            }));
  crawler_.Nudge();
  v1::UpdateSourceResponse response;
  *response.mutable_source() = Shown(record);
  return response;
}

absl::StatusOr<v1::DeleteSourceResponse> SourceServiceImpl::Delete(const rpc::CallContext&,
                                                                   const v1::DeleteSourceRequest& request) {
  DATELINE_RETURN_IF_ERROR(store_.Delete(
      request.name(), [&](const SourceRecord& record) { return CheckEtag(request.etag(), record.source); }));
  return v1::DeleteSourceResponse();
}

absl::StatusOr<v1::PauseSourceResponse> SourceServiceImpl::Pause(const rpc::CallContext&,
                                                                 const v1::PauseSourceRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const SourceRecord record, store_.Change(request.name(), [](SourceRecord* stored) {
    stored->source.set_state(v1::Source::STATE_PAUSED);
    stored->next_poll.reset();
    return absl::OkStatus();
  }));
  v1::PauseSourceResponse response;
  *response.mutable_source() = Shown(record);
  return response;
}

absl::StatusOr<v1::ResumeSourceResponse> SourceServiceImpl::Resume(const rpc::CallContext&,
                                                                   const v1::ResumeSourceRequest& request) {
  const WallTime now = clock_.Now();
  DATELINE_ASSIGN_OR_RETURN(const SourceRecord record, store_.Change(request.name(), [now](SourceRecord* stored) {
    stored->source.set_state(v1::Source::STATE_ACTIVE);
    if (stored->source.health() == v1::Source::HEALTH_GONE) {
      stored->source.set_health(v1::Source::HEALTH_UNSPECIFIED);
      stored->source.clear_health_cause();
    }
    BeginAnew(stored, now);
    return absl::OkStatus();
  }));
  crawler_.Nudge();
  v1::ResumeSourceResponse response;
  *response.mutable_source() = Shown(record);
  return response;
}

void SourceServiceImpl::Poll(const rpc::CallContext& call, const v1::PollSourceRequest& request,
                             v1::PollSourceResponse* response, const rpc::Done& done) {
  const auto known = store_.Get(request.name());
  if (!known.ok()) return done(known.status());
  // In the precision in which it is kept, so that a poll is due and begins at the same time.
  const WallTime now = FromMicros(ToMicros(clock_.Now()));
  const std::string name = request.name();
  // A little less than the caller waits, so that it learns why instead of timing out.
  const auto wait = call.TimeLeft(options_.poll_wait) * 9 / 10;
  crawler_.AwaitPoll(name, now, now + wait, [this, name, response, done](const absl::StatusOr<v1::Fetch>& fetch) {
    if (!fetch.ok()) return done(fetch.status());
    *response->mutable_fetch() = *fetch;
    const auto record = store_.Get(name);
    if (record.ok()) *response->mutable_source() = Shown(*record);
    done(absl::OkStatus());
  });
  const auto changed = store_.Change(name, [now](SourceRecord* stored) {
    stored->next_poll = now;
    return absl::OkStatus();
  });
  if (!changed.ok()) done(changed.status());
  crawler_.Nudge();
}

absl::StatusOr<v1::ListFetchesResponse> SourceServiceImpl::Fetches(const rpc::CallContext&,
                                                                   const v1::ListFetchesRequest& request) {
  DATELINE_ASSIGN_OR_RETURN(const int size, PageSize(request.page_size()));
  const std::string arguments = "ListFetches\n" + request.name();
  DATELINE_ASSIGN_OR_RETURN(const std::string position, Position(arguments, request.page_token()));
  std::optional<int64_t> before;
  if (!position.empty()) before = std::strtoll(position.c_str(), nullptr, 10);
  DATELINE_ASSIGN_OR_RETURN(const FetchPage page, store_.ListFetches(request.name(), size, before));
  v1::ListFetchesResponse response;
  for (const v1::Fetch& fetch : page.fetches) *response.add_fetches() = fetch;
  if (page.next) response.set_next_page_token(Token(arguments, std::to_string(*page.next)));
  return response;
}

}  // namespace dateline::ingestion
