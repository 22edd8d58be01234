// dateline robots: whether a robots.txt lets a crawler fetch a URL, offline.

#include "common/http/robots.h"

#include <absl/strings/escaping.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/url/url.h"
#include "services/cli/inputs.h"
#include "services/cli/json_lines.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

struct RobotsOptions {
  std::string file;
  std::vector<std::string> urls;
  std::string agent = "Dateline";
  bool lines = false;
};

// What of a URL the rules are about. People also give hosts without a scheme, and bare paths.
std::string PathOf(const std::string& url) {
  const bool ascii = std::all_of(url.begin(), url.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (const std::size_t host = url.find("://"); !ascii && host != std::string::npos) {
    const std::size_t path = url.find('/', host + 3);  // As given: the rules have a say on what is not escaped.
    if (path != std::string::npos) return url.substr(path, url.find('#', path) - path);
  }
  if (const std::size_t scheme = url.find("://"); scheme != std::string::npos) {
    // What stands before the URL is passed over.
    const std::size_t space = url.find_last_of(" \t", scheme);
    if (space != std::string::npos) return PathOf(url.substr(space + 1));
  }
  auto parsed = url::Parse(url);
  if (!parsed.ok() || !parsed->IsHttp()) parsed = url::Parse((url.starts_with('/') ? "http://host" : "http://") + url);
  return parsed.ok() ? parsed->PathAndQuery() : "/";
}

absl::Status AnswerRobots(const google::protobuf::Struct& line, exporting::JsonWriter& answer) {
  std::string robots_txt = Field(line, "robotstxt");
  if (const std::string encoded = Field(line, "robotstxt_b64"); !encoded.empty()) {
    if (!absl::Base64Unescape(encoded, &robots_txt)) {
      return Error(absl::StatusCode::kInvalidArgument, "INVALID_LINE", "\"robotstxt_b64\": not base64");
    }
  }
  const auto rules = http::RobotsRules::Parse(robots_txt, Field(line, "user_agent"));
  answer.Bool("allowed", rules.RulesAllow(PathOf(Field(line, "url"))));
  return absl::OkStatus();
}

int Robots(Session& session, const RobotsOptions& options) {
  if (options.lines) return AnswerLines(AnswerRobots, stdin, stdout);
  const Item item{options.file == "-" ? Item::Kind::kStdin : Item::Kind::kFile, options.file};
  const auto robots_txt = ReadItem(item);
  if (!robots_txt.ok()) return session.Report(robots_txt.status());
  const auto rules = http::RobotsRules::Parse(*robots_txt, options.agent);
  for (const std::string& url : options.urls) {
    fmt::print("{}  {}\n", rules.RulesAllow(PathOf(url)) ? "allowed" : "forbidden", url);
  }
  if (const auto delay = rules.crawl_delay()) {
    fmt::print("crawl delay {} s\n", static_cast<double>(delay->count()) / 1000);
  }
  for (const std::string& sitemap : rules.sitemaps()) fmt::print("sitemap {}\n", sitemap);
  return kOk;
}

}  // namespace

void AddRobots(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("robots", "Ask a robots.txt whether URLs may be fetched (RFC 9309)");
  auto options = std::make_shared<RobotsOptions>();
  command->add_option("file", options->file, "The robots.txt: FILE, or - for standard input");
  command->add_option("url", options->urls, "URLs or paths to ask for");
  command->add_option("--agent", options->agent, "Product token of the crawler")->capture_default_str();
  command->add_flag(
      "--jsonl", options->lines,
      "Read lines {id, robotstxt | robotstxt_b64, user_agent, url} and write lines {id, allowed | error}");
  command->footer(
      "Examples:\n"
      "  dateline robots robots.txt /news/2024/05/17/opening\n"
      "  dateline robots --agent Googlebot robots.txt https://example.org/search?q=1");
  command->callback([options, command, &session] {
    if (options->lines != options->file.empty()) {
      throw CLI::ValidationError(command->get_name(), options->lines
                                                          ? "--jsonl reads everything from standard input; name no FILE"
                                                          : "name a robots.txt, or give --jsonl");
    }
    session.run = [options, &session] { return Robots(session, *options); };
  });
}

}  // namespace dateline::cli
