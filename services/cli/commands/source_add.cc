// dateline source add: looks at a site, shows what could be watched there, and adds what the person picks.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <iostream>
#include <memory>

#include "common/base/error.h"
#include "common/base/ids.h"
#include "common/rpc/call.h"
#include "services/cli/commands/source.h"
#include "services/cli/render/source_text.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using namespace ingestion::v1;  // The messages of one service, in a file about it alone.
using Stub = SourceService::StubInterface;

constexpr std::chrono::milliseconds kSurveyDeadline{60'000};
constexpr std::chrono::milliseconds kDeadline{10'000};

struct AddOptions {
  std::string url;
  std::string name;
  std::string id;
  int64_t interval_seconds = 0;
  bool feed = false;
  bool yes = false;
  bool json = false;
};

// Which of `count` the person wants, from 1; 0 for none.
int Ask(int count) {
  fmt::print(stderr, "Which one? [1] ");
  std::fflush(stderr);
  std::string line;
  if (!std::getline(std::cin, line)) return 0;
  if (line.empty()) return 1;
  int choice = 0;
  const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), choice);
  return error == std::errc() && stop == line.data() + line.size() && choice >= 1 && choice <= count ? choice : 0;
}

// The source to add, out of what is found at the address; nullopt when the person wants none or an error was reported.
std::optional<Source> Choose(Session& session, const AddOptions& options, const std::string& url, int* exit_status) {
  DiscoverSourcesRequest request;
  request.set_uri(url);
  DiscoverSourcesResponse response;
  const absl::Status status =
      rpc::Call(session.sources(), &Stub::DiscoverSources, request, &response, {.deadline = kSurveyDeadline});
  if (!status.ok()) {
    *exit_status = session.Report(status);
    return std::nullopt;
  }
  const Style style = StderrStyle(session.colour);
  int number = 0;
  for (const SourceCandidate& candidate : response.candidates()) {
    fmt::print(stderr, "{}", CandidateText(candidate, ++number, style));
  }
  const bool can_ask = isatty(STDIN_FILENO) != 0 && !options.yes && response.candidates_size() > 1;
  const int choice = can_ask ? Ask(response.candidates_size()) : 1;
  if (choice == 0) {
    Say("Nothing was added.");
    *exit_status = kFailed;
    return std::nullopt;
  }
  return response.candidates(choice - 1).source();
}

int Add(Session& session, const AddOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  Source source;
  // People type hosts.
  const std::string url = options.url.find("://") == std::string::npos ? "https://" + options.url : options.url;
  if (options.feed) {
    source.set_uri(url);
  } else {
    int exit_status = kOk;
    const auto chosen = Choose(session, options, url, &exit_status);
    if (!chosen) return exit_status;
    source = *chosen;
  }
  if (!options.name.empty()) source.set_display_name(options.name);
  if (options.interval_seconds > 0) source.mutable_poll_interval()->set_seconds(options.interval_seconds);
  CreateSourceRequest request;
  *request.mutable_source() = std::move(source);
  request.set_source_id(options.id);
  request.set_request_id(UuidV4());
  CreateSourceResponse response;
  const absl::Status status =
      rpc::Call(session.sources(), &Stub::CreateSource, request, &response, {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  if (options.json) {
    PrintJson(response.source());
  } else {
    fmt::print("{}\n", response.source().name());
    Say(fmt::format("Added {}; its releases appear as they are read (`dateline watch`).", response.source().uri()));
  }
  return kOk;
}

}  // namespace

void AddSourceAdd(CLI::App& parent, Session& session) {
  auto* command = parent.add_subcommand("add", "Find out what a site offers, and watch it");
  auto options = std::make_shared<AddOptions>();
  command->add_option("url", options->url, "The site, its newsroom, or a feed")->required();
  command->add_option("--name", options->name, "What people call it");
  command->add_option("--id", options->id, "Its id, 4 to 63 of a-z, 0-9 and '-'; made from the host when absent");
  command->add_option("--interval", options->interval_seconds, "Least seconds between two polls")
      ->check(CLI::Range(60, 2'592'000));
  command->add_flag("--feed", options->feed, "The URL is the feed, sitemap or list itself: look at nothing else");
  command->add_flag("--yes", options->yes, "Take the best without asking");
  command->add_flag("--json", options->json, "The added source as JSON");
  command->footer(
      "Shows each thing that could be watched with three items, and asks which one; without a terminal, or with\n"
      "--yes, it takes the first. Example:\n"
      "  dateline source add https://example.org/newsroom");
  command->callback([options, &session] { session.run = [options, &session] { return Add(session, *options); }; });
}

}  // namespace dateline::cli
