#pragma once
// A program under test as a child: started with arguments and environment, its output in files, signals sent to it, its
// end awaited with a limit. It leads a process group of its own, which the destructor kills with SIGKILL; when the
// thread that started it dies, the kernel kills the program itself. So nothing stays behind. Not thread-safe: one
// owner, and start it from a thread that lives as long as it should.

#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/testing/namespace.h"
#include "common/testing/temp_dir.h"

namespace dateline::testing {

class ChildProcess {
 public:
  struct Options {
    std::string program = {};                     // A path; no search in PATH.
    std::vector<std::string> args = {};           // Without argv[0].
    std::map<std::string, std::string> env = {};  // Added to the test's own environment.
    std::string directory = {};                   // Working directory; empty keeps the test's.
  };

  // NOT_FOUND when the program cannot be executed.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(Options options);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  // Whether it has not ended yet.
  bool Running();
  // Sends a signal; nothing happens when it has ended.
  void Signal(int number);
  void Kill();       // SIGKILL.
  void Terminate();  // SIGTERM.
  // Waits for its end. The exit status, or 128 + signal when a signal ended it; nullopt when `limit` was over first.
  std::optional<int> Wait(std::chrono::milliseconds limit);

  // What it has written so far.
  std::string Stdout() const;
  std::string Stderr() const;
  // Waits until stdout or stderr contains `text`; false when `limit` is over or the process ended without it.
  bool WaitForOutput(std::string_view text, std::chrono::milliseconds limit);

 private:
  ChildProcess() = default;
  // Takes the exit status if there is one; true once it is known.
  bool Reap();

  TempDir output_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

// Starts, waits for the end, and returns everything; kills it when `limit` is over (status 137).
struct Completed {
  int status = -1;
  std::string out;
  std::string err;
};
absl::StatusOr<Completed> RunToEnd(ChildProcess::Options options, std::chrono::milliseconds limit);

}  // namespace dateline::testing
