// dateline similar: what is near to a release.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "common/rpc/call.h"
#include "services/cli/commands/source.h"
#include "services/cli/release_name.h"
#include "services/cli/render/similar_text.h"
#include "services/cli/session.h"

namespace dateline::cli {
namespace {

using storage::v1::ReleaseService;

struct SimilarOptions {
  std::string given;
  int limit = 20;
  bool json = false;
};

int Similar(Session& session, const SimilarOptions& options) {
  if (session.endpoints() == nullptr) return kUsage;
  auto name = ReleaseName(options.given);
  if (!name.ok()) return session.Report(name.status());
  storage::v1::ListSimilarReleasesRequest request;
  request.set_name(*name);
  request.set_page_size(options.limit);
  storage::v1::ListSimilarReleasesResponse response;
  const absl::Status status = rpc::Call(session.releases(), &ReleaseService::StubInterface::ListSimilarReleases,
                                        request, &response, {.deadline = std::chrono::seconds(5)});
  if (!status.ok()) return session.Report(status);
  if (options.json) {
    for (const auto& similar : response.releases()) PrintJson(similar);
    return kOk;
  }
  fmt::print("{}", SimilarText(response, StdoutStyle(session.colour), TerminalColumns()));
  if (response.releases().empty()) Say("None known. Releases are compared a moment after they are stored.");
  return kOk;
}

}  // namespace

void AddSimilar(CLI::App& app, Session& session) {
  auto* command =
      app.add_subcommand("similar", "List what is near to a release: copies, parts, translations, the same happening");
  auto options = std::make_shared<SimilarOptions>();
  command->add_option("release", options->given, "releases/UUID, the URL it came from, or the file that was ingested")
      ->required();
  command->add_option("--limit", options->limit, "At most this many")->capture_default_str()->check(CLI::Range(1, 100));
  command->add_flag("--json", options->json, "JSON lines for machines");
  command->footer("A line that begins with ! says what the two contradict each other in.");
  command->callback([options, &session] { session.run = [options, &session] { return Similar(session, *options); }; });
}

}  // namespace dateline::cli
