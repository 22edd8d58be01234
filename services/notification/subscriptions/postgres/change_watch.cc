#include "services/notification/subscriptions/postgres/change_watch.h"

#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/base/check.h"
#include "common/base/status_macros.h"

namespace dateline::notification {

using sql::postgres::Connection;
using std::chrono::milliseconds;

namespace {

// PostgreSQL takes less than 8,000 bytes.
constexpr size_t kNoticeBytesMax = 7'000;
// Between two looks whether the server is still there.
constexpr milliseconds kLookInterval{5'000};

// The next word of `text`, which is cut off.
std::string_view NextWord(std::string_view* text) {
  const size_t end = std::min(text->find(' '), text->size());
  const std::string_view word = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return word;
}

template <typename Number>
bool ReadNumber(std::string_view word, Number* number) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), *number);
  return error == std::errc() && end == word.data() + word.size();
}

}  // namespace

std::string FormatNotice(const std::string& replica, const ChangeNotice& notice) {
  std::string text = fmt::format("{} {}", replica, notice.version);
  const size_t head = text.size();
  bool all = notice.all;
  for (const int64_t id : notice.subscriptions) {
    if (all) break;
    fmt::format_to(std::back_inserter(text), " {}", id);
    all = text.size() > kNoticeBytesMax;
  }
  if (!all) return text;
  text.resize(head);
  return text + " *";
}

bool ParseNotice(const std::string& replica, const std::string& text, ChangeNotice* notice) {
  std::string_view rest = text;
  if (NextWord(&rest) == replica) return false;
  if (!ReadNumber(NextWord(&rest), &notice->version)) return false;
  while (!rest.empty()) {
    const std::string_view word = NextWord(&rest);
    if (word == "*") {
      notice->all = true;
      continue;
    }
    int64_t id = 0;
    if (!ReadNumber(word, &id)) return false;
    notice->subscriptions.push_back(id);
  }
  return true;
}

ChangeWatch::ChangeWatch(Options options, Listener listener)
    : options_(std::move(options)), listener_(std::move(listener)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  DATELINE_CHECK(wake_ >= 0, "no descriptor for a watch");
}

ChangeWatch::~ChangeWatch() {
  Stop();
  close(wake_);
}

void ChangeWatch::Start() {
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "change-watch");
}

void ChangeWatch::Stop() {
  stopping_ = true;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof(one));
  if (thread_.joinable()) thread_.join();
}

void ChangeWatch::Run() {
  milliseconds pause = options_.reconnect_pause;
  while (!stopping_) {
    const auto begin = std::chrono::steady_clock::now();
    Watch().IgnoreError();
    if (stopping_) return;
    if (std::chrono::steady_clock::now() - begin > kLookInterval) pause = options_.reconnect_pause;
    Wait(-1, pause);
    pause = std::min(pause * 2, options_.reconnect_pause_max);
  }
}

absl::Status ChangeWatch::Watch() {
  DATELINE_ASSIGN_OR_RETURN(const auto connection, Connection::Open(options_.connection));
  DATELINE_RETURN_IF_ERROR(connection->Listen(options_.channel));
  ChangeNotice everything;
  everything.all = true;
  listener_(everything);
  auto next_look = std::chrono::steady_clock::now() + kLookInterval;
  while (!stopping_) {
    DATELINE_ASSIGN_OR_RETURN(const std::vector<std::string> notifications, connection->TakeNotifications());
    for (const std::string& text : notifications) {
      ChangeNotice notice;
      if (ParseNotice(options_.replica, text, &notice)) listener_(notice);
    }
    const auto now = std::chrono::steady_clock::now();
    if (now >= next_look) {
      // A connection that was cut in silence is noticed.
      DATELINE_RETURN_IF_ERROR(connection->Query("SELECT 1").status());
      connection->Reset();
      next_look = now + kLookInterval;
      continue;  // Notifications may have come with the answer.
    }
    Wait(connection->socket(), std::chrono::duration_cast<milliseconds>(next_look - now) + milliseconds(1));
  }
  return absl::OkStatus();
}

void ChangeWatch::Wait(int socket, milliseconds time) const {
  pollfd waits[2] = {{.fd = wake_, .events = POLLIN, .revents = 0}, {.fd = socket, .events = POLLIN, .revents = 0}};
  poll(waits, socket >= 0 ? 2 : 1, static_cast<int>(time.count()));
}

}  // namespace dateline::notification
