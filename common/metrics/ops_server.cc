#include "common/metrics/ops_server.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <list>
#include <utility>
#include <vector>

#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/status_macros.h"
#include "common/config/schema.h"
#include "common/metrics/http_exchange.h"
#include "common/metrics/listen_socket.h"
#include "fmt/format.h"

namespace dateline::metrics {
namespace {

constexpr std::string_view kListenKey = "ops.listen";
// After accept() failed for want of descriptors the listener stays readable; asking again at once would spin.
constexpr std::chrono::milliseconds kAcceptPause{100};

struct Connection {
  enum class State { kReading, kWriting, kDraining };
  Descriptor descriptor;
  MonotonicTime deadline;
  State state = State::kReading;
  std::string in;
  std::string out;
  size_t written = 0;
};

}  // namespace

// The poll loop. Everything but Wake() runs in its thread.
class OpsServer::Loop {
 public:
  Loop(ListenSocket socket, const Options& options, Registry& registry, const Readiness& readiness)
      : socket_(std::move(socket)),
        wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        options_(options),
        registry_(registry),
        readiness_(readiness),
        full_(Dropped("full")),
        timeout_(Dropped("timeout")),
        too_large_(Dropped("too_large")) {
    DATELINE_CHECK(wake_.get() >= 0, "the system gives no eventfd");
  }

  uint16_t port() const { return socket_.port; }

  void Wake() {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof(one));
  }

  void Run() {
    pthread_setname_np(pthread_self(), "ops");
    for (;;) {
      const std::vector<pollfd> ready = Poll();
      if (ready[0].revents != 0) return;
      // The connections come first: their places in `ready` are those before any accept or close of this turn.
      size_t index = 2;
      for (auto it = connections_.begin(); it != connections_.end() && index < ready.size(); ++index) {
        const bool keep = ready[index].revents == 0 || Advance(*it);
        it = keep ? std::next(it) : connections_.erase(it);
      }
      DropExpired();
      if (ready[1].revents != 0) AcceptAll();
    }
  }

 private:
  Counter& Dropped(const std::string& reason) {
    return registry_.GetCounter("dateline_ops_connections_dropped_total",
                                "Connections of the ops port that were ended at a limit.", {{"reason", reason}});
  }

  std::vector<pollfd> Poll() {
    const MonotonicTime now = RealClock().Monotonic();
    MonotonicTime until = MonotonicTime::max();
    std::vector<pollfd> fds;
    fds.push_back({wake_.get(), POLLIN, 0});
    const bool accepting = now >= accept_again_;
    fds.push_back({accepting ? socket_.descriptor.get() : -1, POLLIN, 0});
    if (!accepting) until = accept_again_;
    for (const Connection& connection : connections_) {
      const bool writing = connection.state == Connection::State::kWriting;
      fds.push_back({connection.descriptor.get(), static_cast<short>(writing ? POLLOUT : POLLIN), 0});
      until = std::min(until, connection.deadline);
    }
    int timeout_ms = -1;
    if (until != MonotonicTime::max()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
      timeout_ms = static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
    }
    if (poll(fds.data(), fds.size(), timeout_ms) < 0) {
      for (pollfd& fd : fds) fd.revents = 0;
    }
    return fds;
  }

  void AcceptAll() {
    for (size_t taken = 0; taken < kConnectionsMax; ++taken) {
      Descriptor descriptor(accept4(socket_.descriptor.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (descriptor.get() < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
          accept_again_ = RealClock().Monotonic() + kAcceptPause;
        }
        return;
      }
      if (connections_.size() >= kConnectionsMax) {
        if (connections_.front().state != Connection::State::kDraining) full_.Increment();
        connections_.pop_front();
      }
      Connection connection;
      connection.descriptor = std::move(descriptor);
      connection.deadline = RealClock().Monotonic() + options_.exchange_timeout;
      connections_.push_back(std::move(connection));
    }
  }

  void DropExpired() {
    const MonotonicTime now = RealClock().Monotonic();
    for (auto it = connections_.begin(); it != connections_.end();) {
      if (now < it->deadline) {
        ++it;
        continue;
      }
      // A client that keeps its end open after the response lost nothing.
      if (it->state != Connection::State::kDraining) timeout_.Increment();
      it = connections_.erase(it);
    }
  }

  // Goes on with a connection that is ready; false when it is over.
  bool Advance(Connection& connection) {
    if (connection.state != Connection::State::kWriting) {
      if (!Read(connection)) return false;
    }
    return connection.state != Connection::State::kWriting || Write(connection);
  }

  // Reads what is there; moves on to writing when the request is complete or too large. False at the end of the stream.
  bool Read(Connection& connection) {
    char buffer[4096];
    for (size_t total = 0; total < kRequestBytesMax; total += sizeof(buffer)) {
      const ssize_t size = recv(connection.descriptor.get(), buffer, sizeof(buffer), 0);
      if (size == 0) return false;
      if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
      // After the response whatever still comes is thrown away: closing with unread bytes would reset the connection,
      // and the client could lose the response.
      if (connection.state == Connection::State::kDraining) continue;
      connection.in.append(buffer, static_cast<size_t>(size));
      if (HasWholeHead(connection.in)) {
        Respond(connection);
        return true;
      }
      if (connection.in.size() > kRequestBytesMax) {
        too_large_.Increment();
        connection.out = WriteResponse({.status = 431, .body = "the request is too large\n"}, false);
        connection.state = Connection::State::kWriting;
        return true;
      }
    }
    return true;
  }

  bool Write(Connection& connection) {
    while (connection.written < connection.out.size()) {
      const ssize_t size = send(connection.descriptor.get(), connection.out.data() + connection.written,
                                connection.out.size() - connection.written, MSG_NOSIGNAL);
      if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
      connection.written += static_cast<size_t>(size);
    }
    connection.state = Connection::State::kDraining;
    return shutdown(connection.descriptor.get(), SHUT_WR) == 0;
  }

  void Respond(Connection& connection) {
    const std::optional<HttpRequest> request = ParseRequest(connection.in);
    HttpResponse response;
    if (!request.has_value()) {
      response = {.status = 400, .body = "not a request of HTTP/1.1 for a path\n"};
    } else if (request->method != "GET" && request->method != "HEAD") {
      response = {.status = 405, .body = "only GET and HEAD\n"};
    } else {
      response = Page(request->path);
    }
    connection.out = WriteResponse(response, request.has_value() && request->method == "HEAD");
    connection.state = Connection::State::kWriting;
  }

  HttpResponse Page(const std::string& path) const {
    if (path == "/healthz") return {.body = "ok\n"};
    if (path == "/metrics") return {.content_type = std::string(Registry::kContentType), .body = registry_.Scrape()};
    if (path == "/") return {.body = "/healthz\n/readyz\n/metrics\n"};
    if (path != "/readyz") return {.status = 404, .body = "pages: /healthz /readyz /metrics\n"};
    const auto missing = readiness_.Missing();
    if (missing.empty()) return {.body = "ready\n"};
    HttpResponse response{.status = 503, .body = "not ready\n"};
    for (const auto& [condition, why] : missing) response.body += fmt::format("{}: {}\n", condition, why);
    return response;
  }

  const ListenSocket socket_;
  const Descriptor wake_;
  const Options& options_;
  Registry& registry_;
  const Readiness& readiness_;
  Counter& full_;
  Counter& timeout_;
  Counter& too_large_;
  std::list<Connection> connections_;  // The oldest first.
  MonotonicTime accept_again_ = MonotonicTime::min();
};

OpsServer::OpsServer(Options options, Registry& registry, const Readiness& readiness)
    : options_(std::move(options)), registry_(registry), readiness_(readiness) {}

OpsServer::~OpsServer() {
  Stop();
}

absl::Status OpsServer::Start() {
  DATELINE_CHECK(loop_ == nullptr, "OpsServer::Start() was called twice");
  DATELINE_ASSIGN_OR_RETURN(ListenSocket socket, ListenOn(options_.listen, std::string(kListenKey)));
  loop_ = std::make_unique<Loop>(std::move(socket), options_, registry_, readiness_);
  port_ = loop_->port();
  thread_ = std::thread([this] { loop_->Run(); });
  return absl::OkStatus();
}

void OpsServer::Stop() {
  if (loop_ == nullptr) return;
  loop_->Wake();
  thread_.join();
  loop_.reset();
}

void AddOptions(config::Schema& schema, OpsServer::Options* options) {
  schema.String(std::string(kListenKey), &options->listen,
                "Address of the HTTP port for operators: /healthz, /readyz, /metrics.");
}

}  // namespace dateline::metrics
