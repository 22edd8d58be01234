#include "services/notification/stream_hub.h"

#include <algorithm>
#include <utility>

#include "common/base/error.h"

namespace dateline::notification {
namespace {

// Steps for one stream before others have a turn.
constexpr int kStepsMax = 16;
// The hub looks after everything this often even if no wake-up came.
constexpr std::chrono::milliseconds kWakeMax{1'000};

}  // namespace

class StreamHub::Session {
 public:
  Session(StreamOptions options, std::unique_ptr<StreamSink> sink, MonotonicTime now)
      : sink_(std::move(sink)), cursor_(std::move(options), now) {}

  const std::unique_ptr<StreamSink> sink_;
  mutable Mutex mutex_;
  StreamCursor cursor_ GUARDED_BY(mutex_);
  bool ready_ GUARDED_BY(mutex_) = false;
  bool closed_ GUARDED_BY(mutex_) = false;
  // When the one timer of the session is due; max without one.
  MonotonicTime timer_at_ GUARDED_BY(mutex_) = MonotonicTime::max();
};

StreamHub::StreamHub(const EventRing& ring, EventLoader& loader, StreamObserver& observer, const Clock& clock)
    : ring_(ring), loader_(loader), observer_(observer), clock_(clock) {}

StreamHub::~StreamHub() {
  Stop();
}

void StreamHub::Start() {
  thread_ = std::thread([this] { Run(); });
}

void StreamHub::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

StreamHub::SessionPtr StreamHub::Open(StreamOptions options, std::unique_ptr<StreamSink> sink) {
  auto session = std::make_shared<Session>(std::move(options), std::move(sink), clock_.Monotonic());
  absl::Status ended;
  {
    MutexLock lock(mutex_);
    ended = ended_;
    if (ended.ok()) sessions_.emplace(session.get(), session);
  }
  if (!ended.ok()) Finish(session, ended);
  return session;
}

void StreamHub::OnReady(const SessionPtr& session) {
  {
    MutexLock lock(session->mutex_);
    session->ready_ = true;
  }
  Advance(session);
}

void StreamHub::Close(const SessionPtr& session) {
  {
    MutexLock lock(session->mutex_);
    session->closed_ = true;
  }
  bool known = false;
  {
    MutexLock lock(mutex_);
    known = sessions_.erase(session.get()) > 0;
  }
  if (known) observer_.OnEnded("CLOSED");
}

void StreamHub::EndAll(const absl::Status& status) {
  std::map<const Session*, SessionPtr> sessions;
  {
    MutexLock lock(mutex_);
    ended_ = status;
    sessions = sessions_;
  }
  for (const auto& entry : sessions) Finish(entry.second, status);
}

void StreamHub::Notify() {
  {
    MutexLock lock(mutex_);
    notified_ = true;
  }
  wake_.NotifyAll();
}

StreamHub::Stats StreamHub::stats() const {
  std::vector<SessionPtr> sessions;
  {
    MutexLock lock(mutex_);
    sessions.reserve(sessions_.size());
    for (const auto& entry : sessions_) sessions.push_back(entry.second);
  }
  Stats stats;
  stats.streams = sessions.size();
  const auto head = ring_.head();
  for (const SessionPtr& session : sessions) {
    MutexLock lock(session->mutex_);
    const StreamPosition& position = session->cursor_.position();
    if (head.has_value() && head->epoch == position.epoch && head->sequence > position.sequence) {
      stats.lag_max = std::max(stats.lag_max, head->sequence - position.sequence);
    }
  }
  return stats;
}

void StreamHub::Run() {
  std::vector<SessionPtr> sessions;
  while (Collect(&sessions)) {
    for (const SessionPtr& session : sessions) Advance(session);
  }
}

bool StreamHub::Collect(std::vector<SessionPtr>* sessions) {
  sessions->clear();
  MutexLock lock(mutex_);
  while (!stopping_) {
    const MonotonicTime now = clock_.Monotonic();
    if (notified_) {
      notified_ = false;
      again_.clear();
      for (const auto& entry : sessions_) sessions->push_back(entry.second);
    } else {
      sessions->swap(again_);
    }
    while (!timers_.empty() && timers_.top().at <= now) {
      if (SessionPtr due = timers_.top().session.lock()) {
        // A session's lock inside the hub's; the other way round is never taken.
        MutexLock session_lock(due->mutex_);
        due->timer_at_ = MonotonicTime::max();
        sessions->push_back(due);
      }
      timers_.pop();
    }
    if (!sessions->empty()) return true;
    std::chrono::nanoseconds wait = kWakeMax;
    if (!timers_.empty()) wait = std::min<std::chrono::nanoseconds>(wait, timers_.top().at - now);
    wake_.WaitFor(mutex_, wait);
  }
  return false;
}

void StreamHub::Advance(const SessionPtr& session) {
  for (int steps = 0; steps < kStepsMax; ++steps) {
    StreamCursor::Step step = StreamCursor::Again{};
    {
      MutexLock lock(session->mutex_);
      if (session->closed_ || !session->ready_) return;
      step = session->cursor_.Next(ring_, clock_.Monotonic());
      if (std::holds_alternative<StreamCursor::Send>(step)) session->ready_ = false;
    }
    if (!Act(session, std::move(step))) return;
  }
  {
    MutexLock lock(mutex_);
    again_.push_back(session);
  }
  wake_.NotifyAll();
}

bool StreamHub::Act(const SessionPtr& session, StreamCursor::Step step) {
  if (const auto* send = std::get_if<StreamCursor::Send>(&step)) {
    session->sink_->Send(*send, EncodeToken(send->position));
    observer_.OnSent(*send);
    return false;
  }
  if (const auto* wait = std::get_if<StreamCursor::Wait>(&step)) {
    Arm(session, wait->until);
    return false;
  }
  if (const auto* page = std::get_if<StreamCursor::LoadPage>(&step)) {
    const std::weak_ptr<Session> weak = session;
    loader_.LoadPage(page->after, [this, weak](absl::StatusOr<EventPagePtr> loaded) {
      const SessionPtr strong = weak.lock();
      if (strong == nullptr) return;
      {
        MutexLock lock(strong->mutex_);
        strong->cursor_.OnPage(std::move(loaded), clock_.Monotonic());
      }
      Advance(strong);
    });
    return true;  // To arm the heartbeat's timer meanwhile.
  }
  if (const auto* release = std::get_if<StreamCursor::LoadRelease>(&step)) {
    const std::weak_ptr<Session> weak = session;
    loader_.LoadRelease(release->event, [this, weak](const absl::Status& loaded) {
      const SessionPtr strong = weak.lock();
      if (strong == nullptr) return;
      {
        MutexLock lock(strong->mutex_);
        strong->cursor_.OnRelease(loaded, clock_.Monotonic());
      }
      Advance(strong);
    });
    return true;
  }
  if (const auto* end = std::get_if<StreamCursor::End>(&step)) {
    Finish(session, end->status);
    return false;
  }
  return true;
}

void StreamHub::Finish(const SessionPtr& session, const absl::Status& status) {
  {
    MutexLock lock(session->mutex_);
    if (session->closed_) return;
    session->closed_ = true;
  }
  {
    MutexLock lock(mutex_);
    sessions_.erase(session.get());
  }
  session->sink_->End(status);
  observer_.OnEnded(ErrorReason(status));
}

void StreamHub::Arm(const SessionPtr& session, MonotonicTime at) {
  {
    MutexLock lock(session->mutex_);
    if (session->closed_ || session->timer_at_ <= at) return;
    session->timer_at_ = at;
  }
  bool earliest = false;
  {
    MutexLock lock(mutex_);
    earliest = timers_.empty() || at < timers_.top().at;
    timers_.push({at, session});
  }
  if (earliest) wake_.NotifyAll();
}

}  // namespace dateline::notification
