#pragma once
// Turns SIGINT and SIGTERM into a normal return. Construct it first thing in main, before any thread exists, so that
// all threads inherit the blocked mask; then start the service and call Wait(). A second signal, or a stop that takes
// longer than the watchdog allows, ends the process at once with status 1. SIGPIPE is ignored. Blocked and ignored
// signals are inherited by child processes: who starts one resets them there. Not copyable; one per process.

#include <chrono>

namespace dateline {

class ProcessSignals {
 public:
  ProcessSignals();
  ~ProcessSignals();
  ProcessSignals(const ProcessSignals&) = delete;
  ProcessSignals& operator=(const ProcessSignals&) = delete;

  // Blocks until SIGINT or SIGTERM; returns its number.
  int Wait();
  // As Wait(), but returns 0 when `timeout` is over first.
  int WaitFor(std::chrono::milliseconds timeout);
  // From here on a further signal, or `limit` passing, ends the process with _exit(1). Call after Wait().
  void StartWatchdog(std::chrono::milliseconds limit);
};

}  // namespace dateline
