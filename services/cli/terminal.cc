#include "services/cli/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace dateline::cli {
namespace {

// The bar that lines of talk have to step around. Guarded by its own lock because Say() may come from any thread.
Mutex current_mutex;
Progress* current = nullptr;

constexpr std::chrono::milliseconds kRedrawInterval{100};
constexpr size_t kBarColumns = 30;

bool WantsColour(std::string_view mode, int descriptor) {
  if (mode == "always") return true;
  if (mode == "never") return false;
  const char* no_colour = std::getenv("NO_COLOR");
  return isatty(descriptor) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

}  // namespace

std::string Style::Wrap(std::string_view code, std::string_view text) const {
  if (!enabled_ || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

Style StdoutStyle(std::string_view mode) {
  return Style(WantsColour(mode, STDOUT_FILENO));
}
Style StderrStyle(std::string_view mode) {
  return Style(WantsColour(mode, STDERR_FILENO));
}
bool StderrIsTerminal() {
  return isatty(STDERR_FILENO) == 1;
}

size_t TerminalColumns() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 100;
  return std::clamp<size_t>(size.ws_col, 40, 160);
}

void Say(std::string_view line) {
  const MutexLock lock(current_mutex);
  std::fflush(stdout);  // Data that was printed before stands before, also where both go to one place.
  if (current == nullptr) {
    fmt::print(stderr, "{}\n", line);
    return;
  }
  const MutexLock bar(current->mutex_);
  current->Clear();
  fmt::print(stderr, "{}\n", line);
  current->Draw();
}

Progress::Progress(std::string_view verb, size_t total)
    : verb_(verb), total_(total), visible_(total > 1 && StderrIsTerminal()), start_(std::chrono::steady_clock::now()) {
  if (!visible_) return;
  const MutexLock lock(current_mutex);
  current = this;
}

Progress::~Progress() {
  if (!visible_) return;
  const MutexLock lock(current_mutex);
  current = nullptr;
  const MutexLock bar(mutex_);
  Clear();
}

void Progress::Add(size_t done, size_t failed) {
  const MutexLock lock(mutex_);
  done_ += done;
  failed_ += failed;
  const auto now = std::chrono::steady_clock::now();
  if (!visible_ || (now - drawn_ < kRedrawInterval && done_ + failed_ < total_)) return;
  drawn_ = now;
  Draw();
}

void Progress::Draw() {
  if (!visible_) return;
  const size_t finished = std::min(done_ + failed_, total_);
  const size_t filled = total_ == 0 ? 0 : finished * kBarColumns / total_;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(finished) / seconds : 0;
  std::string bar;
  for (size_t i = 0; i < kBarColumns; ++i) bar += i < filled ? "━" : "─";
  fmt::print(stderr, "\r\x1b[K{} {} {}/{}", verb_, bar, finished, total_);
  if (failed_ > 0) fmt::print(stderr, ", {} failed", failed_);
  if (rate > 0 && finished < total_) {
    fmt::print(stderr, ", {:.0f}/s, {:.0f} s left", rate, static_cast<double>(total_ - finished) / rate);
  }
  std::fflush(stderr);
}

void Progress::Clear() {
  if (visible_) fmt::print(stderr, "\r\x1b[K");
}

}  // namespace dateline::cli
