// dateline version: which build this is.

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "services/cli/session.h"
#include "services/extraction/extract.h"

namespace dateline::cli {

void AddVersion(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("version", "Print the version of this program and of its extraction rules");
  command->callback([&session] {
    session.run = [] {
      fmt::print("dateline {} (rules {})\n", DATELINE_VERSION, extraction::kRulesVersion);
      return kOk;
    };
  });
}

}  // namespace dateline::cli
