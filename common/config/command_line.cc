#include "common/config/command_line.h"

#include <iostream>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "fmt/format.h"
#include "fmt/ostream.h"

namespace dateline::config {
namespace {

struct Arguments {
  bool help = false;
  bool version = false;
  bool check_config = false;
  std::string config_path;
  std::vector<std::pair<std::string, std::string>> keys;  // In the order given.
};

absl::Status UsageError(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "USAGE", message);
}

// Whether `name` is one of the flags without a value; records it.
bool TakeSwitch(std::string_view name, Arguments* arguments) {
  if (name == "help") return arguments->help = true;
  if (name == "version") return arguments->version = true;
  if (name == "check-config") return arguments->check_config = true;
  return false;
}

absl::StatusOr<Arguments> ReadArguments(const Schema& schema, int argc, const char* const* argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "-h") {
      arguments.help = true;
      continue;
    }
    if (argument.substr(0, 2) != "--" || argument.size() == 2) {
      return UsageError(fmt::format("unexpected argument \"{}\"; keys are set by --key=value, see --help", argument));
    }
    const size_t equals = argument.find('=');
    const std::string name(argument.substr(2, equals == std::string_view::npos ? equals : equals - 2));
    std::optional<std::string> value;
    if (equals != std::string_view::npos) value = std::string(argument.substr(equals + 1));
    if (!value.has_value() && TakeSwitch(name, &arguments)) continue;
    if (!value.has_value() && schema.IsBool(name)) value = "true";
    const bool known = name == "config" || schema.Has(name);
    if (!value.has_value() && known) {
      if (i + 1 >= argc) return UsageError(fmt::format("--{}: a value is missing; write --{}=VALUE", name, name));
      value = argv[++i];
    }
    if (name == "config") {
      if (!arguments.config_path.empty()) return UsageError("--config: was given twice; one file holds all keys");
      if (value->empty()) return UsageError("--config: the name of a file is missing");
      arguments.config_path = *value;
    } else {
      // An unknown key is refused by the schema, which knows its neighbours.
      arguments.keys.emplace_back(name, value.value_or(""));
    }
  }
  return arguments;
}

absl::Status Apply(Schema& schema, const Arguments& arguments) {
  for (const auto& [key, unused] : arguments.keys) {
    // A mistyped flag is told before a file is read.
    if (!schema.Has(key)) return schema.SetFromFlag(key, "");
  }
  if (!arguments.config_path.empty()) DATELINE_RETURN_IF_ERROR(schema.LoadFile(arguments.config_path));
  for (const auto& [key, value] : arguments.keys) DATELINE_RETURN_IF_ERROR(schema.SetFromFlag(key, value));
  return schema.CheckAll();
}

void PrintHelp(const Schema& schema, const std::string& program, const std::string& description, std::ostream& out) {
  fmt::print(out, "{}\n\n", description);
  fmt::print(out, "Usage: {} [--config FILE] [--KEY=VALUE ...]\n\n", program);
  fmt::print(out, "  --config FILE    reads the keys below from a TOML file; flags win over it\n");
  fmt::print(out, "  --check-config   prints the effective configuration and exits\n");
  fmt::print(out, "  --help, -h       prints this text and exits\n");
  fmt::print(out, "  --version        prints the version and exits\n\n");
  fmt::print(out, "Keys. In the file [server] with listen = \"...\" is the flag --server.listen=...\n\n{}",
             schema.Help());
  fmt::print(out, "\nExit codes: 0 ok, 1 the work failed, 2 bad flag or configuration.\n");
}

}  // namespace

Run ParseCommandLine(Schema& schema, const std::string& program, const std::string& description, int argc,
                     const char* const* argv, std::ostream& out, std::ostream& err) {
  const auto refuse = [&](const absl::Status& status) {
    fmt::print(err, "{}: {}\n", program, ToStd(status.message()));
    return Run{.proceed = false, .exit_code = kExitUsage, .config_path = {}};
  };
  const absl::StatusOr<Arguments> arguments = ReadArguments(schema, argc, argv);
  if (!arguments.ok()) return refuse(arguments.status());
  Run run{.proceed = false, .exit_code = kExitOk, .config_path = arguments->config_path};
  if (arguments->help) {
    PrintHelp(schema, program, description, out);
    return run;
  }
  if (arguments->version) {
    fmt::print(out, "{} {}\n", program, DATELINE_VERSION);
    return run;
  }
  if (const absl::Status status = Apply(schema, *arguments); !status.ok()) return refuse(status);
  if (arguments->check_config) {
    fmt::print(out, "{}", schema.ToToml());
    return run;
  }
  run.proceed = true;
  return run;
}

Run ParseCommandLine(Schema& schema, const std::string& program, const std::string& description, int argc,
                     const char* const* argv) {
  return ParseCommandLine(schema, program, description, argc, argv, std::cout, std::cerr);
}

}  // namespace dateline::config
