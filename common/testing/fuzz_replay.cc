// The main of a fuzz target in builds without libFuzzer: it runs every file of the given files and folders through
// LLVMFuzzerTestOneInput and then random changes of them for --seconds. An input that ends the process is left in the
// working directory as fuzz-crash-<target>, and the seed is printed, so that a run can be repeated with --seed.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "common/testing/mutator.h"
#include "common/testing/temp_dir.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" __attribute__((weak)) int LLVMFuzzerInitialize(int* argc, char*** argv);
// Present under AddressSanitizer, which ends the process without a signal.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)());

namespace {

constexpr size_t kInputBytesMax = 1024 * 1024;
constexpr size_t kCorpusFilesMax = 20'000;
// Room that changes may add to the largest file.
constexpr size_t kGrowthBytes = 4096;
constexpr unsigned kHangSeconds = 20;
constexpr int kExitUsage = 2;

// Read by signal handlers; only the main thread writes them.
std::string crash_path;
const uint8_t* current_data = nullptr;
size_t current_size = 0;

// Async-signal-safe.
void SaveCurrentInput() {
  if (current_data == nullptr) return;
  const int fd = open(crash_path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  if (fd < 0) return;
  [[maybe_unused]] ssize_t written = write(fd, current_data, current_size);
  close(fd);
  constexpr std::string_view kSaved = "the input that failed was saved as ";
  written = write(STDERR_FILENO, kSaved.data(), kSaved.size());
  written = write(STDERR_FILENO, crash_path.data(), crash_path.size());
  written = write(STDERR_FILENO, "\n", 1);
}

void OnFatalSignal(int number) {
  SaveCurrentInput();
  signal(number, SIG_DFL);
  raise(number);
}

void InstallHandlers() {
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(SaveCurrentInput);
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM}) signal(number, OnFatalSignal);
}

void RunOne(std::string_view input) {
  // An exact copy on the heap, so that AddressSanitizer sees reads beyond the end.
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  current_data = bytes.data();
  current_size = bytes.size();
  alarm(kHangSeconds);
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  alarm(0);
  current_data = nullptr;
}

struct Arguments {
  uint64_t seconds = 10;
  uint64_t seed = 0;
  std::vector<std::filesystem::path> paths;
};

std::optional<uint64_t> Number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Arguments> ReadArguments(int argc, char** argv) {
  Arguments arguments;
  arguments.seed = std::random_device{}();
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument != "--seconds" && argument != "--seed") {
      if (argument.substr(0, 1) == "-") return std::nullopt;
      arguments.paths.emplace_back(argument);
      continue;
    }
    const std::optional<uint64_t> number = i + 1 < argc ? Number(argv[i + 1]) : std::nullopt;
    if (!number.has_value()) return std::nullopt;
    (argument == "--seed" ? arguments.seed : arguments.seconds) = *number;
    ++i;
  }
  if (arguments.paths.empty()) return std::nullopt;
  return arguments;
}

// Files in the order of their names, so that a seed gives the same run on every machine.
std::vector<std::filesystem::path> ListFiles(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::filesystem::path> files;
  for (const std::filesystem::path& path : paths) {
    std::error_code error;
    if (std::filesystem::is_regular_file(path, error)) files.push_back(path);
    for (auto it = std::filesystem::recursive_directory_iterator(path, error);
         !error && it != std::filesystem::recursive_directory_iterator(); it.increment(error)) {
      if (it->is_regular_file() && files.size() < kCorpusFilesMax) files.push_back(it->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  if (LLVMFuzzerInitialize != nullptr) LLVMFuzzerInitialize(&argc, &argv);
  const std::optional<Arguments> arguments = ReadArguments(argc, argv);
  if (!arguments.has_value()) {
    std::fprintf(stderr, "usage: %s [--seconds N] [--seed N] FILE_OR_FOLDER...\n", argv[0]);
    return kExitUsage;
  }
  crash_path = "fuzz-crash-" + std::filesystem::path(argv[0]).filename().string();
  InstallHandlers();

  std::vector<std::string> corpus;
  size_t largest = 0;
  for (const std::filesystem::path& file : ListFiles(arguments->paths)) {
    corpus.push_back(dateline::testing::ReadFile(file).substr(0, kInputBytesMax));
    largest = std::max(largest, corpus.back().size());
    RunOne(corpus.back());
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "%s: no file in the given paths; a corpus has at least one\n", argv[0]);
    return kExitUsage;
  }
  std::printf("replayed %zu files; seed %llu for %llu s\n", corpus.size(),
              static_cast<unsigned long long>(arguments->seed), static_cast<unsigned long long>(arguments->seconds));
  std::fflush(stdout);

  dateline::testing::Mutator mutator(arguments->seed, std::min(kInputBytesMax, largest + kGrowthBytes));
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(arguments->seconds);
  uint64_t runs = 0;
  while (std::chrono::steady_clock::now() < deadline) {
    const std::string& input = corpus[mutator.Below(corpus.size())];
    const std::string& other = corpus[mutator.Below(corpus.size())];
    RunOne(mutator.Mutate(input, other));
    ++runs;
  }
  std::printf("ran %llu changed inputs\n", static_cast<unsigned long long>(runs));
  return 0;
}
