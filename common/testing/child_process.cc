#include "common/testing/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "common/base/error.h"
#include "common/base/status_macros.h"
#include "common/testing/wait.h"
#include "fmt/format.h"

extern char** environ;

namespace dateline::testing {
namespace {

// All that the child needs, made before fork: after it only async-signal-safe calls are allowed.
struct Launch {
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::string directory;
  std::string out_path;
  std::string err_path;
  pid_t parent = 0;
};

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> MergedEnvironment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!added.contains(std::string(text.substr(0, text.find('='))))) merged.emplace_back(text);
  }
  for (const auto& [name, value] : added) merged.push_back(fmt::format("{}={}", name, value));
  return merged;
}

void RedirectTo(const char* path, int target) {
  const int fd = open(path, O_CREAT | O_WRONLY | O_APPEND, 0600);
  if (fd < 0 || dup2(fd, target) < 0) _exit(127);
  if (fd != target) close(fd);
}

[[noreturn]] void RunChild(Launch& launch, int error_pipe) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != launch.parent) _exit(127);
  // A test may block signals (ProcessSignals does); the program shall begin as from a shell.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  RedirectTo(launch.out_path.c_str(), STDOUT_FILENO);
  RedirectTo(launch.err_path.c_str(), STDERR_FILENO);
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  if (launch.directory.empty() || chdir(launch.directory.c_str()) == 0) {
    execve(launch.argv[0], launch.argv.data(), launch.envp.data());
  }
  const int error = errno;
  [[maybe_unused]] const ssize_t written = write(error_pipe, &error, sizeof(error));
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProcess>> ChildProcess::Start(Options options) {
  std::unique_ptr<ChildProcess> child(new ChildProcess);
  Launch launch;
  launch.arguments = std::move(options.args);
  launch.arguments.insert(launch.arguments.begin(), options.program);
  launch.environment = MergedEnvironment(options.env);
  launch.argv = Pointers(launch.arguments);
  launch.envp = Pointers(launch.environment);
  launch.directory = options.directory;
  launch.out_path = child->output_.File("stdout");
  launch.err_path = child->output_.File("stderr");
  launch.parent = getpid();

  // Closed by a successful exec; otherwise it brings errno.
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return absl::ResourceExhaustedError(std::strerror(errno));
  child->pid_ = fork();
  if (child->pid_ == 0) RunChild(launch, pipe_ends[1]);
  const int fork_error = errno;
  close(pipe_ends[1]);
  int error = 0;
  ssize_t size = 0;
  do {
    size = read(pipe_ends[0], &error, sizeof(error));
  } while (size < 0 && errno == EINTR);
  close(pipe_ends[0]);
  if (child->pid_ < 0) return absl::ResourceExhaustedError(std::strerror(fork_error));
  if (size == sizeof(error)) {
    return Error(absl::StatusCode::kNotFound, "PROGRAM_NOT_STARTED",
                 fmt::format("{}: cannot be started: {}", options.program, std::strerror(error)),
                 {{"program", options.program}});
  }
  return child;
}

ChildProcess::~ChildProcess() {
  if (pid_ <= 0) return;
  // The group, so that what the program itself started goes too.
  kill(-pid_, SIGKILL);
  if (status_.has_value()) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool ChildProcess::Reap() {
  if (status_.has_value()) return true;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

bool ChildProcess::Running() {
  return !Reap();
}

void ChildProcess::Signal(int number) {
  // Until it is reaped its process id cannot belong to another.
  if (!Reap()) kill(pid_, number);
}

void ChildProcess::Kill() {
  Signal(SIGKILL);
}
void ChildProcess::Terminate() {
  Signal(SIGTERM);
}

std::optional<int> ChildProcess::Wait(std::chrono::milliseconds limit) {
  WaitUntil(limit, [this] { return Reap(); });
  return status_;
}

std::string ChildProcess::Stdout() const {
  return ReadFile(output_.File("stdout"));
}
std::string ChildProcess::Stderr() const {
  return ReadFile(output_.File("stderr"));
}

bool ChildProcess::WaitForOutput(std::string_view text, std::chrono::milliseconds limit) {
  const auto has = [this, text] {
    return Stdout().find(text) != std::string::npos || Stderr().find(text) != std::string::npos;
  };
  WaitUntil(limit, [this, &has] { return has() || Reap(); });
  return has();
}

absl::StatusOr<Completed> RunToEnd(ChildProcess::Options options, std::chrono::milliseconds limit) {
  DATELINE_ASSIGN_OR_RETURN(const std::unique_ptr<ChildProcess> child, ChildProcess::Start(std::move(options)));
  std::optional<int> status = child->Wait(limit);
  if (!status.has_value()) {
    child->Kill();
    status = child->Wait(kPatience);
  }
  return Completed{.status = status.value_or(-1), .out = child->Stdout(), .err = child->Stderr()};
}

}  // namespace dateline::testing
