// dateline completion: a script that completes commands, options and file names in bash. Made from the parser itself,
// so that it cannot differ from what the command understands.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "services/cli/session.h"

namespace dateline::cli {
namespace {

std::vector<std::string> OptionsOf(const CLI::App& app) {
  std::vector<std::string> options;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) options.push_back("--" + name);
  }
  return options;
}

// The options of one command, and the names of those below it.
std::vector<std::string> WordsOf(const CLI::App& app) {
  std::vector<std::string> words = OptionsOf(app);
  for (const CLI::App* command : app.get_subcommands({})) words.push_back(command->get_name());
  return words;
}

// One branch of the script's `case` for each command, longest path first where one begins like another.
void AddCases(const CLI::App& app, const std::string& path, std::string* cases) {
  for (const CLI::App* command : app.get_subcommands({})) {
    AddCases(*command, path + " " + command->get_name(), cases);
  }
  *cases += fmt::format("    \"{}\") words=\"{}\" ;;\n", path, fmt::join(WordsOf(app), " "));
}

std::string BashScript(const CLI::App& app) {
  std::string cases;
  AddCases(app, "dateline", &cases);
  return fmt::format(
      R"(# Completion of dateline for bash: source it, or keep it in bash-completion/completions/dateline.
_dateline() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} path=dateline words= global="{}" next
  local i
  for ((i = 1; i < COMP_CWORD; i++)); do
    next=${{COMP_WORDS[i]}}
    [[ $next == -* ]] || path+=" $next"
  done
  # What follows a command's own words are its arguments: the longest known beginning of the path counts.
  while :; do
    case $path in
{}    *)
      [[ $path == *" "* ]] || break
      path=${{path% *}}
      continue ;;
    esac
    break
  done
  [[ $path == dateline ]] || words+=" $global"
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  [[ $word == -* || $path == dateline ]] || mapfile -t -O "${{#COMPREPLY[@]}}" COMPREPLY < <(compgen -f -- "$word")
}}
complete -o filenames -F _dateline dateline
)",
      fmt::join(OptionsOf(app), " "), cases);
}

}  // namespace

void AddCompletion(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("completion", "Print a script that completes commands and options in bash");
  command->footer("For this shell: source <(dateline completion)");
  command->callback([&app, &session] {
    session.run = [&app] {
      fmt::print("{}", BashScript(app));
      return kOk;
    };
  });
}

}  // namespace dateline::cli
