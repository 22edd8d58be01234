// dateline feed: what a feed holds, offline or from its URL.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "services/cli/inputs.h"
#include "services/cli/json_lines.h"
#include "services/cli/page_fetch.h"
#include "services/cli/render/feed_json.h"
#include "services/cli/session.h"
#include "services/ingestion/feeds/parse_feed.h"

namespace dateline::cli {
namespace {

struct FeedOptions {
  std::vector<std::string> inputs;
  std::string url;
  bool json = false;
  bool lines = false;
};

// A header of the line, by its name in any case.
std::string HeaderOf(const google::protobuf::Struct& line, std::string_view name) {
  const auto headers = line.fields().find("headers");
  if (headers == line.fields().end()) return {};
  for (const auto& [key, value] : headers->second.struct_value().fields()) {
    const bool same = std::equal(key.begin(), key.end(), name.begin(), name.end(), [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
    });
    if (same) return value.string_value();
  }
  return {};
}

absl::Status AnswerFeed(const google::protobuf::Struct& line, exporting::JsonWriter& answer) {
  const Item item{Item::Kind::kFile, Field(line, "path")};
  if (item.given.empty()) return Error(absl::StatusCode::kInvalidArgument, "INVALID_LINE", "has no \"path\"");
  DATELINE_ASSIGN_OR_RETURN(const std::string bytes, ReadItem(item));
  const std::string url = Field(line, "url");
  const std::string content_type = HeaderOf(line, "content-type");
  const std::string content_location = HeaderOf(line, "content-location");
  const std::string content_language = HeaderOf(line, "content-language");
  DATELINE_ASSIGN_OR_RETURN(const feeds::Feed feed, feeds::ParseFeed({.bytes = bytes,
                                                                      .url = url,
                                                                      .content_type = content_type,
                                                                      .content_location = content_location,
                                                                      .content_language = content_language}));
  WriteFeed("feed", feed, answer);
  return absl::OkStatus();
}

absl::Status PrintFeed(Session& session, const Item& item, const FeedOptions& options) {
  DATELINE_ASSIGN_OR_RETURN(const OpenedItem opened, OpenItem(item));
  const std::string& url = options.url.empty() ? opened.url : options.url;
  auto feed = feeds::ParseFeed({.bytes = opened.bytes,
                                .url = url,
                                .content_type = opened.content_type,
                                .content_location = opened.content_location,
                                .content_language = opened.content_language});
  if (!feed.ok()) return url.empty() ? WithContext(feed.status(), item.given) : feed.status();
  if (options.json) {
    exporting::JsonWriter json;
    WriteFeed({}, *feed, json);
    fmt::print("{}\n", json.text());
  } else {
    fmt::print("{}", FeedText(*feed, StdoutStyle(session.colour), TerminalColumns()));
  }
  return absl::OkStatus();
}

int Feed(Session& session, const FeedOptions& options) {
  if (options.lines) return AnswerLines(AnswerFeed, stdin, stdout);
  const Inputs inputs = FindInputs(options.inputs);
  for (const absl::Status& error : inputs.errors) session.Report(error);
  size_t failed = inputs.errors.size();
  for (const Item& item : inputs.items) {
    if (const absl::Status status = PrintFeed(session, item, options); !status.ok()) {
      session.Report(status);
      ++failed;
    }
  }
  if (failed == 0) return kOk;
  return failed == inputs.items.size() + inputs.errors.size() ? kFailed : kSomeFailed;
}

}  // namespace

void AddFeed(CLI::App& app, Session& session) {
  auto* command =
      app.add_subcommand("feed", "Read a feed: RSS, RDF, Atom, JSON Feed or CDF, mended where it is broken");
  auto options = std::make_shared<FeedOptions>();
  command->add_option("input", options->inputs, "FILE, DIR, http(s) URL, or - for standard input");
  command->add_option("--url", options->url, "Where a file came from: the base of its references");
  auto* json = command->add_flag("--json", options->json, "Everything that was read, as JSON");
  auto* lines = command->add_flag("--jsonl", options->lines,
                                  "Read lines {id, path, url?, headers?} and write lines {id, feed | error}");
  json->excludes(lines);
  command->footer(
      "Examples:\n"
      "  dateline feed https://example.org/news/rss.xml\n"
      "  dateline feed --json --url https://example.org/rss.xml saved.xml");
  command->callback([options, command, &session] {
    if (options->lines != options->inputs.empty()) {
      throw CLI::ValidationError(command->get_name(),
                                 options->lines ? "--jsonl reads its feeds from standard input; name no others"
                                                : "name a FILE, DIR, URL or -, or give --jsonl");
    }
    session.run = [options, &session] { return Feed(session, *options); };
  });
}

}  // namespace dateline::cli
