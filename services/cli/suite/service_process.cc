#include "services/cli/suite/service_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>

#include "common/base/error.h"

namespace dateline::cli {
namespace {

constexpr std::chrono::milliseconds kPollInterval{10};

absl::Status SystemError(std::string_view what, std::string_view remedy) {
  return Error(absl::StatusCode::kUnavailable, "CANNOT_START",
               fmt::format("{}: {}; {}", what, std::strerror(errno), remedy));
}

// The message in a text log line `… error="CODE: message"`; the line itself when it has no such field.
std::string ErrorMessage(const std::string& line) {
  constexpr std::string_view kField = "error=\"";
  const size_t field = line.find(kField);
  if (field == std::string::npos) return line;
  std::string message;
  for (size_t at = field + kField.size(); at < line.size() && line[at] != '"'; ++at) {
    if (line[at] == '\\' && at + 1 < line.size()) ++at;
    message.push_back(line[at]);
  }
  const size_t code = message.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
  if (code != std::string::npos && code > 0 && message.substr(code, 2) == ": ") message.erase(0, code + 2);
  return message;
}

// Between fork and exec: only calls that are safe there.
[[noreturn]] void Become(const char* program, char* const* arguments, int log, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);  // The parent died before the line above.
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);  // Ignored by the parent, and inherited.
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  const int null = open("/dev/null", O_RDONLY);
  if (null >= 0) dup2(null, STDIN_FILENO);
  execv(program, arguments);
  _exit(127);
}

}  // namespace

ServiceProcess::~ServiceProcess() {
  if (running()) Stop(std::chrono::milliseconds(0));
}

absl::Status ServiceProcess::Start() {
  if (access(spec_.program.c_str(), X_OK) != 0) {
    return Error(absl::StatusCode::kNotFound, "PROGRAM_NOT_FOUND",
                 fmt::format("{}: cannot be run; install all dateline programs in one folder", spec_.program.string()),
                 {{"path", spec_.program.string()}});
  }
  std::error_code ignored;
  const uintmax_t size = std::filesystem::file_size(spec_.log_file, ignored);
  const bool anew = !ignored && size > kLogBytesMax;
  if (anew) std::filesystem::rename(spec_.log_file, spec_.log_file.string() + ".1", ignored);
  const int log = open(spec_.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log < 0) return SystemError(spec_.log_file.string(), "check the data folder's permissions and the free space");
  log_start_ = static_cast<uintmax_t>(lseek(log, 0, SEEK_END));

  std::string program = spec_.program.string();
  std::vector<char*> arguments = {program.data()};
  for (std::string& argument : spec_.args) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) Become(program.c_str(), arguments.data(), log, parent);
  close(log);
  if (child < 0) return SystemError(spec_.name, "too many processes, or too little memory");
  pid_ = child;
  return absl::OkStatus();
}

std::optional<int> ServiceProcess::Poll() {
  if (!running()) return std::nullopt;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool ServiceProcess::Stop(std::chrono::milliseconds limit) {
  if (!running()) return true;
  kill(pid_, SIGTERM);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < deadline) {
    if (const auto status = Poll()) return *status == 0;
    std::this_thread::sleep_for(kPollInterval);
  }
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
  return false;
}

std::string ServiceProcess::LastWords() const {
  std::ifstream in(spec_.log_file, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(log_start_));
  std::string last;
  std::string last_error;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    last = line;
    if (line.find(" ERROR ") != std::string::npos) last_error = line;
  }
  return last_error.empty() ? last : ErrorMessage(last_error);
}

}  // namespace dateline::cli
