// dateline diff: what a newsroom changed in a release.

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "common/rpc/call.h"
#include "services/cli/release_name.h"
#include "services/cli/render/diff_text.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using storage::v1::ReleaseService;

struct DiffArguments {
  std::string given;
  uint32_t from = 0;
  uint32_t to = 0;
  bool whole = false;
  bool json = false;
};

int Diff(Session& session, const DiffArguments& arguments) {
  if (session.endpoints() == nullptr) return kUsage;
  auto name = ReleaseName(arguments.given);
  if (!name.ok()) return session.Report(name.status());
  storage::v1::DiffReleaseRevisionsRequest request;
  request.set_name(*name);
  request.set_from_revision(arguments.from);
  request.set_to_revision(arguments.to);
  storage::v1::DiffReleaseRevisionsResponse response;
  const absl::Status status = rpc::Call(session.releases(), &ReleaseService::StubInterface::DiffReleaseRevisions,
                                        request, &response, {.deadline = std::chrono::seconds(5)});
  if (!status.ok()) return session.Report(status);
  if (!arguments.json) {
    fmt::print("{}", DiffText(response, StdoutStyle(session.colour), TerminalColumns(), arguments.whole));
    return kOk;
  }
  std::string text;
  google::protobuf::util::JsonPrintOptions pretty;
  pretty.add_whitespace = true;
  if (google::protobuf::util::MessageToJsonString(response, &text, pretty).ok()) fmt::print("{}", text);
  return kOk;
}

}  // namespace

void AddDiff(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("diff", "Show what changed between two revisions of a release: facts and words");
  auto arguments = std::make_shared<DiffArguments>();
  command->add_option("release", arguments->given, "releases/UUID, the URL it came from, or the file that was ingested")
      ->required();
  command->add_option("--from", arguments->from, "The earlier revision; the one before by default")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--to", arguments->to, "The later revision; the latest by default")
      ->check(CLI::Range(1, 1'000'000));
  command->add_flag("--whole", arguments->whole, "Also the paragraphs in which nothing changed");
  command->add_flag("--json", arguments->json, "Edits and changes as JSON");
  command->callback(
      [arguments, &session] { session.run = [arguments, &session] { return Diff(session, *arguments); }; });
}

}  // namespace dateline::cli
