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

// The service counts no further.
constexpr int kCountedMost = 10'000;

struct SearchOptions {
  std::vector<std::string> words;
  std::string filter;
  std::string sort;
  std::vector<std::string> facets;
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

// The order as the service names it.
std::string OrderBy(const std::string& sort) {
  if (sort == "newest") return "create_time desc";
  if (sort == "oldest") return "create_time";
  if (sort == "published") return "publish_date desc";
  if (sort == "published-oldest") return "publish_date";
  return "relevance";
}

// The counts of one field, side by side: "country: CN 12 · NG 7".
void PrintFacet(const storage::v1::Facet& facet, const Style& style) {
  std::string line;
  for (const auto& value : facet.values()) {
    line += fmt::format("{}{} {}", line.empty() ? "" : " · ", value.value(), value.count());
  }
  fmt::print("{}\n{}", style.Warn(facet.field()), Wrap(line.empty() ? "none" : line, TerminalColumns(), 4));
}

// One object: hits, total, facets and the suggestion, for programs.
int PrintJson(Session& session, const storage::v1::SearchReleasesResponse& response) {
  std::string json;
  google::protobuf::util::JsonPrintOptions print;
  print.add_whitespace = false;
  const auto status = google::protobuf::util::MessageToJsonString(response, &json, print);
  if (!status.ok()) return session.Report(absl::InternalError(status.ToString()));
  fmt::print("{}\n", json);
  return response.total_size() > 0 ? kOk : kFailed;
}

int Search(Session& session, const SearchOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  storage::v1::SearchReleasesRequest request;
  std::string query;
  for (const std::string& word : options.words) query += (query.empty() ? "" : " ") + word;
  request.set_query(query);
  request.set_filter(options.filter);
  request.set_order_by(OrderBy(options.sort));
  for (const std::string& facet : options.facets) request.add_facets(facet);
  request.set_page_size(options.limit);
  storage::v1::SearchReleasesResponse response;
  const absl::Status status = rpc::Call(session.releases(), &ReleaseService::StubInterface::SearchReleases, request,
                                        &response, {.deadline = std::chrono::seconds(10)});
  if (!status.ok()) return session.Report(status);
  if (options.json) return PrintJson(session, response);
  const Style style = StdoutStyle(session.colour);
  for (const auto& hit : response.hits()) {
    fmt::print("{}\n{}", ReleaseLine(hit.release(), style, TerminalColumns()),
               Wrap(Highlighted(hit, style), TerminalColumns(), 4));
  }
  for (const auto& facet : response.facets()) PrintFacet(facet, style);
  const bool many = response.total_size() >= kCountedMost;
  Say(response.total_size() == 1 ? "1 release."
                                 : fmt::format("{}{} releases.", response.total_size(), many ? " or more" : ""));
  if (!response.suggested_query().empty()) Say(fmt::format("Did you mean: {}", response.suggested_query()));
  return response.total_size() > 0 ? kOk : kFailed;
}

}  // namespace

void AddSearch(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("search", "Find releases by words");
  auto options = std::make_shared<SearchOptions>();
  command->add_option("query", options->words, "Words; '\"a phrase\"'; begin*; -without; title:word")->required();
  command->add_option("--filter", options->filter, "A filter that they must match besides");
  command->add_option("--sort", options->sort, "relevance (the default), newest, oldest, published, published-oldest")
      ->check(CLI::IsMember({"relevance", "newest", "oldest", "published", "published-oldest"}));
  command
      ->add_option("--facet", options->facets,
                   "Count what is found by source, language, country, organization, person or year; repeatable")
      ->check(CLI::IsMember({"source", "language", "country", "organization", "person", "year"}));
  command->add_option("--limit", options->limit, "At most this many")->capture_default_str()->check(CLI::Range(1, 100));
  command->add_flag("--json", options->json, "The whole answer as one JSON object");
  command->footer(
      "All words must occur. A query that begins with - goes behind --. Examples:\n"
      "  dateline search migration '\"policy seminar\"'\n"
      "  dateline search -- 'title:cities -Geneva'\n"
      "  dateline search water --filter 'places.country_code = NG' --facet year --facet organization --sort published\n"
      "Exit status 1 when nothing was found.");
  command->callback([options, &session] { session.run = [options, &session] { return Search(session, *options); }; });
}

}  // namespace dateline::cli
