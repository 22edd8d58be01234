// dateline-eventbus: forwards messages from publishers to subscribers. See README.md beside this file.

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "common/base/process_signals.h"
#include "common/config/command_line.h"
#include "common/log/log.h"
#include "services/eventbus/app.h"

int main(int argc, char** argv) {
  using dateline::eventbus::App;
  dateline::eventbus::AppOptions options;
  dateline::config::Schema schema;
  dateline::eventbus::AddOptions(schema, &options);
  const auto run = dateline::config::ParseCommandLine(schema, "dateline-eventbus",
                                                      "Forwards events from publishers to subscribers.", argc, argv);
  if (!run.proceed) return run.exit_code;
  dateline::ProcessSignals signals;
  dateline::log::Init(options.log);
  App app(options);
  if (const absl::Status status = app.Start(); !status.ok()) {
    fmt::print(stderr, "dateline-eventbus: {}\n", std::string(status.message()));
    return dateline::config::kExitFailed;
  }
  int signal = 0;
  while (signal == 0) {
    signal = signals.WaitFor(App::kTickInterval);
    app.Tick();
  }
  signals.StartWatchdog(App::kStopLimit);
  dateline::log::Info("stopping", {{"signal", signal}});
  app.Stop();
  return dateline::config::kExitOk;
}
