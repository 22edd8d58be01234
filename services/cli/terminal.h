#pragma once
// What is known of the terminal, and the few things that are drawn on it: colours where they help, and a progress bar
// on long work. Data goes to stdout and talk to stderr; nothing is coloured and no bar is drawn where there is no
// terminal.

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/mutex.h"

namespace dateline::cli {

// Colours for one output stream. Immutable, thread-safe.
class Style {
 public:
  explicit Style(bool enabled) : enabled_(enabled) {}
  std::string Bold(std::string_view text) const { return Wrap("1", text); }
  std::string Dim(std::string_view text) const { return Wrap("2", text); }
  std::string Good(std::string_view text) const { return Wrap("32", text); }
  std::string Warn(std::string_view text) const { return Wrap("33", text); }
  std::string Bad(std::string_view text) const { return Wrap("31", text); }
  // With the codes of SGR, for example "1;36"; empty codes leave the text as it is.
  std::string Coded(std::string_view codes, std::string_view text) const {
    return codes.empty() ? std::string(text) : Wrap(codes, text);
  }
  bool enabled() const { return enabled_; }

 private:
  std::string Wrap(std::string_view code, std::string_view text) const;
  bool enabled_;
};

// `mode` is "auto", "always" or "never"; NO_COLOR (https://no-color.org) switches "auto" off.
Style StdoutStyle(std::string_view mode);
Style StderrStyle(std::string_view mode);
bool StderrIsTerminal();
// The width of the terminal behind stdout, 40 to 160 columns; 100 where there is none.
size_t TerminalColumns();

// Writes one line to stderr, above the progress bar when there is one. Thread-safe.
void Say(std::string_view line);

// A bar on stderr that is redrawn in place, at most ten times a second. Draws nothing without a terminal or with fewer
// than two items. At most one exists at a time. Thread-safe.
class Progress {
 public:
  Progress(std::string_view verb, size_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void Add(size_t done, size_t failed);

 private:
  friend void Say(std::string_view line);
  void Draw() REQUIRES(mutex_);
  void Clear() REQUIRES(mutex_);

  const std::string verb_;
  const size_t total_;
  const bool visible_;
  const std::chrono::steady_clock::time_point start_;
  Mutex mutex_;
  std::chrono::steady_clock::time_point drawn_ GUARDED_BY(mutex_);
  size_t done_ GUARDED_BY(mutex_) = 0;
  size_t failed_ GUARDED_BY(mutex_) = 0;
};

}  // namespace dateline::cli
