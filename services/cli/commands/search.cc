// dateline search: releases by words.

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "common/rpc/call.h"
#include "services/cli/render/release_text.h"
#include "services/cli/render/wrap.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using storage::v1::ReleaseService;

struct SearchOptions {
  std::vector<std::string> words;
  std::string filter;
  std::string order_by;
  int limit = 20;
  bool json = false;
};

// The snippet with the words that matched in bold.
std::string Highlighted(const storage::v1::SearchHit& hit, const Style& style) {
  const std::string& snippet = hit.snippet();
  std::string out;
  size_t at = 0;
  for (const auto& span : hit.highlights()) {
    if (span.start() < at || span.end() > snippet.size() || span.start() > span.end()) continue;
    out += snippet.substr(at, span.start() - at);
    out += style.Warn(snippet.substr(span.start(), span.end() - span.start()));
    at = span.end();
  }
  return out + snippet.substr(at);
}

int Search(Session& session, const SearchOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  storage::v1::SearchReleasesRequest request;
  std::string query;
  for (const std::string& word : options.words) query += (query.empty() ? "" : " ") + word;
  request.set_query(query);
  request.set_filter(options.filter);
  request.set_order_by(options.order_by);
  request.set_page_size(options.limit);
  storage::v1::SearchReleasesResponse response;
  const absl::Status status = rpc::Call(session.releases(), &ReleaseService::StubInterface::SearchReleases, request,
                                        &response, {.deadline = std::chrono::seconds(10)});
  if (!status.ok()) return session.Report(status);
  const Style style = StdoutStyle(session.colour);
  for (const auto& hit : response.hits()) {
    std::string json;
    if (!options.json) {
      fmt::print("{}\n{}", ReleaseLine(hit.release(), style, TerminalColumns()),
                 Wrap(Highlighted(hit, style), TerminalColumns(), 4));
    } else if (google::protobuf::util::MessageToJsonString(hit, &json).ok()) {
      fmt::print("{}\n", json);
    }
  }
  if (!options.json) {
    Say(response.total_size() == 1 ? "1 release." : fmt::format("{} releases.", response.total_size()));
    if (!response.suggested_query().empty()) Say(fmt::format("Did you mean: {}", response.suggested_query()));
  }
  return response.total_size() > 0 ? kOk : kFailed;
}

}  // namespace

void AddSearch(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("search", "Find releases by words");
  auto options = std::make_shared<SearchOptions>();
  command->add_option("query", options->words, "Words; '\"a phrase\"'; begin*; -without; title:word")->required();
  command->add_option("--filter", options->filter, "A filter that they must match besides");
  command->add_option("--order-by", options->order_by, "relevance (the default) or 'create_time desc'");
  command->add_option("--limit", options->limit, "At most this many")->capture_default_str()->check(CLI::Range(1, 100));
  command->add_flag("--json", options->json, "Hits as JSON lines");
  command->footer(
      "All words must occur. A query that begins with - goes behind --. Examples:\n"
      "  dateline search migration '\"policy seminar\"'\n"
      "  dateline search -- 'title:cities -Geneva'\n"
      "Exit status 1 when nothing was found.");
  command->callback([options, &session] { session.run = [options, &session] { return Search(session, *options); }; });
}

}  // namespace dateline::cli
