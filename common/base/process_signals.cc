#include "common/base/process_signals.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <thread>

namespace dateline {
namespace {

sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

// The signal that arrived, or 0 when `timeout` was over first.
int WaitForStopSignal(std::chrono::milliseconds timeout) {
  const sigset_t set = StopSignals();
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left =
        std::max(std::chrono::nanoseconds(deadline - std::chrono::steady_clock::now()), std::chrono::nanoseconds(0));
    timespec wait{};
    wait.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
    wait.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
    const int number = sigtimedwait(&set, nullptr, &wait);
    if (number > 0) return number;
    if (errno == EAGAIN) return 0;
    // EINTR: a debugger or a signal that is none of ours; the time that is left is computed anew.
  }
}

}  // namespace

ProcessSignals::ProcessSignals() {
  const sigset_t set = StopSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  // A peer that closes its socket is an error of that write, never the end of the process.
  signal(SIGPIPE, SIG_IGN);
}

// The mask stays: at the end of main other threads may still run, and an unblocked signal would end the process with
// buffers unwritten.
ProcessSignals::~ProcessSignals() = default;

int ProcessSignals::Wait() {
  const sigset_t set = StopSignals();
  int number = 0;
  while (sigwait(&set, &number) != 0) {
  }
  return number;
}

int ProcessSignals::WaitFor(std::chrono::milliseconds timeout) {
  return WaitForStopSignal(timeout);
}

void ProcessSignals::StartWatchdog(std::chrono::milliseconds limit) {
  // Detached, because it has to outlive main: static destructors can hang too. It ends with the process.
  std::thread([limit] {
    pthread_setname_np(pthread_self(), "watchdog");
    const int number = WaitForStopSignal(limit);
    char line[128];
    const int size = number != 0
                         ? std::snprintf(line, sizeof(line), "stopping was cut short by a second signal (%d)\n", number)
                         : std::snprintf(line, sizeof(line), "stopping took longer than %lld ms and was cut short\n",
                                         static_cast<long long>(limit.count()));
    // stdio may be locked by the thread that hangs.
    if (size > 0) [[maybe_unused]]
      const ssize_t written = write(STDERR_FILENO, line, static_cast<size_t>(size));
    _exit(1);
  }).detach();
}

}  // namespace dateline
