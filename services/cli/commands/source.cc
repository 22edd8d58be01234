// dateline source: the watched newsrooms: list, show, pause, resume, poll, remove, import, export. `add` stands in
// source_add.cc, `test` and `recipe` in source_recipe.cc.

#include "services/cli/commands/source.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>

#include "common/rpc/call.h"
#include "services/cli/inputs.h"
#include "services/cli/render/source_text.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using namespace ingestion::v1;  // The messages of one service, in a file about it alone.
using Stub = SourceService::StubInterface;

constexpr std::chrono::milliseconds kDeadline{10'000};
constexpr std::chrono::milliseconds kPollDeadline{90'000};
constexpr int kPageMax = 200;
constexpr int kFetchesShown = 10;

struct SourceOptions {
  std::string name;
  std::vector<std::string> names;
  std::string filter;
  std::string file;
  bool validate = false;
  bool json = false;
};

int List(Session& session, const SourceOptions& options) {
  const Style style = StdoutStyle(session.colour);
  const size_t columns = TerminalColumns();
  ListSourcesRequest request;
  request.set_filter(options.filter);
  request.set_page_size(kPageMax);
  size_t printed = 0;
  while (true) {
    ListSourcesResponse response;
    const absl::Status status =
        rpc::Call(session.sources(), &Stub::ListSources, request, &response, {.deadline = kDeadline});
    if (!status.ok()) return session.Report(status);
    for (const Source& source : response.sources()) {
      ++printed;
      if (options.json) {
        PrintJson(source);
      } else {
        fmt::print("{}\n", SourceLine(source, style, columns));
      }
    }
    if (response.next_page_token().empty()) break;
    request.set_page_token(response.next_page_token());
  }
  if (printed == 0) Say("No sources yet. Add one with `dateline source add https://…`.");
  return kOk;
}

int Show(Session& session, const SourceOptions& options) {
  GetSourceRequest request;
  request.set_name(SourceName(options.name));
  GetSourceResponse response;
  absl::Status status = rpc::Call(session.sources(), &Stub::GetSource, request, &response, {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  if (options.json) {
    PrintJson(response.source());
    return kOk;
  }
  ListFetchesRequest list;
  list.set_name(request.name());
  list.set_page_size(kFetchesShown);
  ListFetchesResponse fetches;
  status = rpc::Call(session.sources(), &Stub::ListFetches, list, &fetches, {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  fmt::print("{}", SourceText(response.source(), fetches, StdoutStyle(session.colour)));
  return kOk;
}

// One call for each name; what was done is said of each.
template <class Request, class Response, class Method>
int ForEach(Session& session, const SourceOptions& options, Method method, std::chrono::milliseconds deadline,
            const std::function<void(const std::string&, const Response&)>& done) {
  int failed = 0;
  int worst = kOk;
  for (const std::string& given : options.names) {
    Request request;
    request.set_name(SourceName(given));
    Response response;
    const absl::Status status = rpc::Call(session.sources(), method, request, &response, {.deadline = deadline});
    if (status.ok()) {
      done(request.name(), response);
      continue;
    }
    worst = session.Report(status);
    ++failed;
    if (worst == kUnreachable) return worst;
  }
  if (failed == 0) return kOk;
  return failed == static_cast<int>(options.names.size()) ? worst : kSomeFailed;
}

int Pause(Session& session, const SourceOptions& options) {
  return ForEach<PauseSourceRequest, PauseSourceResponse>(
      session, options, &Stub::PauseSource, kDeadline,
      [](const std::string& name, const auto&) { Say(fmt::format("{} is paused.", name)); });
}

int Resume(Session& session, const SourceOptions& options) {
  return ForEach<ResumeSourceRequest, ResumeSourceResponse>(
      session, options, &Stub::ResumeSource, kDeadline,
      [](const std::string& name, const auto&) { Say(fmt::format("{} is polled again.", name)); });
}

int Remove(Session& session, const SourceOptions& options) {
  return ForEach<DeleteSourceRequest, DeleteSourceResponse>(
      session, options, &Stub::DeleteSource, kDeadline,
      [](const std::string& name, const auto&) { Say(fmt::format("{} is removed; its releases stay.", name)); });
}

int Poll(Session& session, const SourceOptions& options) {
  const bool json = options.json;
  return ForEach<PollSourceRequest, PollSourceResponse>(
      session, options, &Stub::PollSource, kPollDeadline,
      [json](const std::string& name, const PollSourceResponse& response) {
        if (json) {
          PrintJson(response);
        } else {
          fmt::print("{}: {}\n", name, FetchLine(response.fetch()));
        }
      });
}

int Import(Session& session, const SourceOptions& options) {
  const auto bytes = ReadItem({options.file == "-" ? Item::Kind::kStdin : Item::Kind::kFile, options.file});
  if (!bytes.ok()) return session.Report(bytes.status());
  ImportSourcesRequest request;
  request.set_opml(*bytes);
  request.set_validate_only(options.validate);
  ImportSourcesResponse response;
  const absl::Status status =
      rpc::Call(session.sources(), &Stub::ImportSources, request, &response, {.deadline = kPollDeadline});
  if (!status.ok()) return session.Report(status);
  for (const std::string& error : response.errors()) Say(fmt::format("dateline: {}", error));
  for (const Source& source : response.sources()) {
    if (options.json) {
      PrintJson(source);
    } else {
      fmt::print("{}  {}\n", source.name().empty() ? "would be added" : source.name(), source.uri());
    }
  }
  Say(fmt::format("{} {}, {} not.", response.sources_size(), options.validate ? "can be added" : "added",
                  response.errors_size()));
  if (response.errors_size() == 0) return kOk;
  return response.sources_size() == 0 ? kFailed : kSomeFailed;
}

int Export(Session& session, const SourceOptions& options) {
  ExportSourcesResponse response;
  const absl::Status status =
      rpc::Call(session.sources(), &Stub::ExportSources, ExportSourcesRequest(), &response, {.deadline = kDeadline});
  if (!status.ok()) return session.Report(status);
  if (options.file.empty() || options.file == "-") {
    fmt::print("{}", response.opml());
    return kOk;
  }
  std::ofstream out(options.file, std::ios::binary | std::ios::trunc);
  out << response.opml();
  if (!out.flush()) {
    return session.Report(absl::InvalidArgumentError(
        fmt::format("{}: cannot write; check the folder's permissions and the free space", options.file)));
  }
  return kOk;
}

using Action = int (*)(Session&, const SourceOptions&);

// A subcommand that needs the suite.
CLI::App* AddAction(CLI::App& parent, Session& session, const std::shared_ptr<SourceOptions>& options,
                    const std::string& name, const std::string& help, Action action) {
  CLI::App* const command = parent.add_subcommand(name, help);
  command->callback([options, action, &session] {
    session.run = [options, action, &session] {
      return session.endpoints() == nullptr ? kUsage : action(session, *options);
    };
  });
  return command;
}

}  // namespace

std::string SourceName(const std::string& given) {
  return given.starts_with("sources/") ? given : "sources/" + given;
}

void PrintJson(const google::protobuf::Message& message) {
  std::string json;
  if (google::protobuf::util::MessageToJsonString(message, &json).ok()) fmt::print("{}\n", json);
  std::fflush(stdout);
}

void AddSource(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("source", "Watch newsrooms: add, list, show, pause, resume, poll, remove …");
  command->require_subcommand(1);
  AddSourceAdd(*command, session);
  auto options = std::make_shared<SourceOptions>();
  auto* list = AddAction(*command, session, options, "list", "List the sources", &List);
  list->add_option("--filter", options->filter, "Only those that match, e.g. 'health != HEALTH_OK'");
  auto* show = AddAction(*command, session, options, "show", "Show one source with its latest fetches", &Show);
  show->add_option("name", options->name, "The source")->required();
  const auto named = [&](const std::string& name, const std::string& help, Action action) {
    auto* sub = AddAction(*command, session, options, name, help, action);
    sub->add_option("name", options->names, "The sources")->required();
    return sub;
  };
  named("pause", "Stop polling until `source resume`", &Pause);
  named("resume", "Poll again", &Resume);
  auto* poll = named("poll", "Poll now, as far as that is polite", &Poll);
  named("remove", "Stop watching for good; the releases stay", &Remove);
  auto* import = AddAction(*command, session, options, "import", "Add the sources of an OPML file", &Import);
  import->add_option("file", options->file, "The file, or - for standard input")->required();
  import->add_flag("--validate", options->validate, "Only say what would be added");
  auto* out =
      AddAction(*command, session, options, "export", "Write all sources as OPML: addresses, names, folders", &Export);
  out->add_option("file", options->file, "The file; standard output when absent");
  AddSourceRecipe(*command, session);
  for (CLI::App* const sub : {list, show, poll, import}) {
    sub->add_flag("--json", options->json, "JSON lines for machines");
  }
  command->footer("Exit status: 0 done, 1 failed, 2 wrong usage, 3 no suite, 4 some failed.");
}

}  // namespace dateline::cli
