#pragma once
// The command line that all services share: --config FILE, --key=value for every key of the schema, --check-config,
// --help, --version. Flags win over the file, wherever they stand. Everything that is wrong is refused before the
// service touches anything, with one line that says where, what and the remedy. Used once, in main.

#include <iosfwd>
#include <string>

#include "common/config/schema.h"

namespace dateline::config {

// Exit codes that all our programs share.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnreachable = 3;
inline constexpr int kExitPartial = 4;

// What main does next: go on when `proceed`, otherwise return `exit_code` (all that had to be said has been printed).
struct Run {
  bool proceed = false;
  int exit_code = kExitOk;
  // The file of --config; empty without one.
  std::string config_path;
};

// Reads the arguments, applies the file and then the flags to the fields of `schema`, runs the schema's checks.
// --check-config prints the effective configuration as TOML on `out` and exits with 0; --help and --version print on
// `out` and exit with 0; errors go to `err` as "program: message" with exit code 2. Bool keys may be given as `--key`
// alone. Positional arguments are refused.
Run ParseCommandLine(Schema& schema, const std::string& program, const std::string& description, int argc,
                     const char* const* argv, std::ostream& out, std::ostream& err);
// The same with std::cout and std::cerr.
Run ParseCommandLine(Schema& schema, const std::string& program, const std::string& description, int argc,
                     const char* const* argv);

}  // namespace dateline::config
