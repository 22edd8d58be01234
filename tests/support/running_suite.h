#pragma once
// The real suite for tests that cross processes: `dateline up` over a folder of its own and free ports, and the command
// run against it. The destructor ends everything. One owner, one thread.

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/testing/child_process.h"
#include "common/testing/temp_dir.h"
#include "services/cli/endpoints.h"

namespace dateline::testing {

inline constexpr std::chrono::milliseconds kCommandLimit{120'000};

// The folder with the built programs.
std::string ProgramDir();

class RunningSuite {
 public:
  // `more` are further arguments of `up`.
  explicit RunningSuite(std::vector<std::string> more = {});
  ~RunningSuite();
  RunningSuite(const RunningSuite&) = delete;
  RunningSuite& operator=(const RunningSuite&) = delete;

  // Starts it on the same folder and ports (again), and waits until `dateline doctor` says that all is well.
  void Start();
  // Ctrl-C, then waits for the end; the exit status.
  int Stop();

  // Runs `dateline --data … ARGS` to its end.
  Completed Run(std::vector<std::string> args, std::chrono::milliseconds limit = kCommandLimit) const;
  // Starts `dateline --data … ARGS` and leaves it running.
  std::unique_ptr<ChildProcess> Spawn(std::vector<std::string> args) const;

  // The process of a service ("storage"); 0 while there is none.
  pid_t Pid(const std::string& service) const;
  // SIGKILL to a service; returns whether there was one. `up` starts it again.
  bool Kill(const std::string& service) const;
  // Whether `dateline doctor` finds every service ready within `limit`.
  bool Healthy(std::chrono::milliseconds limit) const;

  const cli::Endpoints& endpoints() const { return endpoints_; }
  std::string data_dir() const { return folder_.File("data"); }
  const TempDir& folder() const { return folder_; }
  ChildProcess& up() { return *up_; }

 private:
  TempDir folder_;
  std::vector<std::string> up_args_;
  cli::Endpoints endpoints_;
  std::unique_ptr<ChildProcess> up_;
};

// The lines of a text, without empty ones.
std::vector<std::string> Lines(const std::string& text);

}  // namespace dateline::testing
