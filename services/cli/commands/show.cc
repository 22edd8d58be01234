// dateline show: one release with everything that is known of it.

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "common/rpc/call.h"
#include "services/cli/release_name.h"
#include "services/cli/render/release_text.h"
#include "services/cli/render/similar_text.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using storage::v1::ReleaseService;

constexpr int kSimilarShown = 5;

// What stands in the archive besides: other releases on the same, and what they contradict this one in.
int ShowSimilar(Session& session, const std::string& name, const Style& style) {
  storage::v1::ListSimilarReleasesRequest request;
  request.set_name(name);
  request.set_page_size(kSimilarShown);
  storage::v1::ListSimilarReleasesResponse response;
  const absl::Status status = rpc::Call(session.releases(), &ReleaseService::StubInterface::ListSimilarReleases,
                                        request, &response, {.deadline = std::chrono::seconds(5)});
  if (!status.ok()) return session.Report(status);
  if (!response.releases().empty()) fmt::print("\nSimilar\n{}", SimilarText(response, style, TerminalColumns()));
  return kOk;
}

int Show(Session& session, const std::string& given, int revision, bool json) {
  if (session.endpoints() == nullptr) return kUsage;
  auto name = ReleaseName(given);
  if (!name.ok()) return session.Report(name.status());
  storage::v1::GetReleaseRequest request;
  request.set_name(revision == 0 ? *name : fmt::format("{}/revisions/{}", *name, revision));
  storage::v1::GetReleaseResponse response;
  const absl::Status status = rpc::Call(session.releases(), &ReleaseService::StubInterface::GetRelease, request,
                                        &response, {.deadline = std::chrono::seconds(5)});
  if (!status.ok()) return session.Report(status);
  if (!json) {
    const Style style = StdoutStyle(session.colour);
    fmt::print("{}", ReleaseText(response.release(), style, TerminalColumns()));
    return ShowSimilar(session, *name, style);
  }
  std::string text;
  google::protobuf::util::JsonPrintOptions pretty;
  pretty.add_whitespace = true;
  if (google::protobuf::util::MessageToJsonString(response.release(), &text, pretty).ok()) fmt::print("{}", text);
  return kOk;
}

}  // namespace

void AddShow(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("show", "Show one release: text, parts and facts");
  auto given = std::make_shared<std::string>();
  auto revision = std::make_shared<int>(0);
  auto json = std::make_shared<bool>(false);
  command->add_option("release", *given, "releases/UUID, the URL it came from, or the file that was ingested")
      ->required();
  command->add_option("--revision", *revision, "An earlier revision; the latest by default")
      ->check(CLI::Range(1, 1'000'000));
  command->add_flag("--json", *json, "The record as JSON");
  command->callback([given, revision, json, &session] {
    session.run = [given, revision, json, &session] { return Show(session, *given, *revision, *json); };
  });
}

}  // namespace dateline::cli
