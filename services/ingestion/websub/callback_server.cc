#include "services/ingestion/websub/callback_server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <pthread.h>

#include <atomic>
#include <charconv>
#include <deque>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/error.h"
#include "common/base/mutex.h"
#include "common/log/log.h"

namespace dateline::ingestion {
namespace {

constexpr size_t kTokenBytesMax = 128;
constexpr std::chrono::seconds kReadTimeout{5};
// Before the listener is opened again after the kernel took it away.
constexpr std::chrono::milliseconds kReopenWait{200};
constexpr std::chrono::milliseconds kLookAgain{5};

// A few threads and a bounded queue before them: while it is full, accepting waits, and the kernel holds the rest.
class BoundedPool final : public httplib::TaskQueue {
 public:
  BoundedPool(int threads, size_t waiting_max) : waiting_max_(waiting_max) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this] {
        pthread_setname_np(pthread_self(), "callback");
        Run();
      });
    }
  }

  void enqueue(std::function<void()> work) override {
    MutexLock lock(mutex_);
    while (waiting_.size() >= waiting_max_ && !stopping_) changed_.Wait(mutex_);
    // The library closes the connection within the work, so it is never dropped.
    waiting_.push_back(std::move(work));
    changed_.NotifyAll();
  }

  void shutdown() override {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
      changed_.NotifyAll();
    }
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void Run() {
    while (true) {
      std::function<void()> work;
      {
        MutexLock lock(mutex_);
        while (waiting_.empty() && !stopping_) changed_.Wait(mutex_);
        if (waiting_.empty()) return;
        work = std::move(waiting_.front());
        waiting_.pop_front();
        changed_.NotifyAll();
      }
      work();
    }
  }

  const size_t waiting_max_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<std::function<void()>> waiting_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

// A regular expression that matches this text.
std::string Literal(std::string_view text) {
  std::string pattern;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/';
    if (!plain) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

absl::Status InvalidAddress(const std::string& address) {
  return Error(absl::StatusCode::kInvalidArgument, "INVALID_ADDRESS",
               fmt::format("websub.listen = {}: write it as host:port, for example 127.0.0.1:7428", address),
               {{"address", address}});
}

}  // namespace

class CallbackServer::Impl {
 public:
  Impl(const Options& options, WebSubCallback& callback) : options_(options), callback_(callback) {
    server_.new_task_queue = [this] { return new BoundedPool(options_.threads, options_.waiting_max); };
    server_.set_keep_alive_max_count(1);
    server_.set_read_timeout(kReadTimeout.count());
    server_.set_write_timeout(kReadTimeout.count());
    server_.set_payload_max_length(options_.body_bytes_max);
    const std::string pattern = Literal(options_.path) + "[0-9a-zA-Z]+";
    server_.Get(pattern, [this](const httplib::Request& request, httplib::Response& response) {
      Give(callback_.Verify(TokenOf(request), request.params), &response);
    });
    server_.Post(pattern, [this](const httplib::Request& request, httplib::Response& response,
                                 const httplib::ContentReader& reader) { Take(request, reader, &response); });
  }

  absl::Status Open() {
    const size_t colon = options_.listen.rfind(':');
    if (colon == std::string::npos || colon == 0) return InvalidAddress(options_.listen);
    host_ = options_.listen.substr(0, colon);
    if (host_.starts_with("[") && host_.ends_with("]")) host_ = host_.substr(1, host_.size() - 2);
    const char* const end = options_.listen.data() + options_.listen.size();
    const auto [stop, error] = std::from_chars(options_.listen.data() + colon + 1, end, port_);
    if (error != std::errc() || stop != end || port_ < 0 || port_ > 65'535) return InvalidAddress(options_.listen);
    if (port_ == 0) {
      port_ = server_.bind_to_any_port(host_);
    } else if (!server_.bind_to_port(host_, port_)) {
      port_ = -1;
    }
    if (port_ <= 0) {
      return Error(absl::StatusCode::kFailedPrecondition, "ADDRESS_IN_USE",
                   fmt::format("websub.listen = {}: cannot listen there; another process may have the address, or the "
                               "host is none of this machine",
                               options_.listen),
                   {{"address", options_.listen}});
    }
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "callbacks");
      Listen();
    });
    MutexLock lock(mutex_);
    while (!server_.is_running()) changed_.WaitFor(mutex_, kLookAgain);
    return absl::OkStatus();
  }

  ~Impl() {
    if (!thread_.joinable()) return;
    {
      MutexLock lock(mutex_);
      stopping_ = true;
      changed_.NotifyAll();
      // The library forgets a stop that comes before it listens.
      while (!ended_) {
        server_.stop();
        changed_.WaitFor(mutex_, kLookAgain);
      }
    }
    thread_.join();
  }

  int port() const { return port_; }

 private:
  // The library stops listening at errors of accept() that pass, such as a connection that was reset meanwhile.
  void Listen() {
    while (true) {
      server_.listen_after_bind();
      while (true) {
        MutexLock lock(mutex_);
        if (!stopping_) changed_.WaitFor(mutex_, kReopenWait);
        if (stopping_) {
          ended_ = true;
          changed_.NotifyAll();
          return;
        }
        if (server_.bind_to_port(host_, port_)) break;
      }
      log::Warn("callbacks_reopened", {{"port", port_}});
    }
  }

  std::string TokenOf(const httplib::Request& request) const {
    return request.path.substr(options_.path.size(), kTokenBytesMax);
  }

  static void Give(const CallbackAnswer& answer, httplib::Response* response) {
    response->status = answer.status;
    if (answer.retry_after_s > 0) response->set_header("Retry-After", std::to_string(answer.retry_after_s));
    response->set_header("X-Content-Type-Options", "nosniff");
    // Never as a page: the challenge is somebody else's text.
    response->set_content(answer.body, "text/plain; charset=utf-8");
  }

  void Take(const httplib::Request& request, const httplib::ContentReader& reader, httplib::Response* response) {
    const std::string token = TokenOf(request);
    const CallbackAnswer expected = callback_.Expect(token);
    if (expected.status != 200) return Give(expected, response);
    const std::string encoding = request.get_header_value("Content-Encoding");
    // The signature is over the bytes as they came, and what unpacks is not bounded by what was sent.
    if (!encoding.empty() && encoding != "identity") return Give({.status = 415}, response);
    const auto deadline = std::chrono::steady_clock::now() + options_.request_max;
    std::string body;
    bool too_large = false;
    const bool whole = reader([&](const char* data, size_t size) {
      too_large = size > options_.body_bytes_max - body.size();
      if (too_large || std::chrono::steady_clock::now() > deadline) return false;
      body.append(data, size);
      return true;
    });
    if (too_large) return Give({.status = 413}, response);
    if (!whole) return Give({.status = response->status == 413 ? 413 : 400}, response);
    Give(callback_.Push(token, request.get_header_value("X-Hub-Signature"), request.get_header_value("Content-Type"),
                        std::move(body)),
         response);
  }

  const Options options_;
  WebSubCallback& callback_;
  httplib::Server server_;
  std::string host_;
  int port_ = 0;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool ended_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

CallbackServer::CallbackServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CallbackServer::~CallbackServer() = default;

int CallbackServer::port() const {
  return impl_->port();
}

absl::StatusOr<std::unique_ptr<CallbackServer>> CallbackServer::Start(const Options& options,
                                                                      WebSubCallback& callback) {
  auto impl = std::make_unique<Impl>(options, callback);
  const absl::Status opened = impl->Open();
  if (!opened.ok()) return opened;
  return std::unique_ptr<CallbackServer>(new CallbackServer(std::move(impl)));
}

}  // namespace dateline::ingestion
