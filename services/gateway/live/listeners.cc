#include "services/gateway/live/listeners.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <deque>

#include "common/base/error.h"
#include "common/metrics/registry.h"

namespace dateline::gateway {

using notification::v1::StreamEventsRequest;
using notification::v1::StreamEventsResponse;

namespace {

constexpr int kTickMs = 1'000;

}  // namespace

// Wakes the writing thread.
struct Listeners::Bell {
  Bell() : descriptor(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~Bell() { close(descriptor); }
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  void Ring() const {
    const uint64_t one = 1;
    // It fails only when it rings already.
    [[maybe_unused]] const ssize_t written = write(descriptor, &one, sizeof one);
  }
  void Silence() const {
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t drained = read(descriptor, &count, sizeof count);
  }

  const int descriptor;
};

// Between the thread of its stream of events, which fills the inbox, and the writing thread, which empties it.
class Listeners::Listener final : public EventListener {
 public:
  Listener(Format format, std::function<void()> wake, size_t inbox_max)
      : format_(std::move(format)), wake_(std::move(wake)), inbox_max_(inbox_max) {}

  bool OnMessage(const StreamEventsResponse& message) override {
    bool more = false;
    {
      MutexLock lock(mutex_);
      inbox_.push_back(message);
      opened_ = true;
      more = inbox_.size() < inbox_max_;
      waiting_ = !more;
      changed_.NotifyAll();
    }
    wake_();
    return more;
  }

  void OnEnd(const absl::Status& status) override {
    {
      MutexLock lock(mutex_);
      ended_ = true;
      status_ = status;
      changed_.NotifyAll();
    }
    wake_();
  }

  // OK when the first message is there.
  absl::Status AwaitOpen(const Clock& clock, std::chrono::milliseconds limit) {
    const MonotonicTime until = clock.Monotonic() + limit;
    MutexLock lock(mutex_);
    while (!opened_ && !ended_) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock.Monotonic());
      if (left <= std::chrono::milliseconds(0)) {
        return Error(absl::StatusCode::kUnavailable, "NOTIFICATION_UNAVAILABLE",
                     "the notification service did not open a stream of events in time");
      }
      changed_.WaitFor(mutex_, left);
    }
    if (opened_) return absl::OkStatus();
    return status_.ok() ? absl::UnavailableError("the stream of events ended at once") : status_;
  }

  // Takes what has come; true when the stream of events has ended and nothing is left.
  bool Take(std::deque<StreamEventsResponse>* messages) {
    MutexLock lock(mutex_);
    messages->swap(inbox_);
    return ended_ && messages->empty();
  }

  // Lets the stream of events go on when it waits.
  void Resume() {
    {
      MutexLock lock(mutex_);
      if (!waiting_ || ended_) return;
      waiting_ = false;
    }
    stream->More();
  }

  std::string Frame(const StreamEventsResponse& message) const { return format_(message); }

  // Of the writing thread only.
  std::shared_ptr<EventStream> stream;
  int socket = -1;
  std::string pending;
  size_t sent = 0;
  MonotonicTime progress{};
  bool closed = false;

 private:
  const Format format_;
  const std::function<void()> wake_;
  const size_t inbox_max_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<StreamEventsResponse> inbox_ GUARDED_BY(mutex_);
  bool opened_ GUARDED_BY(mutex_) = false;
  bool waiting_ GUARDED_BY(mutex_) = false;
  bool ended_ GUARDED_BY(mutex_) = false;
  absl::Status status_ GUARDED_BY(mutex_);
};

namespace {

// Messages that may wait in memory for one listener before its stream of events is held back.
constexpr size_t kInboxMax = 64;

}  // namespace

Listeners::Listeners(const Options& options, EventSource& source, const Clock& clock, metrics::Registry& registry)
    : options_(options), source_(source), clock_(clock), registry_(registry), bell_(std::make_shared<Bell>()) {}

Listeners::~Listeners() {
  Stop();
}

void Listeners::Start() {
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "live");
    Run();
  });
}

void Listeners::Stop() {
  stopping_ = true;
  bell_->Ring();
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<std::shared_ptr<Listeners::Listener>> Listeners::Open(const StreamEventsRequest& request,
                                                                     Format format) {
  if (stopping_) return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "this server is stopping; come back");
  if (open_.fetch_add(1) >= options_.listeners_max) {
    open_.fetch_sub(1);
    return Error(absl::StatusCode::kResourceExhausted, "TOO_MANY_STREAMS",
                 "too many event streams are open here; close one, or come back later");
  }
  auto listener = std::make_shared<Listener>(
      std::move(format), [bell = bell_] { bell->Ring(); }, kInboxMax);
  listener->stream = source_.Open(request, listener);
  if (absl::Status opened = listener->AwaitOpen(clock_, options_.open_time); !opened.ok()) {
    listener->stream->Cancel();
    open_.fetch_sub(1);
    return opened;
  }
  return listener;
}

void Listeners::Adopt(std::shared_ptr<Listener> listener, int socket, std::string head) {
  listener->socket = socket;
  listener->pending = std::move(head);
  listener->progress = clock_.Monotonic();
  {
    MutexLock lock(mutex_);
    adopted_.push_back(std::move(listener));
  }
  bell_->Ring();
}

std::vector<std::shared_ptr<Listeners::Listener>> Listeners::Snapshot() {
  MutexLock lock(mutex_);
  return std::exchange(adopted_, {});
}

void Listeners::Serve(Listener& listener, short events) {
  if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) {
    // Nothing is expected from the client but its going.
    char ignored[512];
    const ssize_t got = recv(listener.socket, ignored, sizeof ignored, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) listener.closed = true;
  }
  if (listener.pending.size() - listener.sent < options_.pending_bytes_max) {
    std::deque<StreamEventsResponse> messages;
    if (listener.Take(&messages) && listener.sent == listener.pending.size()) listener.closed = true;
    for (const StreamEventsResponse& message : messages) listener.pending += listener.Frame(message);
    listener.Resume();
  }
  while (!listener.closed && listener.sent < listener.pending.size()) {
    const ssize_t wrote = send(listener.socket, listener.pending.data() + listener.sent,
                               listener.pending.size() - listener.sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (wrote > 0) {
      listener.sent += static_cast<size_t>(wrote);
      listener.progress = clock_.Monotonic();
    } else if (errno == EAGAIN) {
      if (clock_.Monotonic() - listener.progress > options_.write_time) listener.closed = true;
      break;
    } else if (errno != EINTR) {
      listener.closed = true;
    }
  }
  if (listener.sent == listener.pending.size()) {
    listener.pending.clear();
    listener.sent = 0;
    listener.progress = clock_.Monotonic();
  }
}

void Listeners::Run() {
  metrics::Gauge& gauge = registry_.GetGauge("dateline_gateway_listeners", "Open server-sent event streams");
  std::vector<std::shared_ptr<Listener>> open;
  std::vector<pollfd> polled;
  while (!stopping_) {
    for (std::shared_ptr<Listener>& listener : Snapshot()) open.push_back(std::move(listener));
    polled.clear();
    polled.push_back({.fd = bell_->descriptor, .events = POLLIN, .revents = 0});
    for (const auto& listener : open) {
      const bool writes = listener->sent < listener->pending.size();
      polled.push_back(
          {.fd = listener->socket, .events = static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN), .revents = 0});
    }
    poll(polled.data(), polled.size(), kTickMs);
    bell_->Silence();
    for (size_t i = 0; i < open.size(); ++i) Serve(*open[i], polled[i + 1].revents);
    std::erase_if(open, [this](const std::shared_ptr<Listener>& listener) {
      if (!listener->closed) return false;
      listener->stream->Cancel();
      close(listener->socket);
      open_.fetch_sub(1);
      return true;
    });
    gauge.Set(static_cast<double>(open.size()));
  }
  for (std::shared_ptr<Listener>& listener : Snapshot()) open.push_back(std::move(listener));
  for (const auto& listener : open) {
    listener->stream->Cancel();
    close(listener->socket);
  }
  gauge.Set(0);
}

}  // namespace dateline::gateway
