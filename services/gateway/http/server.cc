#include "services/gateway/http/server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <optional>
#include <thread>

#include "common/base/error.h"
#include "common/config/schema.h"
#include "common/log/log.h"
#include "common/metrics/registry.h"
#include "common/rpc/listen_address.h"
#include "services/gateway/http/acceptor.h"
#include "services/gateway/http/connection.h"
#include "services/gateway/http/gzip.h"
#include "services/gateway/http/worker_pool.h"

namespace dateline::gateway {
namespace {

constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\nConnection: close\r\nContent-Length: 9\r\n"
    "Content-Type: text/plain\r\n\r\ntoo busy\n";
// How long a refused or broken connection is read on, so that the client gets the answer before the reset.
constexpr int kLingerMs = 200;
constexpr std::chrono::seconds kLingerMax{1};
constexpr size_t kLingerBytesMax = size_t{256} << 10;

// What this thread serves right now; httplib gives its handlers no way to their connection.
struct Serving {
  Connection* connection = nullptr;
  std::function<void(int)> take_over{};
  int refused = 0;    // The status, for a request whose body must not be read.
  bool gzip = false;  // The client takes it.
};
thread_local Serving t_serving;

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(tolower(c)); });
  return out;
}

// Values come from handlers, which may have taken them from anywhere: no line end gets into a head.
std::string HeaderValue(std::string value) {
  std::replace_if(
      value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return value;
}

bool AcceptsGzip(std::string_view accept) {
  const std::string lower = Lower(accept);
  const size_t at = lower.find("gzip");
  return at != std::string::npos && !std::string_view(lower).substr(at).starts_with("gzip;q=0");
}

Request ToRequest(const httplib::Request& from) {
  Request request{.method = from.method, .target = from.target, .body = from.body, .peer = from.remote_addr};
  const size_t question = request.target.find('?');
  request.path = request.target.substr(0, question);
  if (question != std::string::npos)
    request.query = ParseParameters(std::string_view(request.target).substr(question + 1));
  request.headers.reserve(from.headers.size());
  for (const auto& [name, value] : from.headers) request.headers.emplace_back(Lower(name), value);
  return request;
}

// The body's length as the head gives it; nullopt when that is no number.
std::optional<uint64_t> DeclaredLength(const httplib::Request& request) {
  const std::string text = request.get_header_value("Content-Length");
  uint64_t length = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return length;
}

// What httplib needs to know before it routes and reads the body.
void Prepare(httplib::Request& request, uint64_t body_bytes_max) {
  t_serving.connection->BeginBody();
  // Our own router reads the target; httplib's would match it against regular expressions.
  request.path.assign(1, '/');
  const bool chunked = request.has_header("Transfer-Encoding");
  const bool has_length = request.has_header("Content-Length");
  const std::optional<uint64_t> length = DeclaredLength(request);
  // Both a length and chunks: two servers would see two different bodies.
  if ((chunked && has_length) || (has_length && !length.has_value())) t_serving.refused = 400;
  if (length.value_or(0) > body_bytes_max) t_serving.refused = 413;
  // Without either there is no body (RFC 9112 section 6.3); httplib would read until the end of the connection. One
  // that is refused is not read either: httplib would read all of it first.
  if ((!chunked && !has_length) || t_serving.refused != 0) {
    request.headers.erase("Transfer-Encoding");
    request.headers.erase("Content-Length");
    request.set_header("Content-Length", "0");
  }
  // We compress ourselves: httplib knows few types, and would prefer brotli at its slowest level.
  t_serving.gzip = AcceptsGzip(request.get_header_value("Accept-Encoding"));
  request.headers.erase("Accept-Encoding");
  // Ranges would be applied to pages made anew each time.
  request.headers.erase("Range");
  request.ranges.clear();
}

}  // namespace

class Server::Http final : public httplib::Server {
 public:
  Http(const ServerOptions& options, gateway::Handler handler, metrics::Registry& registry)
      : options_(options),
        limits_{options.head_time, options.body_time, options.write_time, options.head_bytes_max},
        handler_(std::move(handler)),
        refused_(registry.GetCounter("dateline_gateway_connections_refused_total",
                                     "Connections that were refused because too many waited")),
        connections_(registry.GetGauge("dateline_gateway_connections", "Connections that are served by a thread")) {
    set_payload_max_length(options_.body_bytes_max);
    // Not httplib's SO_REUSEPORT: with that, two gateways of one user would share a port, and each get half of the
    // requests. A restart must not wait for the connections of the process before.
    set_socket_options([](socket_t socket) {
      const int on = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
    // What the answers say of it; our own loop keeps to the same numbers.
    set_keep_alive_max_count(options_.requests_per_connection_max);
    set_keep_alive_timeout(std::chrono::duration_cast<std::chrono::seconds>(options_.idle_time).count());
    const auto serve = [this](const httplib::Request& request, httplib::Response& response) {
      Serve(request, response);
    };
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      if (t_serving.refused != 0) {
        response.status = t_serving.refused;
        return HandlerResponse::Handled;
      }
      const bool has_body = request.method == "POST" || request.method == "PUT" || request.method == "PATCH" ||
                            request.method == "DELETE";
      if (has_body) return HandlerResponse::Unhandled;
      Serve(request, response);
      return HandlerResponse::Handled;
    });
    Post("/", serve);
    Put("/", serve);
    Patch("/", serve);
    Delete("/", serve);
  }

  ~Http() override { StopServing(); }

  absl::Status StartServing() {
    if (absl::Status address = rpc::CheckListenAddress(options_.listen); !address.ok()) return address;
    if (rpc::IsUnixAddress(options_.listen)) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_ADDRESS",
                   fmt::format("http.listen = {}: a TCP address is needed, host:port", options_.listen));
    }
    const size_t colon = options_.listen.rfind(':');
    std::string host = options_.listen.substr(0, colon);
    if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
    const int port = std::stoi(options_.listen.substr(colon + 1));
    port_ = port == 0 ? bind_to_any_port(host) : (bind_to_port(host, port) ? port : -1);
    if (port_ <= 0) return rpc::ExplainListenFailure(options_.listen);
    // httplib asks for a backlog of 5; a burst of browsers needs more.
    ::listen(svr_sock_, SOMAXCONN);
    pool_ = std::make_unique<WorkerPool>(options_.threads, options_.queue_max);
    acceptor_ = std::make_unique<Acceptor>(svr_sock_, [this](int connection) { Take(connection); });
    return absl::OkStatus();
  }

  void StopServing() {
    if (acceptor_ == nullptr) return;
    leaving_ = true;
    std::this_thread::sleep_for(options_.drain_delay);
    stopping_ = true;
    acceptor_.reset();
    ::close(svr_sock_.exchange(INVALID_SOCKET));
    pool_->Stop();  // And not reset() alone: what it still serves asks it whether somebody waits.
  }

  int port() const { return port_; }

 private:
  void Take(int socket) {
    if (pool_->Enqueue([this, socket] { ServeConnection(socket); })) return;
    refused_.Increment();
    send(socket, kBusy.data(), kBusy.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::close(socket);
  }

  void ServeConnection(int socket) {
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections_.Increment();
    Connection connection(socket, limits_, [this] { return pool_->HasWaiting(); });
    t_serving = Serving{.connection = &connection};
    const bool taken = ServeRequests(connection);
    std::function<void(int)> take_over = std::move(t_serving.take_over);
    t_serving = {};
    connections_.Decrement();
    taken ? take_over(socket) : Close(socket);
  }

  // True when the connection was taken over.
  bool ServeRequests(Connection& connection) {
    for (size_t served = 0; served < options_.requests_per_connection_max; ++served) {
      if (!connection.AwaitRequest(options_.idle_time, served == 0, [this] { return stopping_.load(); })) return false;
      connection.BeginHead();
      t_serving.refused = 0;
      const bool last = leaving_ || served + 1 == options_.requests_per_connection_max || pool_->HasWaiting();
      bool closed = false;
      const bool answered = process_request(
          connection, last, closed, [this](httplib::Request& request) { Prepare(request, options_.body_bytes_max); });
      if (t_serving.take_over) return true;
      if (!answered || closed || last || connection.broken() || t_serving.refused != 0) return false;
    }
    return false;
  }

  void Serve(const httplib::Request& from, httplib::Response& to) {
    Response response = handler_(ToRequest(from));
    if (response.take_over) {
      t_serving.connection->Mute();
      t_serving.take_over = std::move(response.take_over);
      return;
    }
    to.status = response.status;
    for (auto& [name, value] : response.headers) to.headers.emplace(name, HeaderValue(std::move(value)));
    const std::string type = HeaderValue(response.content_type);
    if (response.stream) {
      const std::shared_ptr<GzipWriter> gzip = Compressor(response, to);
      to.set_chunked_content_provider(type, [this, stream = std::move(response.stream), gzip](size_t,
                                                                                              httplib::DataSink& sink) {
        // A stream may be endless; httplib would wait for it.
        const auto write = [this, &sink](std::string_view piece) {
          return piece.empty() || (!stopping_ && sink.write(piece.data(), piece.size()) && sink.is_writable());
        };
        bool complete =
            stream([&](std::string_view piece) { return gzip == nullptr ? write(piece) : gzip->Add(piece, write); });
        if (complete && gzip != nullptr) complete = gzip->Finish(write);
        if (complete) sink.done();
        return complete;
      });
    } else if (response.status != 304 && response.status != 204) {
      Compress(response, to);
      to.set_content(std::move(response.body), type.c_str());
    }
  }

  // Null when the answer goes as it is.
  static std::shared_ptr<GzipWriter> Compressor(const Response& response, httplib::Response& to) {
    if (!PaysToCompress(response.content_type, SIZE_MAX)) return {};
    to.headers.emplace("Vary", "Accept-Encoding");
    std::shared_ptr<GzipWriter> writer = t_serving.gzip ? GzipWriter::Create() : nullptr;
    if (writer != nullptr) to.headers.emplace("Content-Encoding", "gzip");
    return writer;
  }

  static void Compress(Response& response, httplib::Response& to) {
    if (!PaysToCompress(response.content_type, response.body.size())) return;
    to.headers.emplace("Vary", "Accept-Encoding");
    if (!t_serving.gzip) return;
    std::string compressed = Gzip(response.body);
    if (compressed.empty()) return;
    response.body = std::move(compressed);
    to.headers.emplace("Content-Encoding", "gzip");
  }

  // Says goodbye first, and reads a little of what is still coming: a reset would destroy the answer on its way.
  static void Close(int socket) {
    ::shutdown(socket, SHUT_WR);
    timeval linger{.tv_sec = 0, .tv_usec = kLingerMs * 1000};
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &linger, sizeof linger);
    char rest[16 << 10];
    const auto until = std::chrono::steady_clock::now() + kLingerMax;
    for (size_t read = 0; read < kLingerBytesMax && std::chrono::steady_clock::now() < until;) {
      const ssize_t got = recv(socket, rest, sizeof rest, 0);
      if (got <= 0) break;
      read += static_cast<size_t>(got);
    }
    ::close(socket);
  }

  const ServerOptions options_;
  const ConnectionLimits limits_;
  const gateway::Handler handler_;
  metrics::Counter& refused_;
  metrics::Gauge& connections_;
  std::atomic<bool> leaving_{false};   // Connections end behind the answer that is due.
  std::atomic<bool> stopping_{false};  // Those without a request, and streams, end at once.
  int port_ = 0;
  std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<Acceptor> acceptor_;  // Goes before the pool.
};

void AddOptions(config::Schema& schema, ServerOptions* options) {
  using std::chrono::milliseconds;
  constexpr int64_t kKiB = 1 << 10;
  constexpr int64_t kMiB = 1 << 20;
  schema.String("http.listen", &options->listen, "where HTTP is served: host:port");
  schema.Int("http.threads", &options->threads, 4, 4'096, "connections that are served at once");
  schema.Int("http.queue_max", &options->queue_max, 1, 100'000, "connections that may wait for a thread");
  schema.Bytes("http.body_bytes_max", &options->body_bytes_max, kKiB, 64 * kMiB, "the largest body of a request");
  schema.Bytes("http.head_bytes_max", &options->head_bytes_max, kKiB, kMiB, "the largest head of a request");
  schema.Duration("http.head_time", &options->head_time, milliseconds(100), milliseconds(120'000),
                  "within which a whole head has to arrive");
  schema.Duration("http.body_time", &options->body_time, milliseconds(100), milliseconds(600'000),
                  "within which a whole body has to arrive");
  schema.Duration("http.write_time", &options->write_time, milliseconds(100), milliseconds(600'000),
                  "how long a client may take no byte of an answer");
  schema.Duration("http.idle_time", &options->idle_time, milliseconds(100), milliseconds(600'000),
                  "how long a connection may wait for its next request");
  schema.Duration("http.drain_delay", &options->drain_delay, milliseconds(0), milliseconds(60'000),
                  "how long requests are still served after the process said that it is not ready");
}

Server::Server(const ServerOptions& options, Handler handler, metrics::Registry& registry)
    : http_(std::make_unique<Http>(options, std::move(handler), registry)) {}
Server::~Server() = default;

absl::Status Server::Start() {
  return http_->StartServing();
}
void Server::Stop() {
  http_->StopServing();
}
int Server::port() const {
  return http_->port();
}

}  // namespace dateline::gateway
