// dateline up: the whole suite on this machine.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "common/base/process_signals.h"
#include "services/cli/session.h"
#include "services/cli/suite/suite.h"

namespace dateline::cli {
namespace {

int Up(const Session& session, Suite::Options options) {
  ProcessSignals signals;  // Before any thread exists.
  options.data_dir = session.data_dir;
  options.program_dir = session.program_dir;
  const Style style = StderrStyle(session.colour);
  options.start.tell = [](const std::string& what) { Say(what); };
  Suite suite(options);
  if (const absl::Status started = suite.Start(signals); !started.ok()) {
    suite.Stop();
    return session.Report(started);
  }
  for (const Endpoint* endpoint : suite.endpoints().All()) {
    Say(fmt::format("  {} {:<13} {:<17} ops http://{}", style.Good("✓"), endpoint->name, endpoint->address,
                    endpoint->ops));
  }
  Say(fmt::format("Open http://{} in a browser.", suite.endpoints().gateway.address));
  Say(fmt::format("The suite is up. Data: {}; logs: {}. Stop it with Ctrl-C.", options.data_dir.string(),
                  suite.log_dir().string()));
  suite.Run(signals);
  Say("Stopping.");
  if (suite.Stop()) return kOk;
  Say("dateline: a service did not stop in time and was killed; nothing that was acknowledged is lost");
  return kFailed;
}

}  // namespace

void AddUp(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("up", "Run the whole suite on this machine until Ctrl-C");
  auto options = std::make_shared<Suite::Options>();
  command->add_option("--port-base", options->port_base, "First of the 90 loopback ports that the suite takes")
      ->capture_default_str()
      ->check(CLI::Range(1024, 65535 - kPortSpan));
  command->add_option("--log-level", options->log_level, "What the services log: debug, info, warn or error")
      ->capture_default_str()
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  command->add_option("--allow-private-address", options->allow_private_addresses,
                      "A private host or network that pages may be fetched from, for example 127.0.0.1 or 10.0.0.0/8; "
                      "may be repeated. Private addresses are refused otherwise");
  command->footer(
      "Starts eventbus, storage, extraction, notification, ingestion and gateway as child processes on loopback, with\n"
      "SQLite under the data folder, and starts one again when it ends. Example:\n"
      "  dateline --data ./data up --port-base 9400");
  command->callback([options, &session] { session.run = [options, &session] { return Up(session, *options); }; });
}

}  // namespace dateline::cli
