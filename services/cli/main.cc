// dateline: runs the suite on this machine, talks to it, and reads releases offline.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>

#include "common/log/log.h"
#include "services/cli/commands/archive.h"
#include "services/cli/commands/subscription.h"
#include "services/cli/session.h"

namespace {

constexpr const char* kFooter =
    "A first round:\n"
    "  dateline up                          run the suite (in one terminal)\n"
    "  dateline watch                       see events (in another)\n"
    "  dateline ingest --show release.txt   take a release in and look at its record\n"
    "  dateline search migration            find it again\n"
    "Exit status: 0 done, 1 failed, 2 wrong usage, 3 a service does not answer, 4 some of a batch failed.\n"
    "Each command explains itself: dateline COMMAND --help";

}  // namespace

int main(int argc, char** argv) {
  using dateline::cli::Session;
  Session session;
  std::error_code ignored;
  session.program_dir = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  dateline::log::Init({.service = "cli", .format = "text", .level = "error"});

  CLI::App app(
      "Dateline watches newsrooms, turns press releases into records whose facts can be checked, and tells at once");
  app.name("dateline");
  app.require_subcommand(1);
  app.set_version_flag("--version", DATELINE_VERSION);
  app.footer(kFooter);
  app.fallthrough();
  app.add_option("--data", session.data_dir, "The suite's data folder on this machine")->capture_default_str();
  app.add_option("--endpoints", session.endpoints_file, "TOML file with the addresses of a suite elsewhere")
      ->envname("DATELINE_ENDPOINTS");
  app.add_option("--color", session.colour, "auto, always or never")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "always", "never"}));
  dateline::cli::AddUp(app, session);
  dateline::cli::AddIngest(app, session);
  dateline::cli::AddKey(app, session);
  dateline::cli::AddSource(app, session);
  dateline::cli::AddList(app, session);
  dateline::cli::AddShow(app, session);
  dateline::cli::AddSimilar(app, session);
  dateline::cli::AddDiff(app, session);
  dateline::cli::AddEntity(app, session);
  dateline::cli::AddContacts(app, session);
  dateline::cli::AddSearch(app, session);
  dateline::cli::AddArchive(app, session);
  dateline::cli::AddWatch(app, session);
  dateline::cli::AddSubscribe(app, session);
  dateline::cli::AddSubscription(app, session);
  dateline::cli::AddDeliveries(app, session);
  dateline::cli::AddExtract(app, session);
  dateline::cli::AddFeed(app, session);
  dateline::cli::AddListing(app, session);
  dateline::cli::AddDate(app, session);
  dateline::cli::AddUrl(app, session);
  dateline::cli::AddRobots(app, session);
  dateline::cli::AddDoctor(app, session);
  dateline::cli::AddCompletion(app, session);
  dateline::cli::AddVersion(app, session);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? dateline::cli::kOk : dateline::cli::kUsage;
  }
  try {
    return session.run();
  } catch (const std::exception& error) {
    fmt::print(stderr, "dateline: internal error: {}\n", error.what());
    return dateline::cli::kFailed;
  }
}
