// SourceService: lists in and out, what asks the network, and the methods as gRPC calls them.

#include <fmt/format.h>

#include <map>
#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/proto_time.h"
#include "common/base/status_macros.h"
#include "common/rpc/status.h"
#include "services/ingestion/feeds/opml.h"
#include "services/ingestion/source_service.h"
#include "services/ingestion/sources/source_settings.h"

namespace dateline::ingestion {
namespace {

constexpr size_t kOpmlBytesMax = size_t{4} << 20;
constexpr int kPageMax = 1'000;
constexpr std::chrono::milliseconds kRetryDelay{1'000};

const std::map<v1::Source::Kind, std::string>& KindNames() {
  static const std::map<v1::Source::Kind, std::string> names = {{v1::Source::KIND_FEED, "rss"},
                                                                {v1::Source::KIND_UNSPECIFIED, "rss"},
                                                                {v1::Source::KIND_SITEMAP, "sitemap"},
                                                                {v1::Source::KIND_LISTING, "listing"}};
  return names;
}

v1::Source SourceOf(const feeds::Outline& outline) {
  v1::Source source;
  source.set_uri(outline.feed_url);
  source.set_display_name(outline.title);
  source.set_home_uri(outline.page_url);
  source.set_language(outline.language);
  source.set_kind(outline.type == "sitemap"   ? v1::Source::KIND_SITEMAP
                  : outline.type == "listing" ? v1::Source::KIND_LISTING
                                              : v1::Source::KIND_FEED);
  if (!outline.folders.empty()) (*source.mutable_annotations())["folder"] = outline.folders.front();
  return source;
}

feeds::Outline OutlineOf(const v1::Source& source) {
  feeds::Outline outline;
  outline.title = source.display_name();
  outline.feed_url = source.uri();
  outline.page_url = source.home_uri();
  outline.language = source.language();
  outline.type = KindNames().at(source.kind());
  const auto folder = source.annotations().find("folder");
  if (folder != source.annotations().end()) outline.folders.push_back(folder->second);
  return outline;
}

}  // namespace

absl::StatusOr<v1::ImportSourcesResponse> SourceServiceImpl::Import(const rpc::CallContext& call,
                                                                    const v1::ImportSourcesRequest& request) {
  if (request.opml().size() > kOpmlBytesMax) {
    return FieldError("DOCUMENT_TOO_LARGE", "opml",
                      fmt::format("a list has at most {} bytes; split it", kOpmlBytesMax));
  }
  DATELINE_ASSIGN_OR_RETURN(const feeds::OutlineList list, feeds::ParseOpml(request.opml()));
  v1::ImportSourcesResponse response;
  for (const feeds::Outline& outline : list.outlines) {
    if (call.IsCancelled()) return Error(absl::StatusCode::kCancelled, "CANCELLED", "the import was cancelled");
    SourceRecord record;
    v1::Source given = SourceOf(outline);
    auto settings = CheckedSettings(given);
    if (!settings.ok()) {
      response.add_errors(fmt::format("{}: {}", outline.feed_url, ToStd(settings.status().message())));
      continue;
    }
    if (request.validate_only()) {
      *response.add_sources() = *std::move(settings);
      continue;
    }
    record.source = *std::move(settings);
    // Not typed: what a list names may not lead into this machine.
    record.next_poll = FirstPollOfMany(options_.schedule, record.source.uri(), clock_.Now());
    auto added = Add(std::move(record), "");
    if (added.ok()) {
      *response.add_sources() = Shown(*added);
    } else {
      response.add_errors(fmt::format("{}: {}", outline.feed_url, ToStd(added.status().message())));
    }
  }
  crawler_.Nudge();
  return response;
}

absl::StatusOr<v1::ExportSourcesResponse> SourceServiceImpl::Export(const rpc::CallContext&,
                                                                    const v1::ExportSourcesRequest&) {
  feeds::OutlineList list;
  list.title = "Dateline sources";
  std::string after;
  while (true) {
    DATELINE_ASSIGN_OR_RETURN(const SourcePage page, store_.List({.limit = kPageMax, .after = after}));
    for (const SourceRecord& record : page.sources) {
      list.outlines.push_back(OutlineOf(record.source));
      after = record.source.name();
    }
    if (!page.more) break;
  }
  v1::ExportSourcesResponse response;
  response.set_opml(feeds::WriteOpml(list));
  return response;
}

void SourceServiceImpl::Survey(const rpc::Done& done, std::function<absl::Status()> work) {
  if (surveys_.TrySubmit([done, work = std::move(work)] { done(work()); })) return;
  done(rpc::WithRetryDelay(Error(absl::StatusCode::kResourceExhausted, "QUEUE_FULL",
                                 fmt::format("{} surveys wait already; try again later", options_.survey_queue_max)),
                           kRetryDelay));
}

grpc::ServerUnaryReactor* SourceServiceImpl::DiscoverSources(grpc::CallbackServerContext* context,
                                                             const v1::DiscoverSourcesRequest* request,
                                                             v1::DiscoverSourcesResponse* response) {
  return rpc::UnaryAsync(kit_, context, request, response, "SourceService.DiscoverSources",
                         [this](const rpc::CallContext& call, const v1::DiscoverSourcesRequest& r,
                                v1::DiscoverSourcesResponse* out, const rpc::Done& done) {
                           // The request and the response live until `done` is called.
                           Survey(done, [this, call, &r, out]() -> absl::Status {
                             DATELINE_ASSIGN_OR_RETURN(*out,
                                                       survey_.Look(r.uri(), [call] { return call.IsCancelled(); }));
                             return absl::OkStatus();
                           });
                         });
}

grpc::ServerUnaryReactor* SourceServiceImpl::TestRecipe(grpc::CallbackServerContext* context,
                                                        const v1::TestRecipeRequest* request,
                                                        v1::TestRecipeResponse* response) {
  return rpc::UnaryAsync(kit_, context, request, response, "SourceService.TestRecipe",
                         [this](const rpc::CallContext& call, const v1::TestRecipeRequest& r,
                                v1::TestRecipeResponse* out, const rpc::Done& done) {
                           Survey(done, [this, call, &r, out]() -> absl::Status {
                             DATELINE_ASSIGN_OR_RETURN(*out, survey_.Try(r, [call] { return call.IsCancelled(); }));
                             return absl::OkStatus();
                           });
                         });
}

grpc::ServerUnaryReactor* SourceServiceImpl::PollSource(grpc::CallbackServerContext* context,
                                                        const v1::PollSourceRequest* request,
                                                        v1::PollSourceResponse* response) {
  return rpc::UnaryAsync(kit_, context, request, response, "SourceService.PollSource",
                         [this](const rpc::CallContext& call, const v1::PollSourceRequest& r,
                                v1::PollSourceResponse* out, const rpc::Done& done) { Poll(call, r, out, done); });
}

// The methods that answer on the server's executor: each is its named function.
#define DATELINE_SOURCE_METHOD(Rpc, Function)                                                                      \
  grpc::ServerUnaryReactor* SourceServiceImpl::Rpc(grpc::CallbackServerContext* context,                           \
                                                   const v1::Rpc##Request* request, v1::Rpc##Response* response) { \
    return rpc::Unary(kit_, context, request, response, "SourceService." #Rpc,                                     \
                      [this](const rpc::CallContext& call, const auto& r) { return Function(call, r); });          \
  }
DATELINE_SOURCE_METHOD(CreateSource, Create)
DATELINE_SOURCE_METHOD(GetSource, Get)
DATELINE_SOURCE_METHOD(ListSources, List)
DATELINE_SOURCE_METHOD(UpdateSource, Update)
DATELINE_SOURCE_METHOD(DeleteSource, Delete)
DATELINE_SOURCE_METHOD(PauseSource, Pause)
DATELINE_SOURCE_METHOD(ResumeSource, Resume)
DATELINE_SOURCE_METHOD(ListFetches, Fetches)
DATELINE_SOURCE_METHOD(ImportSources, Import)
DATELINE_SOURCE_METHOD(ExportSources, Export)
#undef DATELINE_SOURCE_METHOD

}  // namespace dateline::ingestion
