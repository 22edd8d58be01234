#pragma once
// One service of the local suite as a child process: started with its flags, its output in a log file, ended in order.
// The child dies with its parent (PR_SET_PDEATHSIG) and does not see the terminal's Ctrl-C, so that the suite can stop
// in the right order. Not thread-safe: one owner, the thread that started it.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace dateline::cli {

class ServiceProcess {
 public:
  struct Spec {
    std::string name;                // "storage"
    std::filesystem::path program;   // The binary.
    std::vector<std::string> args;   // Its flags.
    std::string ops_address;         // Where /readyz answers.
    std::filesystem::path log_file;  // Its stderr, appended; begun anew over kLogBytesMax.
  };

  explicit ServiceProcess(Spec spec) : spec_(std::move(spec)) {}
  // Kills what still runs.
  ~ServiceProcess();
  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;

  const Spec& spec() const { return spec_; }
  // NOT_FOUND when the program is not there; UNAVAILABLE when the log file cannot be written or no process can be made.
  absl::Status Start();
  // Looks whether it has ended; its exit status (128 + signal for one that a signal ended) once, then nullopt.
  std::optional<int> Poll();
  bool running() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }
  // SIGTERM, then SIGKILL when it has not ended within `limit`. True when it ended by itself with status 0.
  bool Stop(std::chrono::milliseconds limit);
  // What it said last of why it ended: the message of its last error line, else its last line; empty when it said
  // nothing.
  std::string LastWords() const;

 private:
  Spec spec_;
  pid_t pid_ = -1;
  uintmax_t log_start_ = 0;
};

inline constexpr uintmax_t kLogBytesMax = 16U << 20;

}  // namespace dateline::cli
