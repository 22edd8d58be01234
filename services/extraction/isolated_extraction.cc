#include "services/extraction/isolated_extraction.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include "common/base/absl_compat.h"
#include "common/base/error.h"
#include "common/text/limits.h"
#include "dateline/storage/v1/release_service.pb.h"
#include "services/extraction/document_work.h"

namespace dateline::extraction {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using storage::v1::CommitReleasesRequest;

constexpr std::string_view kFlag = "--isolated-document=";
constexpr std::size_t kAnswerBytesMax = 2 * text::kMaxDocumentMessageBytes;
constexpr std::size_t kStep = std::size_t{64} << 10;
constexpr int kFailed = 1;

// Address space that sanitizers reserve has no bound.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kLimitsMemory = false;
#else
constexpr bool kLimitsMemory = true;
#endif

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

absl::Status NoChild(std::string_view what, int error) {
  return Error(absl::StatusCode::kUnavailable, "NO_CHILD",
               fmt::format("no process could be started to extract in: {}: {}", what, std::strerror(error)));
}

// Its standard input and output are `end`, everything else but the standard error is closed.
absl::StatusOr<pid_t> Spawn(const IsolationOptions& options, int end) {
  // The kernel's limit ends a child whose parent does not: a second more than the parent gives it.
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.time_limit).count() + 1;
  std::vector<std::string> arguments = {options.program};
  arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
  arguments.push_back(fmt::format("{}{},{}", kFlag, options.memory_max, seconds));
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  ::posix_spawn_file_actions_adddup2(&files, end, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, end, STDOUT_FILENO);
  ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  // The service blocks signals and may be stopped by one for its whole group.
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  pid_t child = -1;
  const int error = ::posix_spawn(&child, options.program.c_str(), &files, &attributes, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) return NoChild(options.program, error);
  return child;
}

enum class Ending { kAnswered, kLate, kTooLong };

// Sends the document and takes the answer, both as they go, until the child has closed its end or the time is up.
Ending Converse(int socket, std::string_view document, steady_clock::time_point deadline, std::string* answer) {
  bool sending = true;
  std::string buffer(kStep, '\0');
  for (;;) {
    if (sending && document.empty()) {
      ::shutdown(socket, SHUT_WR);
      sending = false;
    }
    const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (left <= milliseconds::zero()) return Ending::kLate;
    pollfd waiting{socket, static_cast<short>(POLLIN | (sending ? POLLOUT : 0)), 0};
    const int ready =
        ::poll(&waiting, 1, static_cast<int>(std::min<milliseconds>(left, std::chrono::minutes(1)).count()));
    if (ready <= 0) continue;
    if (sending && (waiting.revents & POLLOUT) != 0) {
      const ssize_t sent = ::send(socket, document.data(), document.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) document.remove_prefix(static_cast<std::size_t>(sent));
      // A child that died or does not want to know more may have answered all the same.
      if (sent < 0 && errno != EAGAIN && errno != EINTR) sending = false;
    }
    if ((waiting.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got > 0) {
        answer->append(buffer, 0, static_cast<std::size_t>(got));
        if (answer->size() > kAnswerBytesMax) return Ending::kTooLong;
      } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        return Ending::kAnswered;
      }
    }
  }
}

// Ends the child, if it has not ended, and says how it did. A process closes its files only after its status is
// settled.
int Reap(pid_t child) {
  ::kill(-child, SIGKILL);  // it leads a group of its own
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

absl::Status Crashed(std::string_view how) {
  return Error(absl::StatusCode::kInvalidArgument, "EXTRACTION_CRASHED",
               fmt::format("the process that extracted the document {}; report the document", how));
}

std::string DescribeEnd(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("was ended by signal {} ({})", WTERMSIG(status), ::sigdescr_np(WTERMSIG(status)));
  return fmt::format("ended with status {} and no answer", WEXITSTATUS(status));
}

// The whole release comes first, its items behind it.
absl::StatusOr<Extraction> FromAnswer(CommitReleasesRequest answer) {
  if (!answer.failure().empty()) {
    const std::size_t colon = answer.failure().find(": ");
    if (colon == std::string::npos) return Crashed("gave an answer that cannot be read");
    return Error(absl::StatusCode::kInvalidArgument, answer.failure().substr(0, colon),
                 answer.failure().substr(colon + 2));
  }
  if (answer.releases_size() == 0) return Crashed("gave an empty answer");
  Extraction extraction;
  extraction.release = std::move(*answer.mutable_releases(0));
  for (int i = 1; i < answer.releases_size(); ++i) extraction.items.push_back(std::move(*answer.mutable_releases(i)));
  extraction.line_hashes.assign(answer.line_hashes().begin(), answer.line_hashes().end());
  return extraction;
}

CommitReleasesRequest ToAnswer(absl::StatusOr<Extraction> result) {
  CommitReleasesRequest answer;
  if (!result.ok()) {
    answer.set_failure(Failure(result.status()));
    return answer;
  }
  *answer.add_releases() = std::move(result->release);
  for (release::v1::Release& item : result->items) *answer.add_releases() = std::move(item);
  answer.mutable_line_hashes()->Add(result->line_hashes.begin(), result->line_hashes.end());
  return answer;
}

bool ReadAll(std::string* bytes) {
  std::string buffer(kStep, '\0');
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got == 0) return true;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    bytes->append(buffer, 0, static_cast<std::size_t>(got));
  }
}

bool WriteAll(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

void Limit(__rlimit_resource_t resource, uint64_t value) {
  const rlimit limit{value, value};
  ::setrlimit(resource, &limit);
}

absl::StatusOr<Extraction> ExtractHere(const storage::v1::Document& document) {
  try {
    const auto extractor = Extractor::Create();
    if (!extractor.ok()) return extractor.status();
    return ExtractDocument(**extractor, document);
  } catch (const std::bad_alloc&) {
    return Error(absl::StatusCode::kResourceExhausted, "OUT_OF_MEMORY",
                 "the document takes more memory than worker.isolated_memory allows; raise it, or report the document");
  }
}

}  // namespace

absl::StatusOr<Extraction> ExtractIsolated(const IsolationOptions& options, const storage::v1::Document& document) {
  const auto deadline = steady_clock::now() + options.time_limit;
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return NoChild("socketpair", errno);
  const Descriptor ours(ends[0]);
  Descriptor theirs(ends[1]);
  const absl::StatusOr<pid_t> child = Spawn(options, theirs.get());
  theirs.Close();
  if (!child.ok()) return child.status();

  std::string bytes;
  const Ending ending = Converse(ours.get(), document.SerializeAsString(), deadline, &bytes);
  const int status = Reap(*child);
  if (ending == Ending::kLate || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)) {
    return Error(absl::StatusCode::kDeadlineExceeded, "EXTRACTION_TIMEOUT",
                 fmt::format("extraction in a process of its own took longer than {} ms; report the document, or raise "
                             "worker.document_timeout",
                             options.time_limit.count()));
  }
  if (ending == Ending::kTooLong) return Crashed(fmt::format("answered with more than {} bytes", kAnswerBytesMax));
  CommitReleasesRequest answer;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return Crashed(DescribeEnd(status));
  if (!answer.ParseFromString(bytes)) return Crashed("gave an answer that cannot be read");
  return FromAnswer(std::move(answer));
}

std::optional<int> RunIsolatedChild(int argc, char** argv) {
  if (argc < 2 || !std::string_view(argv[argc - 1]).starts_with(kFlag)) return std::nullopt;
  const std::string_view limits = std::string_view(argv[argc - 1]).substr(kFlag.size());
  uint64_t memory = 0;
  uint64_t seconds = 0;
  const char* const end = limits.data() + limits.size();
  const auto first = std::from_chars(limits.data(), end, memory);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ',' ||
      std::from_chars(first.ptr + 1, end, seconds).ec != std::errc() || memory == 0 || seconds == 0)
    return kFailed;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  Limit(RLIMIT_CORE, 0);
  Limit(RLIMIT_CPU, seconds);
  if (kLimitsMemory) Limit(RLIMIT_AS, memory);

  std::string bytes;
  storage::v1::Document document;
  if (!ReadAll(&bytes) || !document.ParseFromString(bytes)) return kFailed;
  bytes = std::string();
  return WriteAll(ToAnswer(ExtractHere(document)).SerializeAsString()) ? 0 : kFailed;
}

}  // namespace dateline::extraction
